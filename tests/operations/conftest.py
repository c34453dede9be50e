"""What the tests of operations share: a shop with two versions, and words for a refusal."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import pytest
from botocore.exceptions import ClientError
from msgspec.structs import replace

from beanpole.model.applications.manifest import Manifest
from beanpole.model.changes.change import Change
from beanpole.model.environment.link import Link
from beanpole.model.environment.tiers import Tier
from beanpole.model.options.definitions import OptionSetting
from beanpole.testing import ACCOUNT, REGION, _client
from environments import STACK

# What asks for an environment that is not there, or for none: the call, the code and the sentence.
NOBODY = (
    ({}, "MissingRequiredParameter", "Either EnvironmentId or EnvironmentName must be specified."),
    (
        {"EnvironmentName": "nobody"},
        "InvalidParameterValue",
        "No Environment found for EnvironmentName = 'nobody'.",
    ),
    (
        {"EnvironmentId": "e-aaaaaaaaaa"},
        "InvalidParameterValue",
        "No Environment found for EnvironmentId = 'e-aaaaaaaaaa'.",
    ),
)


@pytest.fixture
def refused() -> Callable[[str, str], AbstractContextManager[None]]:
    """`with refused(code, sentence):` holds that the call inside is answered so."""

    @contextmanager
    def refused(code: str, sentence: str) -> Iterator[None]:
        with pytest.raises(ClientError) as caught:
            yield
        assert caught.value.response["Error"]["Code"] == code
        assert caught.value.response["Error"]["Message"] == sentence

    return refused


@pytest.fixture
def shop(beanstalk: Any) -> Any:
    """An application with versions v1 and v2."""
    beanstalk.client.create_application(ApplicationName="shop")
    for label in ("v1", "v2"):
        beanstalk.client.create_application_version(ApplicationName="shop", VersionLabel=label)
    return beanstalk


@pytest.fixture
def create(shop: Any) -> Callable[..., Any]:
    """`create(name, **more)` asks for an environment of the shop."""

    def create(name: str = "web1", **more: Any) -> Any:
        asked = {"ApplicationName": "shop", "EnvironmentName": name, "VersionLabel": "v1"}
        if not {"SolutionStackName", "PlatformArn", "TemplateName"} & more.keys():
            asked["SolutionStackName"] = STACK
        return shop.client.create_environment(**(asked | more))

    return create


@pytest.fixture
def launch(shop: Any, create: Callable[..., Any]) -> Callable[..., Any]:
    """`launch(name, **more)` waits until it is Ready."""

    def launch(name: str = "web1", **more: Any) -> Any:
        create(name, **more)
        shop.until_ready(name)
        return shop.client.describe_environments(EnvironmentNames=[name])["Environments"][0]

    return launch


@pytest.fixture
def limited(beanstalk: Any, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """`limited(environments=2)` lowers quotas for this test."""

    def limited(**quotas: int) -> None:
        monkeypatch.setitem(vars(beanstalk.catalog), "quotas", replace(beanstalk.catalog.quotas, **quotas))

    return limited


@pytest.fixture
def bundled(beanstalk: Any) -> Callable[..., None]:
    """`bundled(label, name, links={"QUEUE": "jobs+"}, ...)` makes a version of the shop whose bundle has a manifest.

    The manifest is put where the reader of source bundles leaves it.
    """

    def bundled(label: str, name: str | None, stack: str | None = STACK, **more: Any) -> None:
        links = tuple(Link(*it) for it in more.pop("links", {}).items())
        tier = more.pop("tier", None)
        options = tuple(OptionSetting(*it) for it in more.pop("options", ()))
        manifest = Manifest(name, stack, more.pop("cname", None), tier and Tier(*tier), links, options)
        beanstalk.client.create_application_version(ApplicationName="shop", VersionLabel=label, **more)
        world = beanstalk.store.world(ACCOUNT, REGION)
        version = world.application_version("shop", label)
        world.commit(Change(puts=(replace(version, manifest=manifest),)))

    return bundled


@pytest.fixture
def unchecked(beanstalk: Any) -> Any:
    """The client without botocore's own checks, which would keep what we must refuse from us."""
    client = _client(beanstalk.app, REGION, ACCOUNT)
    client._serializer = client._serializer._serializer
    return client
