"""For each operation, what the spec allows is accepted, or refused with a modelled error that changes nothing.

Names are drawn from a small world in which some of them are there, so that what is asked often makes sense; between two
requests the clock may move, so that it is asked in every state. Every answer is held against the installed botocore
model: nothing stands in it that the model or the spec's own `beyond` does not name, and no list is left out.
"""

from collections.abc import Callable
from functools import cache
from typing import Any
from urllib.parse import urlencode
from xml.etree import ElementTree

import botocore.loaders
import botocore.model
import botocore.parsers
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from beanpole.operations import HANDLERS
from beanpole.store import snapshot
from beanpole.store.snapshot import Snapshot
from beanpole.testing import ACCOUNT, Beanstalk
from beanpole.wire import spec
from beanpole.wire.spec import Shape
from environments import STACK
from examples import examples, hunting
from mould import moulded
from operations.flat import flat
from operations.pools import OPTIONS, POOLS
from operations.refreshed import REFRESHED

FUZZ = examples(40, derandomize=not hunting())
NAMESPACE = "{http://elasticbeanstalk.amazonaws.com/docs/2010-12-01/}"

PAUSES = st.sampled_from([0, 0, 0, 30, 900])


@cache
def model() -> botocore.model.ServiceModel:
    return botocore.model.ServiceModel(botocore.loaders.Loader().load_service_model("elasticbeanstalk", "service-2"))


@pytest.fixture
def world(fresh_world: Callable[[], Beanstalk]) -> Beanstalk:
    """Applications, versions, environments that are ready, terminated and a worker that was refreshed; and the rest."""
    world = fresh_world()
    moulded(world, "small world", lambda: _furnish(world))
    return world


def _furnish(world: Beanstalk) -> None:
    client = world.client
    for name in ("shop", "other"):
        client.create_application(ApplicationName=name)
    for label in ("v1", "v2"):
        client.create_application_version(ApplicationName="shop", VersionLabel=label)
    more = {"ApplicationName": "shop", "SolutionStackName": STACK, "VersionLabel": "v1"}
    client.create_environment(EnvironmentName="web-1", CNAMEPrefix="taken", **more)
    worker = {"Tier": {"Name": "Worker", "Type": "SQS/HTTP"}, "OptionSettings": REFRESHED}
    client.create_environment(EnvironmentName="jobs", **worker, **more)
    client.create_environment(EnvironmentName="gone", **more)
    world.advance(600)
    client.terminate_environment(EnvironmentName="gone")
    bundle = {"S3Bucket": "bundles", "S3Key": "platform.zip"}
    client.create_platform_version(PlatformName="mine", PlatformVersion="1.0.0", PlatformDefinitionBundle=bundle)
    client.create_configuration_template(ApplicationName="shop", TemplateName="small", SolutionStackName=STACK)
    for info_type in ("tail", "bundle", "analyze"):
        client.request_environment_info(EnvironmentName="web-1", InfoType=info_type)
    world.advance(600)
    (refresh,) = client.describe_environment_managed_actions(EnvironmentName="jobs")["ManagedActions"]
    client.apply_environment_managed_action(EnvironmentName="jobs", ActionId=refresh["ActionId"])
    world.advance(3600)


def values(shape: Shape, ids: list[str]) -> st.SearchStrategy[Any]:
    """What the spec allows for a shape, most of it from the pools."""
    if shape.name in ("EnvironmentId", "EnvironmentIdList"):
        ids_ = st.sampled_from([*ids, "e-absent0000"])
        return ids_ if shape.kind == "string" else st.lists(ids_, max_size=2)
    if shape.name == "ConfigurationOptionSetting":
        return st.sampled_from(OPTIONS).flatmap(
            lambda row: st.sampled_from(row[2]).map(lambda to: {"Namespace": row[0], "OptionName": row[1], "Value": to})
        )
    if shape.name == "OptionSpecification":
        return st.sampled_from(OPTIONS).map(lambda row: {"Namespace": row[0], "OptionName": row[1]})
    if shape.name == "EnvironmentTier":
        return st.sampled_from([{"Name": "WebServer", "Type": "Standard"}, {"Name": "Worker", "Type": "SQS/HTTP"}])
    if shape.name in POOLS:
        return st.sampled_from(POOLS[shape.name])
    match shape.kind:
        case "structure":
            return structures(shape, ids)
        case "list":
            return st.lists(values(shape.element, ids), min_size=shape.min or 0, max_size=3)
        case "integer" | "long":
            low = 1 if shape.min is None else shape.min
            return st.integers(low, min(shape.max or 50, 50))
        case "boolean":
            return st.sampled_from(["true", "false"])
        case "double":
            return st.just("1.5")
        case "timestamp":
            return st.sampled_from(["2026-01-01T00:00:00Z", "2026-01-01T00:10:00.5Z", "20260201T000000Z", "0"])
        case _:
            if shape.enum:
                return st.sampled_from(shape.enum)
            return st.sampled_from(
                ["x" * max(shape.min or 1, 1), "Some text, with <&> and \u00fc", "a" * (shape.max or 60)]
            )


