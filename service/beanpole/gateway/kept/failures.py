"""Why what the companion holds cannot be kept, or cannot be had, at a call."""


class Unreadable(Exception):
    """Something that was kept, and that this moto cannot read."""


class Away(Exception):
    """What is kept, or where it is kept, is out of reach at present."""
