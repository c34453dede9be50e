"""Every error sentence has a call that is answered with it, or an armed fault that orders it.

A refused call changes nothing, so one world serves them all: in it something stands in every state that can be refused.
"""

import re
import string
from types import ModuleType
from typing import Any
from urllib.parse import urlencode
from xml.etree import ElementTree

import pytest

from beanpole.api.app import create_app
from beanpole.catalog.catalog import Catalog
from beanpole.model import errors
from beanpole.model.errors import ServiceError
from operations.flat import flat
from operations.refusals import (
    CALLS,
    ELSEWHERE,
    TEXT,
)


@pytest.fixture
def ids(crowded: Any) -> dict[str, str]:
    """The ids of environments that a row names with an `@`."""
    every = crowded.store.world("123456789012", "us-east-1").environments()
    ready = next(error.id for error in every if error.environment_name == "ready")
    return {
        "@ready": ready,
        "@gone": next(error.id for error in every if error.environment_name == "gone" and not error.live),
    }


def sentences() -> dict[str, type[ServiceError]]:
    """Every class of the catalogue that has a sentence of its own and waits for no fault to order it."""
    every = vars(errors).items()
    classes = {name: value for name, value in every if isinstance(value, type) and issubclass(value, ServiceError)}
    return {name: error for name, error in classes.items() if error.sentence and error not in errors.ORDERED_ONLY}


def test_every_error_has_a_name_of_its_own() -> None:
    parts = [part for part in vars(errors).values() if isinstance(part, ModuleType)]
    names = [name for part in parts for name, value in vars(part).items() if _is_error_of(value, part)]
    assert len(parts) > 9
    assert sorted(names) == sorted({*names})
    assert all(hasattr(errors, name) for name in names)


def _is_error_of(value: object, part: ModuleType) -> bool:
    return isinstance(value, type) and issubclass(value, ServiceError) and value.__module__ == part.__name__


def test_every_sentence_has_its_call_or_a_reason_why_not() -> None:
    assert sorted(sentences()) == sorted({*CALLS, *ELSEWHERE, "RateExceeded"})


@pytest.mark.parametrize("name", CALLS)
def test_a_call_is_refused_with_the_sentence(name: str, crowded: Any, ids: dict[str, str]) -> None:
    expectation, (operation, members) = sentences()[name], CALLS[name]
    code, message = refusal(
        crowded, name, operation, {key: ids.get(str(value), value) for key, value in members.items()}
    )
    parts = string.Formatter().parse(expectation.sentence)
    pattern = "".join(re.escape(text) + (".*" if slot is not None else "") for text, slot, _, _ in parts)
    assert (code, re.fullmatch(pattern, message, re.DOTALL) is not None) == (expectation.code, True), message


def refusal(world: Any, name: str, operation: str, parameters: dict[str, Any]) -> tuple[str, str]:
    """What a call is refused with; where it is about a quota, by a service that allows nothing more."""
    quotas = {"applications": 0, "application_versions": 0, "environments": 0, "configuration_templates": 0}
    none = Catalog(overrides={"quotas": quotas | {"custom_platform_versions": 0}})
    crowd = name.startswith("TooMany") and name not in ("TooManyTags", "TooManyFilters")
    app = create_app(world.store, none, objects=world.objects) if crowd else world.app
    credential = "AWS4-HMAC-SHA256 Credential=123456789012/20260101/us-east-1/elasticbeanstalk/aws4_request"
    answer = app.test_client().post(
        "/",
        data=urlencode([("Action", operation), ("Version", "2010-12-01"), *flat(parameters, "")]),
        content_type="application/x-www-form-urlencoded",
        headers={"Authorization": f"{credential}, SignedHeaders=host, Signature=0"},
    )
    assert answer.status_code == sentences()[name].status, answer.data
    document = ElementTree.fromstring(answer.data)
    return str(document.findtext(f".//{TEXT}Code")), str(document.findtext(f".//{TEXT}Message"))
