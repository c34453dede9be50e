"""The folders of Amazon Linux on a fresh instance, before anything is deployed, as far as bundles refer to them.

The content of an `open` folder is only partly known: a path below it that the table does not name is unknown.
"""

from typing import NamedTuple

from beanpole.model.instance.content import Original
from beanpole.model.instance.nodes import File, Mount, Node, Symlink


class Unknown(Exception):
    """The answer needs the machine itself, or the bytes of a bundle."""


class ImageFolder(NamedTuple):
    """A folder of the machine image."""

    mode: int = 0o755
    owner: str = "root"
    is_open: bool = True


_OPEN = ImageFolder()
_CLOSED = ImageFolder(is_open=False)

# The folders [inferred: those of a fresh Amazon Linux 2023; a platform's own are open].
FOLDERS: dict[str, ImageFolder] = {
    "/": ImageFolder(0o555, is_open=False),
    "/boot": _OPEN,
    "/dev": _OPEN,
    "/etc": _OPEN,
    "/etc/cron.d": _OPEN,
    "/etc/cron.daily": _OPEN,
    "/etc/cron.hourly": _OPEN,
    "/etc/logrotate.d": _OPEN,
    "/etc/nginx": _OPEN,
    "/etc/nginx/conf.d": _OPEN,
    "/etc/profile.d": _OPEN,
    "/etc/ssh": _OPEN,
    "/etc/sysconfig": _OPEN,
    "/etc/systemd": _OPEN,
    "/etc/systemd/system": _OPEN,
    "/etc/yum.repos.d": _OPEN,
    "/home": _CLOSED,
    "/home/ec2-user": ImageFolder(0o700, "ec2-user", is_open=False),
    "/home/ec2-user/.ssh": ImageFolder(0o700, "ec2-user"),
    "/home/webapp": ImageFolder(0o700, "webapp", is_open=False),
    "/local": _OPEN,
    "/media": _CLOSED,
    "/mnt": _CLOSED,
    "/opt": _OPEN,
    "/opt/aws": _OPEN,
    "/opt/aws/bin": _OPEN,
    "/opt/elasticbeanstalk": _OPEN,
    "/opt/elasticbeanstalk/bin": _OPEN,
    "/opt/elasticbeanstalk/config": _OPEN,
    "/opt/elasticbeanstalk/deployment": _OPEN,
    "/opt/elasticbeanstalk/tasks": _OPEN,
    "/opt/elasticbeanstalk/tasks/bundlelogs.d": _OPEN,
    "/opt/elasticbeanstalk/tasks/publishlogs.d": _OPEN,
    "/opt/elasticbeanstalk/tasks/systemtaillogs.d": _OPEN,
    "/opt/elasticbeanstalk/tasks/taillogs.d": _OPEN,
    "/proc": ImageFolder(0o555),
    "/root": ImageFolder(0o550, is_open=False),
    "/root/.ssh": ImageFolder(0o700),
    "/run": _OPEN,
    "/srv": _CLOSED,
    "/sys": ImageFolder(0o555),
    "/tmp": ImageFolder(0o1777, is_open=False),
    "/usr": _OPEN,
    "/usr/bin": ImageFolder(0o555),
    "/usr/lib": ImageFolder(0o555),
    "/usr/lib64": ImageFolder(0o555),
    "/usr/local": _OPEN,
    "/usr/local/bin": _OPEN,
    "/usr/local/etc": _OPEN,
    "/usr/local/lib": _OPEN,
    "/usr/local/sbin": _OPEN,
    "/usr/local/share": _OPEN,
    "/usr/sbin": ImageFolder(0o555),
    "/usr/share": _OPEN,
    "/usr/src": _OPEN,
    "/var": _OPEN,
    "/var/app": _CLOSED,
    "/var/cache": _OPEN,
    "/var/lib": _OPEN,
    "/var/log": _OPEN,
    "/var/log/nginx": ImageFolder(0o711),
    "/var/spool": _OPEN,
    "/var/tmp": ImageFolder(0o1777, is_open=False),
}
_LINKS = {"/bin": "usr/bin", "/lib": "usr/lib", "/lib64": "usr/lib64", "/sbin": "usr/sbin", "/var/run": "../run"}
_PROFILE = (".bash_logout", ".bash_profile", ".bashrc")
_FILES = {
    **{f"/home/ec2-user/{name}": "ec2-user" for name in _PROFILE},
    **{f"/home/webapp/{name}": "webapp" for name in _PROFILE},
    **{f"/root/{name}": "root" for name in (*_PROFILE, ".cshrc", ".tcshrc")},
    "/etc/bashrc": "root",
    "/etc/crontab": "root",
    "/etc/environment": "root",
    "/etc/fstab": "root",
    "/etc/hosts": "root",
    "/etc/nginx/nginx.conf": "root",
    "/etc/profile": "root",
    "/etc/resolv.conf": "root",
    "/etc/ssh/sshd_config": "root",
    "/etc/sysctl.conf": "root",
}


def _children() -> dict[str, tuple[str, ...]]:
    names: dict[str, list[str]] = {folder: [] for folder in FOLDERS}
    for path in (*FOLDERS, *_LINKS, *_FILES):
        if path != "/":
            folder, _, name = path.rpartition("/")
            names[folder or "/"].append(name)
    return {folder: tuple(sorted(those)) for folder, those in names.items()}


_NAMES = _children()


def look(path: str) -> Node | None:
    """The node at a path; raises Unknown if only a machine could tell."""
    if path in FOLDERS:
        place = FOLDERS[path]
        return Mount("", path, place.mode, place.owner, place.owner)
    if path in _LINKS:
        return Symlink(_LINKS[path])
    if path == "/dev/null":
        return File(mode=0o666)
    if path in _FILES:
        return File((Original(path),), owner=_FILES[path], group=_FILES[path])
    above = path.rpartition("/")[0] or "/"
    while above not in FOLDERS:
        if above in _FILES:
            return None
        above = above.rpartition("/")[0] or "/"
    if FOLDERS[above].is_open:
        raise Unknown(path)
    return None


def names(folder: str, strict: bool) -> tuple[str, ...]:
    """The names in a folder that are known; if it is `strict`, Unknown if a machine may have more."""
    if strict and FOLDERS[folder].is_open:
        raise Unknown(folder)
    return _NAMES[folder]
