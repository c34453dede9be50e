"""What a request addresses and names, found: the environment or its name, a version, a platform, what settings lie on.

The handlers read no more of the request than a target does not know: tags, a description, an operations role.
"""

from collections.abc import Iterable

from msgspec import Struct
from msgspec.structs import replace

from beanpole.model import errors, tags
from beanpole.model.applications.application import ApplicationVersion
from beanpole.model.applications.manifest import FILE as MANIFEST
from beanpole.model.applications.manifest import Manifest, grouped
from beanpole.model.environment import tiers
from beanpole.model.environment.environment import Environment
from beanpole.model.environment.link import Link
from beanpole.model.environment.tiers import Tier
from beanpole.model.names import naming
from beanpole.model.options.configuration import merge
from beanpole.model.options.definitions import OptionSetting
from beanpole.model.platforms.catalog import SolutionStack
from beanpole.operations import find
from beanpole.operations.context import Context
from beanpole.operations.desired import bases
from beanpole.operations.desired.bases import Base
from beanpole.wire.schemas import Request

SAMPLE = "Sample Application"  # the label of what runs where no version was requested
NAME_LENGTHS, PREFIX_LENGTHS = range(4, 41), range(4, 64)  # the wire's bounds, for names that a manifest gives

NO_OBJECTS = "no object store is configured, so source bundles are not looked into"
NO_MANIFEST = "the source bundle has none"
BAD_MANIFEST = "it is no YAML of the documented keys"
NO_NAME = "EnvironmentName is missing"
BAD_LENGTH = "{member} must be {least} to {most} characters long"


class Target(Struct, frozen=True, kw_only=True):
    """What is requested of an environment; `stack` is the platform that the request itself names.

    `given` and `removed` are the options of the request, over those of `base`; `links` are those of a manifest.
    """

    application_name: str
    environment_name: str
    version: ApplicationVersion | None = None
    base: Base = Base()
    stack: SolutionStack | None = None
    tier: Tier
    given: tuple[OptionSetting, ...] = ()
    removed: tuple[OptionSetting, ...] = ()
    cname_prefix: str | None = None
    group_name: str | None = None
    links: tuple[Link, ...] = ()


def of_creation(context: Context, request: Request) -> Target:
    """A new environment; a manifest gives what the request leaves out, if the request leaves the name to it."""
    manifest = _manifest_of_creation(context, request)
    name, prefix = request.environment_name or manifest.environment_name or "", request.cname_prefix or manifest.cname
    if request.environment_name:
        naming.check_environment_name(name)
    target = _named(context, request, request.application_name, name, _base(context, manifest))
    tier = target.base.tier if request.tier is None and target.base.tier else tiers.tier_of(request.tier)
    check_names(name, prefix, tier)
    return replace(target, tier=tier, cname_prefix=prefix or None, group_name=request.group_name, links=manifest.links)


def of_update(context: Context, request: Request) -> tuple[Environment, Target]:
    """An environment that is there, with the description, the group and the links that it is given, and its target.

    Raises TierCannotChange, and NoSuchEnvironmentName where it is another application's.
    """
    environment, manifest = _addressed(context, request)
    name = request.application_name or environment.application_name
    if name != environment.application_name:
        find.application(context, name)
        raise errors.NoSuchEnvironmentName(environment=environment.environment_name)
    below = Base(settings=merge((), manifest.option_settings))
    target = _named(context, request, name, environment.environment_name, below)
    if request.tier is not None and tiers.tier_of(request.tier) != environment.tier:
        raise errors.TierCannotChange
    if request.description is not None:
        environment = replace(environment, description=request.description or None, date_updated=context.now)
    stack = target.stack or _source_platform(context, request)
    return environment, replace(target, stack=stack, tier=environment.tier, links=manifest.links)


def of_manifest(
    context: Context, request: Request, label: str, manifest: Manifest
) -> tuple[Environment | None, Target]:
    """An environment of a group as the manifest of a version has it, and its target; None if it is not there yet.

    Raises EnvironmentExists where the name is another application's, and TierCannotChange.
    """
    application, name = request.application_name, manifest.environment_name or ""
    there, tier = context.world.environment_named(name), tiers.tier_of(manifest.tier)
    new = Target(
        application_name=application,
        environment_name=name,
        tier=tier,
        group_name=request.group_name,
        links=manifest.links,
    )
    if there is None:
        check_names(name, manifest.cname, tier)
        base, version = _base(context, manifest), find.deployable(context, application, label)
        return None, replace(new, base=base, version=version, cname_prefix=manifest.cname)
    if there.application_name != application:
        raise errors.EnvironmentExists(environment=there.environment_name)
    if manifest.tier is not None and tier != there.tier:
        raise errors.TierCannotChange
    there.must_be_ready()
    there = replace(there, links=manifest.links, group_name=request.group_name or there.group_name)
    version, base = find.deployable(context, application, label), Base(settings=manifest.option_settings)
    return there, replace(new, version=version, base=base, tier=there.tier)


