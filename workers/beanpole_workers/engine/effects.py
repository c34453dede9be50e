"""What steps do when they begin and when they end."""

from typing import assert_never

from msgspec.structs import replace

from beanpole.model.environment.environment_info import ASKED, KEPT_AFTER_FAILURE, EnvironmentInfo
from beanpole.model.environment.fleet import launched
from beanpole.model.environment.requests import Tag
from beanpole.model.environment.resources import KINDS, Resource, ResourceScope, create, noun
from beanpole.model.events import failures, messages
from beanpole.model.names.ids import Ids
from beanpole.model.plan.plan import Failure
from beanpole.model.plan.steps import (
    AdoptSettings,
    AdoptTags,
    AdoptVersion,
    Announce,
    AnnounceInstances,
    AwaitHealth,
    Close,
    Deploy,
    Deprovision,
    Deregister,
    EnterGroup,
    Finish,
    JoinInstances,
    LaunchInstances,
    LeaveGroup,
    Linked,
    Provision,
    Register,
    Release,
    RemoveInstances,
    Repoint,
    ShareTraffic,
    Step,
    TerminateInstances,
    Wait,
)
from beanpole_workers.engine import adoption, commands
from beanpole_workers.engine.story import Story

ENDPOINTS = ("elastic-ip", "load-balancer")  # the kinds of resource that a web environment answers at
ALARMS = ("alarm-high", "alarm-low")


def begin(step: Step, story: Story, at: int) -> None:
    """What is so as soon as a step begins."""
    match step:
        case Deploy():
            commands.begin_command(step, story, at)
        case AwaitHealth():
            commands.begin_waiting(step, story, at)
        case Deregister():
            story.put(it.leave_service() for it in story.instances(step.instances))
        case LaunchInstances() if story.activity.hits:
            story.tell(failures.LAUNCH_FAILURE(), at)
        case Provision() if not story.activity.hits:
            _begin_provision(step, story, at)
        case Close():
            adoption.close(story)
        case _:
            return


def finish(step: Step, story: Story, at: int) -> Failure | None:
    """What is so once a step has lasted its time, and what went wrong with it, if anything did."""
    match step:
        case Deploy():
            return commands.finish_command(step, story, at)
        case AwaitHealth():
            return commands.finish_waiting(step, story)
        case LaunchInstances():
            return _launch(step, story, at)
        case Provision():
            return _provision(step, story, at)
        case Deprovision() if story.activity.hits:
            return Failure("resource-fails", resource=step.kind, stays=True)
        case _:
            _succeed(step, story, at)
            return None


def _succeed(step: Step, story: Story, at: int) -> None:
    """The end of a step that cannot fail."""
    match step:
        case Announce():
            story.tell(step.message, at)
        case Deprovision():
            _deprovision(step, story, at)
        case Repoint():
            _repoint(step, story, at)
        case JoinInstances():
            _join(step, story, at)
        case AnnounceInstances():
            _announce(step.instances, story, at)
        case AdoptTags():
            request = story.activity.request
            story.change(tags=request.tags if isinstance(request, Tag) else story.environment.tags)
        case Register():
            story.put(it.enter_service() for it in story.instances(step.instances))
        case LeaveGroup():
            story.tell(messages.DETACHED_INSTANCES(group=story.resource("temporary-group").name), at)
        case EnterGroup():
            _enter_group(step, story, at)
        case TerminateInstances():
            _terminate(step, story, at)
        case RemoveInstances():
            _remove(step, story, at)
        case ShareTraffic():
            story.change(traffic=step.percent)
        case Linked():
            story.change(status="Launching" if story.activity.kind == "launch" else "Updating")
        case AdoptVersion() | AdoptSettings() | Finish() | Release():
            adoption.adopt(step, story, at)
        case Wait() | Deregister() | Close():
            return
        case Deploy() | AwaitHealth() | LaunchInstances() | Provision():
            raise ValueError(f"{type(step).__name__} may fail")
        case unknown:
            assert_never(unknown)


def _begin_provision(step: Provision, story: Story, at: int) -> None:
    beginning = KINDS[step.kind].beginning
    if beginning is not None:
        story.tell(beginning(name=_made(step, story).name), at)


def _made(step: Provision, story: Story) -> Resource:
    """The resource that the current step creates: the same one, whenever it is asked for."""
    environment, activity = story.environment, story.activity
    group = environment.resource("auto-scaling-group")
    scope = ResourceScope(environment.region, environment.account_id, environment.id, group.name if group else "")
    undoing = (activity.undoing,) if activity.undoing else ()
    return create(step.kind, scope, Ids(story.seed, environment.id, activity.serial, activity.step, *undoing))


