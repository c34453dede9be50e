"""The effects of the steps that create and delete an environment's resources, and of those that move its names."""

from beanpole.model.environment import template_resources
from beanpole.model.environment.custom_resources import CustomResources
from beanpole.model.environment.resources import KINDS, Resource, create, family, noun, noun_in_errors
from beanpole.model.events import failures, messages
from beanpole.model.names.ids import Ids
from beanpole.model.plan.plan import Failure
from beanpole.model.plan.rules import Rules
from beanpole.model.plan.steps import AdoptTemplate, DeleteStack, Deprovision, Provision, Repoint, UpdateStack
from beanpole_workers.engine.plan_faults import BUCKET
from beanpole_workers.engine.story import Story

# The kinds of resource with the endpoint of a web environment; a rule has that of the shared load balancer.
ENDPOINTS = ("elastic-ip", "load-balancer", "listener-rule")
ALARMS = ("alarm-high", "alarm-low")


def begin_creation(step: Provision, story: Story, at: int) -> None:
    """Write the event of kinds that have one at the beginning of their creation, unless the creation fails."""
    beginning = KINDS[step.kind].beginning
    if beginning is not None and not story.activity.hits:
        story.tell(beginning(name=_resource_of(step, story).name), at)


def finish_creation(step: Provision, story: Story, at: int) -> Failure | None:
    """Add the resource to the environment, or first those that are created while its creation is in progress."""
    if step.during and (first := _created_first(step, story)):
        for kind in first:
            _add(_resource_of(step, story, kind), step, story, at)
        return None
    if hits := story.activity.hits:
        failed = hits[0].resource or step.kind
        cancelled = tuple(kind for kind in (step.kind, *step.beside) if kind != failed)
        return Failure("resource-fails", resource=failed, cancelled=cancelled, hits=hits)
    _add(_resource_of(step, story), step, story, at)
    return None


def rest(step: Provision, story: Story, rules: Rules) -> float:
    """The simulated seconds of the resource after those that were created first; 0 once it exists."""
    if not step.during or story.environment.resource(family(step.kind)) is not None:
        return 0.0
    return round(rules.timings.activities[step.kind].draw("rest", story.seed, story.environment.id), 3)


def _created_first(step: Provision, story: Story) -> list[str]:
    """The missing kinds whose creation ends before that of the step's own kind."""
    return [kind for kind in step.during if story.environment.resource(family(kind)) is None]


def _add(resource: Resource, step: Provision, story: Story, at: int) -> None:
    """Add a resource to the environment; the first endpoint becomes that of the environment."""
    if not step.quietly:
        _announce_created(resource, story, at)
    story.change(resources=(*story.environment.resources, resource))
    if resource.kind in ENDPOINTS and story.environment.endpoint_url is None:
        story.change(endpoint_url=resource.endpoint)


def finish_deletion(step: Deprovision, story: Story, at: int) -> Failure | None:
    """Remove the resource from the environment, and its endpoint if it is the environment's.

    A resource that cannot be deleted stays; the others of its deletion are deleted nevertheless.
    """
    resource = story.resource(step.kind)
    if hits := story.activity.hits:
        if story.activity.undoing:
            return Failure("resource-fails", resource=step.kind, action="delete", hits=hits)
        story.tell(undeleted(resource, hits[0].message, story), at)
        return None
    if not step.quietly:
        _announce_deleted(resource, story, at)
    story.change(resources=tuple(other for other in story.environment.resources if other != resource))
    if resource.kind in ENDPOINTS and story.environment.endpoint_url == resource.endpoint:
        story.change(endpoint_url=None)
    return None


def finish_update(step: UpdateStack, story: Story, at: int) -> Failure | None:
    """Write the event of the update; the plan fails if a resource cannot be updated."""
    story.tell(step.message, at)
    hits = story.activity.hits
    return Failure("resource-fails", resource=hits[0].resource, action="update", hits=hits) if hits else None


def adopt_template(step: AdoptTemplate, story: Story, at: int) -> None:
    """Create the custom resources that are new, keep those that are declared as before, and delete the others."""
    environment, template = story.environment, step.template
    alone = story.activity.kind == "deploy"
    if template is None:
        story.change(custom=CustomResources(updated=at) if alone else None)
        return
    ids = Ids(story.seed, environment.id, story.activity.serial, "custom", story.activity.undoing)
    before = environment.custom or CustomResources()
    resources = template_resources.create(environment, template, before.resources, at, ids)
    updated = at if alone else before.updated
    story.change(custom=CustomResources(template, resources, updated))


def finish_stack(step: DeleteStack, story: Story, at: int) -> Failure | None:
    """Delete the stack; the plan fails if a resource remains, such as a bucket that is not empty."""
    if hits := story.activity.hits:
        ids = Ids(story.seed, story.environment.id, story.activity.serial, BUCKET)
        bucket = create(BUCKET, story.environment.resource_scope, ids)
        story.change(resources=(*story.environment.resources, bucket))
        story.tell(undeleted(bucket, hits[0].message, story), at)
    if remaining := story.environment.resources:
        return Failure("resource-fails", resource=remaining[0].kind, action="delete")
    if step.message is not None:
        story.tell(step.message, at)
    return None


def undeleted(resource: Resource, reason: str | None, story: Story) -> messages.Message:
    """The event of a resource that cannot be deleted; by default it is not empty, or another resource uses it."""
    ids = Ids(story.seed, story.environment.id, story.activity.serial, story.activity.step, "refused")
    if reason is None and resource.kind == BUCKET:
        reason = failures.NOT_EMPTY.format(request=ids.capitals(16), extended=f"{ids.suffix(75)}=")
    reason = reason or failures.DEPENDENT.format(name=resource.name, request=ids.request_id())
    return failures.RESOURCE_FAILED(
        verb="Deleting", noun=noun_in_errors(resource.kind), name=resource.physical_id, reason=reason
    )


def repoint(step: Repoint, story: Story, at: int) -> None:
    """Make the resource's endpoint the environment's; a worker has no CNAME to announce."""
    endpoint = story.resource(step.kind).endpoint
    story.change(endpoint_url=endpoint)
    if story.environment.cname is not None:
        story.tell(messages.CNAME_POINTS_TO(cname=story.environment.cname, endpoint=endpoint), at)


def _resource_of(step: Provision, story: Story, during: str | None = None) -> Resource:
    """The resource of the current step, or one that is created `during` it; the same at its beginning and its end."""
    environment, activity = story.environment, story.activity
    undoing = (activity.undoing,) if activity.undoing else ()
    ids = Ids(story.seed, environment.id, activity.serial, activity.step, *undoing)
    return create(during or step.kind, environment.resource_scope, ids if during is None else ids.of(during))


def _announce_created(resource: Resource, story: Story, at: int) -> None:
    """Write the event of a creation; most kinds share one sentence, and kinds without a noun have none."""
    word = noun(resource.kind)
    if resource.kind == "elastic-ip":
        story.tell(messages.CREATED_EIP(name=resource.name), at)
    elif resource.kind == "temporary-group":
        story.tell(messages.CREATED_TEMPORARY_GROUP(name=resource.name), at)
    elif word is not None:
        story.tell(messages.CREATED(noun=word, name=resource.physical_id), at)


def _announce_deleted(resource: Resource, story: Story, at: int) -> None:
    word = noun(resource.kind)
    if resource.kind == "elastic-ip":
        story.tell(messages.DELETED_EIP(name=resource.name), at)
    elif word is not None:
        sentence = messages.DELETED_ALARM if resource.kind in ALARMS else messages.DELETED
        story.tell(sentence(noun=word, name=resource.physical_id), at)
