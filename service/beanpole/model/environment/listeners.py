"""The listeners of a load balancer, as the options of an environment set them."""

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
    """The port of a load balancer, and its protocol there."""

    protocol: str
    port: int


def listeners(environment: Environment) -> tuple[Listener, ...]:
    """The enabled listeners, by port: the one at 80 unless it is switched off, and every other that is set."""
    values = {(setting.namespace, setting.option_name): setting.value or "" for setting in environment.option_settings}
    kind = values.get((ENVIRONMENT, "LoadBalancerType"), "classic").lower()
    options: dict[int, dict[str, str]] = {DEFAULT_PORT: {}}
    for (namespace, name), value in values.items():
        port = _port(namespace, NAMESPACES.get(kind, ""))
        if port is not None:
            options.setdefault(port, {})[name] = value
    usual = USUAL.get(kind, "HTTP")
    return tuple(Listener(_protocol(options[port], usual), port) for port in sorted(options) if _enabled(options[port]))


def _port(namespace: str, family: str) -> int | None:
    """The port that a namespace ends with, as in `aws:elbv2:listener:443`; `default` and no suffix mean port 80."""
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
