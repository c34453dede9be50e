"""Types that several threads use first at the same time."""

import subprocess
import sys

import pytest

from beanpole.threads.decoders import JsonDecoder, PackDecoder

TYPES = """
import sys, time, threading, msgspec
from beanpole.threads import decoders

entered, goes_on = threading.Event(), threading.Event()

def held():
    entered.set()
    assert goes_on.wait(20)
    return int

class Inner(msgspec.Struct):
    number: "held()"

class Outer(msgspec.Struct):
    inner: Inner
    number: int

VALUE = {"inner": {"number": 1}, "number": 2}
JSON, PACK = decoders.JsonDecoder(Outer), decoders.PackDecoder(Outer)
READS = {
    "json": lambda: JSON.decode(msgspec.json.encode(VALUE)),
    "pack": lambda: PACK.decode(msgspec.msgpack.encode(VALUE)),
    "convert": lambda: decoders.convert(VALUE, Outer),
}
values = []
threads = [threading.Thread(target=lambda read=READS[name]: values.append(read())) for name in sys.argv[1:]]
threads[0].start()
assert entered.wait(20)
threads[1].start()
threads[1].join(0.05)  # a thread that does not wait for the first one has ended the process by now
goes_on.set()
for thread in threads:
    thread.join()
assert values == [Outer(Inner(1), 2)] * 2
"""


@pytest.mark.parametrize("second", ["json", "pack", "convert"])
@pytest.mark.parametrize("first", ["json", "convert"])
def test_a_thread_waits_while_another_prepares_the_type(first: str, second: str) -> None:
    ended = subprocess.run([sys.executable, "-c", TYPES, first, second], capture_output=True, text=True, timeout=60)
    assert (ended.returncode, ended.stderr) == (0, "")


@pytest.mark.parametrize("kind", [JsonDecoder, PackDecoder])
def test_a_decoder_has_no_other_member(kind: type) -> None:
    with pytest.raises(AttributeError, match="decode_lines"):
        _ = kind(int).decode_lines
