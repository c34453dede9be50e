"""Configuration options that are not right; what stands behind the colon is in `reasons`."""

from beanpole.model.errors.refusal import InvalidParameterValue, ServiceError


class ScheduledActionNotNamed(InvalidParameterValue):
    """Seen."""

    sentence = "The scheduled action name cannot be blank."


class ConfigurationInvalid(ServiceError):
    """Seen; what stands behind the colon comes from the option catalogue's reasons."""

    code = "ConfigurationValidationException"
    sentence = "Configuration validation exception: {reason}"


class ExternalExtensionsOnly(ServiceError):
    """Seen; the thread was not kept."""

    code = "ConfigurationValidationException"
    sentence = (
        "Configuration validation exception: Invalid option specification (Namespace: '{namespace}', OptionName: "
        "'{name}'): External extensions can only be applied from the API"
    )
