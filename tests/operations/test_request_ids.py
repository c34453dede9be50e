"""Ids of requests and the Date of answers, which are made for many calls at once and still belong to each of them."""

import subprocess
import sys
from email.utils import formatdate
from uuid import RFC_4122, UUID

import pytest

from beanpole.machine import clock, entropy
from beanpole.testing import Beanstalk

FORK = """
import os
from beanpole.machine import entropy

entropy.request_id()  # draws those of the next calls, too
reading, writing = os.pipe()
if os.fork() == 0:
    os.write(writing, "\\n".join(entropy.request_id() for _ in range(300)).encode())
    os._exit(0)
os.close(writing)
there = b"".join(iter(lambda: os.read(reading, 1 << 16), b"")).decode().split()
here = [entropy.request_id() for _ in range(300)]
assert len({*here, *there}) == 600
"""


def test_every_request_id_is_another_uuid_of_version_4() -> None:
    ids = [entropy.request_id() for _ in range(1000)]
    assert len(set(ids)) == len(ids)
    for id_ in ids:
        uuid = UUID(id_)
        assert (str(uuid), uuid.version, uuid.variant) == (id_, 4, RFC_4122)
    assert len({id_[19] for id_ in ids}) == 4


@pytest.mark.skipif(sys.platform == "win32", reason="Windows does not fork")
def test_a_process_and_its_fork_give_no_id_twice() -> None:
    subprocess.run([sys.executable, "-c", FORK], check=True, timeout=60)


def test_a_call_that_reads_has_another_id_each_time(beanstalk: Beanstalk) -> None:
    answers = [beanstalk.client.describe_environments() for _ in range(3)]
    assert len({answer["ResponseMetadata"]["RequestId"] for answer in answers}) == 3


def test_the_date_of_an_answer_is_that_of_its_second(monkeypatch: pytest.MonkeyPatch) -> None:
    for second in (1_767_225_600, 1_767_225_601, 1_767_225_600):
        for nanosecond in (0, 999_999_999):
            monkeypatch.setattr("time.time_ns", lambda: second * 1_000_000_000 + nanosecond)  # noqa: B023 - called at once
            assert clock.http_date() == formatdate(second, usegmt=True)
