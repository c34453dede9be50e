"""What becomes of a CNAME that an environment has given away: some resolvers know its old address for a while."""

from msgspec import Struct


class FormerCname(Struct, frozen=True):
    """`until` is the instant in milliseconds at which the last resolver forgets that it led here."""

    cname: str
    until: int

    def is_called(self, cname: str, now: int) -> bool:
        """Users of this CNAME may still come here."""
        return self.cname == cname and now < self.until


def passed_on(former: tuple[FormerCname, ...], cname: str | None, now: int, forgotten: int) -> tuple[FormerCname, ...]:
    """What is remembered of an environment that gives its CNAME away, for as long as it is."""
    given = () if cname is None else (FormerCname(cname, forgotten),)
    return tuple(it for it in (*former, *given) if now < it.until)
