"""Refusals for want of a permission or of a valid credential."""

from beanpole.model.errors.refusal import ServiceError


class AccessDenied(ServiceError):
    """Seen."""

    code = "AccessDenied"
    status = 403
    sentence = "User: {principal} is not authorized to perform: elasticbeanstalk:{operation} on resource: {arn}"


class ActionNotPermitted(ServiceError):
    """Seen."""

    code = "InsufficientPrivilegesException"
    status = 403
    sentence = (
        "You do not have permission to perform the '{action}' action. Verify that your S3 policies and your ACLs "
        "allow you to perform these actions."
    )


class PassRoleNotPermitted(ServiceError):
    """Seen."""

    code = "InsufficientPrivilegesException"
    status = 403
    sentence = "Insufficient privileges for IAM PassRole Action."


class PlatformNotOwned(ServiceError):
    """Code modelled, sentence inferred."""

    code = "InsufficientPrivilegesException"
    status = 403
    sentence = "You do not have permission to delete platform '{arn}'. It is owned by {owner}."


class MissingAuthenticationToken(ServiceError):
    """Inferred, in the form of other AWS query services."""

    code = "MissingAuthenticationToken"
    status = 403
    sentence = "Request is missing Authentication Token"


class IncompleteSignature(ServiceError):
    """Inferred, in the form of other AWS query services."""

    code = "IncompleteSignature"
    sentence = "Authorization header requires 'Credential' parameter."


class InvalidClientTokenId(ServiceError):
    """Inferred, in the form of other AWS query services."""

    code = "InvalidClientTokenId"
    status = 403
    sentence = "The security token included in the request is invalid."


class SignatureDoesNotMatch(ServiceError):
    """Inferred, in the form of other AWS query services."""

    code = "SignatureDoesNotMatch"
    status = 403
    sentence = (
        "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access "
        "Key and signing method. Consult the service documentation for details."
    )


class RequestExpired(ServiceError):
    """Inferred, in the form of other AWS query services."""

    code = "RequestExpired"
    sentence = "Request has expired."


class ExpiredToken(ServiceError):
    """Inferred, in the form of other AWS query services."""

    code = "ExpiredToken"
    status = 403
    sentence = "The security token included in the request is expired"


class OptInRequired(ServiceError):
    """Inferred, in the form of other AWS query services."""

    code = "OptInRequired"
    status = 403
    sentence = "The AWS Access Key Id needs a subscription for the service"


class ServiceUnavailable(ServiceError):
    """Inferred, in the form of other AWS query services."""

    code = "ServiceUnavailable"
    status = 503
    sentence = "Service is unavailable"


# Refusals that come only from a fault, or from an object store that denies access or does not answer: a stand-in has no
# rights, keys or subscriptions.
ORDERED_ONLY: tuple[type[ServiceError], ...] = (
    AccessDenied,
    ActionNotPermitted,
    ExpiredToken,
    IncompleteSignature,
    InvalidClientTokenId,
    MissingAuthenticationToken,
    OptInRequired,
    RequestExpired,
    PassRoleNotPermitted,
    ServiceUnavailable,
    SignatureDoesNotMatch,
)
PASSES_ROLE = ("AssociateEnvironmentOperationsRole", "CreateEnvironment")


def sentence_of(code: str, operation: str, account_id: str) -> str | None:
    """The sentence of such a refusal, with what it speaks of filled in; None for any other code."""
    other = ActionNotPermitted if operation in PASSES_ROLE else PassRoleNotPermitted
    refusal = next((error for error in ORDERED_ONLY if error.code == code and error is not other), None)
    principal = f"arn:aws:iam::{account_id}:user/beanpole"
    if refusal is None:
        return None
    return refusal(principal=principal, operation=operation, arn="*", action="s3:CreateBucket").message
