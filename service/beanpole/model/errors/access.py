"""What the caller has no right to."""

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
