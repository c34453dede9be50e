"""Any request under /_beanpole is answered with a document of its route or a problem, never with HTML."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beanpole.model.time.clock import Clock
from control.calling import Caller, service
from control.rooms import METHODS, ROOMS
from examples import examples

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=9)
    | st.sampled_from(["manual", "Ready", "refuse", "command-fails", "high-cpu", "deploy", "UpdateEnvironment"]),
    lambda below: (
        st.lists(below, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "mode",
                    "speed",
                    "now",
                    "seed",
                    "seconds",
                    "to",
                    "until",
                    "environment",
                    "status",
                    "within",
                    "what",
                    "where",
                    "times",
                    "step",
                    "operation",
                    "instance",
                    "services",
                    "percent",
                    "code",
                ]
            )
            | st.text(max_size=5),
            below,
            max_size=4,
        )
    ),
    max_leaves=8,
)


@pytest.fixture(scope="module")
def caller() -> Caller:
    """One service for all examples."""
    return service(Clock(mode="manual"))


def _must_be_honest(caller: Caller, method: str, path: str, body: object = None, **more: Any) -> None:
    answer = caller.send(method, path, body, **more)
    assert answer.status_code < 500, answer.text
    kind = "application/json" if answer.status_code in (200, 201) else "application/problem+json"
    assert answer.content_type == kind
    if method != "HEAD":
        assert isinstance(answer.json, dict)
    if kind != "application/json" and method != "HEAD":
        assert answer.json["status"] == answer.status_code
    if answer.status_code == 405:
        assert answer.headers["Allow"]


@given(method=st.sampled_from(METHODS), room=st.sampled_from(ROOMS), body=st.binary(max_size=50))
@examples(150)
def test_any_bytes_by_any_method(caller: Caller, method: str, room: str, body: bytes) -> None:
    _must_be_honest(caller, method, f"/_beanpole{room}", body)


@given(path=st.text(max_size=20), method=st.sampled_from(METHODS))
@examples(150)
def test_any_path_is_answered_by_a_document(caller: Caller, path: str, method: str) -> None:
    _must_be_honest(caller, method, "/_beanpole/" + path.replace("?", "").replace("#", ""))
    _must_be_honest(caller, method, f"/_beanpole/environments/{path.replace('?', '').replace('#', '')}/fleet")


@given(
    method=st.sampled_from(["PUT", "POST"]),
    room=st.sampled_from(["/clock", "/clock/advance", "/state", "/faults"]),
    body=JSON,
)
@examples(200)
def test_any_json_is_answered_by_a_document(caller: Caller, method: str, room: str, body: object) -> None:
    _must_be_honest(caller, method, f"/_beanpole{room}", body)


@given(query=st.dictionaries(st.sampled_from(["account", "region", "all", "X-Amz-Credential"]), st.text(max_size=20)))
def test_any_query_is_answered_by_a_document(caller: Caller, query: dict[str, str]) -> None:
    _must_be_honest(caller, "GET", "/_beanpole/clock", query_string=query)
    _must_be_honest(caller, "POST", "/_beanpole/reset", query_string=query)


@given(value=st.text(st.characters(max_codepoint=255, exclude_characters="\r\n"), max_size=40))
def test_any_header_is_answered_by_a_document(caller: Caller, value: str) -> None:
    for name in ("Authorization", "X-Beanpole-Token", "Content-Type", "Accept"):
        _must_be_honest(caller, "PUT", "/_beanpole/clock", b"{}", headers={name: value})
        _must_be_honest(caller, "GET", "/_beanpole/health", headers={"Authorization": f"Credential={value}"})


def test_a_bug_is_answered_with_a_problem(
    caller: Caller, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken() -> None:
        raise RuntimeError("a bean fell")

    monkeypatch.setattr(caller.store, "must_answer", broken)
    answer = caller.send("GET", "/_beanpole/health")
    assert (answer.status_code, answer.content_type) == (500, "application/problem+json")
    assert "a bean fell" not in answer.text
    assert "a bean fell" in caplog.text
