"""`serve` where the system starts no more threads: it ends with a sentence and status 1, whichever is missing."""

import subprocess
import sys

import pytest

from beanpole.command.serving import THREADLESS
from clients_environment import environment

CODE = """
import sys, threading
starts, most, start = [], int(sys.argv.pop(1)), threading.Thread.start
def refuse(thread):
    starts.append(thread)
    if len(starts) > most:
        raise RuntimeError("can't start new thread")
    start(thread)
threading.Thread.start = refuse
from beanpole.command.cli import main
main()
"""


@pytest.mark.parametrize(
    "most", [0, *(pytest.param(number, marks=pytest.mark.merge) for number in (1, 2, 8, 14, 15, 16))]
)
def test_a_server_that_may_start_no_threads_ends_with_a_sentence(most, tmp_path):
    command = [sys.executable, "-c", CODE, str(most), "serve", "--port", "0", "--data", str(tmp_path / "data")]
    ran = subprocess.run(command, env=environment(), capture_output=True, text=True, timeout=60)
    assert (ran.returncode, ran.stderr) == (1, f"Error: {THREADLESS}\n")
    assert not (tmp_path / "data" / "valkey.sock").exists()
