"""What is found wrong with a configuration, in the two forms that such a sentence has."""

from msgspec import Struct

from beanpole.model.options import reasons


class ValidationMessage(Struct, frozen=True):
    """One of the messages of ValidateConfigurationSettings; its severity is `error` or `warning`."""

    namespace: str
    option_name: str
    severity: str
    message: str


def about_value(value: str, namespace: str, name: str, reason: str) -> ValidationMessage:
    """An option has a value that it must not have."""
    text = reasons.VALUE.format(value=value, namespace=namespace, name=name, reason=reason)
    return ValidationMessage(namespace, name, "error", text)


def about_option(namespace: str, name: str, reason: str) -> ValidationMessage:
    """An option must not be set, or not so, or not alone."""
    text = reasons.SPECIFICATION.format(namespace=namespace, name=name, reason=reason)
    return ValidationMessage(namespace, name, "error", text)
