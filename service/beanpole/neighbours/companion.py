"""The companion: another server that answers what environments do not own, called as a WSGI application."""

from collections.abc import Iterable
from io import BytesIO
from typing import Any, NamedTuple
from urllib.parse import urlencode
from wsgiref.types import WSGIApplication, WSGIEnvironment
from xml.etree import ElementTree

from werkzeug.test import run_wsgi_app

from beanpole.log_lines import logger
from beanpole.neighbours.listing import Listing, Selection
from beanpole.wire.query import Pairs
from beanpole.wire.results import Verbatim
from beanpole.wire.spec import Operation

FORM = "application/x-www-form-urlencoded; charset=utf-8"

_log = logger("beanpole.neighbours")


class Answer(NamedTuple):
    """An answer of the companion."""

    status: str
    headers: list[tuple[str, str]]
    body: bytes

    @property
    def code(self) -> int:
        """The HTTP status as a number."""
        return int(self.status.split(" ", 1)[0])


class Refused(Exception):
    """The companion has refused a call; its answer goes to the client as it is."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.status)
        self.answer = answer


def ask(companion: WSGIApplication, environ: WSGIEnvironment, body: bytes, is_form: bool = False) -> Answer:
    """The companion's answer to a request with this body, which may be a form in place of all that was sent."""
    own = {name: value for name, value in environ.items() if not name.startswith(("werkzeug.", "flask."))}
    own |= {"wsgi.input": BytesIO(body), "CONTENT_LENGTH": str(len(body)), "wsgi.input_terminated": True}
    if is_form:
        own |= {"REQUEST_METHOD": "POST", "QUERY_STRING": "", "CONTENT_TYPE": FORM}
    chunks, status, headers = run_wsgi_app(companion, own, buffered=True)
    return Answer(status, list(headers.items()), b"".join(chunks))


def form(parameters: Iterable[tuple[str, str]]) -> bytes:
    """The parameters of a call as the body of a form."""
    return urlencode(list(parameters)).encode()


def asked(parameters: Pairs, operation: Operation, listing: Listing, selection: Selection) -> Pairs:
    """The parameters with which the companion is asked: without the names that are ours, and without a page."""
    dropped = {listing.pages.size, listing.pages.token} if listing.pages is not None else set()
    members = operation.input.members if operation.input is not None else ()
    at = {member.attribute: member.at for member in members}
    prefixes = {at[name] for name in (*dropped, *listing.named)}
    kept = [(key, value) for key, value in parameters if key.partition(".")[0] not in prefixes]
    for name, strangers in selection.strangers.items():
        member = next(member for member in members if member.attribute == name)
        if member.shape.kind != "list":
            kept.append((member.at, strangers[0]))
            continue
        infix = "" if _is_flat(parameters, member.at) else "member."
        kept += [(f"{member.at}.{infix}{index}", each) for index, each in enumerate(strangers, 1)]
    return tuple(kept)


def _is_flat(parameters: Pairs, name: str) -> bool:
    """Whether a list is written as `Name.1`, and not as `Name.member.1`."""
    keys = (key.split(".") for key, _ in parameters)
    return any(key[0] == name and len(key) > 1 and key[1].isdigit() for key in keys)


def elements(answer: Answer, operation: Operation, listing: Listing, named: bool) -> list[Verbatim]:
    """The elements of a list in an answer in XML.

    Raises Refused for a refusal. One that is the companion's own fault is logged, and counts as nothing unless the
    call has named what the companion may have.
    """
    if answer.code >= 500 and not named:
        _log.warning("the companion answered %s to %s", answer.status, operation.name)
        return []
    if answer.code >= 400:
        raise Refused(answer)
    output = operation.output
    member = next(each for each in output.members if each.attribute == listing.member) if output is not None else None
    root = ElementTree.fromstring(answer.body)  # the user has chosen the companion
    for element in root.iter():
        element.tag = element.tag.rpartition("}")[2]
    found = next((each for each in root.iter() if member is not None and each.tag == member.at), None)
    return [] if found is None else [_verbatim(each, listing, member) for each in found]


def _verbatim(element: ElementTree.Element, listing: Listing, member: Any) -> Verbatim:
    inner = (element.text or "").strip() + "".join(ElementTree.tostring(child, "unicode") for child in element)
    named = member.shape.element.named.values()
    at = next((each.at for each in named if each.name == listing.key), listing.key)
    key = next((each.text or "" for each in element.iter(at)), "")
    return Verbatim(inner, key)
