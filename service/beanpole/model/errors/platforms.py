"""Refusals of names of platforms, and of filters over platforms."""

from beanpole.model.errors.refusal import InvalidParameterCombination, InvalidParameterValue, ServiceError


class FilterNotKnown(InvalidParameterValue):
    """Inferred."""

    sentence = "Filter {what} '{value}' is not valid."


class FilterInvalid(InvalidParameterCombination):
    """Seen, where an attribute was given with an operator that it does not take."""

    sentence = "{attribute} filter is invalid: {attribute}."


class FilterValuesWrong(InvalidParameterValue):
    """The rule is documented, its sentence inferred."""

    sentence = "Filter {attribute} with operator {operator} takes {number}, but {given} were given."


class TooManyFilters(InvalidParameterValue):
    """The rule is documented, its sentence inferred."""

    sentence = "No more than {most} filters can be specified."


class PlatformNotNamed(ServiceError):
    """Inferred."""

    code = "MissingRequiredParameter"
    sentence = "PlatformArn must be specified."


class PlatformNameMalformed(InvalidParameterValue):
    """Inferred, in the form of the environment name's sentence; the name is a part of an ARN."""

    sentence = (
        "Value {name} at 'PlatformName' failed to satisfy constraint: Member must have 1 to 100 characters and no slash"
    )


class PlatformVersionMalformed(InvalidParameterValue):
    """Inferred, in the form of the environment name's sentence; the EB CLI knows no other form of a version."""

    sentence = (
        "Value {version} at 'PlatformVersion' failed to satisfy constraint: Member must be three numbers with dots "
        "between them"
    )
