"""The load balancer that environments share: a user makes it, and each environment adds a rule to one of its listeners.

See docs/facts.md#launch.
"""

import re
from collections.abc import Iterable, Mapping

from msgspec import Struct

from beanpole.model.names.ids import Ids
from beanpole.model.names.naming import domain
from beanpole.model.options.definitions import OptionSetting
from beanpole.model.options.namespaces import ENVIRONMENT, LISTENER, LOAD_BALANCER

OPTION = (LOAD_BALANCER, "SharedLoadBalancer")
USUAL_PORT = 80

_ARN = re.compile(
    r"arn:[a-z-]+:elasticloadbalancing:[a-z0-9-]+:[0-9]{12}:loadbalancer/app/[A-Za-z0-9-]+/[0-9a-f]{8,32}"
)


class SharedBalancer(Struct, frozen=True, omit_defaults=True):
    """The load balancer, the listener that an environment adds its rule to, and the priority of that rule.

    `security_groups` are those of the load balancer, if they are known.
    """

    arn: str
    dns_name: str
    listener: str
    priority: int
    security_groups: tuple[str, ...] = ()


class Facts(Struct, frozen=True):
    """The description of a load balancer by its service.

    `listeners` has the ARNs by port, and `priorities` those of the rules of each listener.
    """

    dns_name: str
    security_groups: tuple[str, ...]
    listeners: Mapping[int, str]
    priorities: Mapping[str, tuple[int, ...]]


def shared_arn(settings: Iterable[OptionSetting]) -> str | None:
    """The ARN that settings name, as they do for an application load balancer alone; None without one."""
    values = {(setting.namespace, setting.option_name): setting.value or "" for setting in settings}
    is_shared = values.get((ENVIRONMENT, "LoadBalancerIsShared"), "").lower() == "true"
    is_application = values.get((ENVIRONMENT, "LoadBalancerType"), "").lower() == "application"
    return values.get(OPTION) or None if is_shared and is_application else None


def is_arn(text: str) -> bool:
    """Tell whether a text is the ARN of an application load balancer."""
    return _ARN.fullmatch(text) is not None


def port_of_default_rule(settings: Iterable[OptionSetting]) -> int | None:
    """The port of the listener whose option `Rules` has the default rule; None if no option says so."""
    for setting in settings:
        port = setting.namespace.removeprefix(f"{LISTENER}:")
        if setting.option_name == "Rules" and port.isdecimal() and "default" in _words(setting.value):
            return int(port)
    return None


def invented(arn: str, port: int | None) -> Facts:
    """Facts about a load balancer that no companion knows: all environments get the same ones [I]."""
    _, _, _, region, _, resource = arn.split(":", 5)
    name, port = resource.split("/")[2], port or USUAL_PORT
    dns_name = f"{name}-{Ids('shared load balancer', arn).number(10**8, 10**9)}.{region}.elb.{domain(region)}"
    id_ = Ids("shared listener", arn, port).hexadecimal(16)
    return Facts(dns_name, (), {port: f"{arn.replace(':loadbalancer/', ':listener/')}/{id_}"}, {})


def listener_of(facts: Facts, port: int | None) -> str | None:
    """The listener on the port of the default rule; without a port that on port 80, else the first one."""
    if port is not None:
        return facts.listeners.get(port)
    usual = facts.listeners.get(USUAL_PORT)
    return usual or (facts.listeners[min(facts.listeners)] if facts.listeners else None)


def _words(value: str | None) -> list[str]:
    return [word.strip() for word in (value or "").split(",")]
