"""Who goes before whom: an option comes to what the highest layer says that says anything."""

from hypothesis import given
from hypothesis import strategies as st

from beanpole.catalog import catalog
from beanpole.model.environment.option_layers import Layers
from beanpole.model.options.configuration import configuration, merge
from beanpole.model.options.definitions import OptionSetting

OPTIONS = catalog.load().options
PYTHON = next(stack for stack in catalog.load().platforms.stacks if stack.family == "Python")
KNOWN = [
    ("aws:elasticbeanstalk:command", "Timeout"),
    ("aws:elasticbeanstalk:command", "BatchSize"),
    ("aws:elasticbeanstalk:application:environment", "COLOUR"),
    ("aws:autoscaling:asg", "Cooldown"),
]
LAYER = st.dictionaries(st.sampled_from(KNOWN), st.sampled_from(("7", "8", "9")))
REMOVED = st.sets(st.sampled_from(KNOWN))


def settings(layer: dict[tuple[str, str], str]) -> tuple[OptionSetting, ...]:
    return tuple(OptionSetting(*name, text) for name, text in layer.items())


@given(LAYER, LAYER, LAYER, REMOVED)
def test_the_api_then_the_saved_configuration_then_extensions_then_the_default(
    direct: dict[tuple[str, str], str],
    saved: dict[tuple[str, str], str],
    extensions: dict[tuple[str, str], str],
    removed: set[tuple[str, str]],
) -> None:
    api = merge(settings(saved), settings(direct), [OptionSetting(*name) for name in removed])
    config = configuration(OPTIONS, Layers(api, settings(extensions)).together, PYTHON)
    for name in KNOWN:
        remaining = {} if name in removed else saved
        definition = OPTIONS.find(*name)
        assert definition is not None
        value = direct.get(name) or remaining.get(name) or extensions.get(name) or definition.default_in(config.traits)
        assert config.value(*name) == value
