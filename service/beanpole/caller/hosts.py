"""Names by which a server is called, as the Host header of a request gives them."""

import re
from collections.abc import Collection

from beanpole.caller.credential import is_loopback

_LABELS = r"[a-z0-9.-]{1,253}"
_NAMES = re.compile(
    rf"localhost|{_LABELS}\.localhost|{_LABELS}\.elasticbeanstalk\.com|elasticbeanstalk[a-z0-9.-]{{1,100}}\.amazonaws\.com"
)
_OF_ENVIRONMENTS = re.compile(
    rf"{_LABELS}\.(?:elasticbeanstalk\.com|eb\.amazonaws\.com\.cn|elb\.amazonaws\.com(?:\.cn)?)"
    r"|198\.1[89]\.\d{1,3}\.\d{1,3}|203\.0\.113\.\d{1,3}"  # the latter in states of before
)

_HOST = re.compile(r"(?:\[(?P<address>[0-9a-fA-F:.]+)\]|(?P<name>[^\s:/?#@\[\]]*))(?::[0-9]*)?")
_OF_SERVICES = re.compile(rf"{_LABELS}\.(?:amazonaws\.com(?:\.cn)?|api\.aws)")


def name(host: str) -> str:
    """The name or address of a Host header in lower case, without port, brackets and a final dot; empty for no Host."""
    match = _HOST.fullmatch(host)
    return "" if match is None else (match["address"] or match["name"]).lower().removesuffix(".")


def is_ours(host: str, allowed: Collection[str] = ()) -> bool:
    """Tell whether a client on this machine may call the server by a Host: its own, the service's, or allowed."""
    called = name(host)
    return is_loopback(called) or _NAMES.fullmatch(called) is not None or called in allowed


def is_of_service(host: str) -> bool:
    """Tell whether a Host is the name of an AWS service, or of a bucket, as its clients call it."""
    return _OF_SERVICES.fullmatch(name(host)) is not None


def of_environment(host: str) -> str | None:
    """The name in DNS, or the address, that an environment may have; `.localhost` behind it is for those without DNS.

    None for a Host by which no environment is called. The addresses are those that single instances get here.
    """
    called = name(host).removesuffix(".localhost")
    return called if _OF_ENVIRONMENTS.fullmatch(called) else None
