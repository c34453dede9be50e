"""Parts of a signature that are missing, malformed or of another time: code, status and sentence of each protocol."""

from base64 import b64encode
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import pytest
from botocore.auth import S3SigV4Auth, S3SigV4QueryAuth, SigV4Auth, SigV4QueryAuth

from beanpole.gateway import signatures
from gateway.signing import URL, answer_to, send, signed

WHOLE = "Credential=A/20260101/r/{service}/aws4_request, SignedHeaders=host, Signature=0"
AT = "20260101T000000Z"


def digest(text):
    return b64encode(sha256(text.encode()).digest()).decode()


def refusal(answer):
    """Status, code and sentence of a refusal in XML."""
    code = answer.text.partition("<Code>")[2].partition("</Code>")[0]
    message = answer.text.partition("<Message>")[2].partition("</Message>")[0]
    return (
        answer.status_code,
        code,
        message.replace("&#39;", "'").replace("&quot;", '"').replace("&lt;", "<").replace("&gt;", ">"),
    )


def by_header(authorization, service="elasticbeanstalk", at=AT):
    host = {"ec2": "ec2.us-east-1.amazonaws.com", "s3": "s3.us-east-1.amazonaws.com"}.get(service, "localhost:5770")
    headers = {"Authorization": authorization.format(service=service), "Host": host}
    return refusal(send(headers=headers | ({"X-Amz-Date": at} if at else {})))


NEEDS = "Authorization header requires '{}' parameter."
DATE = "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header."
HASHED = "(Hashed with SHA-256 and encoded with Base64) Authorization="


@pytest.mark.parametrize(
    ("authorization", "at", "code", "sentence"),
    [
        (
            "AWS4-HMAC-SHA256 a=b",
            "",
            "IncompleteSignature",
            " ".join([*map(NEEDS.format, ("Credential", "Signature", "SignedHeaders")), DATE, HASHED]),
        ),
        (f"AWS4-HMAC-SHA256 {WHOLE}", "", "IncompleteSignature", f"{DATE} {HASHED}"),
        (
            "AWS4-HMAC-SHA256 Credential=A/20260101/r/{service}/aws4_request, SignedHeaders=host",
            AT,
            "IncompleteSignature",
            f"{NEEDS.format('Signature')} {HASHED}",
        ),
        (
            "Bearer token",
            AT,
            "IncompleteSignature",
            "Invalid key=value pair (missing equal-sign) in Authorization header (hashed with SHA-256 and encoded with "
            f"Base64): '{digest('Bearer token')}'.",
        ),
        (
            f"AWS4-HMAC-SHA1 {WHOLE}",
            AT,
            "IncompleteSignature",
            "Unsupported AWS 'algorithm': 'AWS4-HMAC-SHA1' (only AWS4-HMAC-SHA256 for now).",
        ),
        (
            f"AWS4-HMAC-SHA256 {WHOLE.replace('A/', 'A/B/')}",
            AT,
            "IncompleteSignature",
            "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got "
            "'A/B/20260101/r/elasticbeanstalk/aws4_request'",
        ),
        (
            f"AWS4-HMAC-SHA256 {WHOLE}",
            "2026-01-01T00:00:00Z",
            "IncompleteSignature",
            "Date must be in ISO-8601 'basic format'. Got '2026-01-01T00:00:00Z'. "
            "See http://en.wikipedia.org/wiki/ISO_8601",
        ),
        (
            f"AWS4-HMAC-SHA256 {WHOLE.replace('aws4_request', 'aws5_request')}",
            AT,
            "SignatureDoesNotMatch",
            "Credential should be scoped with a valid terminator: 'aws4_request', not 'aws5_request'.",
        ),
        (
            f"AWS4-HMAC-SHA256 {WHOLE}",
            "20260102T000000Z",
            "SignatureDoesNotMatch",
            "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: "
            "'20260101' != '20260102', from '20260102T000000Z'.",
        ),
        (
            f"AWS4-HMAC-SHA256 {WHOLE.replace('=host', '=x-amz-date')}",
            AT,
            "SignatureDoesNotMatch",
            "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.",
        ),
    ],
)
def test_a_header_is_refused_in_the_words_of_the_service(authorization, at, code, sentence):
    whole = sentence + (digest(authorization.format(service="elasticbeanstalk")) if sentence.endswith("=") else "")
    assert by_header(authorization, at=at) == (400 if code == "IncompleteSignature" else 403, code, whole)
    of_ec2 = by_header(authorization, "ec2", at)
    assert of_ec2[:2] == (401, "AuthFailure")


