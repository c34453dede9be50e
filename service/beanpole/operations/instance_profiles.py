"""The instance profile of a new environment, which must exist if a companion has the IAM of the account."""

from beanpole.model.options.definitions import OptionSetting
from beanpole.model.options.namespaces import LAUNCH_CONFIGURATION
from beanpole.operations.context import Context

OPTION = (LAUNCH_CONFIGURATION, "IamInstanceProfile")


def missing(context: Context, settings: tuple[OptionSetting, ...]) -> str | None:
    """The name of the instance profile in these settings if it does not exist, else None."""
    named = next(
        (setting.value for setting in settings if (setting.namespace, setting.option_name) == OPTION and setting.value),
        None,
    )
    if named is None or context.has_profile is None:
        return None
    name = named.rpartition("/")[2]
    return None if context.has_profile(context.account_id, name) else name
