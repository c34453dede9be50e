"""CNAMEs that an environment had before a swap: resolvers may cache the old address for a while."""

from msgspec import Struct


class FormerCname(Struct, frozen=True):
    """A CNAME that led here; `until` is the instant in milliseconds at which the last cached answer expires."""

    cname: str
    until: int

    def may_lead_here(self, cname: str, now: int) -> bool:
        """Tell whether a request to this CNAME, in any case, may still come here."""
        return self.cname.lower() == cname.lower() and now < self.until


def former_cnames(former: tuple[FormerCname, ...], cname: str | None, now: int, until: int) -> tuple[FormerCname, ...]:
    """The former CNAMEs of an environment that gives `cname` away; those that have expired are dropped."""
    own = () if cname is None else (FormerCname(cname, until),)
    return tuple(cname for cname in (*former, *own) if now < cname.until)
