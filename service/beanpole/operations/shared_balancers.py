"""The shared load balancer of a new environment, which must exist if a companion has the account's load balancers."""

from beanpole.model import errors
from beanpole.model.environment.shared_balancer import (
    OPTION,
    SharedBalancer,
    invented,
    is_arn,
    listener_of,
    port_of_default_rule,
    shared_arn,
)
from beanpole.model.options import reasons
from beanpole.model.options.definitions import OptionSetting
from beanpole.operations.context import Context


def of(context: Context, settings: tuple[OptionSetting, ...]) -> SharedBalancer | None:
    """The load balancer that settings name, with the rule of the environment after those of the listener; else None."""
    arn, port = shared_arn(settings), port_of_default_rule(settings)
    if arn is None:
        return None
    if not is_arn(arn):
        raise _refused(arn, reasons.NO_SHARED_BALANCER)
    facts = invented(arn, port)
    if context.find_balancer is not None:
        try:
            facts = context.find_balancer(context.account_id, context.region, arn) or facts
        except LookupError:
            raise _refused(arn, reasons.NO_SHARED_BALANCER) from None
    listener = listener_of(facts, port)
    if listener is None:
        raise _refused(arn, reasons.NO_SHARED_LISTENER)
    priorities = (*facts.priorities.get(listener, ()), *_priorities(context, listener))
    return SharedBalancer(arn, facts.dns_name, listener, max(priorities, default=0) + 1, facts.security_groups)


def _priorities(context: Context, listener: str) -> list[int]:
    """The priorities of the rules of other environments."""
    balancers = (environment.shared_balancer for environment in context.world.environments() if environment.live)
    return [balancer.priority for balancer in balancers if balancer is not None and balancer.listener == listener]


def _refused(arn: str, reason: str) -> errors.ConfigurationInvalid:
    namespace, name = OPTION
    text = reasons.VALUE.format(value=arn, namespace=namespace, name=name, reason=reason)
    return errors.ConfigurationInvalid(reason=text)
