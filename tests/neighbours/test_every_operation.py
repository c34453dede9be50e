"""Every other operation of the services that neighbours answer, each with ids that their own answers have.

The companion knows none of them, so no such call may reach it: it would deny a resource that is there, or say that all
is done.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from functools import partial
from typing import Any

import pytest
from botocore.exceptions import ClientError

from beanpole.gateway.in_process import Moto
from beanpole.neighbours.owned import MENTIONS
from beanpole.testing import Beanstalk
from beanpole.wire import spec
from neighbours.callers import APPLICATION, CLASSIC, DATABASE, launched, neighbour_of
from neighbours.models import SERVICES, model

SCOPES = {"elb": "elasticloadbalancing", "elbv2": "elasticloadbalancing", "cloudwatch": "monitoring"}
# Members that hold no id of a resource of an environment, whatever their names say: images and key pairs are others'.
PLAIN = frozenset(
    [
        *(
            "namespace",
            "metricname",
            "name",
            "keyname",
            "devicename",
            "rootdevicename",
            "privatednsname",
            "publicdnsname",
        ),
        *("masterusername", "dbname", "ownerid", "userid", "imageid", "snapshotid"),
    ]
)
# Beginnings of ids of the default VPC, which the companion has itself, and its gateway "local", which is no resource.
SHARED = ("vpc-", "subnet-", "rtb-", "rtbassoc-", "acl-", "aclassoc-", "igw-", "dopt-", "local")
IDS = ("id", "arn", "name", "identifier", "resource")


def normal(name: str) -> str:
    """The name of a member, whether it holds one element or several."""
    return name.lower().removesuffix("s")


def texts(value: Any, name: str = "") -> Iterator[tuple[str, str]]:
    """The texts in an answer, each with the name of its member."""
    if isinstance(value, Mapping):
        for key, part in value.items():
            if key not in ("ResponseMetadata", "Tags", "TagSet", "Dimensions"):
                yield from texts(part, str(key))
    elif isinstance(value, list):
        for part in value:
            yield from texts(part, name)
    elif isinstance(value, str) and value and normal(name).endswith(IDS) and normal(name) not in PLAIN:
        yield normal(name), value


def ids_of(client: Any, service: str) -> dict[str, str]:
    """An id for each member that has one in the answers to the calls that need no input."""
    ids: dict[str, str] = {}
    for name in spec.neighbour(service).operations:
        if (
            name.startswith(("Describe", "List"))
            and not model(service).operation_model(name).input_shape.required_members
        ):
            call = partial(client._make_api_call, name, {})
            try:
                ids |= {name: text for name, text in texts(call()) if not text.startswith(SHARED)}
            except ClientError:
                continue
    return ids


def of_shape(shape: Any, name: str, ids: Mapping[str, str], depth: int = 0) -> Any:
    """A value of a shape, with ids where its members have their names."""
    match shape.type_name:
        case "structure":
            return {
                member: of_shape(part, member, ids, depth + 1)
                for member, part in shape.members.items()
                if member in shape.required_members or (depth == 0 and is_id(part, member, ids))
            }
        case "list":
            return [of_shape(shape.member, name, ids, depth + 1)]
        case "string":
            return ids.get(normal(name)) or (
                shape.enum[0] if shape.enum else "x" * max(shape.metadata.get("min", 1), 1)
            )
        case "integer" | "long" | "float" | "double":
            return max(shape.metadata.get("min", 1), 1)
        case "boolean":
            return False
        case "timestamp":
            return datetime(2026, 1, 1, tzinfo=UTC)
        case "map":
            return {"x": "x"}
        case _:
            return b"x"


def is_id(shape: Any, name: str, ids: Mapping[str, str]) -> bool:
    element = shape.member if shape.type_name == "list" else shape
    return element.type_name == "string" and normal(name) in ids


@pytest.mark.merge
@pytest.mark.parametrize("service", SERVICES)
def test_no_call_with_an_id_of_an_environment_reaches_the_companion(beanstalk: Beanstalk, service: str) -> None:
    for number, options in enumerate((APPLICATION, CLASSIC, DATABASE)):
        launched(beanstalk, f"web{number}", *options)
    client = neighbour_of(beanstalk, service, Moto().of_service(SCOPES.get(service, service)))
    alone = neighbour_of(beanstalk, service)
    ids = ids_of(alone, service)
    own = set(spec.neighbour(service).operations)
    mentioned = MENTIONS.get(service, frozenset())
    passed = []
    for name in model(service).operation_names:
        shape = model(service).operation_model(name).input_shape
        members = {} if name in own or shape is None else of_shape(shape, "", ids)
        values = {
            text for member, part in members.items() if member not in mentioned for _, text in texts(part, member)
        }
        if values.isdisjoint(ids.values()):
            continue
        try:
            client._make_api_call(name, members)
            passed.append(f"{name} is carried out")
        except ClientError as error:
            sentence = error.response["Error"].get("Message") or ""
            if "belongs to" not in sentence:
                passed.append(f"{name}: {sentence} {members}")
    assert passed == []
