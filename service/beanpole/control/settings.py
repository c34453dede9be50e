"""The route that says where each setting of an environment comes from, which no operation does."""

from flask import Response

from beanpole.control.problems import as_json
from beanpole.control.scope import Scope
from beanpole.model.options.definitions import OptionSetting


def get(scope: Scope, name: str) -> Response:
    """The settings of an environment that are not defaults, each with its source."""
    environment = scope.environment(name)
    template = environment.template_name and scope.world.template(
        environment.application_name, environment.template_name
    )
    saved = {setting.identity: setting.value for setting in template.settings} if template else {}
    own = {setting.identity for setting in environment.settings}

    def source(setting: OptionSetting) -> str:
        if setting.identity not in own:
            return ".ebextensions"
        is_saved = setting.identity in saved and saved[setting.identity] == setting.value
        return f"saved configuration {environment.template_name}" if is_saved else "a call"

    return as_json(
        {"settings": [_describe(setting) | {"source": source(setting)} for setting in environment.option_settings]}
    )


def _describe(setting: OptionSetting) -> dict[str, object]:
    return {
        "namespace": setting.namespace,
        "option_name": setting.option_name,
        "resource_name": setting.resource_name,
        "value": setting.value,
    }