def structures(shape: Shape, ids: list[str]) -> st.SearchStrategy[dict[str, Any]]:
    required = {member.name: values(member.shape, ids) for member in shape.members if member.required}
    optional = {member.name: values(member.shape, ids) for member in shape.members if not member.required}
    return st.fixed_dictionaries(required, optional=optional)


def must_fit(element: ElementTree.Element, theirs: Any, ours: Shape) -> None:
    """The element holds what the two models name, and of that every list, empty or not; `theirs` ends at a `beyond`."""
    if ours.kind == "list":
        for inner in element:
            assert inner.tag == f"{NAMESPACE}member"
            must_fit(inner, theirs and theirs.member, ours.element)
    elif ours.kind == "structure":
        tags = [child.tag.removeprefix(NAMESPACE) for child in element]
        assert len(tags) == len(set(tags))
        for inner, name in zip(element, tags, strict=True):
            member = ours.named[name]
            modelled = theirs.members.get(name) if theirs is not None else None
            assert modelled is not None or theirs is None or member.beyond, f"{ours.name} has no {name} in the model"
            must_fit(inner, modelled, member.shape)
        left_out = {member.name for member in ours.members if member.shape.kind == "list" and not member.beyond} - set(
            tags
        )
        assert left_out <= MAY_BE_LEFT_OUT.get(ours.name, set()), f"{ours.name} without {left_out}"


# Recordings show these lists absent (the settings, where a template is created or updated), or the answer leaves a
# whole part out that was not asked for.
MAY_BE_LEFT_OUT = {
    "ApplicationDescription": {"Versions"},
    "ConfigurationSettingsDescription": {"OptionSettings"},
    "ConfigurationOptionDescription": {"ValueOptions"},
    "DescribeEnvironmentHealthResult": {"Causes"},
    "SingleInstanceHealth": {"Causes"},
    "SystemStatus": {"LoadAverage"},
    "PlatformDescription": {"CustomAmiList", "Frameworks", "ProgrammingLanguages", "DefaultAmiList"},
}


@pytest.fixture(scope="module")
def known_errors() -> set[str]:
    return {error.code for error in spec.load().errors.values()} - {"InternalFailure"}


@pytest.mark.parametrize("name", sorted(HANDLERS))
def test_what_the_spec_allows_is_answered_as_the_model_says(
    world: Beanstalk, name: str, known_errors: set[str]
) -> None:
    operation = spec.load().operation(name)
    assert operation is not None
    http = world.app.test_client()
    ids = [environment["EnvironmentId"] for environment in world.client.describe_environments()["Environments"]]
    requests = structures(operation.input, ids) if operation.input else st.just({})
    parser = botocore.parsers.create_parser("query")
    credential = "AWS4-HMAC-SHA256 Credential=123456789012/20260101/us-east-1/elasticbeanstalk/aws4_request"
    authorized = {"Authorization": f"{credential}, SignedHeaders=host, Signature=0"}

    known: list[Snapshot] = []  # the state that the example before has left, if its call was refused

    def state() -> Snapshot:
        return replace(snapshot.take(world.store, ACCOUNT), draws=0)

    @FUZZ
    @given(parameters=requests, pause=PAUSES)
    def answered(parameters: dict[str, Any], pause: int) -> None:
        if pause:
            known.clear()
        world.advance(pause)
        before = known.pop() if known else state()
        body = urlencode([("Action", name), ("Version", "2010-12-01"), *flat(parameters, "")])
        answer = http.post("/", data=body, content_type="application/x-www-form-urlencoded", headers=authorized)
        document = ElementTree.fromstring(answer.data)
        if answer.status_code != 200:
            code, message = (document.findtext(f".//{NAMESPACE}{name}") for name in ("Code", "Message"))
            assert code in known_errors, (code, message)
            assert message
            assert answer.status_code in (400, 403)
            assert state() == before
            known.append(before)
            return
        shape = model().operation_model(name).output_shape
        if operation.output is None:
            assert [element.tag for element in document] == [f"{NAMESPACE}ResponseMetadata"]
        else:
            must_fit(document[0], shape, operation.output)
        reply = {"body": answer.data, "headers": dict(answer.headers), "status_code": 200}
        assert parser.parse(reply, shape)["ResponseMetadata"]["HTTPStatusCode"] == 200

    answered()
