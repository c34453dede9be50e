"""What the tests of operations share: a shop with two versions, and words for a refusal."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import pytest
from botocore.exceptions import ClientError
from msgspec.structs import replace

from archives import zipped
from beanpole.model.applications.manifest import Manifest
from beanpole.model.changes.change import Change
from beanpole.model.environment.link import Link
from beanpole.model.environment.tiers import Tier
from beanpole.model.options.definitions import OptionSetting
from beanpole.plugin.boto import client_of
from beanpole.testing import ACCOUNT, REGION
from environments import STACK
from mould import moulded
from operations.compositions import SINGLE, WORKER
from operations.crowd import crowded_world
from operations.managed_actions import OLD, managed
from operations.versions import GOOD


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

    def make() -> None:
        beanstalk.client.create_application(ApplicationName="shop")
        for label in ("v1", "v2"):
            beanstalk.client.create_application_version(ApplicationName="shop", VersionLabel=label)

    moulded(beanstalk, "shop", make)
    return beanstalk


@pytest.fixture
def create(shop: Any) -> Callable[..., Any]:
    """`create(name, **more)` asks for an environment of the shop."""

    def create(name: str = "web1", **more: Any) -> Any:
        parameters = {"ApplicationName": "shop", "EnvironmentName": name, "VersionLabel": "v1"}
        if not {"SolutionStackName", "PlatformArn", "TemplateName"} & more.keys():
            parameters["SolutionStackName"] = STACK
        return shop.client.create_environment(**(parameters | more))

    return create


@pytest.fixture
def launch(request: pytest.FixtureRequest, shop: Any, create: Callable[..., Any]) -> Callable[..., Any]:
    """`launch(name, **more)` waits until it is Ready."""

    def launch(name: str = "web1", **more: Any) -> Any:
        def slowly() -> None:
            create(name, **more)
            shop.until_ready(name)

        if "beanstalk_with_objects" in request.fixturenames:
            slowly()
        else:
            moulded(shop, f"launch {name} {sorted(more.items())}", slowly)
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
        links = tuple(Link(*link) for link in more.pop("links", {}).items())
        tier = more.pop("tier", None)
        options = tuple(OptionSetting(*option) for option in more.pop("options", ()))
        cname, manifest_tags = more.pop("cname", None), more.pop("manifest_tags", {})
        manifest = Manifest(name, stack, cname, tier and Tier(*tier), links, options, manifest_tags)
        beanstalk.client.create_application_version(ApplicationName="shop", VersionLabel=label, **more)
        world = beanstalk.store.world(ACCOUNT, REGION)
        version = world.application_version("shop", label)
        world.commit(Change(puts=(replace(version, manifest=manifest),)))

    return bundled


@pytest.fixture
def unchecked(beanstalk: Any) -> Any:
    """The client without botocore's own checks, which would keep what we must refuse from us."""
    client = client_of(beanstalk.app, "elasticbeanstalk", REGION, ACCOUNT, retries=0)
    client._serializer = client._serializer._serializer
    return client


@pytest.fixture
def sample(shop):
    """`sample(type, name)` asks, waits, and gives what is retrieved."""

    def sample(info_type="tail", name="web1"):
        shop.client.request_environment_info(EnvironmentName=name, InfoType=info_type)
        shop.advance(60)
        return shop.client.retrieve_environment_info(EnvironmentName=name, InfoType=info_type)["EnvironmentInfo"]

    return sample


@pytest.fixture
def fetch(shop):
    """A plain GET, or another method, without any credential."""
    client = shop.app.test_client()
    return lambda url, method="GET": client.open(url, method=method)


@pytest.fixture
def old(launch):
    """An environment on an old platform, Ready."""
    return launch(SolutionStackName=OLD, OptionSettings=managed())


@pytest.fixture
def group(shop, bundled):
    """A front that knows a back and a worker, and the two of them."""

    def make():
        bundled("front", "front+", cname="front-shop+", links={"JOBS": "jobs+", "BACK": "back+"}, options=[SINGLE])
        bundled("back", "back+", options=[SINGLE])
        bundled("jobs", "jobs+", tier=WORKER)

    moulded(shop, "group", make)


@pytest.fixture
def stored(beanstalk_with_objects):
    """A shop with an object store in which `bucket`'s `shop/v1.zip` lies."""
    beanstalk_with_objects.client.create_application(ApplicationName="shop")
    beanstalk_with_objects.objects.write("bucket", "shop/v1.zip", zipped(GOOD))
    return beanstalk_with_objects


@pytest.fixture(scope="session")
def crowded() -> Any:
    """A world with something in every state that can be refused; a refused call changes nothing, so one serves all."""
    return crowded_world()
