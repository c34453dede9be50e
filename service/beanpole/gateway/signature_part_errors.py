"""The errors of parts of a signature that are missing, malformed or of another time, in the words of each service.

The sentences of S3 stand apart: it has its own for each of them, and others for a presigned request.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from beanpole.gateway.signing_errors import Error, Refused

_BASIC = "%Y%m%dT%H%M%SZ"

# Sentences about the parts of a signature (docs/facts.md#signatures)
NO_PAIR = (
    "Invalid key=value pair (missing equal-sign) in Authorization header "
    "(hashed with SHA-256 and encoded with Base64): '{digest}'."
)
OTHER_ALGORITHM = "Unsupported AWS 'algorithm': '{algorithm}' (only AWS4-HMAC-SHA256 for now)."
NEEDS_PART = "Authorization header requires '{name}' parameter."
NEEDS_DATE = "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header."
HEADER_DIGEST = "(Hashed with SHA-256 and encoded with Base64) Authorization={digest}"
NEEDS_PARAMETER = "AWS query-string parameters must include 'X-Amz-{name}'."
NEEDS_PARAMETERS = "Re-examine the query-string parameters."
FIVE_ELEMENTS = (
    "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got '{credential}'"
)
NOT_BASIC = "Date must be in ISO-8601 'basic format'. Got '{at}'. See http://en.wikipedia.org/wiki/ISO_8601"
OTHER_TERMINATOR = "Credential should be scoped with a valid terminator: 'aws4_request', not '{terminator}'."
OTHER_DATE = (
    "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '{date}' != '{day}', "
    "from '{at}'."
)
HOST_UNSIGNED = "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization."
EXPIRED = "Signature expired: {at} is now earlier than {bound} ({now} - {minutes} min.)"
NOT_YET = "Signature not yet current: {at} is still later than {bound} ({now} + {minutes} min.)"

# Those of S3
MALFORMED = "The authorization header is malformed; {reason}"
THREE_COMPONENTS = "the authorization header requires three components: Credential, SignedHeaders, and Signature."
BAD_CREDENTIAL = 'the Credential is mal-formed; expecting "<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request".'
BAD_CREDENTIAL_QUERY = f"Error parsing the X-Amz-Credential parameter; {BAD_CREDENTIAL}"
INCORRECT_TERMINATOR = 'incorrect terminator "{terminator}". This endpoint belongs to "aws4_request".'
INCORRECT_TERMINATOR_QUERY = f"Error parsing the X-Amz-Credential parameter; {INCORRECT_TERMINATOR}"
OTHER_DATE_HEADER = "Invalid credential date. Date is not the same as X-Amz-Date."
OTHER_DATE_QUERY = 'Invalid credential date "{date}". This date is not the same as X-Amz-Date: "{day}".'
NEEDS_A_DATE = "AWS authentication requires a valid Date or x-amz-date header"
BAD_DATE_QUERY = "X-Amz-Date must be in the ISO8601 Long Format \"yyyyMMdd'T'HHmmss'Z'\""
SIX_PARAMETERS = (
    "Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, X-Amz-Signature, "
    "X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters."
)
ONE_ALGORITHM = 'X-Amz-Algorithm only supports "AWS4-HMAC-SHA256 and AWS4-ECDSA-P256-SHA256"'
S3_HOST_UNSIGNED = "There were headers present in the request which were not signed"
NOT_VALID_YET = "Request is not valid yet"


def not_of_version_4(message: str) -> Refused:
    """The refusal of a header that has another form than that of Signature Version 4."""
    return Refused("incomplete", message, Error("InvalidArgument", 400, "Unsupported Authorization Type"))


def missing_in_header(sentences: Iterable[str], digest: str, has_parts: bool) -> Refused:
    """The refusal of a header without some of its parts, or with all of them but without a date."""
    message = " ".join((*sentences, HEADER_DIGEST.format(digest=digest)))
    of_s3 = Error("AccessDenied", 403, NEEDS_A_DATE) if has_parts else _malformed(THREE_COMPONENTS)
    return Refused("incomplete", message, of_s3)


def missing_in_query(names: Iterable[str]) -> Refused:
    """The refusal of a presigned request without some of its parameters."""
    message = " ".join((*(NEEDS_PARAMETER.format(name=name) for name in names), NEEDS_PARAMETERS))
    return Refused("incomplete", message, _bad_query(SIX_PARAMETERS))


def bad_algorithm(algorithm: str) -> Refused:
    """The refusal of a presigned request with another algorithm."""
    return Refused("incomplete", OTHER_ALGORITHM.format(algorithm=algorithm), _bad_query(ONE_ALGORITHM))


def bad_credential(credential: str, presigned: bool) -> Refused:
    """The refusal of a credential that has not five parts."""
    of_s3 = _bad_query(BAD_CREDENTIAL_QUERY) if presigned else _malformed(BAD_CREDENTIAL)
    return Refused("incomplete", FIVE_ELEMENTS.format(credential=credential), of_s3)


def bad_date(at: str, presigned: bool) -> Refused:
    """The refusal of a date that is none."""
    of_s3 = _bad_query(BAD_DATE_QUERY) if presigned else Error("AccessDenied", 403, NEEDS_A_DATE)
    return Refused("incomplete", NOT_BASIC.format(at=at), of_s3)


def other_terminator(terminator: str, presigned: bool) -> Refused:
    """The refusal of a scope with another end."""
    form = _bad_query if presigned else _malformed
    sentence = INCORRECT_TERMINATOR_QUERY if presigned else INCORRECT_TERMINATOR
    message = OTHER_TERMINATOR.format(terminator=terminator)
    return Refused("other_scope", message, form(sentence.format(terminator=terminator)))


def other_date(date: str, at: str, presigned: bool) -> Refused:
    """The refusal of a scope of another day than that of the request."""
    query = OTHER_DATE_QUERY.format(date=date, day=at[:8])
    of_s3 = _bad_query(query) if presigned else _malformed(OTHER_DATE_HEADER)
    return Refused("other_scope", OTHER_DATE.format(date=date, day=at[:8], at=at), of_s3)


def host_unsigned() -> Refused:
    """The refusal of a signature that does not cover the Host."""
    return Refused("other_scope", HOST_UNSIGNED, Error("AccessDenied", 403, S3_HOST_UNSIGNED))


def too_old(at: str, now: datetime, age: timedelta) -> Refused:
    """The refusal of a signature that was made too long ago."""
    return Refused("other_age", _of_age(EXPIRED, at, now, -age))


def too_new(at: str, now: datetime, age: timedelta, presigned: bool) -> Refused:
    """The refusal of a signature of a later time."""
    of_s3 = Error("AccessDenied", 403, NOT_VALID_YET) if presigned else None
    return Refused("other_age", _of_age(NOT_YET, at, now, age), of_s3)


def _of_age(sentence: str, at: str, now: datetime, shift: timedelta) -> str:
    minutes = abs(shift) // timedelta(minutes=1)
    return sentence.format(at=at, bound=f"{now + shift:{_BASIC}}", now=f"{now:{_BASIC}}", minutes=minutes)


def _malformed(reason: str) -> Error:
    return Error("AuthorizationHeaderMalformed", 400, MALFORMED.format(reason=reason))


def _bad_query(sentence: str) -> Error:
    return Error("AuthorizationQueryParametersError", 400, sentence)
