"""The failures of unzip on an instance."""

from msgspec import Struct


class Unzip(Struct, frozen=True, omit_defaults=True):
    """The exit status of unzip and its words; Windows unpacks some archives that unzip warns of."""

    status: int
    words: str
    fails_on_windows: bool = False
