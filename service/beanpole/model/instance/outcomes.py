"""The outcomes of a deployment on an instance, one for each command, hook or file, as logs and failures need them."""

from typing import Literal

from msgspec import DecodeError, Struct
from msgspec.msgpack import Encoder

from beanpole.threads.decoders import PackDecoder

Phase = Literal[
    "packages",
    "groups",
    "users",
    "sources",
    "files",
    "commands",
    "services",
    "unzip",
    "prebuild",
    "build",
    "container_commands",
    "predeploy",
    "flip",
    "proxy",
    "postdeploy",
]  # in the order of platforms-linux-extend; a configuration deployment runs the hooks of `.platform/confighooks`

Ending = Literal["recorded", "enacted", "ran", "not-leader", "test-failed", "failed"]

MOST_OUTPUT = 1_024  # characters of the output that are kept
MOST_PRINTED = 4_096  # characters of what an application printed that are kept


class Outcome(Struct, frozen=True, array_like=True):
    """The outcome of one command, hook, build or file in a phase.

    `config` is the name that cfn-init gives to the configuration file of it, such as `prebuild_0_app`; empty for hooks
    and builds. `name` is its key, or the path of the hook. `line` is the command line. `status` is the exit status
    where there was one. An `ignored` failure stops nothing.
    """

    phase: Phase
    config: str
    name: str
    line: str
    ending: Ending
    status: int | None = None
    output: str = ""
    ignored: bool = False


class Report(Struct, frozen=True, array_like=True):
    """The outcomes of a deployment on one instance, in order; the last one stopped it if `failed`.

    Commands that are run are begun anew where a worker was killed amid them: `tries` counts how often. `printed` is the
    last that the application printed where it was started and did not answer its health check.
    """

    is_leader: bool
    outcomes: tuple[Outcome, ...] = ()
    failed: bool = False
    tries: int = 1
    printed: str = ""


def encode(report: Report) -> bytes:
    """The bytes that are kept; equal reports have equal ones."""
    return _ENCODER.encode(report)


def decode(encoded: bytes) -> Report:
    """The report that was encoded; ValueError for other bytes."""
    try:
        return _DECODER.decode(encoded)
    except DecodeError as error:
        raise ValueError(f"These bytes are no report: {error}") from None


_ENCODER = Encoder()
_DECODER = PackDecoder[Report](Report)
