"""The load balancers of an account, as the companion's Elastic Load Balancing knows them."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlencode

from beanpole.gateway import inside
from beanpole.gateway.companion import Application, Companion
from beanpole.model.environment.shared_balancer import Facts
from beanpole.text.log_lines import logger

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

SERVICE = "elasticloadbalancing"
VERSION = "2015-12-01"

_ABSENT = b"LoadBalancerNotFound"
_log = logger("beanpole.gateway")

FindBalancer = Callable[[str, str, str], Facts | None]


class _Caller(NamedTuple):
    """The companion, and the account and the region in which it is called."""

    application: Application
    account_id: str
    region: str


class _Unknown(Exception):
    """The companion cannot say."""


def finder(companion: Companion) -> FindBalancer | None:
    """A function that finds a load balancer by account, region and ARN; None without Elastic Load Balancing.

    The function raises LookupError if there is no such load balancer, and returns None if the companion cannot say.
    """
    application = companion.application(SERVICE)
    if application is None:
        return None

    def find(account_id: str, region: str, arn: str) -> Facts | None:
        caller = _Caller(application, account_id, region)
        try:
            return _facts(caller, arn)
        except _Unknown as error:
            _log.warning("the companion cannot say whether %s exists: %s", arn, error)
            return None

    return find


def _facts(caller: _Caller, arn: str) -> Facts:
    described = next(
        _members(_answer(caller, "DescribeLoadBalancers", {"LoadBalancerArns.member.1": arn}), "LoadBalancers"),
        None,
    )
    if described is None:
        raise LookupError(arn)
    groups = tuple(element.text or "" for element in described.iterfind("SecurityGroups/member"))
    listeners: dict[int, str] = {}
    priorities: dict[str, tuple[int, ...]] = {}
    for element in _members(_answer(caller, "DescribeListeners", {"LoadBalancerArn": arn}), "Listeners"):
        listener = element.findtext("ListenerArn") or ""
        listeners[int(element.findtext("Port") or 0)] = listener
        rules = _members(_answer(caller, "DescribeRules", {"ListenerArn": listener}), "Rules")
        texts = (rule.findtext("Priority") or "" for rule in rules)
        priorities[listener] = tuple(int(text) for text in texts if text.isdecimal())
    return Facts(described.findtext("DNSName") or "", groups, listeners, priorities)


def _answer(caller: _Caller, action: str, parameters: dict[str, str]) -> "Element":
    """The answer to a call; raises LookupError if there is no such load balancer, _Unknown for other refusals."""
    from xml.etree import ElementTree  # with the first call, so that the server starts soon

    form = urlencode({"Action": action, "Version": VERSION, **parameters}).encode()
    answer = inside.answer(caller.application, caller.account_id, SERVICE, form, region=caller.region)
    if answer.status >= 400 and _ABSENT in answer.body:
        raise LookupError(action)
    if answer.status >= 400:
        raise _Unknown(f"{action} was answered with the status {answer.status}")
    try:
        root = ElementTree.fromstring(answer.body)  # the user has chosen the companion
    except ElementTree.ParseError as error:
        raise _Unknown(f"the answer to {action} cannot be read ({error})") from None
    for element in root.iter():
        element.tag = element.tag.rpartition("}")[2]
    return root


def _members(root: "Element", name: str) -> "Iterator[Element]":
    """The elements of a list in an answer."""
    return root.iterfind(f".//{name}/member")
