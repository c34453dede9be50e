"""The companion: another server that answers for all other resources, called as a WSGI application."""

from collections.abc import Mapping
from io import BytesIO
from typing import Any, NamedTuple
from urllib.parse import urlencode
from wsgiref.types import WSGIApplication, WSGIEnvironment
from xml.etree import ElementTree

import msgspec
from werkzeug.test import run_wsgi_app

from beanpole.neighbours.listing import Listing, Selection
from beanpole.neighbours.protocols import Call
from beanpole.tables import limits
from beanpole.text.log_lines import logger
from beanpole.wire.query import Pairs
from beanpole.wire.results import Verbatim
from beanpole.wire.spec import Member, Operation

FORM = "application/x-www-form-urlencoded; charset=utf-8"

MOST_PAGES = limits.most("companion_pages")
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


class Query(NamedTuple):
    """A call for a list of resources, and the part of it that is ours."""

    call: Call
    operation: Operation
    listing: Listing
    selection: Selection


class Refused(Exception):
    """An error answer of the companion, which goes to the client unchanged."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.status)
        self.answer = answer


def ask(companion: WSGIApplication, environ: WSGIEnvironment, body: bytes, is_form: bool = False) -> Answer:
    """The companion's answer to a request with another body, which as a form replaces the query, too."""
    own = {name: value for name, value in environ.items() if not name.startswith(("werkzeug.", "flask."))}
    own |= {"wsgi.input": BytesIO(body), "CONTENT_LENGTH": str(len(body)), "wsgi.input_terminated": True}
    if is_form:
        own |= {"REQUEST_METHOD": "POST", "QUERY_STRING": "", "CONTENT_TYPE": FORM}
    chunks, status, headers = run_wsgi_app(companion, own, buffered=True)
    return Answer(status, list(headers.items()), b"".join(chunks))


def others(companion: WSGIApplication, environ: WSGIEnvironment, query: Query) -> dict[str, list[Verbatim]]:
    """The companion's elements of a list and of the lists beside it, by member of the answer.

    Raises Refused for a refusal. A fault of the companion (a status from 500 on, or an answer that cannot be read) is
    logged and counts as an empty list, unless the call has names that are not ours: then it is a refusal, too.
    """
    lists: dict[str, list[Verbatim]] = {}
    token = None
    for _ in range(MOST_PAGES):
        page, token = _page(companion, environ, query, token)
        for member, elements in page.items():
            lists.setdefault(member, []).extend(elements)
        if token is None:
            break
    return lists


def _page(
    companion: WSGIApplication, environ: WSGIEnvironment, query: Query, token: str | None
) -> tuple[dict[str, list[Verbatim]], str | None]:
    """One page of the lists, and the token of the next page."""
    answer = _answer(companion, environ, query, token)
    if answer.code >= 400:
        _pass_refusal(answer, query.operation, query.selection)
        return {}, None
    return _read(answer, query)


def _answer(companion: WSGIApplication, environ: WSGIEnvironment, query: Query, token: str | None) -> Answer:
    """The companion's answer to a page of the query, in the protocol of the call."""
    document = query.call.document
    if document is not None:
        return ask(companion, environ, msgspec.json.encode(_document(document, query, token)))
    return ask(companion, environ, _form(query.call.parameters, query, token), is_form=True)


def _read(answer: Answer, query: Query) -> tuple[dict[str, list[Verbatim]], str | None]:
    """The elements in an answer, and the token of the next page."""
    operation, listing = query.operation, query.listing
    output = operation.output.members if operation.output is not None else ()
    members = [member for member in output if member.attribute in (listing.member, *listing.besides)]
    next_page = next((member for member in output if listing.pages and member.attribute == listing.pages.next), None)
    read = _from_json if query.call.document is not None else _from_xml
    try:
        return read(answer.body, members, listing, next_page)
    except (ElementTree.ParseError, msgspec.DecodeError, AttributeError, TypeError) as error:
        _log.warning("the companion's answer to %s cannot be read: %s", operation.name, error)
        if query.selection.unknown:
            raise Refused(answer) from None
        return {}, None


