"""The errors of wrong signatures: for each reason a row with the code, status and sentence of each protocol.

The sources are the common errors of the query services, EC2's list of error codes, DynamoDB's list of programming
errors and S3's list of error responses. REST services with JSON have the codes of the other JSON services.
"""

from typing import Literal

from msgspec import Struct

from beanpole.gateway.refusals import Protocol
from beanpole.model import errors
from beanpole.tables import limits

NO_NUMBER = "X-Amz-Expires should be a number"
NEGATIVE = "X-Amz-Expires must be non-negative"
TOO_LONG = (
    "X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less than 604800 "
    "seconds"
)
_EC2_SENTENCE = "AWS was not able to validate the provided access credentials"
_MALFORMED_TOKEN = "The provided token is malformed or otherwise invalid."  # a sentence

Reason = Literal[
    "unsigned",
    "unknown_key",
    "differs",
    "other_age",
    "expired",
    "incomplete",
    "other_scope",
    "bad_lifetime",
    "not_of_s3",
    "other_token",
    "expired_token",
    "too_large",
]


class Error(Struct, frozen=True):
    """The error of a protocol; without a sentence the message is the refusal's own."""

    code: str
    status: int = 403
    sentence: str | None = None


class Row(Struct, frozen=True):
    """The errors of a reason; a JSON service with a target in a header answers each of them with 400."""

    query: Error
    json: Error
    ec2: Error
    s3: Error


def _of(error: type[errors.ServiceError]) -> Error:
    return Error(error.code, error.status, error.sentence)


_AUTH_FAILURE = Error("AuthFailure", 401, _EC2_SENTENCE)
_LATE = Error("RequestExpired", 400, "Request has expired.")
_UNRECOGNIZED = Error("UnrecognizedClientException", 403, errors.InvalidClientTokenId.sentence)
_INCOMPLETE = Error("IncompleteSignature", 400)
_INCOMPLETE_JSON = Error("IncompleteSignatureException", 400)

ERRORS: dict[Reason, Row] = {
    "unsigned": Row(
        _of(errors.MissingAuthenticationToken),
        Error("MissingAuthenticationTokenException", 403, "Missing Authentication Token"),
        _of(errors.MissingAuthenticationToken),
        Error("AccessDenied", 403, "Access Denied"),
    ),
    "unknown_key": Row(
        _of(errors.InvalidClientTokenId),
        _UNRECOGNIZED,
        _AUTH_FAILURE,
        Error("InvalidAccessKeyId", 403, "The AWS Access Key Id you provided does not exist in our records."),
    ),
    "differs": Row(
        _of(errors.SignatureDoesNotMatch),
        Error("InvalidSignatureException", 403, errors.SignatureDoesNotMatch.sentence),
        _AUTH_FAILURE,
        Error(
            "SignatureDoesNotMatch",
            403,
            "The request signature we calculated does not match the signature you provided. "
            "Check your key and signing method.",
        ),
    ),
    "other_age": Row(
        Error("SignatureDoesNotMatch"),
        Error("InvalidSignatureException"),
        _LATE,
        Error(
            "RequestTimeTooSkewed",
            403,
            "The difference between the request time and the current time is too large.",
        ),
    ),
    "expired": Row(
        Error("RequestExpired", 403, "Request has expired"),
        Error("InvalidSignatureException", 403, "Signature expired"),
        _LATE,
        Error("AccessDenied", 403, "Request has expired"),
    ),
    "incomplete": Row(
        _INCOMPLETE, _INCOMPLETE_JSON, Error("AuthFailure", 401), Error("AuthorizationHeaderMalformed", 400)
    ),
    "other_scope": Row(
        Error("SignatureDoesNotMatch"),
        Error("InvalidSignatureException"),
        Error("AuthFailure", 401),
        Error("AuthorizationHeaderMalformed", 400),
    ),
    "bad_lifetime": Row(_INCOMPLETE, _INCOMPLETE_JSON, _INCOMPLETE, Error("AuthorizationQueryParametersError", 400)),
    "not_of_s3": Row(_INCOMPLETE, _INCOMPLETE_JSON, _INCOMPLETE, Error("AccessDenied")),
    "other_token": Row(
        _of(errors.InvalidClientTokenId),
        _UNRECOGNIZED,
        _AUTH_FAILURE,
        Error("InvalidToken", 400, _MALFORMED_TOKEN),
    ),
    "expired_token": Row(
        Error("ExpiredToken", 403, "The security token included in the request is expired"),
        Error("ExpiredTokenException", 403, "The security token included in the request is expired"),
        _LATE,
        Error("ExpiredToken", 400, "The provided token has expired."),
    ),
    "too_large": Row(
        *(Error("RequestEntityTooLarge", 413, limits.sentence("state_body")),) * 3,
        Error("EntityTooLarge", 413, limits.sentence("state_body")),
    ),
}


class Refused(Exception):
    """The refusal of a request: a reason, or an error that S3 alone has. S3 may have an error `of_s3` for a reason."""

    def __init__(self, reason: Reason | Error, message: str = "", of_s3: Error | None = None) -> None:
        super().__init__(message)
        self.reason, self.message, self.of_s3 = reason, message, of_s3

    def error(self, protocol: Protocol) -> Error:
        """The error of a protocol, with its sentence."""
        if isinstance(self.reason, Error):
            return self.reason
        row = ERRORS[self.reason]
        match protocol:
            case "s3":
                error = self.of_s3 or row.s3
            case "ec2":
                error = row.ec2
            case "json" | "cbor" | "rest-json":
                error = row.json
            case "ours" | "query":
                error = row.query
        status = 400 if protocol in ("json", "cbor") and error.status != 413 else error.status
        return Error(error.code, status, error.sentence or self.message)


def unsigned() -> Refused:
    """The refusal of a call without a signature."""
    return Refused("unsigned")


def differs() -> Refused:
    """The refusal of a wrong signature."""
    return Refused("differs")


def unknown_key() -> Refused:
    """The refusal of a key that the server does not have."""
    return Refused("unknown_key")


def incomplete(message: str) -> Refused:
    """The refusal of an incomplete signature."""
    return Refused("incomplete", message)


def bad_lifetime(message: str) -> Refused:
    """The refusal of a presigned request with a wrong lifetime."""
    return Refused("bad_lifetime", message)


def expired() -> Refused:
    """The refusal of an expired presigned request."""
    return Refused("expired")


def other_content() -> Refused:
    """The refusal of a body of S3 that has not the hash in the header."""
    sentence = "The provided 'x-amz-content-sha256' header does not match what was computed."
    return Refused(Error("XAmzContentSHA256Mismatch", 400, sentence))


def cut_off() -> Refused:
    """The refusal of a body of S3 that ends early."""
    return Refused(Error("IncompleteBody", 400, "The request body terminated unexpectedly"))
