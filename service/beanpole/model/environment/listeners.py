"""The listeners of a load balancer, as the options of an environment ask for them."""

import re
from collections.abc import Mapping

from msgspec import Struct

from beanpole.model.environment.environment import Environment
from beanpole.model.options.namespaces import CLASSIC_LISTENER, ENVIRONMENT, LISTENER

NAMESPACES = {"classic": CLASSIC_LISTENER, "application": LISTENER, "network": LISTENER}
USUAL = {"network": "TCP"}  # the protocol of a listener that names none; of the others it is HTTP
DEFAULT_PORT = 80

_PORT = re.compile("[0-9]{1,5}")


class Listener(Struct, frozen=True):
    """Where a load balancer listens, and what it speaks there."""

    protocol: str
    port: int


def listeners(environment: Environment) -> tuple[Listener, ...]:
    """Those that are enabled, by port: the one at 80 unless it is switched off, and every other that is set."""
    values = {(it.namespace, it.option_name): it.value or "" for it in environment.option_settings}
    kind = values.get((ENVIRONMENT, "LoadBalancerType"), "classic").lower()
    asked: dict[int, dict[str, str]] = {DEFAULT_PORT: {}}
    for (namespace, name), value in values.items():
        port = _port(namespace, NAMESPACES.get(kind, ""))
        if port is not None:
            asked.setdefault(port, {})[name] = value
    usual = USUAL.get(kind, "HTTP")
    return tuple(Listener(_protocol(asked[port], usual), port) for port in sorted(asked) if _enabled(asked[port]))


def _port(namespace: str, family: str) -> int | None:
    """`aws:elbv2:listener:443` is 443; `default` and nothing at all are the first one."""
    if namespace == family:
        return DEFAULT_PORT
    head, _, last = namespace.rpartition(":")
    if head != family:
        return None
    if last == "default":
        return DEFAULT_PORT
    return int(last) if _PORT.fullmatch(last) else None


def _protocol(options: Mapping[str, str], usual: str) -> str:
    return options.get("ListenerProtocol") or options.get("Protocol") or usual


def _enabled(options: Mapping[str, str]) -> bool:
    return options.get("ListenerEnabled", "true").lower() != "false"
