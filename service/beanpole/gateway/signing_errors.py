"""The errors of wrong signatures, with the codes and sentences of the services."""

from beanpole.model import errors

OTHER_CONTENT = "The provided 'x-amz-content-sha256' header does not match what was computed."
CUT_OFF = "The request body terminated unexpectedly"
NO_NUMBER = "X-Amz-Expires should be a number"
TOO_LONG = (
    "X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less than 604800 "
    "seconds"
)


class Refused(Exception):
    """The refusal of a request: the code and the message of a query service, the code of S3, and the status."""

    def __init__(self, code: str, message: str, s3: str, status: int = 403) -> None:
        super().__init__(message)
        self.code, self.message, self.s3, self.status = code, message, s3, status


def unsigned() -> Refused:
    """The refusal of a call without a signature."""
    return _refusal(errors.MissingAuthenticationToken, "AccessDenied")


def differs() -> Refused:
    """The refusal of a wrong signature."""
    return _refusal(errors.SignatureDoesNotMatch, "SignatureDoesNotMatch")


def unknown_key() -> Refused:
    """The refusal of a key that the server does not have."""
    return _refusal(errors.InvalidClientTokenId, "InvalidAccessKeyId")


def _refusal(error: type[errors.ServiceError], s3: str) -> Refused:
    """The refusal with the code, the sentence and the status of an error, and the code of S3 for it."""
    return Refused(error.code, error.sentence, s3, error.status)


def incomplete(message: str) -> Refused:
    """The refusal of an incomplete signature."""
    return Refused("IncompleteSignature", message, "AuthorizationHeaderMalformed", 400)


def bad_lifetime(message: str) -> Refused:
    """The refusal of a presigned request with a wrong lifetime."""
    return Refused("IncompleteSignature", message, "AuthorizationQueryParametersError", 400)


def expired() -> Refused:
    """The refusal of an expired presigned request."""
    return Refused("RequestExpired", "Request has expired", "AccessDenied")
