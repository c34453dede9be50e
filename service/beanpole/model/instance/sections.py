"""The sections of a configuration file as cfn-init carries them out, in the order of customize-containers-ec2."""

import binascii
from base64 import b64decode
from collections.abc import Callable, Mapping
from functools import partial
from posixpath import dirname

from msgspec.structs import replace

from beanpole.model.bundles.configuration_file import Command, ConfigurationFile, File, Section
from beanpole.model.instance import nodes
from beanpole.model.instance.content import Content, Download, text
from beanpole.model.instance.machine_image import Unknown
from beanpole.model.instance.nodes import Folder, Symlink, is_folder
from beanpole.model.instance.progress import Item, Progress, line_of
from beanpole.model.instance.request import VARIABLES
from beanpole.model.instance.tree import NO_SUCH, NOT_A_FOLDER, FileSystemError, TooMuch, Tree

LINK = 0o120000
_KIND = 0o170000


def pre_build(progress: Progress, files: tuple[ConfigurationFile, ...]) -> None:
    """The sections before the version is unpacked, file by file."""
    relevant = (file for file in files if _has(file, tuple(_SECTIONS)))
    for number, file in enumerate(relevant):
        config = progress.request.config("prebuild", number)
        for section, carry_out in _SECTIONS.items():
            _broken_entries(progress, file, section, config)
            carry_out(progress, file, config)


def post_build(progress: Progress, files: tuple[ConfigurationFile, ...], folder: str) -> None:
    """The container commands in the folder of the new version, file by file, the leader's first in each."""
    relevant = (file for file in files if _has(file, ("container_commands",)))
    for number, file in enumerate(relevant):
        config = progress.request.config("postbuild", number)
        _broken_entries(progress, file, "container_commands", config)
        for command in sorted(file.container_commands, key=lambda command: not command.leader_only):
            if command.leader_only and not progress.request.leads:
                progress.add(_item("container_commands", command, config), "not-leader")
            else:
                _command(
                    progress, _item("container_commands", command, config), command, folder, progress.request.variables
                )


def _has(file: ConfigurationFile, sections: tuple[Section, ...]) -> bool:
    with_broken_entries = {entry.section for entry in file.broken}
    return any(getattr(file, section) or section in with_broken_entries for section in sections)


def _broken_entries(progress: Progress, file: ConfigurationFile, section: Section, config: str) -> None:
    for entry in file.broken:
        if entry.section == section:
            progress.add(Item(section, entry.name, "", config), "failed", output=entry.words)


def _packages(progress: Progress, file: ConfigurationFile, config: str) -> None:
    for package in file.packages:
        line = " ".join((package.manager, package.name, *package.versions))
        progress.add(Item("packages", package.name, line, config), "recorded")


def _groups(progress: Progress, file: ConfigurationFile, config: str) -> None:
    for group in file.groups:
        line = "groupadd" + (f" -g {group.gid}" if group.gid else "")
        item = Item("groups", group.name, f"{line} {group.name}", config)
        _make(progress, item, progress.groups.make(group.name, group.gid))


def _users(progress: Progress, file: ConfigurationFile, config: str) -> None:
    for user in file.users:
        uid = f" -u {user.uid}" if user.uid else ""
        groups = f" -G {','.join(user.groups)}" if user.groups else ""
        home = f" -d {user.home}" if user.home else ""
        line = f"useradd -M -r --shell /sbin/nologin{home}{uid}{groups} {user.name}"
        _make(progress, Item("users", user.name, line, config), progress.users.make(user.name, user.uid))


def _make(progress: Progress, item: Item, failure: str | None) -> None:
    """Keep the outcome of an account: a failure is certain only where accounts are not merely recorded."""
    if failure is not None and progress.request.enacts:
        progress.add(item, "failed", output=failure)
    progress.add(item, "recorded")


def _sources(progress: Progress, file: ConfigurationFile, config: str) -> None:
    """Make the folders of sources without a download, so their content is unknown."""
    for source in file.sources:
        if progress.request.enacts:
            _try(progress, partial(_unpacked, target=source.target))
        progress.add(Item("sources", source.target, source.url, config), "recorded")


def _unpacked(tree: Tree, target: str) -> Tree:
    tree = tree.with_folders(target)
    path = tree.real(target)
    node = tree.at(path)
    return tree.renewed(path, replace(node, is_open=True)) if isinstance(node, Folder) else tree.opened()


def _files(progress: Progress, file: ConfigurationFile, config: str) -> None:
    for entry in file.files:
        line = entry.source or ""
        if not progress.request.enacts:
            progress.add(Item("files", entry.path, line, config), "recorded")
            continue
        try:
            is_enacted = _try(progress, partial(_with_file, entry=entry))
        except (FileSystemError, ValueError) as failure:
            progress.add(Item("files", entry.path, line, config), "failed", output=str(failure))
        else:
            progress.add(Item("files", entry.path, line, config), "enacted" if is_enacted else "recorded")


