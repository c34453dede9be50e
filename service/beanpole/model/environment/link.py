"""A link from an environment to another environment of its group."""

from msgspec import Struct


class Link(Struct, frozen=True):
    """A link: another environment of the group, and the name of the property that will hold its address."""

    link_name: str
    environment_name: str