def option_settings(given: Iterable[Request] | None) -> tuple[OptionSetting, ...]:
    """The options of a request; those to be removed have no value. A name left out is empty, and so unknown."""
    return tuple(
        OptionSetting(
            namespace=option.namespace or "",
            option_name=option.option_name or "",
            value=option.value if hasattr(option, "value") else None,
            resource_name=option.resource_name or None,
        )
        for option in given or ()
    )


def check_names(name: str, cname_prefix: str | None, tier: Tier) -> None:
    """Raise the first error in the names of a new environment."""
    naming.check_environment_name(name)
    if cname_prefix:
        if tier.name == "Worker":
            raise errors.WorkerHasNoCname
        naming.check_cname_prefix(cname_prefix)


def manifest_of(context: Context, application_name: str, label: str | None, group: str | None) -> Manifest:
    """The manifest in a version's source bundle, its names completed by the group; raises ManifestMissing."""
    version = find.deployable(context, application_name, label) if label else None
    if version is None or version.manifest is None:
        reason = NO_OBJECTS if context.objects is None else BAD_MANIFEST if _is_bad(version) else NO_MANIFEST
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


def _is_bad(version: ApplicationVersion | None) -> bool:
    """Whether the version has a manifest that cannot be read."""
    contents = None if version is None else version.contents
    return contents is not None and any(problem.file == MANIFEST for problem in contents.problems)


def _manifest_of_creation(context: Context, request: Request) -> Manifest:
    """The manifest in the source bundle, where only a group is named; an empty one where the request has a name."""
    if request.environment_name:
        return Manifest()
    if not request.group_name:
        raise errors.NewEnvironmentNotNamed
    return manifest_of(context, request.application_name, request.version_label, request.group_name)


def _addressed(context: Context, request: Request) -> tuple[Environment, Manifest]:
    """The environment, and its manifest where the request leaves the name to that and a group.

    Of a manifest an update takes the options and the links, as ComposeEnvironments does [inferred].
    """
    if request.environment_id or request.environment_name or not request.group_name:
        return find.environment(context, request), Manifest()
    if not request.application_name:
        raise errors.ParameterMissing(parameter="ApplicationName")
    name = find.application(context, request.application_name).application_name
    manifest = manifest_of(context, name, request.version_label, request.group_name)
    environment = find.environment_named(context, manifest.environment_name or "")
    if manifest.tier is not None and tiers.tier_of(manifest.tier) != environment.tier:
        raise errors.TierCannotChange
    return replace(environment, links=manifest.links, group_name=request.group_name), manifest


def _named(context: Context, request: Request, application_name: str, name: str, below: Base) -> Target:
    """The target with the version, the saved configuration and the platform of the request, found in this order.

    The base `below` counts where neither the request nor its saved configuration gives a value.
    """
    version = find.deployable(context, application_name, request.version_label) if request.version_label else None
    return Target(
        application_name=application_name,
        environment_name=name,
        version=version,
        base=bases.of_request(context, request, application_name, below),
        stack=find.stack(context, request),
        tier=tiers.tier_of(None),
        given=option_settings(request.option_settings),
        removed=option_settings(request.options_to_remove),
    )


def _base(context: Context, manifest: Manifest) -> Base:
    """The platform, the tier, the settings and the tags of a manifest; of two names of the platform the ARN counts."""
    named = bases.Platform(None if manifest.platform_arn else manifest.solution_stack, manifest.platform_arn)
    return Base(
        stack=find.stack(context, named),
        tier=tiers.tier_of(manifest.tier) if manifest.tier else None,
        settings=manifest.option_settings,
        tags={key: value for key, value in manifest.tags.items() if not tags.is_own(key, own_name=True)},
    )


def _source_platform(context: Context, request: Request) -> SolutionStack | None:
    specification = request.template_specification
    source = specification.template_source if specification else None
    return find.stack(context, source) if source else None
