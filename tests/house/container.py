"""Dockerfile and compose file as values."""

import json
import re
import shlex
from functools import cache
from typing import Any, NamedTuple

import yaml

from house.tree import ROOT


class Instruction(NamedTuple):
    """One instruction of a Dockerfile, its lines joined."""

    word: str
    rest: str


@cache
def dockerfile() -> tuple[Instruction, ...]:
    """Every instruction in order."""
    text = re.sub(r"^\s*#.*\n", "", (ROOT / "Dockerfile").read_text(), flags=re.MULTILINE)
    lines = [it for it in re.sub(r"\s*\\\n\s*", " ", text).splitlines() if it.strip()]
    return tuple(Instruction(*it.split(maxsplit=1)) for it in lines)


def last_stage() -> tuple[Instruction, ...]:
    """What the image itself is made of."""
    stages = [index for index, it in enumerate(dockerfile()) if it.word == "FROM"]
    return dockerfile()[stages[-1] :]


def the(word: str) -> str:
    """The one instruction of that word in the image's stage."""
    (found,) = (it.rest for it in last_stage() if it.word == word)
    return found


def command() -> list[str]:
    """What a container of the image runs."""
    argv: list[str] = json.loads(the("CMD"))
    return argv


def health_command() -> list[str]:
    """What tells whether a container is well."""
    argv: list[str] = json.loads(the("HEALTHCHECK").partition("CMD ")[2])
    return argv


def settings() -> dict[str, str]:
    """The image's environment."""
    pairs = (it.partition("=") for it in shlex.split(the("ENV")))
    return {name: value for name, _, value in pairs}


@cache
def compose() -> dict[str, Any]:
    """The compose file."""
    read: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    return read
