"""What steps do when they begin and when they end."""

from collections.abc import Iterable
from typing import assert_never

from msgspec.structs import replace

from beanpole.model import messages
from beanpole.model.change import Change, Claim, FleetChange, PlanChange, Wake, cname_claim, environment_name_claim
from beanpole.model.environment import Activity, Done, Environment
from beanpole.model.event import Event
from beanpole.model.fleet import Fleet, launched
from beanpole.model.health import NAMES
from beanpole.model.ids import Ids
from beanpole.model.instance import Deed, Instance
from beanpole.model.messages import Message
from beanpole.model.resources import KINDS, Place, Resource, noun
from beanpole_workers.deployments.plan import Scheduled, encode
from beanpole_workers.deployments.steps import (
    AdoptSettings,
    AdoptTags,
    AdoptVersion,
    Announce,
    Deploy,
    Deprovision,
    Finish,
    JoinInstances,
    LaunchInstances,
    Linked,
    Provision,
    Release,
    RemoveInstances,
    Step,
    TerminateInstances,
    Wait,
)

ENDPOINTS = ("elastic-ip", "load-balancer")  # the kinds of resource that a web environment answers at
ALARMS = ("alarm-high", "alarm-low")


class Unfolding:
    """What one advance has come to so far; in the end it is a change."""

    def __init__(self, environment: Environment, fleet: Fleet, seed: int) -> None:
        self.environment = environment
        self.seed = seed
        self._fleet = fleet
        self._current: dict[str, Instance] | None = None
        self._touched: dict[str, Instance | None] = {}
        self._events: list[Event] = []
        self._claims: tuple[Claim, ...] = ()
        self._wakes: tuple[Wake, ...] = ()
        self._plan: PlanChange | None = None

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
            merged: dict[str, Instance | None] = {**self._fleet, **self._touched}
            self._current = {id_: it for id_, it in merged.items() if it is not None}
        return self._current

    def tell(self, message: Message, at: int) -> None:
        """An event of the environment, at the instant at which it was due."""
        request_id = self.environment.activity.request_id if self.environment.activity else None
        self._events.append(self.environment.tell(message, at, request_id))

    def change(self, **members: object) -> None:
        """The environment is another."""
        self.environment = replace(self.environment, **members)

    def instances(self, ids: Iterable[str]) -> list[Instance]:
        """Instances as they are by now; KeyError for one that is not there."""
        fleet = self.fleet
        return [fleet[id_] for id_ in ids]

    def put(self, instances: Iterable[Instance]) -> None:
        """Instances are new or others."""
        self._touched.update((it.id, it) for it in instances)
        self._current = None

    def remove(self, ids: Iterable[str]) -> None:
        """Instances are gone."""
        self._touched.update((id_, None) for id_ in ids)
        self._current = None

    def plan(self, steps: tuple[Scheduled, ...]) -> None:
        """The plan is made."""
        self._plan = PlanChange(self.environment.id, tuple(encode(it) for it in steps))

    def release(self, at: int) -> None:
        """The names of the environment are free, and its application may wait for that."""
        names = [environment_name_claim(self.environment.environment_name)]
        names += [cname_claim(self.environment.cname)] if self.environment.cname else []
        self._claims = tuple(Claim(name, self.environment.id, None) for name in names)
        if self.activity.wakes_application:
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
            puts=(self.environment,),
            claims=self._claims,
            fleet=fleet,
            plan=self._plan,
            events=tuple(self._events),
            wakes=self._wakes,
        )


def begin(step: Step, story: Unfolding, at: int) -> None:
    """What is so as soon as a step begins."""
    match step:
        case Deploy():
            story.put(it.begin_command(at) for it in story.instances(step.instances))
        case Provision():
            _begin_provision(step, story, at)
        case (
            Announce()
            | Wait()
            | Deprovision()
            | LaunchInstances()
            | JoinInstances()
            | AdoptVersion()
            | AdoptSettings()
            | AdoptTags()
            | TerminateInstances()
            | RemoveInstances()
            | Linked()
            | Finish()
            | Release()
        ):
            return
        case unknown:
            assert_never(unknown)


def finish(step: Step, story: Unfolding, at: int) -> None:
    """What is so once a step has lasted its time."""
    match step:
        case Announce():
            story.tell(step.message, at)
        case Wait():
            return
        case Provision():
            _provision(step, story, at)
        case Deprovision():
            _deprovision(step, story, at)
        case LaunchInstances():
            group = _resource(story, "auto-scaling-group").name
            story.put(launched(step.instances, group, story.environment.region, at))
        case JoinInstances():
            _join(step, story, at)
        case Deploy():
            _deploy(step, story, at)
        case AdoptVersion():
            _adopt_version(step, story)
        case AdoptSettings():
            _adopt_settings(story, at)
        case AdoptTags():
            story.change(tags=story.environment.tags if story.activity.tags is None else story.activity.tags)
        case TerminateInstances():
            story.put(it.begin_termination() for it in story.instances(step.instances))
        case RemoveInstances():
            story.remove(step.instances)
        case Linked():
            story.change(status="Launching" if story.activity.kind == "launch" else "Updating")
        case Finish():
            story.plan(())
            story.wake(at)
            story.change(status="Ready", date_updated=at, done=_done(story, at), activity=None)
        case Release():
            _release(story, at)
        case unknown:
            assert_never(unknown)