def _provision(step: Provision, story: Story, at: int) -> Failure | None:
    if story.activity.hits:
        return Failure("resource-fails", resource=step.kind)
    made = _made(step, story)
    if not step.quietly:
        _tell_of(made, story, at)
    story.change(resources=(*story.environment.resources, made))
    if made.kind in ENDPOINTS and story.environment.endpoint_url is None:
        story.change(endpoint_url=made.endpoint)
    return None


def _tell_of(made: Resource, story: Story, at: int) -> None:
    """Most resources are told of in one sentence, some in one of their own, and some not at all."""
    word = noun(made.kind)
    if made.kind == "elastic-ip":
        story.tell(messages.CREATED_EIP(name=made.name), at)
    elif made.kind == "temporary-group":
        story.tell(messages.CREATED_TEMPORARY_GROUP(name=made.name), at)
    elif word is not None:
        story.tell(messages.CREATED(noun=word, name=_spoken(made)), at)


def _deprovision(step: Deprovision, story: Story, at: int) -> None:
    gone = story.resource(step.kind)
    word = None if step.quietly else noun(gone.kind)
    if gone.kind == "elastic-ip" and not step.quietly:
        story.tell(messages.DELETED_EIP(name=gone.name), at)
    elif word is not None:
        sentence = messages.DELETED_ALARM if gone.kind in ALARMS else messages.DELETED
        story.tell(sentence(noun=word, name=_spoken(gone)), at)
    story.change(resources=tuple(it for it in story.environment.resources if it != gone))
    if gone.kind in ENDPOINTS and story.environment.endpoint_url == gone.endpoint:
        story.change(endpoint_url=None)


def _repoint(step: Repoint, story: Story, at: int) -> None:
    """A worker has no name that could lead anywhere."""
    endpoint = story.resource(step.kind).endpoint
    story.change(endpoint_url=endpoint)
    if story.environment.cname is not None:
        story.tell(messages.CNAME_POINTS_TO(cname=story.environment.cname, endpoint=endpoint), at)


def _spoken(resource: Resource) -> str:
    """Events name a queue by its URL, and everything else by its name."""
    return resource.endpoint if resource.kind.endswith("-queue") and resource.endpoint else resource.name


def _launch(step: LaunchInstances, story: Story, at: int) -> Failure | None:
    if story.activity.hits:
        return Failure("launch-refused", step.instances, resource=step.group)
    if not step.instances:
        return None
    group = story.resource(step.group).name
    story.put(launched(step.instances, group, story.environment, at))
    return None


def _join(step: JoinInstances, story: Story, at: int) -> None:
    story.put(it.join(at) for it in story.instances(step.instances))
    if step.instances and not step.quietly:
        _announce(step.instances, story, at)


def _announce(instances: tuple[str, ...], story: Story, at: int) -> None:
    sentence = messages.ADDED_INSTANCE if len(instances) == 1 else messages.ADDED_INSTANCES
    story.tell(sentence(instances=", ".join(instances)), at)
    story.put(replace(it, announced=True) for it in story.instances(instances))


def _enter_group(step: EnterGroup, story: Story, at: int) -> None:
    if not step.instances:
        return
    group = story.resource("auto-scaling-group").name
    story.put(it.change_group(group) for it in story.instances(step.instances))
    story.tell(messages.ATTACHED_INSTANCES(group=group), at)


def _terminate(step: TerminateInstances, story: Story, at: int) -> None:
    """The logs that instances leave take the place of the last bundle that somebody asked for."""
    going = story.instances(step.instances)
    asked = tuple(it for it in going if it.state in ASKED)
    if step.keeps_logs and asked:
        activity, id_ = story.activity, story.environment.id
        secret = Ids(story.seed, id_, activity.serial, activity.undoing, "signature").hexadecimal(64)
        story.keep_sample(EnvironmentInfo(id_, "bundle", at, secret, asked, KEPT_AFTER_FAILURE))
    story.put(it.begin_termination() for it in going)


def _remove(step: RemoveInstances, story: Story, at: int) -> None:
    """Each is told of by itself, as in the captures; of one whose coming was not told nobody knows."""
    gone = story.instances(step.instances)
    for it in gone:
        if step.announced and it.announced:
            story.tell(messages.REMOVED_INSTANCE(instance=it.id), at)
    story.remove(it.id for it in gone)
