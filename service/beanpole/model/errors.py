"""Every error sentence the service answers with, named once.

A class is one row of the reference's error table: wire code, HTTP status and sentence. The mark at the end of a
docstring says how well the sentence is known: *seen* in public material, or *inferred* by us or by analogy; an
inferred row is replaced here and nowhere else when a capture turns up.
"""

from typing import ClassVar


class ServiceError(Exception):
    """What a client is told when a request is refused; `slots` fill the sentence."""

    code: ClassVar[str] = "InternalFailure"
    status: ClassVar[int] = 400
    sentence: ClassVar[str] = ""

    def __init__(self, **slots: object) -> None:
        self.message = self.sentence.format(**slots)
        super().__init__(self.message)

    @property
    def type(self) -> str:
        """`Sender` when the caller can mend it, `Receiver` when we must."""
        return "Sender" if self.status < 500 else "Receiver"


class InvalidParameterValue(ServiceError):
    """The service's favourite code: existence, duplicates and states all come under it."""

    code = "InvalidParameterValue"


class InvalidParameterCombination(ServiceError):
    """Parameters that are right one by one and wrong together."""

    code = "InvalidParameterCombination"


class NoSuchApplication(InvalidParameterValue):
    """Seen; the EB CLI compares the whole sentence."""

    sentence = "No Application named '{application}' found."


class NoSuchApplicationVersion(InvalidParameterValue):
    """Seen."""

    sentence = "No Application Version named '{version}' found."


class NoSuchEnvironmentName(InvalidParameterValue):
    """Seen."""

    sentence = "No Environment found for EnvironmentName = '{environment}'."


class NoSuchEnvironmentId(InvalidParameterValue):
    """Seen."""

    sentence = "No Environment found for EnvironmentId = '{environment}'."


class NoSuchConfigurationTemplate(InvalidParameterValue):
    """Seen; the name is application/template."""

    sentence = "No Configuration Template named '{application}/{template}' found."


class NoSuchSolutionStack(InvalidParameterValue):
    """Seen."""

    sentence = "No Solution Stack named '{stack}' found."


class NoSuchPlatform(InvalidParameterValue):
    """Seen."""

    sentence = "No Platform named '{arn}' found."


class ApplicationExists(InvalidParameterValue):
    """Seen; the EB CLI compares the whole sentence."""

    sentence = "Application {application} already exists."


class ApplicationVersionExists(InvalidParameterValue):
    """Seen."""

    sentence = "Application Version {version} already exists."


class EnvironmentExists(InvalidParameterValue):
    """Seen."""

    sentence = "Environment {environment} already exists."


class CnameTaken(InvalidParameterValue):
    """Seen."""

    sentence = "DNS name ({cname}) is not available."


class MustBeReady(InvalidParameterValue):
    """Seen; the EB CLI compares the whole sentence."""

    sentence = "Environment named {environment} is in an invalid state for this operation. Must be Ready."


class CannotTerminateWhileCreating(InvalidParameterValue):
    """Seen."""

    sentence = "Cannot terminate environment named {environment}. It is currently pending creation."


class CannotTerminateWhileDeploying(InvalidParameterValue):
    """Seen."""

    sentence = "Cannot terminate environment named {environment}. It is currently pending deployment."


class ApplicationPendingDeletion(InvalidParameterValue):
    """Inferred from the fragment `It is currently pending deletion`, which the Ansible module looks for."""

    sentence = "Cannot delete application named {application}. It is currently pending deletion."


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


class NothingToDescribeSettingsOf(ServiceError):
    """Inferred."""

    code = "MissingRequiredParameter"
    sentence = "Either EnvironmentName or TemplateName must be specified."


class TemplateAndEnvironmentGiven(InvalidParameterCombination):
    """Code documented, sentence inferred."""

    sentence = "You cannot specify both TemplateName and EnvironmentName."


class ApplicationHasEnvironments(InvalidParameterValue):
    """The refusal is documented, its sentence inferred."""

    sentence = "Unable to delete application {application} because it has existing environments."


class ApplicationBusy(ServiceError):
    """Inferred, in the form of the sentence about a version that is busy."""

    code = "OperationInProgressFailure"
    sentence = (
        "Unable to delete application {application}. An operation is already in progress, please retry again shortly."
    )


class ApplicationBeingDeleted(InvalidParameterValue):
    """Inferred: what nobody can put into an application that is on its way out."""

    sentence = (
        "Application named {application} is in an invalid state for this operation. It is currently pending deletion."
    )


class ScheduledActionNotNamed(InvalidParameterValue):
    """Seen."""

    sentence = "The scheduled action name cannot be blank."


class ConfigurationInvalid(ServiceError):
    """Seen; what stands behind the colon comes from the option catalogue's reasons."""

    code = "ConfigurationValidationException"
    sentence = "Configuration validation exception: {reason}"


class OptionIsFixed(ServiceError):
    """The rule is documented (the load balancer's type, for one), its sentence inferred."""

    code = "ConfigurationValidationException"
    sentence = (
        "Configuration validation exception: Invalid option specification (Namespace: '{namespace}', OptionName: "
        "'{name}'): The option cannot be changed once the environment exists."
    )


class BadNextToken(InvalidParameterValue):
    """Inferred."""

    sentence = "Invalid NextToken: {token}"


class RateExceeded(ServiceError):
    """Seen."""

    code = "Throttling"
    sentence = "Rate exceeded"


class NotBuiltYet(ServiceError):
    """Ours: what the stand-in does not do yet it refuses, rather than pretend."""

    code = "NotImplemented"
    status = 501
    sentence = "{what} is part of the service, but beanpole does not simulate it yet."


class InternalFailure(ServiceError):
    """A bug of ours; its traceback is in the log."""

    code = "InternalFailure"
    status = 500
    sentence = "An internal error occurred"
