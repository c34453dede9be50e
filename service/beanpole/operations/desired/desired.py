"""The desired state of an environment: the valid platform, tier and settings that follow from a target.

Settings of the call override those of the saved configuration that it names, these override those of `.ebextensions`,
and everything overrides the defaults. An option to be removed is taken out of the saved configuration, too.
"""

from msgspec import Struct
from msgspec.structs import replace

from beanpole.model import errors
from beanpole.model.changes.change import Entity
from beanpole.model.environment import option_layers
from beanpole.model.environment.environment import Environment
from beanpole.model.environment.option_layers import Layers
from beanpole.model.environment.requests import Configure
from beanpole.model.options.configuration import configuration, merge
from beanpole.model.platforms.catalog import SolutionStack
from beanpole.operations import find
from beanpole.operations.context import Context
from beanpole.operations.desired.targets import Target


class Desired(Struct, frozen=True):
    """A desired state; `stack` is None if the platform of an environment is no longer in the catalogue.

    `update` has the differences from the present state; a new environment needs none. `refusals` are the errors in the
    `.ebextensions` of a new environment, which then has none of their settings.
    """

    stack: SolutionStack | None
    layers: Layers
    update: Configure = Configure()
    refusals: tuple[str, ...] = ()

    @property
    def platform(self) -> SolutionStack:
        """The platform of a new environment; raises ValueError without one."""
        if self.stack is None:
            raise ValueError("a new environment has no platform")
        return self.stack


def of_new(context: Context, target: Target) -> Desired:
    """The desired state of a new environment; a request must not name another platform than a saved configuration.

    An environment that is made from another environment, as a clone, or from a text may get another platform.
    """
    base, version = target.base, target.version
    if base.template_name and target.stack and base.stack and target.stack != base.stack:
        raise errors.TemplatePlatformMismatch
    stack = find.on_tier(target.stack or base.stack, target.tier)
    settings = merge(base.settings, target.option_settings, target.options_to_remove)
    layers = Layers(settings, version.extensions if version else ())
    after = option_layers.checked(context.catalog.options, layers, stack, target.tier.name, deployed=())
    refusals = option_layers.wrong_extensions(after, layers.extensions)
    return Desired(stack, Layers(settings) if refusals else layers, refusals=refusals)


def of_existing(context: Context, environment: Environment, target: Target) -> Desired:
    """The desired state after an update. A saved configuration gives its settings alone [inferred]."""
    options, tier = context.catalog.options, environment.tier.name
    own = context.catalog.platforms.of(environment.solution_stack_name, environment.platform_arn)
    stack = find.on_tier(target.stack, environment.tier) if target.stack else own
    settings = merge(
        merge(environment.settings, target.base.settings), target.option_settings, target.options_to_remove
    )
    layers = Layers(settings, target.version.extensions if target.version else environment.extensions)
    before = configuration(options, environment.option_settings, own, tier)
    after = option_layers.checked(options, layers, stack, tier, deployed=environment.extensions)
    new_platform = stack if stack is not None and stack.arn(context.region) != environment.platform_arn else None
    if new_platform is not None:
        option_layers.check_platform(own, new_platform)
    option_layers.check_fixed(before, after)
    update = _update(context, environment, target, layers, new_platform)
    changes = layers.together != Layers(layers.settings, environment.extensions).together
    if not changes and not option_layers.wrong_extensions(after, layers.extensions):
        update = replace(update, overridden=True)
    return Desired(stack, layers, update)


def refusals(context: Context, environment: Environment) -> tuple[str, ...]:
    """The errors in the `.ebextensions` of the version of an environment that is restored."""
    application, label = environment.application_name, environment.version_label
    version = context.world.application_version(application, label) if label else None
    if version is None:
        return ()
    stack = context.catalog.platforms.of(environment.solution_stack_name, environment.platform_arn)
    layers = Layers(environment.settings, version.extensions)
    whole = configuration(context.catalog.options, layers.together, stack, environment.tier.name)
    return option_layers.wrong_extensions(whole, layers.extensions)


def reads(context: Context, target: Target, desired: Desired) -> tuple[Entity, ...]:
    """The entities that must be unchanged at the commit: the version, and a custom platform of the environment.

    Raises PlatformNotReady and NoSuchPlatform.
    """
    stack = desired.stack
    under = () if stack is None else find.platform_under(context, stack.name, stack.arn(context.region))
    return (*((target.version,) if target.version else ()), *under)


def _update(
    context: Context, environment: Environment, target: Target, layers: Layers, new_platform: SolutionStack | None
) -> Configure:
    """The request with the differences from the present state; `new_platform` replaces the platform.

    Settings that the request names are deployed, whether or not they differ (docs/facts.md#new-version-all-at-once).
    Links of a manifest become properties later, so with links there are settings to deploy.
    """
    differs = target.base.template_name or target.links or layers.settings != environment.settings
    alone = (target.version or new_platform) and not (differs or target.option_settings or target.options_to_remove)
    return Configure(
        target.version.version_label if target.version else None,
        settings=None if alone else layers.settings,
        extensions=None if layers.extensions == environment.extensions else layers.extensions,
        template_name=target.base.template_name,
        solution_stack_name=new_platform.name if new_platform else None,
        platform_arn=new_platform.arn(context.region) if new_platform else None,
    )
