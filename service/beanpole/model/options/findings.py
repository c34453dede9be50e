"""The messages of a validation: most have one of the service's two forms."""

from msgspec import Struct

from beanpole.model.options import reasons
from beanpole.model.options.namespaces import ENVIRONMENT


class ValidationMessage(Struct, frozen=True):
    """A message of ValidateConfigurationSettings; its severity is `error` or `warning`."""

    namespace: str
    option_name: str
    severity: str
    message: str


def about_value(value: str, namespace: str, name: str, reason: str) -> ValidationMessage:
    """The error about a value that an option must not have."""
    text = reasons.VALUE.format(value=value, namespace=namespace, name=name, reason=reason)
    return ValidationMessage(namespace, name, "error", text)


def about_option(namespace: str, name: str, reason: str) -> ValidationMessage:
    """The error about an option that must not be set, or not without another."""
    text = reasons.SPECIFICATION.format(namespace=namespace, name=name, reason=reason)
    return ValidationMessage(namespace, name, "error", text)


def about_fixed(namespace: str, name: str) -> ValidationMessage:
    """The error about an option that cannot be changed once the environment exists."""
    if (namespace, name) == (ENVIRONMENT, "LoadBalancerType"):
        return ValidationMessage(namespace, name, "error", reasons.BALANCER_TYPE_FIXED)
    return about_option(namespace, name, reasons.FIXED)
