"""The sentences with which a service refuses what is signed wrongly."""

from beanpole.model import errors

OTHER_CONTENT = "The provided 'x-amz-content-sha256' header does not match what was computed."
CUT_OFF = "The request body terminated unexpectedly"
NO_NUMBER = "X-Amz-Expires should be a number"
TOO_LONG = (
    "X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less than 604800 "
    "seconds"
)


class Refused(Exception):
    """Why a request is refused: the code and the message of a query service, the code of S3, and the status."""

    def __init__(self, code: str, message: str, s3: str, status: int = 403) -> None:
        super().__init__(message)
        self.code, self.message, self.s3, self.status = code, message, s3, status


def unsigned() -> Refused:
    """A call without a signature."""
    return _named(errors.MissingAuthenticationToken, "AccessDenied")


def differs() -> Refused:
    """A signature that is another one than it must be."""
    return _named(errors.SignatureDoesNotMatch, "SignatureDoesNotMatch")


def unknown_key() -> Refused:
    """A key that the server does not have."""
    return _named(errors.InvalidClientTokenId, "InvalidAccessKeyId")


def _named(error: type[errors.ServiceError], s3: str) -> Refused:
    """A refusal with the code, the sentence and the status of an error, and the code that S3 has for it."""
    return Refused(error.code, error.sentence, s3, error.status)


def incomplete(message: str) -> Refused:
    """A signature that is not whole."""
    return Refused("IncompleteSignature", message, "AuthorizationHeaderMalformed", 400)


def lasting(message: str) -> Refused:
    """A presigned request that says wrongly how long it lasts."""
    return Refused("IncompleteSignature", message, "AuthorizationQueryParametersError", 400)


def expired() -> Refused:
    """A presigned request that comes too late."""
    return Refused("RequestExpired", "Request has expired", "AccessDenied")
