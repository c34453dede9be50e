"""What an environment is to be: the platform, the tier and the settings that a target comes to, checked.

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
    """`stack` is None for an environment whose platform is no longer in the catalogue.

    `update` has only what differs from what an environment has; a new one needs none. `refusals` are the errors in the
    `.ebextensions` of a new one, which then has none of their settings.
    """

    stack: SolutionStack | None
    layers: Layers
    update: Configure = Configure()
    refusals: tuple[str, ...] = ()

    @property
    def platform(self) -> SolutionStack:
        """The platform of a new environment, which has one."""
        if self.stack is None:
            raise ValueError("a new environment has no platform")
        return self.stack


def of_new(context: Context, target: Target) -> Desired:
    """The new environment; the base knows its platform, or the request, which must not name another one.

    Only where it is made from another environment, as a clone, or from a text, may it get another platform.
    """
    base, version = target.base, target.version
    if base.template_name and target.stack and base.stack and target.stack != base.stack:
        raise errors.TemplatePlatformMismatch
    stack = find.on_tier(target.stack or base.stack, target.tier)
    settings = merge(base.settings, target.given, target.removed)
    layers = Layers(settings, version.extensions if version else ())
    after = option_layers.checked(context.catalog.options, layers, stack, target.tier.name, deployed=())
    refusals = option_layers.wrong_extensions(after, layers.extensions)
    return Desired(stack, Layers(settings) if refusals else layers, refusals=refusals)


def of_existing(context: Context, environment: Environment, target: Target) -> Desired:
    """The environment after an update. A saved configuration brings its settings only [inferred]."""
    options, tier = context.catalog.options, environment.tier.name
    own = context.catalog.platforms.of(environment.solution_stack_name, environment.platform_arn)
    stack = find.on_tier(target.stack, environment.tier) if target.stack else own
    settings = merge(merge(environment.settings, target.base.settings), target.given, target.removed)
    layers = Layers(settings, target.version.extensions if target.version else environment.extensions)
    before = configuration(options, environment.option_settings, own, tier)
    after = option_layers.checked(options, layers, stack, tier, deployed=environment.extensions)
    moved = stack if stack is not None and stack.arn(context.region) != environment.platform_arn else None
    if moved is not None:
        option_layers.check_platform(own, moved)
    option_layers.check_fixed(before, after)
    update = _update(context, environment, target, layers, moved)
    changes = layers.together != Layers(layers.settings, environment.extensions).together
    if not changes and not option_layers.wrong_extensions(after, layers.extensions):
        update = replace(update, overridden=True)
    return Desired(stack, layers, update)


def refusals(context: Context, environment: Environment) -> tuple[str, ...]:
    """The errors in the `.ebextensions` of the version of an environment that is restored, which was checked before."""
    application, label = environment.application_name, environment.version_label
    version = context.world.application_version(application, label) if label else None
    if version is None:
        return ()
    stack = context.catalog.platforms.of(environment.solution_stack_name, environment.platform_arn)
    layers = Layers(environment.settings, version.extensions)
    whole = configuration(context.catalog.options, layers.together, stack, environment.tier.name)
    return option_layers.wrong_extensions(whole, layers.extensions)


def reads(context: Context, target: Target, desired: Desired) -> tuple[Entity, ...]:
    """What the commit must find as it was read: the version, and the custom platform that the environment will run on.

    Raises PlatformNotReady and NoSuchPlatform.
    """
    stack = desired.stack
    under = () if stack is None else find.platform_under(context, stack.name, stack.arn(context.region))
    return (*((target.version,) if target.version else ()), *under)


def _update(
    context: Context, environment: Environment, target: Target, layers: Layers, moved: SolutionStack | None
) -> Configure:
    """What differs from what the environment has; `moved` is the platform that it moves to.

    Settings that the request names are deployed, whether or not they differ (docs/facts.md#new-version-all-at-once).
    Links of a manifest will bring properties once they are there, so then there are settings to deploy.
    """
    differs = target.base.template_name or target.links or layers.settings != environment.settings
    alone = (target.version or moved) and not (differs or target.given or target.removed)
    return Configure(
        target.version.version_label if target.version else None,
        settings=None if alone else layers.settings,
        extensions=None if layers.extensions == environment.extensions else layers.extensions,
        template_name=target.base.template_name,
        solution_stack_name=moved.name if moved else None,
        platform_arn=moved.arn(context.region) if moved else None,
    )
