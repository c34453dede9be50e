"""ComposeEnvironments: the environments of a group, from the manifests in their source bundles."""

from msgspec import Struct
from msgspec.structs import replace

from beanpole.model import errors
from beanpole.model.applications.manifest import Manifest
from beanpole.model.changes.change import Entity
from beanpole.model.environment import option_layers, tiers
from beanpole.model.environment.environment import Environment
from beanpole.model.environment.option_layers import Layers
from beanpole.model.environment.requests import Configure
from beanpole.model.events import messages
from beanpole.model.events.event import Event
from beanpole.model.options.configuration import merge
from beanpole.operations import creation, find
from beanpole.operations.configuration import configuration_of
from beanpole.operations.context import Context
from beanpole.operations.creation import Wish
from beanpole.operations.desired import desired
from beanpole.operations.registry import operation
from beanpole.operations.views.environment import describe
from beanpole.wire.schemas import Request

Answer = dict[str, object]


class Part(Struct, frozen=True):
    """An environment of the group, new or about to be updated, and the first line of its story."""

    environment: Environment
    told: Event
    is_new: bool
    has_cname: bool = True

    @property
    def shown(self) -> Environment:
        """As it is answered: a CNAME that nobody asked for is not known yet."""
        return self.environment if self.has_cname else replace(self.environment, cname=None)


@operation("ComposeEnvironments")
def compose_environments(context: Context, request: Request) -> Answer:
    """Create the environments of a group that are missing and update those that are there, the linked ones first."""
    _check_given(request)
    application = find.application(context, request.application_name)
    labels = dict.fromkeys(request.version_labels)
    wanted = [(it, creation.manifest_of(context, application.id, it, request.group_name)) for it in labels]
    _check_names_differ([manifest for _, manifest in wanted])
    parts = [_part(context, request, label, manifest) for label, manifest in wanted]
    new = [it.environment for it in parts if it.is_new]
    room = creation.room(context, len(new))
    bound = creation.bind(context, [it.environment for it in parts])
    change = creation.committed(bound, new, room)
    reads: tuple[Entity, ...] = (application, *find.brought(context, [it.environment for it in parts]))
    context.commit(replace(change, reads=reads, events=tuple(it.told for it in parts)))
    return {"environments": [describe(it.shown) for it in parts]}


def _check_given(request: Request) -> None:
    if not request.application_name:
        raise errors.ParameterMissing(parameter="ApplicationName")
    if not request.version_labels:
        raise errors.ParameterMissing(parameter="VersionLabels")


def _check_names_differ(manifests: list[Manifest]) -> None:
    """Two manifests cannot ask for one environment [inferred], nor for one CNAME."""
    names: set[str | None] = set()
    cnames: set[str] = set()
    for it in manifests:
        if it.environment_name in names:
            raise errors.EnvironmentExists(environment=it.environment_name)
        if it.cname and it.cname.lower() in cnames:
            raise errors.CnameTaken(cname=it.cname)
        names.add(it.environment_name)
        cnames |= {it.cname.lower()} if it.cname else set()


def _part(context: Context, request: Request, label: str, manifest: Manifest) -> Part:
    there = context.world.environment_named(manifest.environment_name or "")
    if there is None:
        environment = _launching(context, request, label, manifest)
        told = creation.starting(environment, context)
        return Part(environment, told, is_new=True, has_cname=manifest.cname is not None)
    environment = _updating(context, request, label, manifest, there)
    told = environment.tell(messages.UPDATE_STARTING(), context.now, context.request_id)
    return Part(environment, told, is_new=False)


def _launching(context: Context, request: Request, label: str, manifest: Manifest) -> Environment:
    """What the manifest asks for, where nothing has its name."""
    tier, name = tiers.named(manifest.tier), manifest.environment_name or ""
    creation.check_names(name, manifest.cname, tier)
    base, version = desired.of_manifest(context, manifest), find.deployable(context, request.application_name, label)
    layers = Layers(merge((), base.settings), version.extensions)
    made = desired.settle(context, layers, find.on_tier(base.stack, tier), tier, base)
    wish = Wish(
        application_name=request.application_name,
        environment_name=name,
        version_label=label,
        tier=tier,
        stack=made.platform,
        settings=layers.settings,
        extensions=layers.extensions,
        cname_prefix=manifest.cname,
        group_name=request.group_name,
        links=manifest.links,
    )
    environment = creation.launching(context, wish)
    creation.check_names_are_free(context, environment)
    return environment


def _updating(context: Context, request: Request, label: str, manifest: Manifest, there: Environment) -> Environment:
    """The version and the options of the manifest, for an environment that keeps its platform, tier and CNAME."""
    if there.application_name != request.application_name:
        raise errors.EnvironmentExists(environment=there.environment_name)
    if manifest.tier is not None and tiers.named(manifest.tier) != there.tier:
        raise errors.TierCannotChange
    there.must_be_ready()
    layers = _new_layers(context, label, manifest, there)
    grouped = replace(there, links=manifest.links, group_name=request.group_name or there.group_name)
    same = layers.settings == there.settings and not manifest.links  # a link brings a property once it is there
    update = Configure(
        label,
        settings=None if same else layers.settings,
        extensions=None if layers.extensions == there.extensions else layers.extensions,
    )
    return grouped.request_update(update, context.request_id, context.now)


def _new_layers(context: Context, label: str, manifest: Manifest, there: Environment) -> Layers:
    """What is set after the update."""
    before = configuration_of(context, there)
    version = find.deployable(context, there.application_name, label)
    layers = Layers(merge(there.settings, manifest.option_settings), version.extensions)
    stack = context.catalog.platforms.of(there.solution_stack_name, there.platform_arn)
    after = option_layers.checked(context.catalog.options, layers, stack, there.tier.name, deployed=there.extensions)
    option_layers.check_fixed(before, after)
    return layers