def _pass_refusal(answer: Answer, operation: Operation, selection: Selection) -> None:
    """Raise Refused for a refusal that the client must see.

    If all names have elements of ours, the client gets these, whatever the companion says of the names.
    """
    if selection.unknown:
        raise Refused(answer)
    if _is_lacking(answer):
        return
    if answer.code >= 500:
        _log.warning("the companion answered %s to %s", answer.status, operation.name)
    elif not selection.strangers:
        raise Refused(answer)


def _is_lacking(answer: Answer) -> bool:
    """Tell whether a refusal says that the companion does not have the operation."""
    return answer.code >= 400 and any(form in answer.body for form in (b">NotImplemented<", b'"NotImplemented"'))


def _inputs(query: Query) -> dict[str, Member]:
    """The members of an input that select by name or page, by their Python names."""
    operation, listing = query.operation, query.listing
    pages = {listing.pages.size, listing.pages.token} if listing.pages is not None else set()
    members = operation.input.members if operation.input is not None else ()
    return {member.attribute: member for member in members if member.attribute in pages | set(listing.named)}


def _document(document: Mapping[str, Any], query: Query, token: str | None) -> dict[str, Any]:
    """The document for the companion: without our names, and without the client's page."""
    inputs, pages = _inputs(query), query.listing.pages
    ours = {member.name for member in inputs.values()}
    members = {name: value for name, value in document.items() if name not in ours}
    for attribute, strangers in query.selection.strangers.items():
        member = inputs[attribute]
        members[member.name] = strangers if member.shape.kind == "list" else strangers[0]
    if token is not None and pages is not None:
        members[inputs[pages.token].name] = token
    return members


def _form(parameters: Pairs, query: Query, token: str | None) -> bytes:
    """The form for the companion, without the same members."""
    inputs, pages = _inputs(query), query.listing.pages
    prefixes = {member.at for member in inputs.values()}
    pairs = [(key, value) for key, value in parameters if key.partition(".")[0] not in prefixes]
    for attribute, strangers in query.selection.strangers.items():
        member = inputs[attribute]
        if member.shape.kind != "list":
            pairs.append((member.at, strangers[0]))
            continue
        infix = "" if _is_flat(parameters, member.at) else "member."
        pairs += [(f"{member.at}.{infix}{index}", name) for index, name in enumerate(strangers, 1)]
    if token is not None and pages is not None:
        pairs.append((inputs[pages.token].at, token))
    return urlencode(pairs).encode()


def _is_flat(parameters: Pairs, name: str) -> bool:
    """Tell whether a list is written as `Name.1`, and not as `Name.member.1`."""
    keys = (key.split(".") for key, _ in parameters)
    return any(key[0] == name and len(key) > 1 and key[1].isdigit() for key in keys)


def _from_json(
    body: bytes, members: list[Member], listing: Listing, next_page: Member | None
) -> tuple[dict[str, list[Verbatim]], str | None]:
    document = msgspec.json.decode(body)
    lists = {
        member.attribute: [Verbatim(element, _key(element, listing)) for element in document.get(member.name) or ()]
        for member in members
    }
    return lists, None if next_page is None else document.get(next_page.name) or None


def _key(element: Any, listing: Listing) -> str:
    """The key of an element, which is a text itself in a list of texts."""
    return element if isinstance(element, str) else str(element.get(listing.key, ""))


def _from_xml(
    body: bytes, members: list[Member], listing: Listing, next_page: Member | None
) -> tuple[dict[str, list[Verbatim]], str | None]:
    root = ElementTree.fromstring(body)  # the user has chosen the companion
    for element in root.iter():
        element.tag = element.tag.rpartition("}")[2]
    elements = {member.attribute: next(root.iter(member.at), None) for member in members}
    lists = {
        member.attribute: [_verbatim(part, member, listing) for part in elements[member.attribute] or ()]
        for member in members
    }
    return lists, None if next_page is None else root.findtext(f".//{next_page.at}") or None


def _verbatim(element: ElementTree.Element, member: Member, listing: Listing) -> Verbatim:
    inner = (element.text or "").strip() + "".join(ElementTree.tostring(child, "unicode") for child in element)
    named = member.shape.element.members
    at = next((member.at for member in named if member.name == listing.key), listing.key)
    key = next((part.text or "" for part in element.iter() if part.tag.lower() == at.lower()), "")
    return Verbatim(inner, key)
