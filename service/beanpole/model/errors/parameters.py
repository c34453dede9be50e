"""Parameters that are missing, malformed, or wrong together."""

from beanpole.model.errors.refusal import InvalidParameterCombination, InvalidParameterValue, ServiceError


class NoPlatformGiven(InvalidParameterValue):
    """Seen; its code is inferred."""

    sentence = "Unable to determine base for template pack (no solution stack)"


class PlatformGivenTwice(InvalidParameterCombination):
    """Seen; its code is inferred."""

    sentence = "You cannot specify both solution stack and platform as modifiers"


class UnknownTier(InvalidParameterValue):
    """Seen."""

    sentence = "Environment tier definition not found"


class WorkerHasNoCname(InvalidParameterValue):
    """Seen."""

    sentence = "Environment does not support a cname"


class TierCannotChange(InvalidParameterValue):
    """Seen."""

    sentence = "Cannot change environment tier"


class EnvironmentNameCharacters(InvalidParameterValue):
    """Seen; the value is not quoted, unlike the generic validator's."""

    sentence = (
        "Value {environment} at 'EnvironmentName' failed to satisfy constraint: Member must contain only letters, "
        "digits, and the dash character and may not start or end with a dash"
    )


class CnamePrefixCharacters(InvalidParameterValue):
    """Inferred, in the form of the environment name's sentence."""

    sentence = (
        "Value {prefix} at 'CNAMEPrefix' failed to satisfy constraint: Member must contain only letters, "
        "digits, and the dash character and may not start or end with a dash"
    )


class EnvironmentNotNamed(ServiceError):
    """Code documented, sentence inferred."""

    code = "MissingRequiredParameter"
    sentence = "Either EnvironmentId or EnvironmentName must be specified."


class NewEnvironmentNotNamed(ServiceError):
    """Inferred: a name is given, or a group whose source bundle names it."""

    code = "MissingRequiredParameter"
    sentence = "Either EnvironmentName or GroupName must be specified."


class SwapEnvironmentsNotNamed(ServiceError):
    """Code documented, sentence inferred."""

    code = "MissingRequiredParameter"
    sentence = "Both SourceEnvironment and DestinationEnvironment must be specified."


class SwapPairMixed(InvalidParameterValue):
    """Rule documented, sentence inferred."""

    sentence = "The SourceEnvironment and DestinationEnvironment must be given both by id or both by name."


class SwapWithItself(InvalidParameterValue):
    """Inferred."""

    sentence = "The SourceEnvironment and DestinationEnvironment must not be the same environment."


class ApplicationNotNamed(ServiceError):
    """Code documented, sentence inferred: a saved configuration is found in its application only."""

    code = "MissingRequiredParameter"
    sentence = "ApplicationName must be specified."


class ServiceRoleMalformed(InvalidParameterValue):
    """Seen; its code is inferred."""

    sentence = "Parameter ServiceRole is invalid. Must be a valid IAM Role ARN."


class RuleNotPositive(InvalidParameterValue):
    """Seen for MaxAgeInDays, with an inferred code; MaxCount by analogy."""

    sentence = "Parameter '{parameter}' is invalid. Must be a non-zero positive number."


class BothRulesEnabled(InvalidParameterValue):
    """The rule is documented, its sentence inferred."""

    sentence = "Only one of MaxCountRule and MaxAgeRule can be enabled."


class LifecycleNeedsRole(InvalidParameterValue):
    """The rule is documented, its sentence inferred."""

    sentence = "ServiceRole is required to enable a version lifecycle rule."


class ParameterMissing(ServiceError):
    """Inferred: ComposeEnvironments needs the parameter, although the model does not require it."""

    code = "MissingRequiredParameter"
    sentence = "{parameter} must be specified."


class LinksInCircle(InvalidParameterValue):
    """Inferred: the environments would wait for each other for ever."""

    sentence = "Environment links must not form a circle: {environments}"


class ManifestMissing(InvalidParameterValue):
    """Inferred: ComposeEnvironments needs a manifest in every source bundle."""

    sentence = "Application version {version} has no valid environment manifest (env.yaml): {reason}"


class DefinitionNotNamed(ServiceError):
    """Inferred."""

    code = "MissingRequiredParameter"
    sentence = "PlatformDefinitionBundle must specify S3Bucket and S3Key."


class BadNextToken(InvalidParameterValue):
    """Inferred."""

    sentence = "Invalid NextToken: {token}"
