"""Saved configurations: settings under a name, from which environments are created."""

from msgspec import Struct

from beanpole.model.environment.tiers import WEB, Tier
from beanpole.model.options.definitions import OptionSetting


class ConfigurationTemplate(Struct, frozen=True, omit_defaults=True):
    """A platform, a tier and settings; an option that is not set has the platform's default.

    `tags` are its own, `environment_tags` those of every environment that is created from it.
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
    """The key of a saved configuration in the store."""
    return f"{application_name}/{template_name}"
