"""The failures of a call whose state of the companion cannot be kept, or cannot be read."""


class Unreadable(Exception):
    """Something that was kept, and that this moto cannot read."""


class Away(Exception):
    """A record, or the store of all records, that is out of reach at present."""
