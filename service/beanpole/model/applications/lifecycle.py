"""The lifecycle configuration of an application: a rule by count or by age (docs/facts.md#lifecycle-rules)."""

import re

from msgspec import Struct

from beanpole.model import errors

_ROLE = re.compile(r"arn:aws[a-z-]*:iam::[0-9]{12}:role/[!-~]+")


class MaxCountRule(Struct, frozen=True):
    """Keep the newest `max_count` versions."""

    enabled: bool = False
    max_count: int = 200
    delete_source_from_s3: bool = False


class MaxAgeRule(Struct, frozen=True):
    """Keep versions for `max_age_in_days` days."""

    enabled: bool = False
    max_age_in_days: int = 180
    delete_source_from_s3: bool = False


class VersionLifecycleConfig(Struct, frozen=True):
    """Both rules; in a new application both are disabled."""

    max_count_rule: MaxCountRule = MaxCountRule()
    max_age_rule: MaxAgeRule = MaxAgeRule()


class ResourceLifecycleConfig(Struct, frozen=True):
    """The rules, and the role that the service assumes to apply them; a role can be replaced, but not removed."""

    service_role: str | None = None
    version_lifecycle_config: VersionLifecycleConfig = VersionLifecycleConfig()

    @property
    def rule(self) -> MaxCountRule | MaxAgeRule | None:
        """The rule that is enabled."""
        rules = self.version_lifecycle_config
        return next((rule for rule in (rules.max_count_rule, rules.max_age_rule) if rule.enabled), None)


def check(config: ResourceLifecycleConfig) -> None:
    """Raise the first error in a configuration; disabled rules need no role (Terraform sends them so)."""
    count, age = config.version_lifecycle_config.max_count_rule, config.version_lifecycle_config.max_age_rule
    if config.service_role is not None and not _ROLE.fullmatch(config.service_role):
        raise errors.ServiceRoleMalformed
    if count.max_count < 1:
        raise errors.RuleNotPositive(parameter="MaxCount")
    if age.max_age_in_days < 1:
        raise errors.RuleNotPositive(parameter="MaxAgeInDays")
    if count.enabled and age.enabled:
        raise errors.BothRulesEnabled
    if config.rule is not None and config.service_role is None:
        raise errors.LifecycleNeedsRole
