"""New environments: what one is made of, and what must hold for its names, its links and its place in the account."""

from collections.abc import Iterable, Sequence

from msgspec import Struct
from msgspec.structs import replace

from beanpole.model import errors
from beanpole.model.applications.manifest import Manifest, grouped
from beanpole.model.changes import links
from beanpole.model.changes.change import Change, Claim, Entity, Wake, cname_claim, environment_name_claim
from beanpole.model.environment.environment import Environment
from beanpole.model.environment.environment_info import EnvironmentInfo
from beanpole.model.environment.link import Link
from beanpole.model.environment.listing import expired
from beanpole.model.environment.managed_action import ManagedActionRecord
from beanpole.model.environment.tiers import Tier
from beanpole.model.events import messages
from beanpole.model.events.event import Event
from beanpole.model.names import naming
from beanpole.model.options.definitions import OptionSetting
from beanpole.model.platforms.catalog import SolutionStack
from beanpole.operations import find, quotas
from beanpole.operations.context import Context

SAMPLE = "Sample Application"  # the label of what runs where no version was asked for
WITHOUT_SAMPLE = frozenset({"Packer"})  # families of platforms that have no sample application [inferred]
NAME_LENGTHS, PREFIX_LENGTHS = range(4, 41), range(4, 64)  # the wire's bounds, for names that a manifest gives

NO_OBJECTS = "no object store is configured, so source bundles are not looked into"
NO_MANIFEST = "the source bundle has none"
NO_NAME = "EnvironmentName is missing"
BAD_LENGTH = "{member} must be {least} to {most} characters long"


class Wish(Struct, frozen=True, kw_only=True):
    """An environment that somebody asks for, everything about it found and checked but whether its names are free."""

    application_name: str
    environment_name: str
    tier: Tier
    stack: SolutionStack
    settings: tuple[OptionSetting, ...]
    extensions: tuple[OptionSetting, ...] = ()
    version_label: str | None = None
    cname_prefix: str | None = None
    description: str | None = None
    operations_role: str | None = None
    template_name: str | None = None
    group_name: str | None = None
    tags: dict[str, str] = {}
    links: tuple[Link, ...] = ()


class Room(Struct, frozen=True):
    """What a commit must find unchanged for there to be room, and what it can forget to make some."""

    unchanged: tuple[tuple[str, str], ...]
    deletes: tuple[Entity, ...]


def launching(context: Context, wish: Wish) -> Environment:
    """The environment, about to be launched."""
    if wish.version_label is None and wish.stack.family in WITHOUT_SAMPLE:
        raise errors.NoVersionToDeploy(application=wish.application_name)
    id_, name = context.ids.environment_id(), wish.environment_name
    prefix = wish.cname_prefix or f"{name}.eba-{context.ids.label()}"
    environment = Environment(
        environment_id=id_,
        environment_name=name,
        application_name=wish.application_name,
        environment_arn=naming.arn(context.region, context.account_id, "environment", wish.application_name, name),
        solution_stack_name=wish.stack.name,
        platform_arn=wish.stack.arn(context.region),
        date_created=context.now,
        date_updated=context.now,
        account_id=context.account_id,
        region=context.region,
        tier=wish.tier,
        description=wish.description,
        version_label=wish.version_label or SAMPLE,
        cname=None if wish.tier.name == "Worker" else naming.cname(prefix, context.region),
        operations_role=wish.operations_role,
        template_name=wish.template_name,
        group_name=wish.group_name,
        links=wish.links,
        settings=wish.settings,
        extensions=wish.extensions,
        settings_updated=context.now,
        tags=wish.tags | naming.own_tags(name, id_),
    )
    return environment.request_launch(context.request_id, context.now)


def check_names(name: str, cname_prefix: str | None, tier: Tier) -> None:
    """Raise what is wrong with the names of a new environment."""
    naming.check_environment_name(name)
    if cname_prefix:
        if tier.name == "Worker":
            raise errors.WorkerHasNoCname
        naming.check_cname_prefix(cname_prefix)


