"""Saved configurations: settings kept under a name, to make environments from."""

from msgspec import Struct

from beanpole.model.environment.tiers import WEB, Tier
from beanpole.model.options.configuration import OptionSetting


class ConfigurationTemplate(Struct, frozen=True, omit_defaults=True):
    """The platform, the tier and every setting of it; what is not set follows the platform's defaults.

    `tags` are its own, `environment_tags` those of every environment that is made from it.
    """

    application_name: str
    template_name: str
    configuration_template_arn: str
    date_created: int
    date_updated: int
    solution_stack_name: str | None = None
    platform_arn: str | None = None
    tier: Tier = WEB
    description: str | None = None
    settings: tuple[OptionSetting, ...] = ()
    tags: dict[str, str] = {}
    environment_tags: dict[str, str] = {}
    generation: int = 0

    @property
    def id(self) -> str:
        """Application names hold no slash, so the pair is unambiguous."""
        return template_id(self.application_name, self.template_name)


def template_id(application_name: str, template_name: str) -> str:
    """What a saved configuration is found by in its world."""
    return f"{application_name}/{template_name}"
