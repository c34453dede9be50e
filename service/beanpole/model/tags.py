"""Tags: how many there may be, which keys are the service's own, and what becomes of them when somebody asks."""

from collections.abc import Iterable, Mapping
from typing import Protocol

from beanpole.model import errors

OWN = ("aws:", "elasticbeanstalk:")
OWN_NAME = "Name"  # of environments


class Asked(Protocol):
    """A tag as a request brings it."""

    @property
    def key(self) -> str | None: ...
    @property
    def value(self) -> str | None: ...


def new(
    asked: Iterable[Asked] | None, most: int, own_name: bool = False, below: Mapping[str, str] | None = None
) -> dict[str, str]:
    """The tags that a request puts on something new, without a value an empty one; raises what is wrong with them.

    What lies `below` comes from a saved configuration or from another environment.
    """
    tags = {**(below or {}), **_given(asked, own_name)}
    if len(tags) > most:
        raise errors.TooManyTags(most=most)
    return tags


def changed(
    tags: Mapping[str, str],
    added: Iterable[Asked] | None,
    removed: Iterable[str] | None,
    most: int,
    own_name: bool = False,
) -> dict[str, str]:
    """The tags after a request; a key to remove that is not there is no error. The service's own do not count."""
    adds, removes = _given(added, own_name), frozenset(removed or ())
    if not adds and not removes:
        raise errors.NoTagsGiven
    for key in sorted(removes):
        _check_key(key, own_name)
        if key in adds:
            raise errors.TagAddedAndRemoved(key=key)
    after = {key: value for key, value in tags.items() if key not in removes} | adds
    if sum(not is_own(key, own_name) for key in after) > most:
        raise errors.TooManyTags(most=most)
    return after


def is_own(key: str, own_name: bool = False) -> bool:
    """It is the service's, and nobody can add, change or remove it; an environment has a `Name` of its own."""
    return key.lower().startswith(OWN) or (own_name and key == OWN_NAME)


def _given(asked: Iterable[Asked] | None, own_name: bool) -> dict[str, str]:
    given: dict[str, str] = {}
    for tag in asked or ():
        if tag.key is None:
            raise errors.TagWithoutKey
        if tag.key in given:
            raise errors.TagGivenTwice(key=tag.key)
        _check_key(tag.key, own_name)
        given[tag.key] = tag.value or ""
    return given


def _check_key(key: str, own_name: bool) -> None:
    if is_own(key, own_name):
        raise errors.OwnTag(key=key)
