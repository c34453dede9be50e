"""A link from an environment to another one of its group."""

from msgspec import Struct


class Link(Struct, frozen=True):
    """Another environment of the group, which this one knows by a name of its own."""

    link_name: str
    environment_name: str
