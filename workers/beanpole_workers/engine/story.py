"""A story: the state that one advance builds up, until it becomes a change."""

from collections.abc import Iterable, Sequence
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
from beanpole.model.environment.lanes import Look, Sighting, look
from beanpole.model.environment.members import EnvironmentMembers
from beanpole.model.environment.requests import Terminate
from beanpole.model.environment.resources import Resource
from beanpole.model.events.event import Event
from beanpole.model.events.messages import Message
from beanpole.model.faults.fault import Fault
from beanpole.model.health.counted_fleet import CountedFleet, RunningCensus, merged
from beanpole.model.instance.request import Request
from beanpole.model.plan.plan import Scheduled, encode
from beanpole.model.plan.rules import Deployed, DeploymentRequest, Rules


class Story:
    """An environment and its fleet at a point of an advance, with the events, hits and claims so far."""

    def __init__(self, environment: Environment, fleet: Fleet, rules: Rules) -> None:
        self.environment = self._begun = environment
        self.seed = rules.clock.seed
        self._faults = {fault.id: fault for fault in rules.faults}
        self.has_plan_faults = any(fault.kind == "plan" for fault in rules.faults)
        self.has_symptom_faults = any(fault.kind == "symptom" for fault in rules.faults)
        self._hit_faults: dict[str, Fault] = {}
        self._unlimited_hits: tuple[str, ...] = ()
        self._fleet = fleet
        self.running_census = fleet.running_census if isinstance(fleet, CountedFleet) else RunningCensus()
        self._current: dict[str, Instance] | None = None
        self._touched: dict[str, Instance | None] = {}
        self._unseen: dict[str, None] = {}  # in the order in which they were touched, however long the stretch is
        self._seen: dict[str, Look | None] = {}
        self._sightings: list[Sighting] = []
        self._events: list[Event] = []
        self._claims: tuple[Claim, ...] = ()
        self._wakes: tuple[Wake, ...] = ()
        self._steps: tuple[Scheduled, ...] | None = None
        self._beside: dict[str, Entity] = {}
        self._samples: dict[str, EnvironmentInfo] = {}
        self.platforms = rules.platforms
        self._runner = rules.runner
        self.runs_commands = rules.runner.runs
        self._files: dict[str, bytes] = {}
        self._forgotten: set[str] = set()

    @property
    def activity(self) -> Activity:
        """The activity of the environment; ValueError if it has none."""
        if self.environment.activity is None:
            raise ValueError(f"{self.environment.id} plays a step but has no activity")
        return self.environment.activity

    @property
    def fleet(self) -> Fleet:
        """The fleet, with the changes so far."""
        if not self._touched:
            return self._fleet
        if self._current is None:
            self._current = merged(self._fleet, self._touched)
        return self._current

    def tell(self, message: Message, at: int, request_id: str | None = None) -> None:
        """Add an event at its due instant; it belongs to the activity's request, or to the one of `request_id`."""
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
        """The remaining instances with these ids, with the changes so far."""
        current = (self._touched[id_] if id_ in self._touched else self._fleet.get(id_) for id_ in ids)
        return [instance for instance in current if instance is not None]

    def resource(self, kind: str) -> Resource:
        """The environment's resource of a kind; ValueError if it has none."""
        resource = self.environment.resource(kind)
        if resource is None:
            raise ValueError(f"{self.environment.id} has no {kind}, and its plan needs one")
        return resource

    def put(self, instances: Iterable[Instance]) -> None:
        """Add instances to the fleet, or replace those of the same id."""
        touched = {instance.id: instance for instance in instances}
        self._touched.update(touched)
        self._unseen.update(dict.fromkeys(touched))
        self.running_census.note(touched)
        self._current = None

    def remove(self, ids: Iterable[str]) -> None:
        """Remove instances from the fleet."""
        removed = tuple(ids)
        self._touched.update(dict.fromkeys(removed))
        self._unseen.update(dict.fromkeys(removed))
        self.running_census.note(removed)
        self._current = None

    def see(self, at: int) -> None:
        """Note how the instances look that were touched since the last time."""
        for id_ in self._unseen:
            before, present = self._fleet.get(id_), self._touched[id_]
            last_look = self._seen.get(id_, None if before is None else look(before))
            present_look = None if present is None else look(present)
            if last_look != present_look:
                self._seen[id_] = present_look
                self._sightings.append(Sighting(at, id_, present_look))
        self._unseen.clear()

    def carry_out(self, bundle: str, requests: Sequence[DeploymentRequest]) -> dict[DeploymentRequest, Deployed | None]:
        """Carry out deployments of a bundle, each for all instances that are alike, and keep their files.

        The result is None if the commands are run and have not ended yet.
        """
        deployed = self._runner.carry_out(self.environment, bundle, requests, self.file)
        for result in deployed:
            self._files.update(result.files if result is not None else ())
        self._forgotten -= self._files.keys()
        return dict(zip(requests, deployed, strict=True))

    def command_names(self, request: Request, bundle: str) -> frozenset[str]:
        """The names of the commands in the deployment of a bundle."""
        return self._runner.command_names(request, bundle)

    def file(self, digest: str) -> bytes | None:
        """An encoded disk or report by its digest; None if it no longer exists."""
        return self._files.get(digest) or self._runner.file(self.environment, digest)

    def reports(self, instances: Iterable[Instance]) -> dict[str, bytes]:
        """The reports in the histories of instances, encoded, by their digests."""
        digests = {record.report for instance in instances for record in instance.history if record.report is not None}
        reports = {digest: self.file(digest) for digest in sorted(digests)}
        return {digest: report for digest, report in reports.items() if report is not None}

    def forget_files(self) -> None:
        """Drop the disks and reports that no instance uses any more."""
        used = {digest for instance in self.fleet.values() for digest in instance.digests}
        self._forgotten = self._runner.digests(self.environment) - used
        self._files = {digest: content for digest, content in self._files.items() if digest in used}

    def plan(self, steps: tuple[Scheduled, ...]) -> None:
        """Replace the plan."""
        self._steps = steps

    def keep_sample(self, sample: EnvironmentInfo) -> None:
        """Store a log sample, which replaces the one of its id."""
        self._samples[sample.id] = sample

    def keep(self, entity: Entity) -> None:
        """Store an entity beside the environment, which replaces the one of its id."""
        self._beside[entity.id] = entity

    def release(self, at: int) -> None:
        """Free the names of the environment, and wake its application if that waits for it."""
        names = [environment_name_claim(self.environment.environment_name)]
        names += [cname_claim(self.environment.cname)] if self.environment.cname else []
        self._claims = tuple(Claim(name, self.environment.id, None) for name in names)
        request = self.activity.request
        if isinstance(request, Terminate) and request.wakes_application:
            self.wake_application(at)

    def wake_application(self, at: int) -> None:
        """Wake the application, which waits for the end of its environments."""
        self._wakes += (Wake("application", self.environment.application_name, at),)

    def wake(self, at: int) -> None:
        """Wake the environments that wait for the end of the activity."""
        self._wakes += tuple(Wake("environment", id_, at) for id_ in self.activity.wakes)

    @property
    def concerns_itself_alone(self) -> bool:
        """Tell whether no other entity was woken and the status, for which clients may wait, is the same."""
        return not self._wakes and self.environment.status == self._begun.status

    @property
    def has_changed(self) -> bool:
        """Tell whether the story has any change."""
        return self.environment is not self._begun or bool(self._touched or self._events or self._beside)

    def to_change(self) -> Change:
        """The change for one commit."""
        puts = tuple(instance for instance in self._touched.values() if instance is not None)
        removals = tuple(id_ for id_, instance in self._touched.items() if instance is None)
        files, forgotten = tuple(self._files.items()), tuple(sorted(self._forgotten))
        fleet = FleetChange(self.environment.id, puts, removals, files, forgotten, tuple(self._sightings))
        plan = None if self._steps is None else PlanChange(self.environment.id, tuple(map(encode, self._steps)))
        return Change(
            puts=(self.environment, *self._hit_faults.values(), *self._beside.values()),
            claims=self._claims,
            fleet=fleet if self._touched or files or forgotten else None,
            plan=plan,
            samples=tuple(self._samples.values()),
            events=tuple(self._events),
            wakes=self._wakes,
            hits=self._unlimited_hits,
        )
