"""Ids in the service's forms, and random numbers, both drawn from a seed: the same seed gives the same ids."""

import random
import string
from uuid import UUID

LOWER = string.ascii_lowercase + string.digits
UPPER = string.ascii_uppercase + string.digits
MIXED = string.ascii_letters + string.digits
HEX = "0123456789abcdef"


class Ids:
    """A stream of ids that depends on its seed alone."""

    def __init__(self, *seed: object) -> None:
        self._seed = "/".join(map(str, seed))
        self._numbers: random.Random | None = None

    @property
    def _random(self) -> random.Random:
        """The numbers, which are made when the first one is drawn: that takes long, and calls that read draw few."""
        if self._numbers is None:
            self._numbers = random.Random(self._seed)
        return self._numbers

    def of(self, purpose: str) -> "Ids":
        """A stream of its own for a purpose, from its beginning, whatever has been drawn from this one."""
        return Ids(self._seed, purpose)

    def _draw(self, alphabet: str, length: int) -> str:
        return "".join(self._random.choices(alphabet, k=length))

    def request_id(self) -> str:
        """A version 4 UUID."""
        return str(UUID(int=self._random.getrandbits(128), version=4))

    def environment_id(self) -> str:
        """`e-` and ten of a-z0-9."""
        return "e-" + self._draw(LOWER, 10)

    def instance_id(self) -> str:
        """`i-` and 17 hexadecimal digits."""
        return "i-" + self._draw(HEX, 17)

    def suffix(self, length: int = 12) -> str:
        """CloudFormation's random suffix: letters of both cases and digits (docs/facts.md#names)."""
        return self._draw(MIXED, length)

    def capitals(self, length: int = 12) -> str:
        """The random suffix of a classic load balancer: capitals and digits (docs/facts.md#names)."""
        return self._draw(UPPER, length)

    def hexadecimal(self, length: int) -> str:
        """Lower-case hexadecimal digits, as in load balancer ARNs."""
        return self._draw(HEX, length)

    def label(self, length: int = 8) -> str:
        """The random part of a CNAME without a requested prefix."""
        return self._draw(LOWER, length)

    def number(self, low: int, high: int) -> int:
        """A whole number from low to high, both included."""
        return self._random.randint(low, high)


def chance(*seed: object) -> float:
    """A number in [0, 1) that depends on the seed alone."""
    return random.Random("/".join(map(str, seed))).random()
