"""A schedule of calls on a manual clock: however it is disturbed, the story that it tells is the undisturbed one."""

import json
from typing import TYPE_CHECKING, Any, NamedTuple

from chaos.client import JSON, form, request
from environments import STACK

if TYPE_CHECKING:
    from chaos.storm import Storm

CLOCK = {"mode": "manual", "now": "2026-01-01T00:00:00Z", "seed": 7}
ACCOUNT = "222222222222"
REPEATABLE = ("PUT clock", "advance", "DescribeEnvironmentHealth")  # calls that do no harm if they are done twice
VOLATILE = ("draws", "generation")


class Step(NamedTuple):
    """A call; `key` names an advance, so that it can be repeated."""

    what: str
    sent: bytes


def schedule(turn: int) -> list[Step]:
    """The steps of a user: create, update, abort, swap, restart, rebuild, faults, tags, terminate, delete."""

    def call(action: str, **parameters: str) -> Step:
        return Step(action, form(action, ACCOUNT, **parameters))

    def control(method: str, room: str, body: Any = None) -> Step:
        sent = b"" if body is None else json.dumps(body).encode()
        return Step(f"{method} {room}", request(method, f"/_beanpole/{room}", sent, JSON, ACCOUNT))

    def advance(seconds: int) -> Step:
        advance.number += 1  # type: ignore[attr-defined]
        named = f"Idempotency-Key: {turn}-{advance.number}\r\n"  # type: ignore[attr-defined]
        body = json.dumps({"seconds": seconds}).encode()
        return Step("advance", request("POST", "/_beanpole/clock/advance", body, JSON, ACCOUNT, named))

    advance.number = 0  # type: ignore[attr-defined]
    shop = {"ApplicationName": "shop"}
    return [
        control("PUT", "clock", CLOCK),
        call("CreateApplication", **shop),
        call("CreateApplicationVersion", **shop, VersionLabel="v1"),
        call("CreateApplicationVersion", **shop, VersionLabel="v2"),
        call("CreateConfigurationTemplate", **shop, TemplateName="small", SolutionStackName=STACK),
        call("CreateEnvironment", **shop, EnvironmentName="web-1", VersionLabel="v1", SolutionStackName=STACK, **FLEET),
        call("CreateEnvironment", **shop, EnvironmentName="web-2", VersionLabel="v1", SolutionStackName=STACK),
        advance(100),
        advance(900),
        call("UpdateEnvironment", EnvironmentName="web-1", VersionLabel="v2"),
        advance(30),
        call("AbortEnvironmentUpdate", EnvironmentName="web-1"),
        advance(900),
        call("SwapEnvironmentCNAMEs", SourceEnvironmentName="web-1", DestinationEnvironmentName="web-2"),
        advance(300),
        control("POST", "faults", {"what": "command-fails", "times": 1}),
        call("UpdateEnvironment", EnvironmentName="web-1", VersionLabel="v2"),
        advance(900),
        control("DELETE", "faults"),
        call("RestartAppServer", EnvironmentName="web-1"),
        call("RebuildEnvironment", EnvironmentName="web-2"),
        advance(1800),
        call("UpdateEnvironment", EnvironmentName="web-1", **setting(1, "aws:autoscaling:asg", "MinSize", "3")),
        advance(900),
        call("UpdateTagsForResource", ResourceArn=ARN, **TAG),
        call("DescribeEnvironmentHealth", EnvironmentName="web-1", AttributeNames__member__1="All"),
        advance(7200),
        call("TerminateEnvironment", EnvironmentName="web-2"),
        advance(900),
        call("DeleteApplicationVersion", **shop, VersionLabel="v1"),
        call("DeleteConfigurationTemplate", **shop, TemplateName="small"),
        call("UpdateApplication", **shop, Description="the end"),
        advance(60),
    ]


def setting(number: int, namespace: str, name: str, value: str) -> dict[str, str]:
    """An option setting as the members of a call."""
    path = f"OptionSettings__member__{number}__"
    return {f"{path}Namespace": namespace, f"{path}OptionName": name, f"{path}Value": value}


FLEET = (
    setting(1, "aws:autoscaling:asg", "MinSize", "2")
    | setting(2, "aws:elasticbeanstalk:command", "DeploymentPolicy", "Rolling")
    | setting(3, "aws:elasticbeanstalk:environment", "LoadBalancerType", "application")
)
ARN = f"arn:aws:elasticbeanstalk:us-east-1:{ACCOUNT}:application/shop"
TAG = {"TagsToAdd__member__1__Key": "team", "TagsToAdd__member__1__Value": "green"}


def tell(storm: "Storm") -> str | None:
    """Make all the calls, each until it is done, and return the story; None if an id was drawn in vain.

    Ids are drawn by number. Each call draws the same one in every run, however often it is repeated, so that the story
    is the same byte for byte; but where a connection breaks, a client of Redis may draw twice.
    """
    _repeat(storm, request("POST", "/_beanpole/reset", b"", JSON, ACCOUNT), "POST reset")
    for number, step in enumerate(schedule(storm.counts["stories"])):
        before = None if step.what in REPEATABLE else _state(storm)
        storm.set_draws(ACCOUNT, number * 10)
        while not _is_done(storm, step, before):
            storm.set_draws(ACCOUNT, number * 10)
        if storm.draws(ACCOUNT) > number * 10 + 1:
            return None
    before = _state(storm)
    _repeat(storm, request("PUT", "/_beanpole/state", json.dumps(before).encode(), JSON, ACCOUNT), "PUT state")
    after = _state(storm)
    if _story(before) != _story(after):
        storm.wrong.append("an import changed the world")
    return _story(after)


def _repeat(storm: "Storm", sent: bytes, what: str) -> None:
    while (answer := storm.call(sent, what)).status != 200:
        assert answer.status in (0, 503), f"{what} was refused: {answer}"


def _is_done(storm: "Storm", step: Step, before: Any) -> bool:
    """Make the call, and tell whether it was carried out; without an answer the state of the world tells."""
    answer = storm.call(step.sent, step.what)
    if answer.status in (200, 201):
        return True
    if answer.status in (400, 403, 404, 409):
        storm.wrong.append(f"{step.what} was refused: {answer.text[:300]}")
        return True
    if step.what in REPEATABLE:
        return False
    storm.calm()
    _state(storm)  # what is on its way to Redis arrives before the second look
    return _bare(_state(storm)) != _bare(before)


def _state(storm: "Storm") -> Any:
    return json.loads(storm.sure(request("GET", "/_beanpole/state", account=ACCOUNT)).body)


def _bare(state: Any) -> str:
    """A state without what a call changes that is refused."""
    return json.dumps({name: part for name, part in state.items() if name not in VOLATILE}, sort_keys=True)


def _story(state: Any) -> str:
    """A state as text, line by line."""
    return json.dumps(_lasting(state), indent=0, sort_keys=True)


def _lasting(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _lasting(part) for name, part in value.items() if name not in VOLATILE}
    return [_lasting(part) for part in value] if isinstance(value, list) else value
