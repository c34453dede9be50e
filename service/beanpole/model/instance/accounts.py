"""The users and groups of an instance, and why cfn-init cannot make others.

The words, and what is compared, are those of aws-cfn-bootstrap (`security.py`). What other names an image may have is
not known: a name that is not in a table is free.
"""

from collections.abc import Mapping


def _numbers(rows: str) -> Mapping[str, str]:
    return dict(row.split(":") for row in rows.split())


# Names and numbers of a fresh Amazon Linux 2023, and those of the platform [inferred: those of Fedora's `setup`].
USERS = _numbers(
    "root:0 bin:1 daemon:2 adm:3 lp:4 sync:5 shutdown:6 halt:7 mail:8 operator:11 games:12 ftp:14 nobody:65534 "
    "ec2-user:1000 webapp:900"
)
GROUPS = _numbers(
    "root:0 bin:1 daemon:2 sys:3 adm:4 tty:5 disk:6 lp:7 mem:8 kmem:9 wheel:10 cdrom:11 mail:12 man:15 dialout:18 "
    "floppy:19 games:20 tape:33 video:39 ftp:50 lock:54 audio:63 users:100 nobody:65534 ec2-user:1000 webapp:900"
)


class Accounts:
    """The numbers of users or groups by name, of which a deployment makes more; an unknown number is empty."""

    def __init__(self, numbers: Mapping[str, str], kind: str, number: str, failure: str) -> None:
        self._numbers = dict(numbers)
        self._kind, self._number, self._failure = kind, number, failure

    def make(self, name: str, number: str | None) -> str | None:
        """Make one, unless it is there; the reason if that fails."""
        there = self._numbers.get(name)
        if there is not None:
            if not number or there in ("", number):
                return None
            kind, what = self._kind, self._number
            return f"{kind} {name} exists with {what} {there}, but {what} {number} was requested"
        if number and (not (number.isascii() and number.isdigit()) or number in self._numbers.values()):
            return f"{self._failure} {name}"
        self._numbers[name] = number or ""
        return None


def users() -> Accounts:
    """The users of a fresh instance."""
    return Accounts(USERS, "User", "uid", "Failed to add user")


def groups() -> Accounts:
    """The groups of a fresh instance."""
    return Accounts(GROUPS, "Group", "gid", "Failed to create group")
