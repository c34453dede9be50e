"""Refusals of tags."""

from beanpole.model.errors.refusal import InvalidParameterCombination, InvalidParameterValue, ServiceError


class ArnMalformed(InvalidParameterValue):
    """Inferred, in the form of the environment name's sentence."""

    sentence = "Value {arn} at 'ResourceArn' failed to satisfy constraint: Member must be an ARN"


class NoTagsGiven(ServiceError):
    """The rule is documented, its sentence inferred."""

    code = "MissingRequiredParameter"
    sentence = "At least one of TagsToAdd and TagsToRemove must be specified."


class TagWithoutKey(InvalidParameterValue):
    """Inferred."""

    sentence = "A tag must have a key."


class TagGivenTwice(InvalidParameterValue):
    """Inferred."""

    sentence = "Tag key '{key}' is specified more than once."


class TagAddedAndRemoved(InvalidParameterCombination):
    """Inferred."""

    sentence = "Tag key '{key}' cannot be specified in both TagsToAdd and TagsToRemove."
