"""Reads the sections of a configuration file for instances, but for its commands (customize-containers-ec2)."""

import re
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any, TypeVar

from beanpole.files.bundle.entries import NO_ITEMS, Entries, Wrong, no_map
from beanpole.model.bundles.configuration_file import File, Group, Package, Service, Source, User

T = TypeVar("T")

MANAGERS = ("rpm", "yum", "msi", "apt", "rubygems", "python")  # in the order in which cfn-init asks them
_MODE = re.compile(r"[0-7]{3,6}")
_ABSOLUTE = re.compile(r"/|[A-Za-z]:[\\/]")


def packages(section: Any, entries: Entries) -> Iterator[Package]:
    """The packages by manager: `rpm` first, then `yum`, then the others."""
    managers = list(entries.of(section))
    order = {manager: number for number, manager in enumerate(MANAGERS)}
    for manager, names in sorted(managers, key=lambda pair: order.get(pair[0], len(order))):
        if names is not None and not isinstance(names, Mapping):
            entries.add_broken(manager, no_map(names))
            continue
        for name, versions in entries.of(names):
            try:
                yield Package(manager, name, tuple(text for text in entries.texts(versions) if text))
            except Wrong as wrong:
                entries.add_broken(name, str(wrong))


def groups(section: Any, entries: Entries) -> Iterator[Group]:
    """The groups, by name."""
    return _built(section, entries, lambda name, members: Group(name, gid=entries.text(members.get("gid"))))


def users(section: Any, entries: Entries) -> Iterator[User]:
    """The users, by name."""

    def user(name: str, members: Mapping[Any, Any]) -> User:
        uid, home = entries.text(members.get("uid")), entries.text(members.get("homeDir"))
        return User(name, groups=entries.texts(members.get("groups")), uid=uid, home=home)

    return _built(section, entries, user)


def sources(section: Any, entries: Entries) -> Iterator[Source]:
    """The archives, by the folder into which they are unpacked."""
    for target, url in entries.of(section):
        try:
            address = entries.text(url)
        except Wrong as wrong:
            entries.add_broken(target, str(wrong))
            continue
        if address:
            yield Source(target, address)
        else:
            entries.add_broken(target, f"{target} has no URL")


def files(section: Any, entries: Entries) -> Iterator[File]:
    """The files, by path."""
    return _built(section, entries, lambda path, members: _file(path, members, entries))


def services(section: Any, entries: Entries) -> Iterator[Service]:
    """The services, by manager and name."""

    def service(manager: str, name: str, members: Mapping[Any, Any]) -> Service:
        return Service(
            manager,
            name,
            enabled=entries.flag(members.get("enabled")),
            ensure_running=entries.flag(members.get("ensureRunning")),
            files=entries.texts(members.get("files")),
            sources=entries.texts(members.get("sources")),
            packages=_all(members.get("packages"), entries),
            commands=entries.texts(members.get("commands")),
        )

    for manager, names in entries.of(section):
        yield from _built(names, entries, partial(service, manager))


def _file(path: str, members: Mapping[Any, Any], entries: Entries) -> File:
    content, source = members.get("content"), entries.text(members.get("source"))
    if not _ABSOLUTE.match(path):
        raise Wrong(f"{path} is not an absolute path")
    if "content" not in members and source is None:
        raise Wrong(f"{path} has neither content nor source")
    if content is not None and source is not None:
        raise Wrong(f"{path} must have only one of content and source")
    encoding = entries.text(members.get("encoding")) or "plain"
    if encoding not in ("plain", "base64"):
        raise Wrong(f"{path} has an unknown encoding: {encoding}")
    return File(
        path,
        content=None if source is not None else _content(content, entries),
        source=source,
        encoding="base64" if encoding == "base64" else "plain",
        mode=_mode(path, members.get("mode"), entries),
        owner=entries.text(members.get("owner")),
        group=entries.text(members.get("group")),
        authentication=entries.text(members.get("authentication")),
    )


def _content(value: Any, entries: Entries) -> str:
    """A text as it is; of a map cfn-init writes JSON."""
    if isinstance(value, list):
        raise Wrong(NO_ITEMS.format(kind="list"))
    if isinstance(value, Mapping):
        return entries.json(value)
    return entries.text(value) or ""


def _mode(path: str, value: Any, entries: Entries) -> str | None:
    """Six octal digits; a number that is written with fewer has lost its base on the way to cfn-init [inferred]."""
    text = entries.text(value)
    if text is None:
        return None
    is_number = type(value) is not str
    if not _MODE.fullmatch(text) or (is_number and len(text) != 6):
        raise Wrong(f"the mode of {path} must be six octal digits in quotes, not {text}")
    return text.zfill(6)


def _all(value: Any, entries: Entries) -> tuple[str, ...]:
    """The names of all lists of a map."""
    return tuple(name for _, names in entries.of(value) for name in entries.texts(names))


def _built(section: Any, entries: Entries, build: Callable[[str, Mapping[Any, Any]], T]) -> Iterator[T]:
    """The entries of a map of maps; an empty entry has no members, and an entry that cannot be built is broken."""
    for name, members in entries.of(section):
        if members is not None and not isinstance(members, Mapping):
            entries.add_broken(name, no_map(members))
            continue
        try:
            yield build(name, members or {})
        except Wrong as wrong:
            entries.add_broken(name, str(wrong))