def _with_file(tree: Tree, entry: File) -> Tree:
    """The tree with a file, or a link, as cfn-init writes it: a former file is kept as `.bak`."""
    mode = int(entry.mode, 8) if entry.mode else 0o644
    is_link = mode & _KIND == LINK
    try:
        tree = tree.with_folders(dirname(entry.path))
    except FileSystemError:
        raise FileSystemError(f"Parent directory {dirname(entry.path)} exists and is a file") from None
    path = tree.real(entry.path, follow=False)
    former = tree.known_at(tree.real(entry.path))
    owner, group = entry.owner or "root", entry.group or "root"
    if is_link:
        target = entry.content or ""
        aim = target if target.startswith("/") else f"/{target}"
        if former is not None and tree.real(entry.path) == tree.real(aim):
            return tree
        return _backed_up(tree, path, former, None).put(path, Symlink(target, owner, group))
    content = _content(entry)
    node = nodes.File(content, mode & 0o7777, owner, group)
    return _backed_up(tree, path, former, content).put(path, node)


def _backed_up(tree: Tree, path: str, former: nodes.Node | None, content: Content | None) -> Tree:
    there = tree.known_at(path)
    if former is None or there is None:
        return tree.without(path) if there is not None else tree
    backup = f"{path}.bak"
    is_same = isinstance(there, nodes.File) and there.content == content
    if is_same and tree.known_at(backup) is not None:
        return tree
    if tree.known_at(backup) is not None:
        tree = tree.without(backup)
    return tree.moved(path, backup)


def _content(entry: File) -> Content:
    if entry.content is None:
        return (Download(entry.source or ""),)
    if entry.encoding == "plain":
        return text(entry.content.encode("utf-8", "surrogatepass"))
    try:
        return text(b64decode(entry.content.strip()))
    except (binascii.Error, ValueError):
        raise ValueError(f"Malformed base64: {entry.content}") from None


def _commands(progress: Progress, file: ConfigurationFile, config: str) -> None:
    for command in file.commands:
        _command(progress, _item("commands", command, config), command, "/", VARIABLES)


def _command(progress: Progress, item: Item, command: Command, folder: str, variables: Mapping[str, str]) -> None:
    """A command in its folder, if its test ends with 0; `env` takes the place of the whole environment."""
    if progress.request.enacts and command.cwd is not None:
        try:
            folder = progress.tree.real(_absolute(command.cwd))
            node = progress.tree.at(folder)
        except Unknown:
            if not progress.request.runs:
                progress.tree = progress.tree.opened()
                progress.add(item, "recorded")
                return
            folder, node = _absolute(command.cwd), Folder()  # the shell will tell
        except FileSystemError as failure:
            progress.add(item, "failed", output=_missing(failure, command.cwd))
            return
        if not is_folder(node):
            missing = _missing(FileSystemError(NOT_A_FOLDER if node else NO_SUCH), command.cwd)
            progress.add(item, "failed", output=missing)
    environment = dict(command.env) if command.env else variables
    if command.test is not None:
        tested = progress.enact(command.test, folder, environment)
        if tested is not None and tested.status:
            progress.add(item, "test-failed", tested.status)
            return
    item = item._replace(ignores=command.ignore_errors)  # but not a missing folder
    progress.carry_out(item, command.command, folder, environment)


def _absolute(path: str) -> str:
    """The path as cfn-init takes it: `~` is root's home, and a relative path begins where cfn-init runs."""
    expanded = f"/root{path[1:]}" if path == "~" or path.startswith("~/") else path
    return expanded if expanded.startswith("/") else f"/{expanded}"


def _missing(failure: FileSystemError, folder: str) -> str:
    number = 20 if str(failure) == NOT_A_FOLDER else 2
    return f"[Errno {number}] {failure}: {folder!r}"


def _item(section: Section, command: Command, config: str) -> Item:
    return Item(section, command.name, line_of(command.command), config)


def _services(progress: Progress, file: ConfigurationFile, config: str) -> None:
    for service in file.services:
        states = [
            *([] if service.enabled is None else ["enable" if service.enabled else "disable"]),
            *([] if service.ensure_running is None else ["start" if service.ensure_running else "stop"]),
        ]
        progress.add(
            Item("services", service.name, f"{service.manager} {' '.join(states)}".strip(), config), "recorded"
        )


def _try(progress: Progress, change: Callable[[Tree], Tree]) -> bool:
    """Change the tree; false if only a machine knows what comes of it, or if a disk cannot hold it."""
    try:
        progress.tree = change(progress.tree)
    except (Unknown, TooMuch):
        return False
    return True


_SECTIONS: dict[Section, Callable[[Progress, ConfigurationFile, str], None]] = {
    "packages": _packages,
    "groups": _groups,
    "users": _users,
    "sources": _sources,
    "files": _files,
    "commands": _commands,
    "services": _services,
}
