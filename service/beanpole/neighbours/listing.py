"""Lists of the resources of environments, as neighbours answer them: selected by name, filtered, merged and paged."""

from collections.abc import Callable, Iterable, Mapping
from fnmatch import fnmatchcase
from typing import Any, NamedTuple

from msgspec import Struct

from beanpole.model import errors
from beanpole.model.calls import paging
from beanpole.neighbours.owners import Owners
from beanpole.threads.decoders import JsonDecoder
from beanpole.wire.errors import ProtocolError
from beanpole.wire.results import Verbatim
from beanpole.wire.schemas import Request

SortKey = tuple[str]
SORT_KEYS = JsonDecoder[SortKey](SortKey)


class Item(Struct, frozen=True, eq=False):
    """An element of a list: its sort key, its members in the answer, and the values by which a request selects it.

    `names` has the names of the element by member of the input, `fields` its values by the name of a filter.
    """

    key: str
    members: Any
    names: Mapping[str, Iterable[str]] = {}
    fields: Mapping[str, Iterable[str]] = {}
    tags: Mapping[str, str] = {}


Items = Callable[[Owners, Request], Iterable[Item]]


class Pages(NamedTuple):
    """The members that page a list: the size and the token of the input, and the token of the output.

    `usual` is the size of a page if the request has none.
    """

    size: str | None = "max_results"
    token: str = "next_token"
    next: str = "next_token"
    usual: int | None = None


class Listing(Struct, frozen=True, eq=False):
    """An operation that answers with one list.

    `member` is the list in the answer; `key` is the member by which the companion's elements are sorted. `named` has
    the members of the input that name elements, each with the error for an unknown name, or None if the service ignores
    unknown names. `known` gives further names that are ours, by member of the input,
    and `shared` the names of the companion's that have elements of ours, too. `besides` are lists in the answer
    that environments never fill. `knows_filters`: a filter with an unknown name is refused; else it selects no element
    of ours. `is_unique`: an element of the companion with a key of ours is left out.
    """

    items: Items
    member: str
    key: str
    named: Mapping[str, Callable[[str], ProtocolError] | None] = {}
    pages: Pages | None = None
    filters: str | None = "filters"
    known: Callable[[Owners, str], Iterable[str]] = lambda owners, member: ()
    shared: Callable[[Owners, str], Iterable[str]] = lambda owners, member: ()
    besides: tuple[str, ...] = ()
    knows_filters: bool = True
    is_unique: bool = False


def by_id(items: Items, member: str, key: str, ids: str, code: str, sentence: str) -> Listing:
    """A list of EC2 in pages, whose elements a request names by their ids in the member `ids`.

    The code and the sentence refuse an unknown id. A filter with an unknown name selects no element of ours.
    """
    return Listing(items, member, key, {ids: missing(code, sentence)}, Pages(), knows_filters=False)


class Selection(NamedTuple):
    """The elements of ours that a request selects, and the names in it that the companion has (`strangers`).

    `unknown` are those of them that have no elements of ours.

    `asks_others`: the companion is asked, too. `is_strange`: all names in the request are strangers.
    """

    items: list[Item]
    strangers: dict[str, list[str]]
    asks_others: bool
    is_strange: bool = False
    unknown: Mapping[str, list[str]] = {}


def select(listing: Listing, owners: Owners, request: Request) -> Selection:
    """The elements that a request selects by name and by filter."""
    items = list(listing.items(owners, request))
    strangers: dict[str, list[str]] = {}
    unknown: dict[str, list[str]] = {}
    has_names = has_ours = False
    for member in listing.named:
        requested = _names_in(request, member)
        if requested is None:
            continue
        has_names = True
        ours = {name for item in items for name in item.names.get(member, ())} | set(listing.known(owners, member))
        shared = set(listing.shared(owners, member))
        if others := [name for name in requested if name not in ours]:
            unknown[member] = others
        if abroad := [name for name in requested if name not in ours or name in shared]:
            strangers[member] = abroad
        has_ours = has_ours or len(others) < len(requested)
        items = [item for item in items if not set(item.names.get(member, ())).isdisjoint(requested)]
    if listing.filters is not None:
        filters = getattr(request, listing.filters) or ()
        items = [
            item for item in items if all(_passes(item, condition, listing.knows_filters) for condition in filters)
        ]
    return Selection(items, strangers, bool(strangers) or not has_names, has_names and not has_ours, unknown)


def missing(code: str, sentence: str, status: int = 400) -> Callable[[str], ProtocolError]:
    """A function that makes the refusal of an unknown name, which replaces `{name}` in the sentence."""
    return lambda name: ProtocolError(code, sentence.format(name=name), status)


def refuse_strangers(listing: Listing, selection: Selection) -> None:
    """Raise the service's error for the first unknown name."""
    for member, names in selection.unknown.items():
        refusal = listing.named[member]
        if refusal is not None:
            raise refusal(names[0])


def page(listing: Listing, items: Iterable[Item], others: Iterable[Verbatim], request: Request) -> dict[str, Any]:
    """A page of the answer: our elements and the companion's, in one order."""
    own = [(item.key, item.members) for item in items]
    keys = {key for key, _ in own} if listing.is_unique else set()
    elements = sorted([*own, *((element.key, element) for element in others if element.key not in keys)], key=_key)
    if listing.pages is None:
        return {listing.member: [element for _, element in elements]}
    pages = listing.pages
    page_size = None if pages.size is None else getattr(request, pages.size)
    if page_size is not None and page_size < 1:
        sentence = f"Value ( {page_size} ) for parameter {pages.size} is invalid. Expecting a value greater than 0."
        raise ProtocolError("InvalidParameterValue", sentence)
    size, token = page_size or pages.usual, getattr(request, pages.token)
    try:
        part, following = paging.page(elements, _key, SORT_KEYS, size, token or None)
    except errors.BadNextToken:
        raise ProtocolError("InvalidNextToken", "The specified token is not valid.") from None
    return {listing.member: [element for _, element in part], pages.next: following}


def _key(element: tuple[str, Any]) -> SortKey:
    return (element[0],)


def _names_in(request: Request, member: str) -> tuple[str, ...] | None:
    """The names in a member of a request, which is a list or one name; None without names."""
    value = getattr(request, member)
    if value is None or value == "":
        return None
    names = (value,) if isinstance(value, str) else tuple(value)
    return names or None


def _passes(item: Item, filter_: Any, knows_filters: bool) -> bool:
    """Tell whether one of an element's values matches one of the filter's patterns, with the wildcards * and ?."""
    values = _values_of(item, filter_.name or "", knows_filters)
    return any(fnmatchcase(value, pattern.replace("[", "[[]")) for value in values for pattern in filter_.values or ())


def _values_of(item: Item, name: str, knows_filters: bool) -> Iterable[str]:
    if name.startswith("tag:"):
        return (item.tags[name[4:]],) if name[4:] in item.tags else ()
    if name in ("tag-key", "key"):
        return tuple(item.tags)
    if name in ("tag-value", "value"):
        return tuple(item.tags.values())
    if name not in item.fields and not knows_filters:
        return ()
    if name not in item.fields:
        raise ProtocolError("InvalidParameterValue", f"The filter '{name}' is invalid")
    return item.fields[name]
