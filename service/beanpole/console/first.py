"""The account as a page is first shown with it, so that its user need not wait for scripts to read it.

`position` says where in the world's stream the page goes on, so its scripts read nothing of this again.
"""

from msgspec import Struct, json

from beanpole.console import words
from beanpole.control import descriptions
from beanpole.control.instants import format_instant
from beanpole.machine.clock import real_now
from beanpole.store import summaries, watch
from beanpole.store.store import Store
from beanpole.store.summaries import Summary
from beanpole.store.world import World

ORDER = ("Red", "Yellow", "Grey", "Green")  # of the colours of health, the worst first


class Row(Struct, frozen=True):
    """A line of the table of environments; `words` are those by which it is searched for, `at` its latest event."""

    id: str
    name: str
    application: str
    status: str
    health: str
    health_status: str
    version: str
    in_service: int
    instances: int
    platform: tuple[str, str]
    at: str | None
    ago: str
    words: str


class First(Struct, frozen=True):
    """A clock as JSON, a position in the world, and a line for each environment where a page lists them."""

    clock: str
    position: str
    rows: tuple[Row, ...] = ()

    @property
    def tally(self) -> list[tuple[str, int]]:
        """The number of environments that are not terminated, by the colour of their health."""
        colours = [row.health for row in self.rows if row.status != "Terminated"]
        return [(colour, colours.count(colour)) for colour in ORDER if colour in colours]


def read(store: Store, world: World, with_rows: bool) -> First:
    """The account now. The position is read before all else: what changes meanwhile is told by the stream again."""
    clock = store.clocks.get(world.account_id)
    position = watch.present(store, world)
    now = clock.now(real_now())
    rows = _rows(store, world, now) if with_rows else ()
    return First(json.encode(descriptions.of_clock(clock)).decode(), str(position), rows)


def _rows(store: Store, world: World, now: int) -> tuple[Row, ...]:
    rows = summaries.read(store.redis, world.keys, world.environments())
    return tuple(sorted((_row(summary, now) for summary in rows), key=_place))


def _place(row: Row) -> tuple[bool, str]:
    return row.status == "Terminated", row.name.lower()


def _row(summary: Summary, now: int) -> Row:
    environment, at = summary.environment, summary.last_event
    platform = environment.solution_stack_name or environment.platform_arn or ""
    searched = (
        environment.environment_name,
        environment.id,
        environment.application_name,
        environment.version_label,
        platform,
        environment.cname,
    )
    return Row(
        id=environment.id,
        name=environment.environment_name,
        application=environment.application_name,
        status=environment.status,
        health=environment.health,
        health_status=environment.health_status or environment.health,
        version=environment.version_label or "—",
        in_service=sum(instance.in_service for instance in summary.fleet),
        instances=len(summary.fleet),
        platform=words.platform(platform),
        at=format_instant(at),
        ago="—" if at is None else words.ago(at, now),
        words=" ".join(word or "" for word in searched).lower(),
    )
