"""New environments: their entities, and the conditions for their names, their links and their number."""

from collections.abc import Iterable, Sequence

from msgspec import Struct
from msgspec.structs import replace

from beanpole.model import errors
from beanpole.model.changes import links
from beanpole.model.changes.change import Change, Claim, Entity, Wake, cname_claim, environment_name_claim
from beanpole.model.environment.environment import Environment
from beanpole.model.environment.environment_info import EnvironmentInfo
from beanpole.model.environment.link import Link
from beanpole.model.environment.listing import expired
from beanpole.model.environment.managed_action import ManagedActionRecord
from beanpole.model.environment.requests import Launch
from beanpole.model.environment.transitions import request_launch
from beanpole.model.events import messages
from beanpole.model.events.event import Event
from beanpole.model.names import naming
from beanpole.operations import instance_profiles, quotas, shared_balancers
from beanpole.operations.context import Context
from beanpole.operations.desired.desired import Desired
from beanpole.operations.desired.targets import Target

WITHOUT_SAMPLE = frozenset({"Packer"})  # families of platforms that have no sample application [inferred]


class Room(Struct, frozen=True):
    """Room for more environments: the listings that must not change until the commit, and old entities to delete."""

    unchanged: tuple[tuple[str, str], ...]
    deletes: tuple[Entity, ...]


def launching(context: Context, target: Target, desired: Desired) -> Environment:
    """The environment with its request to be launched, without description, role and tags of the call."""
    if target.version is None and desired.platform.family in WITHOUT_SAMPLE:
        raise errors.NoVersionToDeploy(application=target.application_name)
    environment = _environment(context, target, desired)
    missing = instance_profiles.missing(context, desired.layers.together)
    request = Launch(environment.version_label, desired.refusals, missing)
    return request_launch(environment, request, context.request_id, context.now)


def _environment(context: Context, target: Target, desired: Desired) -> Environment:
    is_web, id_ = target.tier.name != "Worker", context.ids.environment_id()
    name, application = target.environment_name, target.application_name
    prefix = target.cname_prefix or f"{name}.eba-{context.ids.label()}"
    return Environment(
        environment_id=id_,
        environment_name=name,
        application_name=application,
        environment_arn=naming.arn(context.region, context.account_id, "environment", application, name),
        solution_stack_name=desired.platform.name,
        platform_arn=desired.platform.arn(context.region),
        date_created=context.now,
        date_updated=context.now,
        account_id=context.account_id,
        region=context.region,
        tier=target.tier,
        version_label=target.version.version_label if target.version else None,
        cname=naming.cname(prefix, context.region) if is_web else None,
        template_name=target.base.template_name,
        group_name=target.group_name,
        links=target.links,
        settings=desired.layers.settings,
        extensions=desired.layers.extensions,
        settings_updated=context.now,
        shared_balancer=shared_balancers.of(context, desired.layers.together) if is_web else None,
        tags=naming.own_tags(name, id_),
    )


def check_names_are_free(context: Context, environment: Environment) -> None:
    """Raise EnvironmentExists or CnameTaken if another environment has them."""
    name_holder, *cname_holder = context.world.holders([claim.name for claim in claims(environment)])
    if name_holder is not None:
        raise errors.EnvironmentExists(environment=environment.environment_name)
    if any(cname_holder):
        raise errors.CnameTaken(cname=environment.cname)


def claims(environment: Environment) -> tuple[Claim, ...]:
    """The claims of the environment on its unique names, which must be free."""
    names = [environment_name_claim(environment.environment_name)]
    if environment.cname:
        names.append(cname_claim(environment.cname))
    return tuple(Claim(name, None, environment.id) for name in names)


def room(context: Context, more: int) -> Room:
    """Room for more live environments; raises TooManyEnvironments.

    Live environments are counted only if the number of all stored environments is close to the quota.
    """
    most = context.catalog.quotas.environments
    if context.world.count(Environment) + more <= most - quotas.CLOSE:
        return Room((), ())
    before = quotas.listing_version(context, "environment")
    environments = context.world.environments()
    live = sum(environment.live for environment in environments)
    unchanged = quotas.room(before, live, more, most, errors.TooManyEnvironments)
    terminated = expired(environments, context.catalog.quotas.environment_memory, context.now)
    ids = {environment.id for environment in terminated}
    infos = [info for info in context.world.all(EnvironmentInfo) if info.environment_id in ids] if ids else []
    records = (
        [record for record in context.world.all(ManagedActionRecord) if record.environment_id in ids] if ids else []
    )
    return Room(unchanged, (*terminated, *infos, *records))


def bind(context: Context, environments: Sequence[Environment]) -> Change:
    """The change that links environments, which are new or to be updated: each waits for its targets, and is woken by
    them.

    The target of a link is written in the same commit, so that no concurrent call can terminate it.
    """
    written = {environment.environment_name: environment for environment in environments}
    links.check_no_circle(
        {
            environment.environment_name: [to.environment_name for to in environment.links]
            for environment in environments
        }
    )
    wakes = []
    for name in [environment.environment_name for environment in environments if environment.links]:
        targets = [written.get(link.environment_name) or _target(context, link) for link in written[name].links]
        written[name] = links.waiting(written[name], targets)
        written |= {target.environment_name: links.awaited(target, written[name]) for target in targets}
    for environment in written.values():
        if environment.activity is not None and environment.activity.waits_for:
            wakes.append(Wake("environment", environment.id, context.now))
    return Change(puts=tuple(written.values()), wakes=tuple(wakes))


def starting(environment: Environment, context: Context) -> Event:
    """The first event of the environment's operation."""
    operation = environment.activity.operation if environment.activity else ""
    message = messages.OPERATION_STARTING(operation=operation)
    return environment.tell(message, context.now, context.request_id)


def with_claims(change: Change, environments: Iterable[Environment], room: Room) -> Change:
    """The change with the claims of new environments on their names, and with the room for them."""
    names = tuple(claim for environment in environments for claim in claims(environment))
    return replace(change, claims=names, unchanged=room.unchanged, deletes=room.deletes)


def _target(context: Context, link: Link) -> Environment:
    target = context.world.environment_named(link.environment_name)
    if target is None:
        raise errors.NoSuchEnvironmentName(environment=link.environment_name)
    return target
