"""The speed and the memory of beanpole beside moto_server's, by hand: `cd tests && python -m bench [name…]`.

Every name is a function of one of the modules here; without one, all are measured. The machine should have nothing
else to do. `--save FILE` keeps the figures, and `--compare FILE` puts those of an earlier run beside the new ones.
"""

import sys
from argparse import ArgumentParser
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from time import perf_counter

from rich.console import Console
from rich.table import Table

from bench import (
    against_moto,
    alone,
    companions,
    console,
    crews,
    deployments,
    first_page,
    fleets,
    great_fleet,
    instances,
    pages,
    plugin,
    record,
    scale,
    steps,
    templates,
    traffic,
    versions,
)
from bench.row import Row

ROWS: dict[str, Callable[[], Iterator[Row]]] = {
    measure.__name__: measure
    for measure in (
        against_moto.cold_start,
        companions.start_with_companions,
        companions.first_call_of_s3,
        companions.accounts_of_moto,
        companions.kept_objects,
        against_moto.describe_100,
        against_moto.describe_1000,
        against_moto.create_environment,
        plugin.life_in_the_plugin,
        alone.events_on_redis,
        alone.events_on_fakeredis,
        steps.steps_of_a_worker,
        fleets.rolling_in_time,
        fleets.rolling_at_once,
        fleets.cost_of_a_step,
        crews.crews,
        versions.versions_1000,
        templates.templates_2000,
        great_fleet.health_of_1000_instances,
        instances.instances_prepared,
        deployments.deployment_to_100,
        traffic.static_files,
        traffic.calls_meanwhile,
        console.streams_meanwhile,
        console.journal,
        scale.ten_thousand_embedded,
        scale.ten_thousand_on_redis,
        scale.thousand_accounts,
        scale.month_of_deployments,
        first_page.first_page,
        pages.fifty_consoles,
        against_moto.resident_memory,
    )
}


def main(arguments: list[str]) -> int:
    """Measure what is named; 1 if a target is missed."""
    options = _parser().parse_args(arguments)
    unknown = set(options.names) - set(ROWS)
    if unknown:
        print(f"no such measurement: {', '.join(sorted(unknown))}; there are {', '.join(ROWS)}")
        return 2
    try:
        before = {} if options.compare is None else record.load(options.compare)
    except ValueError as error:
        print(error)
        return 2
    console, rows = Console(width=160 if before else 140), []
    for name in options.names or ROWS:
        began = perf_counter()
        with console.status(name):
            rows += list(ROWS[name]())
        print(f"{name}: {perf_counter() - began:.0f} s", file=sys.stderr)
    console.print(_table(rows, before))
    if options.save is not None:
        record.save(rows, options.save)
    return 0 if all(row.met for row in rows) else 1


def _parser() -> ArgumentParser:
    parser = ArgumentParser(prog="python -m bench")
    parser.add_argument("names", nargs="*", metavar="name", help="a measurement; all of them without one")
    parser.add_argument("--save", type=Path, metavar="FILE", help="write the rows to this file, as JSON")
    parser.add_argument("--compare", type=Path, metavar="FILE", help="put the rows of this file beside the new ones")
    return parser


def _table(rows: list[Row], before: Mapping[str, Row]) -> Table:
    table = Table("work", title="beanpole beside moto_server")
    for heading in ("ours", "beside", "reached", "target", *(("before", "change") if before else ())):
        table.add_column(heading, justify="right")
    table.add_column("verdict")
    for row in rows:
        bound = "at most" if row.most else "at least"
        verdict = f"[green]{row.verdict}" if row.met else f"[red]{row.verdict}"
        earlier = before.get(record.key(row))
        compared = ("" if earlier is None else _figure(earlier), record.change(earlier, row)) if before else ()
        table.add_row(
            row.work, row.ours, row.theirs, _figure(row), f"{bound} {row.target:,g} {row.unit}", *compared, verdict
        )
    return table


def _figure(row: Row) -> str:
    return f"{row.reached:,.2f} {row.unit}" if row.reached < 100 else f"{row.reached:,.0f} {row.unit}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
