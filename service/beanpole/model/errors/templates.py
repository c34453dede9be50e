"""Refusals of the bases of a saved configuration."""

from beanpole.model.errors.refusal import InvalidParameterCombination, InvalidParameterValue, ServiceError


class NothingToDescribeSettingsOf(ServiceError):
    """Inferred."""

    code = "MissingRequiredParameter"
    sentence = "Either EnvironmentName or TemplateName must be specified."


class TemplateAndEnvironmentGiven(InvalidParameterCombination):
    """Code documented, sentence inferred."""

    sentence = "You cannot specify both TemplateName and EnvironmentName."


class NoTemplateBase(InvalidParameterCombination):
    """Seen; its code is inferred."""

    sentence = "You must specify either SolutionStackName or SourceConfiguration or EnvironmentId"


class TemplatePlatformMismatch(InvalidParameterCombination):
    """The rule is documented, its sentence inferred."""

    sentence = "The solution stack must match that of the source configuration."


class TemplateBasesMixed(InvalidParameterCombination):
    """Inferred: two sources of settings, of which neither could go before the other."""

    sentence = "You cannot specify both {one} and {other}."


class TemplateContentsInvalid(InvalidParameterValue):
    """Inferred: the text of a saved configuration that cannot be read."""

    sentence = "The contents of the configuration template are not valid: {reason}"


class SnippetUnknown(InvalidParameterValue):
    """Inferred."""

    sentence = "No template snippet named '{snippet}' found."
