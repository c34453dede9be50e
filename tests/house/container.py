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
    lines = [line for line in re.sub(r"\s*\\\n\s*", " ", text).splitlines() if line.strip()]
    return tuple(Instruction(*line.split(maxsplit=1)) for line in lines)


def last_stage() -> tuple[Instruction, ...]:
    """The instructions that make the image itself."""
    stages = [index for index, instruction in enumerate(dockerfile()) if instruction.word == "FROM"]
    return dockerfile()[stages[-1] :]


def the(word: str) -> str:
    """The one instruction of that word in the image's stage."""
    (argument,) = (instruction.rest for instruction in last_stage() if instruction.word == word)
    return argument


def command() -> list[str]:
    """The command that a container of the image runs."""
    argv: list[str] = json.loads(the("CMD"))
    return argv


def health_command() -> list[str]:
    """The command that checks the health of a container."""
    argv: list[str] = json.loads(the("HEALTHCHECK").partition("CMD ")[2])
    return argv


def settings() -> dict[str, str]:
    """The image's environment."""
    pairs = (pair.partition("=") for pair in shlex.split(the("ENV")))
    return {name: value for name, _, value in pairs}


@cache
def compose() -> dict[str, Any]:
    """The compose file."""
    document: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    return document
