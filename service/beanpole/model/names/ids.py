"""Ids in the service's forms, and random numbers, both drawn from a seed: the same seed gives the same ids."""

import string
from hashlib import shake_128
from uuid import UUID

LOWER = string.ascii_lowercase + string.digits
UPPER = string.ascii_uppercase + string.digits
MIXED = string.ascii_letters + string.digits
HEX = "0123456789abcdef"

_LETTERS = {  # of each alphabet, the letter for each value of a byte
    alphabet: bytes(ord(alphabet[byte % len(alphabet)]) for byte in range(256))
    for alphabet in (LOWER, UPPER, MIXED, HEX)
}


class Ids:
    """A stream of ids that depends on its seed alone.

    Its bytes are those of SHAKE128 of the seed, of which there are as many as are drawn.
    """

    def __init__(self, *seed: object) -> None:
        self._seed = "/".join(map(str, seed))
        self._drawn = 0

    def of(self, purpose: str) -> "Ids":
        """A stream of its own for a purpose, from its beginning, whatever has been drawn from this one."""
        return Ids(self._seed, purpose)

    def _bytes(self, length: int) -> bytes:
        """The next bytes of the stream."""
        before = self._drawn
        self._drawn = before + length
        return shake_128(self._seed.encode()).digest(self._drawn)[before:]

    def _draw(self, alphabet: str, length: int) -> str:
        return self._bytes(length).translate(_LETTERS[alphabet]).decode()

    def request_id(self) -> str:
        """A version 4 UUID."""
        return str(UUID(bytes=self._bytes(16), version=4))

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
        return low + int.from_bytes(self._bytes(8)) % (high - low + 1)


def chance(*seed: object) -> float:
    """A number in [0, 1) that depends on the seed alone."""
    number = int.from_bytes(shake_128("/".join(map(str, seed)).encode()).digest(8))
    return (number >> 11) / 2**53  # a float holds no more of it, and would round the greatest to 1
