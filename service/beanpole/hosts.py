"""Names by which a server is called, as the Host header of a request gives them."""

import re
from collections.abc import Collection
from urllib.parse import urlsplit

from beanpole.credential import is_loopback

_LABELS = r"[a-z0-9.-]{1,253}"
_NAMES = re.compile(
    rf"localhost|{_LABELS}\.localhost|{_LABELS}\.elasticbeanstalk\.com|elasticbeanstalk[a-z0-9.-]{{1,100}}\.amazonaws\.com"
)
_OF_ENVIRONMENTS = re.compile(
    rf"{_LABELS}\.(?:elasticbeanstalk\.com|eb\.amazonaws\.com\.cn|elb\.amazonaws\.com(?:\.cn)?)|203\.0\.113\.\d{{1,3}}"
)


def name(host: str) -> str:
    """The name or address of a Host header in lower case, without port, brackets and a final dot."""
    try:
        return (urlsplit(f"//{host}").hostname or "").removesuffix(".")
    except ValueError:
        return ""


def is_ours(host: str, allowed: Collection[str] = ()) -> bool:
    """Whether a client on this machine may call the server by this Host: a name of it, of the service, or allowed."""
    called = name(host)
    return is_loopback(called) or _NAMES.fullmatch(called) is not None or called in allowed


def of_environment(host: str) -> str | None:
    """The name in DNS, or the address, that an environment may have; `.localhost` behind it is for those without DNS.

    None for a Host by which no environment is called. The addresses are those that single instances get here.
    """
    called = name(host).removesuffix(".localhost")
    return called if _OF_ENVIRONMENTS.fullmatch(called) else None