@pytest.mark.parametrize(
    ("authorization", "at", "status", "code", "sentence"),
    [
        ("AWS4-HMAC-SHA256 a=b", AT, 400, "AuthorizationHeaderMalformed", "; the authorization header requires three"),
        (
            f"AWS4-HMAC-SHA256 {WHOLE}",
            "",
            403,
            "AccessDenied",
            "AWS authentication requires a valid Date or x-amz-date",
        ),
        ("Bearer token", AT, 400, "InvalidArgument", "Unsupported Authorization Type"),
        (
            f"AWS4-HMAC-SHA256 {WHOLE.replace('A/', 'A/B/')}",
            AT,
            400,
            "AuthorizationHeaderMalformed",
            'the Credential is mal-formed; expecting "<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request".',
        ),
        (
            f"AWS4-HMAC-SHA256 {WHOLE}",
            "20260102T000000Z",
            400,
            "AuthorizationHeaderMalformed",
            "The authorization header is malformed; Invalid credential date. Date is not the same as X-Amz-Date.",
        ),
    ],
)
def test_s3_has_sentences_of_its_own(authorization, at, status, code, sentence):
    refused = by_header(authorization, "s3", at)
    assert (refused[:2], sentence in refused[2]) == ((status, code), True), refused


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("X-Amz-Expires=3600", "x=1", "Query-string authentication version 4 requires the X-Amz-Algorithm"),
        ("X-Amz-Algorithm=AWS4-HMAC-SHA256", "x=1", "Query-string authentication version 4 requires the X-Amz-Algor"),
        ("HMAC-SHA256", "HMAC-SHA1", "X-Amz-Algorithm only supports"),
        ("%2Faws4_request", "", "Error parsing the X-Amz-Credential parameter; the Credential is mal-formed"),
        ("X-Amz-Date=2", "X-Amz-Date=1", "This date is not the same as X-Amz-Date"),
        ("X-Amz-Date=", "X-Amz-Date=x", "X-Amz-Date must be in the ISO8601 Long Format"),
    ],
)
def test_a_presigned_request_of_s3_is_refused_in_its_words(old, new, sentence):
    request = signed(S3SigV4QueryAuth, "s3", method="GET", url=f"{URL}/bucket/key")
    assert old in request.url
    refused = refusal(answer_to(request, url=request.url.replace(old, new)))
    assert (refused[:2], sentence in refused[2]) == ((400, "AuthorizationQueryParametersError"), True), refused


def test_a_query_without_its_parameters_names_them():
    request = signed(SigV4QueryAuth, method="GET", url=f"{URL}/?Action=DescribeEnvironments")
    without = request.url.replace("X-Amz-Date=", "x=").replace("X-Amz-SignedHeaders=", "y=")
    assert refusal(answer_to(request, url=without)) == (
        400,
        "IncompleteSignature",
        "AWS query-string parameters must include 'X-Amz-SignedHeaders'. "
        "AWS query-string parameters must include 'X-Amz-Date'. Re-examine the query-string parameters.",
    )


@pytest.mark.parametrize(("service", "minutes"), [("elasticbeanstalk", 5), ("cloudformation", 5), ("iam", 15)])
def test_a_signature_of_another_time_is_refused_with_the_bound(monkeypatch, service, minutes):
    request = signed(SigV4Auth, service)
    signed_at = datetime.strptime(request.headers["X-Amz-Date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    age = timedelta(minutes=minutes)
    for direction, words, sign in ((1, "Signature expired: {} is now earlier than", "-"), (-1, None, "+")):
        words = words or "Signature not yet current: {} is still later than"
        for over, status in ((0, 200), (1, 403)):
            now = signed_at + direction * (age + timedelta(seconds=over))
            monkeypatch.setattr(signatures, "real_now", lambda now=now: int(now.timestamp() * 1000))
            answer = answer_to(request)
            assert answer.status_code == status
        bound = now - direction * age
        at = request.headers["X-Amz-Date"]
        sentence = f"{words.format(at)} {bound:%Y%m%dT%H%M%SZ} ({now:%Y%m%dT%H%M%SZ} {sign} {minutes} min.)"
        assert refusal(answer) == (403, "SignatureDoesNotMatch", sentence)


def test_s3_refuses_a_later_time_and_takes_any_text_for_a_signature(monkeypatch):
    presigned = signed(S3SigV4QueryAuth, "s3", method="GET", url=f"{URL}/bucket/key")
    header = signed(S3SigV4Auth, "s3", method="GET", url=f"{URL}/bucket/key")
    for signature in ("x", "é", "0" * 64):
        changed = header.headers["Authorization"].rpartition("=")[0] + f"={signature}"
        headers = dict(header.headers) | {"Authorization": changed.encode().decode("latin-1")}
        assert refusal(answer_to(header, headers=headers))[:2] == (403, "SignatureDoesNotMatch")
    before = int((datetime.now(UTC) - timedelta(minutes=20)).timestamp() * 1000)
    monkeypatch.setattr(signatures, "real_now", lambda: before)
    assert refusal(answer_to(presigned)) == (403, "AccessDenied", "Request is not valid yet")
    assert refusal(answer_to(header))[:2] == (403, "RequestTimeTooSkewed")
