"""Quotas, tags and the rate of calls."""

from beanpole.model.errors.refusal import InvalidParameterValue, ServiceError


class TooManyApplications(ServiceError):
    """Inferred, in the form of the sentence about versions."""

    code = "TooManyApplicationsException"
    sentence = (
        "You cannot have more than {most} Applications. Either remove some Applications or request a limit increase."
    )


class TooManyApplicationVersions(ServiceError):
    """Seen."""

    code = "TooManyApplicationVersionsException"
    sentence = (
        "You cannot have more than {most} Application Versions. Either remove some Application Versions or "
        "request a limit increase."
    )


class TooManyEnvironments(ServiceError):
    """Inferred, in the form of the sentence about versions."""

    code = "TooManyEnvironmentsException"
    sentence = (
        "You cannot have more than {most} Environments. Either remove some Environments or request a limit increase."
    )


class TooManyConfigurationTemplates(ServiceError):
    """Inferred, in the form of the sentence about versions."""

    code = "TooManyConfigurationTemplatesException"
    sentence = (
        "You cannot have more than {most} Configuration Templates. Either remove some Configuration Templates or "
        "request a limit increase."
    )


class TooManyPlatforms(ServiceError):
    """Inferred, in the form of the sentence about versions."""

    code = "TooManyPlatformsException"
    sentence = (
        "You cannot have more than {most} Custom Platforms. Either remove some Custom Platforms or request a "
        "limit increase."
    )


class TooManyTags(ServiceError):
    """Code modelled, sentence inferred."""

    code = "TooManyTagsException"
    sentence = "The number of tags exceeds the limit of {most}."


class OwnTag(InvalidParameterValue):
    """The rule is documented, its sentence inferred."""

    sentence = "Tag key '{key}' is reserved by AWS and cannot be added, changed or removed."


class ResourceArnNotSupported(ServiceError):
    """Code modelled, sentence inferred."""

    code = "ResourceTypeNotSupportedException"
    sentence = "Resource type is not supported for ARN '{arn}'."


class RateExceeded(ServiceError):
    """Seen."""

    code = "Throttling"
    sentence = "Rate exceeded"
