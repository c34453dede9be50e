"""What one advance has come to so far; in the end it is a change."""

from collections.abc import Iterable
from typing import Unpack

from msgspec.structs import replace

from beanpole.model.changes.change import (
    Change,
    Claim,
    Entity,
    PlanChange,
    Wake,
    cname_claim,
    environment_name_claim,
)
from beanpole.model.environment.activity import Activity
from beanpole.model.environment.environment import Environment
from beanpole.model.environment.environment_info import EnvironmentInfo
from beanpole.model.environment.fleet import Fleet, FleetChange
from beanpole.model.environment.instance import Instance
from beanpole.model.environment.members import EnvironmentMembers
from beanpole.model.environment.requests import Terminate
from beanpole.model.environment.resources import Resource
from beanpole.model.events.event import Event
from beanpole.model.events.messages import Message
from beanpole.model.faults.fault import Fault
from beanpole.model.health.counted_fleet import CountedFleet, RunningCensus, merged
from beanpole.model.plan.plan import Scheduled, encode


class Story:
    """What one advance has come to so far; in the end it is a change."""

    def __init__(self, environment: Environment, fleet: Fleet, seed: int, faults: Iterable[Fault] = ()) -> None:
        self.environment = environment
        self.seed = seed
        self._faults = {it.id: it for it in faults}
        self._hit_faults: dict[str, Fault] = {}
        self._unlimited_hits: tuple[str, ...] = ()
        self._fleet = fleet
        self.running_census = fleet.running_census if isinstance(fleet, CountedFleet) else RunningCensus()
        self._current: dict[str, Instance] | None = None
        self._touched: dict[str, Instance | None] = {}
        self._events: list[Event] = []
        self._claims: tuple[Claim, ...] = ()
        self._wakes: tuple[Wake, ...] = ()
        self._plan: PlanChange | None = None
        self._beside: dict[str, Entity] = {}
        self._samples: dict[str, EnvironmentInfo] = {}

    @property
    def activity(self) -> Activity:
        """What the environment is busy with; ValueError if with nothing."""
        if self.environment.activity is None:
            raise ValueError(f"{self.environment.id} plays a step but is busy with nothing")
        return self.environment.activity

    @property
    def fleet(self) -> Fleet:
        """The fleet as it is by now."""
        if not self._touched:
            return self._fleet
        if self._current is None:
            self._current = merged(self._fleet, self._touched)
        return self._current

    def tell(self, message: Message, at: int, request_id: str | None = None) -> None:
        """An event of the environment, at the instant at which it was due; of the activity, unless of another call."""
        if request_id is None and self.environment.activity is not None:
            request_id = self.environment.activity.request_id
        self._events.append(self.environment.tell(message, at, request_id))

    def change(self, **members: Unpack[EnvironmentMembers]) -> None:
        """Replace members of the environment."""
        self.environment = replace(self.environment, **members)

    @property
    def faults(self) -> tuple[Fault, ...]:
        """The armed faults, each with the count of its hits so far."""
        return tuple(self._faults.values())

    def count(self, fault: Fault) -> None:
        """Count a hit of a fault."""
        if fault.is_limited:
            self._faults[fault.id] = self._hit_faults[fault.id] = self._faults[fault.id].with_hit()
        else:
            self._unlimited_hits += (fault.id,)

    def instances(self, ids: Iterable[str]) -> list[Instance]:
        """Those of some instances that are still there, as they are by now."""
        found = (self._touched[id_] if id_ in self._touched else self._fleet.get(id_) for id_ in ids)
        return [it for it in found if it is not None]

    def resource(self, kind: str) -> Resource:
        """The environment's resource of a kind; ValueError if it has none."""
        found = self.environment.resource(kind)
        if found is None:
            raise ValueError(f"{self.environment.id} has no {kind}, and its plan needs one")
        return found

    def put(self, instances: Iterable[Instance]) -> None:
        """Instances are new or others."""
        touched = {it.id: it for it in instances}
        self._touched.update(touched)
        self.running_census.note(touched)
        self._current = None

    def remove(self, ids: Iterable[str]) -> None:
        """Instances are gone."""
        gone = tuple(ids)
        self._touched.update(dict.fromkeys(gone))
        self.running_census.note(gone)
        self._current = None

    def plan(self, steps: tuple[Scheduled, ...]) -> None:
        """The plan is made."""
        self._plan = PlanChange(self.environment.id, tuple(encode(it) for it in steps))

    def keep_sample(self, sample: EnvironmentInfo) -> None:
        """A log sample replaces the one of its id; the last one counts."""
        self._samples[sample.id] = sample

    def keep(self, entity: Entity) -> None:
        """Something beside the environment is to be kept; of one id the last."""
        self._beside[entity.id] = entity

    def release(self, at: int) -> None:
        """The names of the environment are free, and its application may wait for that."""
        names = [environment_name_claim(self.environment.environment_name)]
        names += [cname_claim(self.environment.cname)] if self.environment.cname else []
        self._claims = tuple(Claim(name, self.environment.id, None) for name in names)
        request = self.activity.request
        if isinstance(request, Terminate) and request.wakes_application:
            self._wakes += (Wake("application", self.environment.application_name, at),)

    def wake(self, at: int) -> None:
        """Whoever waits for the end of the activity may look again."""
        self._wakes += tuple(Wake("environment", id_, at) for id_ in self.activity.wakes)

    def to_change(self) -> Change:
        """All of it, for one commit."""
        puts = tuple(it for it in self._touched.values() if it is not None)
        removals = tuple(id_ for id_, it in self._touched.items() if it is None)
        fleet = FleetChange(self.environment.id, puts, removals) if self._touched else None
        return Change(
            puts=(self.environment, *self._hit_faults.values(), *self._beside.values()),
            claims=self._claims,
            fleet=fleet,
            plan=self._plan,
            samples=tuple(self._samples.values()),
            events=tuple(self._events),
            wakes=self._wakes,
            hits=self._unlimited_hits,
        )
