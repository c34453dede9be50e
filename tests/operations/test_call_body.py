"""The body of a call: whole, or refused."""

from io import BytesIO
from typing import Any

import pytest

from beanpole.tables import limits
from beanpole.testing import Beanstalk

CALL = b"Action=DescribeEnvironments&Version=2010-12-01"
MOST = limits.most("call_body")


def answered(beanstalk: Beanstalk, body: bytes, length: str | None, **more: Any) -> tuple[str, bytes]:
    """The status and the body of the answer to a POST whose header says that length."""
    statuses: list[str] = []
    environ = beanstalk.app.test_client().get("/_beanpole/health").request.environ | more
    environ |= {"REQUEST_METHOD": "POST", "PATH_INFO": "/", "wsgi.input": BytesIO(body)}
    environ |= {"CONTENT_TYPE": "application/x-www-form-urlencoded", "CONTENT_LENGTH": length}
    if length is None:
        del environ["CONTENT_LENGTH"]
    answer = beanstalk.app.wsgi_app(environ, lambda status, *_: statuses.append(status))
    return statuses[0], b"".join(answer)


@pytest.mark.parametrize(
    ("length", "status", "words"),
    [
        (str(len(CALL)), "200", b"<DescribeEnvironmentsResult>"),
        (f"0{len(CALL)}", "200", b"<DescribeEnvironmentsResult>"),
        (str(len(CALL) + 1), "400", b"<Error>"),  # the client left before its end
        ("0", "400", b"MissingAction"),
        ("", "400", b"MissingAction"),
        (None, "400", b"MissingAction"),
        ("-1", "400", b"MissingAction"),
        ("1_0", "400", b"MissingAction"),
        (str(MOST + 1), "413", b"RequestEntityTooLarge"),
        ("9" * 50, "413", b"RequestEntityTooLarge"),
    ],
)
def test_a_body_is_as_long_as_its_header_says(
    beanstalk: Beanstalk, length: str | None, status: str, words: bytes
) -> None:
    answer = answered(beanstalk, CALL, length)
    assert answer[0].startswith(status), answer
    assert words in answer[1]


def test_a_body_of_no_stated_length_ends_where_the_server_says(beanstalk: Beanstalk) -> None:
    status, body = answered(beanstalk, CALL, None, **{"wsgi.input_terminated": True})
    assert status.startswith("200")
    assert b"<DescribeEnvironmentsResult>" in body


def test_a_body_may_be_as_long_as_its_bound(beanstalk: Beanstalk) -> None:
    body = CALL + b"&Description=" + b"a" * (MOST - len(CALL) - len(b"&Description="))
    assert answered(beanstalk, body, str(len(body)))[0].startswith("200")
