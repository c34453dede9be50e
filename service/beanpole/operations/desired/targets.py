"""The target of a request: the environment or its new name, and the version, the platform and the base that it names.

Handlers read only those members of the request that a target does not have: tags, a description, an operations role.
"""

from collections.abc import Iterable

from msgspec import Struct
from msgspec.structs import replace

from beanpole.model import errors
from beanpole.model.applications.application import ApplicationVersion
from beanpole.model.applications.manifest import FILE as MANIFEST
from beanpole.model.applications.manifest import Manifest, grouped
from beanpole.model.calls import tags
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

SAMPLE = "Sample Application"  # the label of the application that runs if no version was requested
NAME_LENGTHS, PREFIX_LENGTHS = range(4, 41), range(4, 64)  # the wire's bounds, for names that a manifest gives

NO_OBJECTS = "no object store is configured, so source bundles are not looked into"
NO_MANIFEST = "the source bundle has none"
BAD_MANIFEST = "it is no YAML of the documented keys"
NO_NAME = "EnvironmentName is missing"
BAD_LENGTH = "{member} must be {least} to {most} characters long"


class Target(Struct, frozen=True, kw_only=True):
    """The target of a request; `stack` is the platform that the request itself names.

    The options of the request override those of `base`; `links` are those of a manifest.
    """

    application_name: str
    environment_name: str
    version: ApplicationVersion | None = None
    base: Base = Base()
    stack: SolutionStack | None = None
    tier: Tier
    option_settings: tuple[OptionSetting, ...] = ()
    options_to_remove: tuple[OptionSetting, ...] = ()
    cname_prefix: str | None = None
    group_name: str | None = None
    links: tuple[Link, ...] = ()


def of_creation(context: Context, request: Request) -> Target:
    """The target for a new environment; without a name in the request a manifest gives it, and other missing parts."""
    manifest = _manifest_of_creation(context, request)
    name, prefix = request.environment_name or manifest.environment_name or "", request.cname_prefix or manifest.cname
    if request.environment_name:
        naming.check_environment_name(name)
    target = _target(context, request, request.application_name, name, _base(context, manifest))
    tier = target.base.tier if request.tier is None and target.base.tier else tiers.tier_of(request.tier)
    check_names(name, prefix, tier)
    return replace(target, tier=tier, cname_prefix=prefix or None, group_name=request.group_name, links=manifest.links)


def of_update(context: Context, request: Request) -> tuple[Environment, Target]:
    """An environment with the requested description, group and links, and its target.

    Raises TierCannotChange, and NoSuchEnvironmentName if it is another application's.
    """
    environment, manifest = _environment_to_update(context, request)
    name = request.application_name or environment.application_name
    if name != environment.application_name:
        find.application(context, name)
        raise errors.NoSuchEnvironmentName(environment=environment.environment_name)
    below = Base(settings=merge((), manifest.option_settings))
    target = _target(context, request, name, environment.environment_name, below)
    if request.tier is not None and tiers.tier_of(request.tier) != environment.tier:
        raise errors.TierCannotChange
    if request.description is not None:
        environment = replace(environment, description=request.description or None, date_updated=context.now)
    stack = target.stack or _source_platform(context, request)
    return environment, replace(target, stack=stack, tier=environment.tier, links=manifest.links)


def of_manifest(
    context: Context, request: Request, label: str, manifest: Manifest
) -> tuple[Environment | None, Target]:
    """The environment of a group for the manifest of a version, None for a new one, and its target.

    Raises EnvironmentExists if the name is another application's, and TierCannotChange.
    """
    application, name = request.application_name, manifest.environment_name or ""
    present, tier = context.world.environment_named(name), tiers.tier_of(manifest.tier)
    new = Target(
        application_name=application,
        environment_name=name,
        tier=tier,
        group_name=request.group_name,
        links=manifest.links,
    )
    if present is None:
        check_names(name, manifest.cname, tier)
        base, version = _base(context, manifest), find.deployable(context, application, label)
        return None, replace(new, base=base, version=version, cname_prefix=manifest.cname)
    if present.application_name != application:
        raise errors.EnvironmentExists(environment=present.environment_name)
    if manifest.tier is not None and tier != present.tier:
        raise errors.TierCannotChange
    present.must_be_ready()
    present = replace(present, links=manifest.links, group_name=request.group_name or present.group_name)
    version, base = find.deployable(context, application, label), Base(settings=manifest.option_settings)
    return present, replace(new, version=version, base=base, tier=present.tier)


def option_settings(options: Iterable[Request] | None) -> tuple[OptionSetting, ...]:
    """The options of a request; options to remove have no value. A missing name is empty, and so unknown."""
    return tuple(
        OptionSetting(
            namespace=option.namespace or "",
            option_name=option.option_name or "",
            value=option.value if hasattr(option, "value") else None,
            resource_name=option.resource_name or None,
        )
        for option in options or ()
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
    for member, name, lengths in (
        ("EnvironmentName", manifest.environment_name, NAME_LENGTHS),
        ("CName", manifest.cname, PREFIX_LENGTHS),
    ):
        if name and len(name) not in lengths:
            reason = BAD_LENGTH.format(member=member, least=lengths.start, most=lengths.stop - 1)
            raise errors.ManifestMissing(version=label, reason=reason)
    if (wrong := tags.misfit(manifest.tags)) is not None:
        raise errors.ManifestMissing(version=label, reason=wrong)
    return manifest


def _is_bad(version: ApplicationVersion | None) -> bool:
    """Tell whether the version has a manifest that cannot be read."""
    contents = None if version is None else version.contents
    return contents is not None and any(problem.file == MANIFEST for problem in contents.problems)


def _manifest_of_creation(context: Context, request: Request) -> Manifest:
    """The manifest in the source bundle, if the request has only a group; an empty manifest if it has a name."""
    if request.environment_name:
        return Manifest()
    if not request.group_name:
        raise errors.NewEnvironmentNotNamed
    return manifest_of(context, request.application_name, request.version_label, request.group_name)


def _environment_to_update(context: Context, request: Request) -> tuple[Environment, Manifest]:
    """The environment to update, and the manifest that names it if the request has only a group.

    An update takes the options and the links of a manifest, as ComposeEnvironments does [inferred].
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


def _target(context: Context, request: Request, application_name: str, name: str, below: Base) -> Target:
    """The target with the version, the saved configuration and the platform of the request, looked up in this order.

    The base `below` gives the values that neither the request nor its saved configuration has.
    """
    version = find.deployable(context, application_name, request.version_label) if request.version_label else None
    return Target(
        application_name=application_name,
        environment_name=name,
        version=version,
        base=bases.of_request(context, request, application_name, below),
        stack=find.stack(context, request),
        tier=tiers.tier_of(None),
        option_settings=option_settings(request.option_settings),
        options_to_remove=option_settings(request.options_to_remove),
    )


def _base(context: Context, manifest: Manifest) -> Base:
    """The platform, the tier, the settings and the tags of a manifest."""
    stack, arn = manifest.solution_stack, manifest.platform_arn
    return bases.of_file(context, stack, arn, manifest.tier, manifest.option_settings, manifest.tags)


def _source_platform(context: Context, request: Request) -> SolutionStack | None:
    specification = request.template_specification
    source = specification.template_source if specification else None
    return find.stack(context, source) if source else None
