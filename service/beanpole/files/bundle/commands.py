"""Reads the commands of a configuration file: `commands` and `container_commands` (customize-containers-ec2)."""

from collections.abc import Iterator, Mapping
from typing import Any

from beanpole.files.bundle import documents
from beanpole.files.bundle.entries import Entries, Wrong, kind_of
from beanpole.model.bundles.configuration_file import Command

NO_COMMAND = "{name} does not specify the 'command' attribute, which is required"


def read(section: Any, entries: Entries) -> Iterator[Command]:
    """The commands in alphabetical order of their names."""
    for name, members in entries.of(section):
        try:
            yield _command(name, members, entries)
        except Wrong as wrong:
            entries.add_broken(name, str(wrong))


def _command(name: str, members: Any, entries: Entries) -> Command:
    command = entries.words(members.get("command")) if isinstance(members, Mapping) else None
    if not isinstance(members, Mapping) or not command:
        raise Wrong(NO_COMMAND.format(name=name))
    return Command(
        name,
        command=command,
        env=_environment(members.get("env"), entries),
        cwd=entries.text(members.get("cwd")),
        test=entries.words(members.get("test")),
        ignore_errors=bool(entries.flag(members.get("ignoreErrors"))),
        leader_only=bool(entries.flag(members.get("leader_only"))),
        waits=entries.text(members.get("waitAfterCompletion")),
    )


def _environment(value: Any, entries: Entries) -> tuple[tuple[str, str], ...] | None:
    if value is None:
        return None
    if not isinstance(value, Mapping):
        raise Wrong(f"'{kind_of(value)}' object has no attribute 'items'")
    pairs = ((documents.name(key), entries.text(inner)) for key, inner in value.items())
    return tuple((entries.letters.spend(key), text or "") for key, text in pairs)
