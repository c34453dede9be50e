"""Refusals because of the state of an environment, an application or a version."""

from beanpole.model.errors.refusal import InvalidParameterValue, ServiceError


class MustBeReady(InvalidParameterValue):
    """Seen; the EB CLI compares the whole sentence."""

    sentence = "Environment named {environment} is in an invalid state for this operation. Must be Ready."


class NothingToAbort(InvalidParameterValue):
    """Seen."""

    sentence = "Environment named {environment} is in an invalid state for this operation. Must be pending deployment."


class PlatformCannotChange(InvalidParameterValue):
    """The rule is documented (another language needs another environment), its sentence inferred."""

    sentence = "Cannot change environment platform from '{before}' to '{after}'."


class CannotTerminateWhileCreating(InvalidParameterValue):
    """Seen."""

    sentence = "Cannot terminate environment named {environment}. It is currently pending creation."


class CannotTerminateWhileDeploying(InvalidParameterValue):
    """Seen."""

    sentence = "Cannot terminate environment named {environment}. It is currently pending deployment."


class CannotTerminateTwice(InvalidParameterValue):
    """Inferred, in the form of the two sentences above."""

    sentence = "Cannot terminate environment named {environment}. It is currently pending termination."


class EnvironmentIsLinked(InvalidParameterValue):
    """The refusal is documented, its sentence inferred."""

    sentence = (
        "Cannot terminate environment named {environment}. It is linked to by environment {linking}. Terminate "
        "that one first or set ForceTerminate to true."
    )


class NameTakenSince(InvalidParameterValue):
    """The refusal of a restore is documented, its sentence inferred."""

    sentence = "Environment named {environment} cannot be rebuilt. Its {what} is in use by another environment."


class ApplicationPendingDeletion(InvalidParameterValue):
    """Inferred from the fragment `It is currently pending deletion`, which the Ansible module looks for."""

    sentence = "Cannot delete application named {application}. It is currently pending deletion."


class ApplicationBeingDeleted(InvalidParameterValue):
    """Inferred: nothing can be created in an application that is being deleted."""

    sentence = (
        "Application named {application} is in an invalid state for this operation. It is currently pending deletion."
    )


class ApplicationHasEnvironments(InvalidParameterValue):
    """The refusal is documented, its sentence inferred."""

    sentence = "Unable to delete application {application} because it has existing environments."


class ApplicationBusy(ServiceError):
    """Inferred, in the form of the sentence about a version that is busy."""

    code = "OperationInProgressFailure"
    sentence = (
        "Unable to delete application {application}. An operation is already in progress, please retry again shortly."
    )


class VersionBusy(ServiceError):
    """Seen."""

    code = "OperationInProgressFailure"
    sentence = (
        "Unable to delete application version: {version}. An operation is already in progress, please retry again "
        "shortly."
    )


class LaunchFromFailedVersion(InvalidParameterValue):
    """The rule is documented, its sentence inferred."""

    sentence = "Application Version {version} is in an invalid state for this operation. Its status is {status}."


class SourceBundleNotDeleted(ServiceError):
    """Code modelled, sentence inferred."""

    code = "SourceBundleDeletionFailure"
    sentence = "Unable to delete source bundle from S3."


class PlatformBusy(ServiceError):
    """Inferred, in the form of the sentence about a version that is busy."""

    code = "OperationInProgressFailure"
    sentence = (
        "Unable to delete platform version: {arn}. An operation is already in progress, please retry again shortly."
    )


class PlatformInUse(ServiceError):
    """Code modelled, sentence inferred."""

    code = "PlatformVersionStillReferencedException"
    sentence = "Platform version is still in use by environments."


class PlatformNotReady(InvalidParameterValue):
    """Inferred, in the form of the environment's sentence."""

    sentence = "Platform '{arn}' is in an invalid state for this operation. Must be Ready."


class ResourceBusy(ServiceError):
    """Code modelled, sentence inferred in the form of the one about a version that is busy."""

    code = "OperationInProgressFailure"
    sentence = "Unable to update the tags of {arn}. An operation is already in progress, please retry again shortly."


class ManagedActionNotScheduled(ServiceError):
    """Code modelled, sentence inferred."""

    code = "ManagedActionInvalidStateException"
    sentence = "Managed action is in an invalid state."


class HealthNotSupported(ServiceError):
    """Seen; the EB CLI compares the whole sentence, for both operations."""

    code = "InvalidRequestException"
    sentence = "DescribeEnvironmentHealth is not supported."