def _begin_provision(step: Provision, story: Unfolding, at: int) -> None:
    beginning = KINDS[step.kind].beginning
    if beginning is not None:
        story.tell(beginning(name=_made(step, story).name), at)


def _made(step: Provision, story: Unfolding) -> Resource:
    """The resource that the current step creates: the same one, whenever it is asked for."""
    environment, activity = story.environment, story.activity
    group = environment.resource("auto-scaling-group")
    place = Place(environment.region, environment.account_id, environment.id, group.name if group else "")
    return KINDS[step.kind].make(place, Ids(story.seed, environment.id, activity.serial, activity.step))


def _provision(step: Provision, story: Unfolding, at: int) -> None:
    kind, made = KINDS[step.kind], _made(step, story)
    if kind.noun is not None and not step.quietly:
        created = messages.CREATED_EIP(name=made.name) if made.kind == "elastic-ip" else None
        story.tell(created or messages.CREATED(noun=kind.noun, name=_spoken(made)), at)
    story.change(resources=(*story.environment.resources, made))
    if made.kind in ENDPOINTS:
        story.change(endpoint_url=made.endpoint)


def _deprovision(step: Deprovision, story: Unfolding, at: int) -> None:
    gone = _resource(story, step.kind)
    word = None if step.quietly else noun(gone.kind)
    if gone.kind == "elastic-ip":
        story.tell(messages.DELETED_EIP(name=gone.name), at)
    elif word is not None:
        sentence = messages.DELETED_ALARM if gone.kind in ALARMS else messages.DELETED
        story.tell(sentence(noun=word, name=_spoken(gone)), at)
    story.change(resources=tuple(it for it in story.environment.resources if it != gone))
    if gone.kind in ENDPOINTS:
        story.change(endpoint_url=None)


def _spoken(resource: Resource) -> str:
    """Events name a queue by its URL, and everything else by its name."""
    return resource.endpoint if resource.kind.endswith("-queue") and resource.endpoint else resource.name


def _resource(story: Unfolding, kind: str) -> Resource:
    found = story.environment.resource(kind)
    if found is None:
        raise ValueError(f"{story.environment.id} has no {kind}, and its plan needs one")
    return found


def _join(step: JoinInstances, story: Unfolding, at: int) -> None:
    story.put(it.join(at) for it in story.instances(step.instances))
    if step.instances:
        sentence = messages.ADDED_INSTANCE if len(step.instances) == 1 else messages.ADDED_INSTANCES
        story.tell(sentence(instances=", ".join(step.instances)), at)


def _deploy(step: Deploy, story: Unfolding, at: int) -> None:
    """Each instance reports for itself."""
    deed = Deed(at, step.doing, step.version_label, step.deployment_id)
    deployed = [it.finish_command(deed) for it in story.instances(step.instances)]
    story.put(deployed)
    for _ in deployed:
        story.tell(messages.INSTANCE_DEPLOYMENT_COMPLETED(), at)


def _adopt_version(step: AdoptVersion, story: Unfolding) -> None:
    """With the settings of its `.ebextensions`, where the activity brings them."""
    extensions = story.activity.extensions
    story.change(
        version_label=step.version_label,
        deployment_id=step.deployment_id,
        extensions=story.environment.extensions if extensions is None else extensions,
    )


def _adopt_settings(story: Unfolding, at: int) -> None:
    environment, activity = story.environment, story.activity
    story.change(
        settings=environment.settings if activity.settings is None else activity.settings,
        template_name=activity.template_name or environment.template_name,
        failed_settings=None,
        settings_updated=at,
    )


def _done(story: Unfolding, at: int) -> Done | None:
    """What health does not speak of leaves it speaking of what was before."""
    activity = story.activity
    return Done(activity.kind, activity.started, at) if activity.kind in NAMES else story.environment.done


def _release(story: Unfolding, at: int) -> None:
    story.release(at)
    story.wake(at)
    story.plan(())
    story.remove(tuple(story.fleet))
    story.change(
        status="Terminated",
        health_status=None,
        endpoint_url=None,
        resources=(),
        terminated_at=at,
        date_updated=at,
        done=_done(story, at),
        activity=None,
    )
