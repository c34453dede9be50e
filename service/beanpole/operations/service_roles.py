"""The service role of an environment, if a companion has the IAM of the account.

A missing role cannot be assumed, so the environment has the symptom `no-service-role` until a later call finds the role
or names another. The symptom is that of a fault, as if a user had armed it.
"""

from collections.abc import Iterator

from msgspec.structs import replace

from beanpole.model.changes.change import Change
from beanpole.model.environment.environment import Environment
from beanpole.model.faults.fault import Fault, Where
from beanpole.model.options.definitions import OptionSetting
from beanpole.model.options.namespaces import ENVIRONMENT
from beanpole.operations.context import Context
from beanpole.tables import limits

OPTION = (ENVIRONMENT, "ServiceRole")
FAULT = "no-service-role"


def with_fault(
    context: Context, change: Change, environment: Environment, settings: tuple[OptionSetting, ...] | None
) -> Change:
    """The change, with the fault of the environment armed if its role is missing, and disarmed if it is not.

    Without `settings` the environment is to be terminated.
    """
    if context.has_role is None:
        return change
    named = next(
        (setting.value for setting in settings or () if (setting.namespace, setting.option_name) == OPTION), None
    )
    lacks = bool(named) and not context.has_role(context.account_id, (named or "").rpartition("/")[2])
    unchanged = (*change.unchanged, ("fault", context.world.version("fault")))
    armed_faults = tuple(_armed_faults(context, environment))
    if lacks and not armed_faults:
        faults = context.world.faults()
        added = [entity for entity in change.puts if isinstance(entity, Fault)]
        number = max((fault.number for fault in (*faults, *added)), default=0) + 1
        if len(faults) < limits.most("armed_faults"):
            fault = Fault(number, FAULT, Where(environment=environment.environment_id))
            return replace(change, puts=(*change.puts, fault), unchanged=unchanged)
    elif armed_faults and not lacks:
        return replace(change, deletes=(*change.deletes, *armed_faults), unchanged=unchanged)
    return change


def _armed_faults(context: Context, environment: Environment) -> Iterator[Fault]:
    """The faults of this kind that name the environment by its id."""
    for fault in context.world.faults():
        if fault.what == FAULT and fault.where == Where(environment=environment.environment_id):
            yield fault
