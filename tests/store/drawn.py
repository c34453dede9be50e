"""Drawn commits: what hypothesis draws without knowing the store, and the change that it is in a world as it stands."""

from collections.abc import Callable
from typing import NamedTuple

from hypothesis import strategies as st
from msgspec.structs import replace

from beanpole.model.applications.application import Application, ApplicationVersion
from beanpole.model.bundles.bundle import Bundle
from beanpole.model.changes.change import Change, Claim, Entity, PlanChange, Wake
from beanpole.model.environment.environment import Environment
from beanpole.model.environment.environment_info import EnvironmentInfo
from beanpole.model.environment.fleet import FleetChange
from beanpole.model.environment.instance import Instance
from beanpole.model.events.event import Event
from beanpole.model.faults.fault import Fault
from beanpole.store import codec
from beanpole.store.world import World
from engine.stories import environment

START = 1_767_225_600_000  # 2026-01-01
DAY = 86_400_000
SCOPES = (("111111111111", "us-east-1"), ("111111111111", "eu-west-1"), ("222222222222", "us-east-1"))
NAMES = ("one", "two")
FAR = 10**9  # a generation that nothing has


def _environment(name: str, due: int | None) -> Environment:
    return replace(environment("single", name, f"e-{name}"), health_due=due)


KINDS: dict[str, Callable[[str, int | None], Entity]] = {
    "application": lambda name, due: Application(name, f"arn:{name}", due or 0, 0),
    "version": lambda name, due: ApplicationVersion("shop", name, f"arn:{name}", START, START, due=due),
    "environment": _environment,
    "fault": lambda name, due: Fault(NAMES.index(name) + 1, "command-fails", until=due),
}


class Reference(NamedTuple):
    """An entity as a caller saw it: as it is, as new, or as it never was."""

    kind: str
    name: str
    due: int | None
    how: str

    def entity(self, world: World) -> Entity:
        """The entity, with the generation that the caller believes it has."""
        entity = KINDS[self.kind](self.name, self.due)
        present = world.find(type(entity), entity.id)
        generations = {"as it is": present.generation if present else 0, "new": 0, "never": FAR}
        return replace(entity, generation=generations[self.how])


class Passed(NamedTuple):
    """A claim that passes on from its holder, or from one that does not hold it."""

    name: str
    right: bool
    after: str | None

    def claim(self, world: World) -> Claim:
        """The claim, with the holder that the caller believes it has."""
        return Claim(self.name, world.holder(self.name) if self.right else "nothing", self.after)


class Drawn(NamedTuple):
    """A change in a world that is not known yet."""

    scope: tuple[str, str]
    puts: list[Reference]
    deletes: list[Reference]
    reads: list[Reference]
    unchanged: list[tuple[str, bool]]
    claims: list[Passed]
    fleet: FleetChange | None
    plan: PlanChange | None
    events: list[Event]
    wakes: list[Wake]
    hits: list[str]
    samples: list[EnvironmentInfo]
    bundles: list[Bundle]
    unused: list[str]

    def change(self, world: World) -> Change:
        """The change, for a world as it is now."""
        return Change(
            puts=tuple(reference.entity(world) for reference in self.puts),
            deletes=tuple(reference.entity(world) for reference in self.deletes),
            reads=tuple(reference.entity(world) for reference in self.reads),
            unchanged=tuple((kind, world.version(kind) if right else "0") for kind, right in self.unchanged),
            claims=tuple(passed.claim(world) for passed in self.claims),
            fleet=self.fleet,
            plan=self.plan,
            events=tuple(self.events),
            wakes=tuple(self.wakes),
            hits=tuple(self.hits),
            samples=tuple(self.samples),
            bundles=tuple(self.bundles),
            unused=tuple(self.unused),
        )


def _few(elements: st.SearchStrategy[object]) -> st.SearchStrategy[list[object]]:
    return st.lists(elements, max_size=2)


names = st.sampled_from(NAMES)
environment_ids = names.map(lambda name: f"e-{name}")
instants = st.one_of(st.integers(START - 5, START + 5), st.sampled_from([START + DAY, START + 50 * DAY]))
sizes = st.sampled_from([0, 1, 2, 120])  # 120 pairs do not fit into one command
instances = st.builds(
    lambda number, state: [Instance(f"i-{index}", START + index % 7, "group", state) for index in range(number)],
    sizes,
    st.sampled_from(["pending", "running"]),
)

mostly_seen = st.sampled_from(["as it is"] * 8 + ["new", "never"])
mostly_true = st.sampled_from([True] * 8 + [False])
reference = st.builds(Reference, st.sampled_from(sorted(KINDS)), names, st.none() | instants, mostly_seen)
claims = st.builds(Passed, names, mostly_true, st.none() | environment_ids)
digests = st.sampled_from(["d1", "d2", "d3"])
fleets = st.builds(
    lambda id_, puts, removals, files, forgotten: FleetChange(
        id_, tuple(puts), tuple(f"i-{index}" for index in range(removals)), tuple(files), tuple(forgotten)
    ),
    environment_ids,
    instances,
    sizes,
    _few(st.tuples(digests, st.sampled_from([b"[]", b"\x00disk"]))),
    st.lists(digests, max_size=2) | st.just([f"d{number}" for number in range(120)]),
)
plans = st.builds(
    lambda id_, count: PlanChange(id_, tuple(b"[%d]" % index for index in range(count))), environment_ids, sizes
)
events = st.builds(
    Event,
    instants,
    st.sampled_from(["said", "s\u00e4id \u2713"]),
    st.sampled_from(["TRACE", "INFO", "WARN", "ERROR"]),
    application_name=st.none() | names,
    environment_name=st.none() | names,
    template_name=st.none() | names,
    platform_arn=st.none() | names,
    request_id=st.none() | st.sampled_from(["request-1", "request-2"]),
)
wakes = st.builds(Wake, st.sampled_from(sorted(codec.KINDS.values())), names, instants)
bundles = st.builds(Bundle, digests, st.integers(0, 9))
samples = st.builds(EnvironmentInfo, environment_ids, st.sampled_from(["tail", "bundle"]), instants, names)

changes = st.builds(
    Drawn,
    st.sampled_from(SCOPES),
    _few(reference),
    _few(reference),
    _few(reference),
    _few(st.tuples(st.sampled_from(sorted(KINDS)), mostly_true)),
    _few(claims),
    st.none() | fleets,
    st.none() | plans,
    st.lists(events, max_size=6),
    _few(wakes),
    st.lists(st.sampled_from(["fault-1", "fault-2"]), max_size=3),
    _few(samples),
    _few(bundles),
    _few(digests),
)
