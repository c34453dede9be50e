"""Whose credentials the object store is called with: the environment's, a named profile's, else made-up ones."""

import socket
from pathlib import Path
from typing import Any

import pytest

from beanpole.other_services import clients, s3

URL = "http://127.0.0.1:9"


@pytest.fixture(autouse=True)
def machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A machine with no credentials, from which nothing may be called; its file of profiles."""
    for name in ("ACCESS_KEY_ID", "SECRET_ACCESS_KEY", "SESSION_TOKEN", "PROFILE", "CONTAINER_CREDENTIALS_FULL_URI"):
        monkeypatch.delenv(f"AWS_{name}", raising=False)
    profiles = tmp_path / "credentials"
    profiles.write_text("[mine]\naws_access_key_id = of-a-profile\naws_secret_access_key = secret\n")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(profiles))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setattr(socket, "create_connection", lambda *_, **__: pytest.fail("something is called"))
    return profiles


def key() -> str:
    """The access key that an object store is called with."""
    client: Any = clients.client("s3", URL)
    return str(client._request_signer._credentials.access_key)


def test_without_credentials_made_up_ones_do_and_no_role_is_asked_for() -> None:
    assert key() == "beanpole"


def test_the_environment_has_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "of-the-environment")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    assert key() == "of-the-environment"


def test_a_profile_that_is_not_needed_is_not_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "absent")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "of-the-environment")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    assert key() == "of-the-environment"


def test_a_profile_that_is_named_has_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "mine")
    assert key() == "of-a-profile"


def test_a_profile_that_is_not_there_is_said_plainly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "absent")
    with pytest.raises(ValueError, match=r"absent"):
        s3.S3(URL)


def test_a_companion_in_this_process_looks_at_no_profile(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "absent")
    client: Any = clients.client("s3", URL, wire=lambda **_: None)
    assert client._request_signer._credentials.access_key == "beanpole"
