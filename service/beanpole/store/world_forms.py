"""The forms of the values in a document of a world: names as in the API, ids as the service makes them.

An id appears in lines of logs and in keys, so none has a line break or another invisible character.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from msgspec import Raw, Struct

from beanpole.caller.credential import ACCOUNT, REGION
from beanpole.model.applications.contents import Contents
from beanpole.model.applications.manifest import Manifest
from beanpole.model.bundles.bundle import Bundle
from beanpole.model.custom_platforms.custom_platform import Definition
from beanpole.model.environment.activity import Activity
from beanpole.model.environment.instance import Instance
from beanpole.model.environment.lanes import Look, Sighting
from beanpole.model.environment.requests import Scale
from beanpole.tables import limits

LARGEST = limits.most("state_number")  # more is not exact everywhere
LONGEST = limits.most("state_text")  # no request can bring a longer one

_VISIBLE = r"[^\x00-\x1f\x7f-\x9f\u2028\u2029]"
_NAME = re.compile(r"[^/]{1,100}")
_ENVIRONMENT = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{2,38}[A-Za-z0-9]")
_ENVIRONMENT_ID = re.compile(r"e-[a-z0-9]{1,40}")
_DIGEST = re.compile(r"[0-9a-f]{64}")
_INSTANCE_ID = re.compile(r"i-[0-9a-f]{1,17}")
_ID = re.compile(rf"{_VISIBLE}{{1,1024}}")
_REQUEST = re.compile(r"[0-9A-Za-z-]{1,64}")

FORMS: Mapping[str, re.Pattern[str]] = {  # by the name of a member
    "account_id": ACCOUNT,
    "action_id": _ID,
    "application_name": _NAME,
    "cname": _ID,
    "digest": _DIGEST,
    "environment_id": _ENVIRONMENT_ID,
    "environment_name": _ENVIRONMENT,
    "fault": _ID,
    "group": _ID,
    "id": _ID,
    "instances": _INSTANCE_ID,
    "kind": _ID,
    "partner": _ENVIRONMENT,
    "platform_arn": _ID,
    "region": REGION,
    "request_id": _REQUEST,
    "solution_stack_name": _ID,
    "template_name": _NAME,
    "version_label": _NAME,
    "waits_for": _ENVIRONMENT_ID,
    "wakes": _ENVIRONMENT_ID,
}
KEYS: Mapping[str, re.Pattern[str]] = {
    "claims": _ID,
    "files": _ENVIRONMENT_ID,
    "fleets": _ENVIRONMENT_ID,
    "plans": _ENVIRONMENT_ID,
    "sightings": _ENVIRONMENT_ID,
}
_STRICTER: Mapping[type[Struct], tuple[str, str, re.Pattern[str]]] = {  # a member, and what it is called
    Instance: ("id", "the id of an instance", _INSTANCE_ID),
    Look: ("version", "the version of a sighting", re.compile(r"[^/]{0,100}")),
    Sighting: ("id", "the id of an instance", _INSTANCE_ID),
}
FREE = (Contents, Definition, Manifest)  # contents of a user's files, in any form
_NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


class Misfit(NamedTuple):
    """A value that does not have its form: the member with the value, and the reason."""

    member: str
    reason: str


def misfits(member: str, value: Any) -> Iterator[Misfit]:
    """The parts of a value that do not have their form."""
    match value:
        case None | bool() | bytes() | Raw():
            return
        case Bundle():  # it has contents of a user's files, and no answer shows it
            yield from _of_text("the digest of a bundle", value.digest, _DIGEST)
        case str():
            yield from _of_text(member, value, FORMS.get(member))
        case int() | float():
            if not -LARGEST <= value <= LARGEST:
                yield Misfit(member, limits.sentence("state_number"))
        case Struct():
            if (stricter := _STRICTER.get(type(value))) is not None:
                name, words, form = stricter
                yield from _of_text(words, getattr(value, name) or "", form)
            is_free = isinstance(value, FREE)
            for name in value.__struct_fields__:
                inner = getattr(value, name)
                if inner is not None and not _fits(name, inner) and not _is_of_nobody(name, value):
                    yield from misfits(f"{member}.{name}" if is_free else name, inner)
        case Mapping():
            for key, inner in value.items():
                yield from _of_text(f"a key of {member}", key, KEYS.get(member))
                yield from misfits(f"{member}.{key}", inner)
        case tuple():
            for inner in value:
                yield from misfits(member, inner)
        case _:
            raise TypeError(f"a world holds no {type(value).__name__}")


def _fits(name: str, value: Any) -> bool:
    """Tell whether a value has its form, of those for which that takes less time than `misfits`: most members'."""
    kind = type(value)
    if kind is str:
        return name not in FORMS and len(value) <= LONGEST and value.isprintable()
    return kind is bool or (kind is int and -LARGEST <= value <= LARGEST)


def _is_of_nobody(name: str, value: Struct) -> bool:
    """Tell whether a member is the request of an activity that no call has asked for: it is empty."""
    if name != "request_id" or not isinstance(value, Activity):
        return False
    return isinstance(value.request, Scale) and not value.request_id


def _of_text(member: str, text: str, form: re.Pattern[str] | None) -> Iterator[Misfit]:
    if len(text) > LONGEST:
        yield Misfit(member, limits.sentence("state_text"))
    elif form is not None and form.fullmatch(text) is None:
        yield Misfit(member, f"cannot be {text[:100]!a}")
    elif _NOT_IN_XML.search(text) is not None:
        yield Misfit(member, "holds a character that XML cannot carry")
