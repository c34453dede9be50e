"""What an environment is to be: the platform, the tier and the settings that a request comes to.

Settings given in a call lie over those of the saved configuration that it names, these over those of `.ebextensions`,
and everything over the defaults. An option to be removed is taken out of the saved configuration, too.
"""

from msgspec import Struct

from beanpole.model import errors
from beanpole.model.applications.manifest import Manifest
from beanpole.model.environment import option_layers, tiers
from beanpole.model.environment.environment import Environment
from beanpole.model.environment.option_layers import Layers
from beanpole.model.environment.tiers import Tier
from beanpole.model.options.configuration import Configuration, merge
from beanpole.model.options.definitions import OptionSetting
from beanpole.model.platforms.catalog import SolutionStack
from beanpole.operations import find
from beanpole.operations.context import Context
from beanpole.operations.desired import bases
from beanpole.operations.desired.bases import Base
from beanpole.wire.schemas import Request


class Sources(Struct, frozen=True):
    """What a request names, found: a platform, the base of its settings, and the extensions of its version."""

    base: Base = Base()
    stack: SolutionStack | None = None
    extensions: tuple[OptionSetting, ...] | None = None


class Desired(Struct, frozen=True):
    """The outcome, checked; `configuration` is everything that is set over the defaults.

    `stack` is None for an environment whose platform is no longer in the catalogue.
    """

    stack: SolutionStack | None
    tier: Tier
    layers: Layers
    configuration: Configuration
    template_name: str | None = None
    tags: dict[str, str] = {}

    @property
    def platform(self) -> SolutionStack:
        """The platform of a new environment, which has one."""
        if self.stack is None:
            raise ValueError("a new environment has no platform")
        return self.stack


def sources(context: Context, request: Request, application_name: str, below: Base | None = None) -> Sources:
    """Find the version, the saved configuration and the platform that a request names, in this order.

    What lies `below` is there where neither the request nor its saved configuration says anything.
    """
    version = find.deployable(context, application_name, request.version_label) if request.version_label else None
    base = below or Base()
    if request.template_name:
        base = base.under(bases.of_template(context, application_name, request.template_name))
    specified = bases.of_specification(context, application_name, request.template_specification)
    return Sources(base.under(specified), find.stack(context, request), version.extensions if version else None)


def of_manifest(context: Context, manifest: Manifest) -> Base:
    """What the manifest of a source bundle says of its environment."""
    return Base(
        stack=find.named_stack(context, manifest.solution_stack) if manifest.solution_stack else None,
        tier=tiers.named(manifest.tier) if manifest.tier else None,
        settings=manifest.option_settings,
    )


def tier_of(request: Request, found: Sources) -> Tier:
    """The tier of a new environment: the base knows it unless the request does."""
    return found.base.tier if request.tier is None and found.base.tier else tiers.named(request.tier)


def of_new(context: Context, request: Request, found: Sources) -> Desired:
    """What a new environment is to be; the base knows its platform, or the request, which must not say another one.

    Only where it is made from another environment, as a clone, or from a text, may it get another platform.
    """
    base, tier = found.base, tier_of(request, found)
    if base.template_name and found.stack and base.stack and found.stack != base.stack:
        raise errors.TemplatePlatformMismatch
    stack = find.on_tier(found.stack or base.stack, tier)
    layers = Layers(_laid_over(base.settings, request), found.extensions or ())
    return settle(context, layers, stack, tier, base)


def of_existing(context: Context, request: Request, found: Sources, environment: Environment) -> Desired:
    """What an environment is to be after an update. A saved configuration brings its settings only [inferred]."""
    asked = found.stack or _source_platform(context, request)
    own = context.catalog.platforms.of(environment.solution_stack_name, environment.platform_arn)
    stack = find.on_tier(asked, environment.tier) if asked else own
    extensions = environment.extensions if found.extensions is None else found.extensions
    layers = Layers(_laid_over(merge(environment.settings, found.base.settings), request), extensions)
    options, tier = context.catalog.options, environment.tier
    made = option_layers.checked(options, layers, stack, tier.name, deployed=environment.extensions)
    return Desired(stack, tier, layers, made, found.base.template_name)


def settle(context: Context, layers: Layers, stack: SolutionStack | None, tier: Tier, base: Base) -> Desired:
    """The outcome of layers on the platform of a new environment; raises what the service finds wrong with them."""
    made = option_layers.checked(context.catalog.options, layers, stack, tier.name)
    return Desired(stack, tier, layers, made, base.template_name, base.tags)


def _laid_over(settings: tuple[OptionSetting, ...], request: Request) -> tuple[OptionSetting, ...]:
    given = bases.option_settings(request.option_settings)
    return merge(settings, given, bases.option_settings(request.options_to_remove))


def _source_platform(context: Context, request: Request) -> SolutionStack | None:
    specification = request.template_specification
    source = specification.template_source if specification else None
    return find.stack(context, source) if source else None
