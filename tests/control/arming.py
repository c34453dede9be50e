"""Arming faults over HTTP, and the outcomes of calls."""

from typing import Any

from botocore.exceptions import ClientError
from werkzeug.test import TestResponse

from beanpole.testing import ACCOUNT

FAULTS = "/_beanpole/faults"
DENIED = {
    "what": "refuse",
    "code": "AccessDenied",
    "message": "User: bob is not authorized to perform: elasticbeanstalk:X on resource: *",
    "status": 403,
}


def post(world: Any, fault: dict[str, Any]) -> TestResponse:
    """The answer of the route to a fault."""
    answer: TestResponse = world.app.test_client().post(f"{FAULTS}?account={ACCOUNT}", json=fault)
    return answer


def arm(world: Any, **fault: Any) -> dict[str, Any]:
    """Arm a fault, and return it as the route shows it."""
    answer = post(world, fault)
    assert answer.status_code == 201, answer.data
    listing: dict[str, Any] = answer.get_json()
    return listing


def armed_faults(world: Any) -> list[dict[str, Any]]:
    """The armed faults."""
    faults: list[dict[str, Any]] = world.app.test_client().get(f"{FAULTS}?account={ACCOUNT}").get_json()["faults"]
    return faults


def outcome(call: Any, **parameters: Any) -> str:
    """`ok`, or the code of the error that a call is refused with."""
    try:
        call(**parameters)
    except ClientError as error:
        return str(error.response["Error"]["Code"])
    return "ok"
