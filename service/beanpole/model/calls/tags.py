"""Tags: their number, the keys that are reserved for the service, and the tags after a request."""

from collections.abc import Iterable, Mapping
from typing import Protocol

from beanpole.model import errors

OWN = ("aws:", "elasticbeanstalk:")
LONGEST_KEY = 128  # characters, as in the model of the API
LONGEST_VALUE = 256
OWN_NAME = "Name"  # reserved on environments, and on application versions (seen in the console, 2026)


class RequestedTag(Protocol):
    """A tag in a request."""

    @property
    def key(self) -> str | None: ...
    @property
    def value(self) -> str | None: ...


def new(
    requested: Iterable[RequestedTag] | None, most: int, own_name: bool = False, below: Mapping[str, str] | None = None
) -> dict[str, str]:
    """The tags of a new resource; a tag without a value gets an empty one. Raises the error of a wrong tag.

    `below` are tags of a saved configuration or another environment, which those of the request override.
    """
    tags = {**(below or {}), **_checked(requested, own_name)}
    if len(tags) > most:
        raise errors.TooManyTags(most=most)
    return tags


def misfit(tags: Mapping[str, str]) -> str | None:
    """The reason why tags of a manifest are refused, as the API refuses those of a request; a value may be empty.

    A tag `Name` is no misfit: that of the environment takes its place.
    """
    for key, value in tags.items():
        if not 1 <= len(key) <= LONGEST_KEY:
            return f"the key of a tag must be 1 to {LONGEST_KEY} characters long"
        if len(value) > LONGEST_VALUE:
            return f"the value of a tag must be at most {LONGEST_VALUE} characters long"
        _check_key(key, own_name=False)
    return None


def updated(
    tags: Mapping[str, str],
    additions: Iterable[RequestedTag] | None,
    removals: Iterable[str] | None,
    most: int,
    own_name: bool = False,
) -> dict[str, str]:
    """The tags after a request. An absent key to remove is no error; reserved tags do not count towards `most`."""
    adds, removes = _checked(additions, own_name), frozenset(removals or ())
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
    """Tell whether a key is reserved for the service: users cannot add, change or remove it.

    Environments and application versions reserve `Name` too.
    """
    return key.lower().startswith(OWN) or (own_name and key == OWN_NAME)


def of_users(tags: Mapping[str, str]) -> dict[str, str]:
    """The tags of an environment that users may set, which a new environment takes over."""
    return {key: value for key, value in tags.items() if not is_own(key, own_name=True)}


def _checked(requested: Iterable[RequestedTag] | None, own_name: bool) -> dict[str, str]:
    tags: dict[str, str] = {}
    for tag in requested or ():
        if tag.key is None:
            raise errors.TagWithoutKey
        if tag.key in tags:
            raise errors.TagGivenTwice(key=tag.key)
        _check_key(tag.key, own_name)
        tags[tag.key] = tag.value or ""
    return tags


def _check_key(key: str, own_name: bool) -> None:
    if is_own(key, own_name):
        raise errors.OwnTag(key=key)
