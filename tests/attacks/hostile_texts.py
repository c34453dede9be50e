"""Texts that were made to take long, and for how long an answer may take."""

from beanpole.testing import ACCOUNT

CREDENTIAL = {
    "Authorization": f"AWS4-HMAC-SHA256 Credential={ACCOUNT}/20260101/us-east-1/elasticbeanstalk/aws4_request"
}
BOUND = 0.25  # seconds of processor time for an answer, so that a busy machine fails no test
HOSTILE = {
    "digits": "9" * 5_000,
    "more digits": "-" + "9" * 200_000,
    "an exponent": "1e999999999",
    "a fraction": "1." + "0" * 50_000 + "1",
    "digits of another script": "\u0663" * 5_000,
    "an instant": "2026-01-01T00:00:00." + "0" * 5_000 + "Z",
    "a nest": '{"a":[' * 2_000,
    "parts": "1.a-,=:;" * 2_000,
    "blanks": " " * 40_000,
    "a large text": "x" * 900_000,
}