def check_names_are_free(context: Context, environment: Environment) -> None:
    """Raise EnvironmentExists or CnameTaken if somebody has them."""
    name_holder, *cname_holder = context.world.holders([it.name for it in claims(environment)])
    if name_holder is not None:
        raise errors.EnvironmentExists(environment=environment.environment_name)
    if any(cname_holder):
        raise errors.CnameTaken(cname=environment.cname)


def claims(environment: Environment) -> tuple[Claim, ...]:
    """The names that it takes, which nobody has."""
    names = [environment_name_claim(environment.environment_name)]
    if environment.cname:
        names.append(cname_claim(environment.cname))
    return tuple(Claim(name, None, environment.id) for name in names)


def room(context: Context, more: int) -> Room:
    """Room for more live environments; raises TooManyEnvironments.

    As long as all that there ever were are far from the quota, nobody looks at them.
    """
    most = context.catalog.quotas.environments
    if context.world.count(Environment) + more <= most - quotas.CLOSE:
        return Room((), ())
    before = quotas.counted(context, "environment")
    environments = context.world.environments()
    live = sum(it.live for it in environments)
    unchanged = quotas.room(before, live, more, most, errors.TooManyEnvironments)
    gone = expired(environments, context.catalog.quotas.environment_memory, context.now)
    ids = {it.id for it in gone}
    infos = [it for it in context.world.all(EnvironmentInfo) if it.environment_id in ids] if ids else []
    records = [it for it in context.world.all(ManagedActionRecord) if it.environment_id in ids] if ids else []
    return Room(unchanged, (*gone, *infos, *records))


def manifest_of(context: Context, application_name: str, label: str | None, group: str | None) -> Manifest:
    """The manifest in a version's source bundle, its names as they are in the group; raises ManifestMissing."""
    version = find.deployable(context, application_name, label) if label else None
    if version is None or version.manifest is None:
        reason = NO_OBJECTS if context.objects is None else NO_MANIFEST
        raise errors.ManifestMissing(version=label or SAMPLE, reason=reason)
    manifest = grouped(version.manifest, group)
    if not manifest.environment_name:
        raise errors.ManifestMissing(version=label, reason=NO_NAME)
    for member, given, lengths in (
        ("EnvironmentName", manifest.environment_name, NAME_LENGTHS),
        ("CName", manifest.cname, PREFIX_LENGTHS),
    ):
        if given and len(given) not in lengths:
            reason = BAD_LENGTH.format(member=member, least=lengths.start, most=lengths.stop - 1)
            raise errors.ManifestMissing(version=label, reason=reason)
    return manifest


def bind(context: Context, asked: Sequence[Environment]) -> Change:
    """What links among environments, new or about to be updated, and to others, come to: who waits, and who wakes whom.

    An environment that is linked to is written in the same commit, so that it cannot be terminated meanwhile.
    """
    written = {it.environment_name: it for it in asked}
    links.check_no_circle({it.environment_name: [to.environment_name for to in it.links] for it in asked})
    wakes = []
    for name in [it.environment_name for it in asked if it.links]:
        targets = [written.get(it.environment_name) or _target(context, it) for it in written[name].links]
        written[name] = links.waiting(written[name], targets)
        written |= {it.environment_name: links.awaited(it, written[name]) for it in targets}
    for it in written.values():
        if it.activity is not None and it.activity.waits_for:
            wakes.append(Wake("environment", it.id, context.now))
    return Change(puts=tuple(written.values()), wakes=tuple(wakes))


def starting(environment: Environment, context: Context) -> Event:
    """The first line of its story."""
    operation = environment.activity.operation if environment.activity else ""
    said = messages.OPERATION_STARTING(operation=operation)
    return environment.tell(said, context.now, context.request_id)


def committed(change: Change, environments: Iterable[Environment], room: Room) -> Change:
    """The change that brings new environments, with the names they take and the room they find."""
    taken = tuple(claim for it in environments for claim in claims(it))
    return replace(change, claims=taken, unchanged=room.unchanged, deletes=room.deletes)


def _target(context: Context, link: Link) -> Environment:
    found = context.world.environment_named(link.environment_name)
    if found is None:
        raise errors.NoSuchEnvironmentName(environment=link.environment_name)
    return found
