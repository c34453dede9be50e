"""Lists of what environments own, as the neighbours answer them: selected by name, filtered, merged and paged."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any, NamedTuple

from msgspec import Struct
from msgspec.json import Decoder

from beanpole.model import errors, paging
from beanpole.neighbours.owners import Owner
from beanpole.wire.errors import ProtocolError
from beanpole.wire.results import Verbatim
from beanpole.wire.schemas import Request

SortKey = tuple[str]
SORT_KEYS: Decoder[SortKey] = Decoder(SortKey)


class Item(Struct, frozen=True, eq=False):
    """A thing in a list: what it sorts by, the members of its answer, and what a request selects it by.

    `names` are its values by the members of the input that name it; `fields` its values by the names of filters.
    """

    key: str
    members: Mapping[str, Any]
    names: Mapping[str, Iterable[str]] = {}
    fields: Mapping[str, Iterable[str]] = {}
    tags: Mapping[str, str] = {}


Items = Callable[[Sequence[Owner], Request], Iterable[Item]]


class Pages(NamedTuple):
    """The members by which a list is paged: the size and the token of the input, and the token of the output.

    `usual` is the size of a page where the request names none.
    """

    size: str | None = "max_results"
    token: str = "next_token"
    next: str = "next_token"
    usual: int | None = None


class Listing(Struct, frozen=True, eq=False):
    """An operation that answers with one list.

    `member` is the list in the answer; `key` names the member of an element that others' elements sort by. `named` are
    the members of the input that name elements, each with the error for a name that nobody has; None if the service
    leaves such a name out. `known` are further names that are ours, by member of the input. `besides` are lists in the
    answer of which environments have nothing. `knows_filters`: a filter of a name that no element has is refused;
    else it selects none of ours.
    """

    items: Items
    member: str
    key: str
    named: Mapping[str, Callable[[str], ProtocolError] | None] = {}
    pages: Pages | None = None
    filters: str | None = "filters"
    known: Callable[[Sequence[Owner], str], Iterable[str]] = lambda owners, member: ()
    besides: tuple[str, ...] = ()
    knows_filters: bool = True


class Selection(NamedTuple):
    """The elements of ours that a request selects, and the names in it that are not ours; `asks` whether others are
    asked at all, and `is_strange` whether it names nothing of ours."""

    items: list[Item]
    strangers: dict[str, list[str]]
    asks_others: bool
    is_strange: bool = False


def select(listing: Listing, owners: Sequence[Owner], request: Request) -> Selection:
    """The elements that a request selects by name and by filter."""
    items = list(listing.items(owners, request))
    strangers: dict[str, list[str]] = {}
    wanted_any = any_ours = False
    for member in listing.named:
        wanted = _wanted(request, member)
        if wanted is None:
            continue
        wanted_any = True
        ours = {name for item in items for name in item.names.get(member, ())} | set(listing.known(owners, member))
        if others := [name for name in wanted if name not in ours]:
            strangers[member] = others
        any_ours = any_ours or len(others) < len(wanted)
        items = [item for item in items if not set(item.names.get(member, ())).isdisjoint(wanted)]
    if listing.filters is not None:
        filters = getattr(request, listing.filters) or ()
        items = [item for item in items if all(_passes(item, each, listing.knows_filters) for each in filters)]
    return Selection(items, strangers, bool(strangers) or not wanted_any, wanted_any and not any_ours)


def missing(code: str, sentence: str, status: int = 400) -> Callable[[str], ProtocolError]:
    """The refusal of a name that nobody has; the sentence has it as `{name}`."""
    return lambda name: ProtocolError(code, sentence.format(name=name), status)


def refuse_strangers(listing: Listing, selection: Selection) -> None:
    """Raise the service's error for the first name that nobody has."""
    for member, names in selection.strangers.items():
        refusal = listing.named[member]
        if refusal is not None:
            raise refusal(names[0])


def page(listing: Listing, items: Iterable[Item], others: Iterable[Verbatim], request: Request) -> dict[str, Any]:
    """The answer: ours and the others' elements in one order, as many as a page may have."""
    elements = sorted([*((item.key, item.members) for item in items), *((each.key, each) for each in others)], key=_key)
    if listing.pages is None:
        return {listing.member: [element for _, element in elements]}
    pages = listing.pages
    asked = None if pages.size is None else getattr(request, pages.size)
    if asked is not None and asked < 1:
        sentence = f"Value ( {asked} ) for parameter {pages.size} is invalid. Expecting a value greater than 0."
        raise ProtocolError("InvalidParameterValue", sentence)
    size, token = asked or pages.usual, getattr(request, pages.token)
    try:
        part, following = paging.page(elements, _key, SORT_KEYS, size, token or None)
    except errors.BadNextToken:
        raise ProtocolError("InvalidNextToken", "The specified token is not valid.") from None
    return {listing.member: [element for _, element in part], pages.next: following}


def _key(element: tuple[str, Any]) -> SortKey:
    return (element[0],)


def _wanted(request: Request, member: str) -> tuple[str, ...] | None:
    """The names in a member of a request, which may be a list or one name; None without any."""
    value = getattr(request, member)
    if value is None or value == "":
        return None
    names = (value,) if isinstance(value, str) else tuple(value)
    return names or None


def _passes(item: Item, wanted: Any, knows_filters: bool) -> bool:
    """Whether one of an element's values fits one of a filter's, in which * and ? stand for other characters."""
    found, values = _found(item, wanted.name or "", knows_filters), wanted.values or ()
    return any(fnmatchcase(value, pattern.replace("[", "[[]")) for value in found for pattern in values)


def _found(item: Item, name: str, knows_filters: bool) -> Iterable[str]:
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
