"""The speed and the memory of beanpole beside moto_server's, by hand: `cd tests && python -m bench [name…]`.

Every name is a function of one of the modules here; without one, all are measured. The machine should have nothing
else to do.
"""

import sys
from collections.abc import Callable, Iterator
from time import perf_counter

from rich.console import Console
from rich.table import Table

from bench import (
    against_moto,
    alone,
    console,
    deployments,
    fleets,
    great_fleet,
    instances,
    plugin,
    templates,
    traffic,
    versions,
)
from bench.row import Row

ROWS: dict[str, Callable[[], Iterator[Row]]] = {
    it.__name__: it
    for it in (
        against_moto.cold_start,
        against_moto.describe_100,
        against_moto.describe_1000,
        against_moto.create_environment,
        plugin.life_in_the_plugin,
        alone.events_on_redis,
        alone.events_on_fakeredis,
        alone.steps_of_a_worker,
        fleets.rolling_in_time,
        fleets.rolling_at_once,
        fleets.cost_of_a_step,
        versions.versions_1000,
        templates.templates_2000,
        great_fleet.health_of_1000_instances,
        instances.instances_prepared,
        deployments.deployment_to_100,
        traffic.static_files,
        traffic.calls_meanwhile,
        console.streams_meanwhile,
        console.journal,
        against_moto.resident_memory,
    )
}


def main(names: list[str]) -> int:
    """Measure what was named; 1 if a target is missed."""
    unknown = set(names) - set(ROWS)
    if unknown:
        print(f"no such measurement: {', '.join(sorted(unknown))}; there are {', '.join(ROWS)}")
        return 2
    console, rows = Console(width=140), []
    for name in names or ROWS:
        began = perf_counter()
        with console.status(name):
            rows += list(ROWS[name]())
        print(f"{name}: {perf_counter() - began:.0f} s", file=sys.stderr)
    console.print(_table(rows))
    return 0 if all(it.met for it in rows) else 1


def _table(rows: list[Row]) -> Table:
    table = Table("work", title="beanpole beside moto_server")
    for heading in ("ours", "moto's", "reached", "target"):
        table.add_column(heading, justify="right")
    table.add_column("verdict")
    for it in rows:
        bound = "at most" if it.most else "at least"
        reached = f"{it.reached:,.2f} {it.unit}" if it.reached < 100 else f"{it.reached:,.0f} {it.unit}"
        verdict = f"[green]{it.verdict}" if it.met else f"[red]{it.verdict}"
        table.add_row(it.work, it.ours, it.theirs, reached, f"{bound} {it.target:,g} {it.unit}", verdict)
    return table


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
