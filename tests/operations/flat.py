"""Calls as the EB CLI sends them, with members that the public model, and so boto3, does not have."""

from typing import Any

HEADERS = {
    "Authorization": "AWS4-HMAC-SHA256 Credential=123456789012/20260101/us-east-1/elasticbeanstalk/aws4_request, "
    "SignedHeaders=host, Signature=0",
    "Accept": "application/json",
}


def ask(world: Any, action: str, **members: Any) -> Any:
    """The result of a call, whose members are nested as the service nests them; a refusal is a `Refused`."""
    form = {"Action": action, "Version": "2010-12-01", **dict(flat(members))}
    answer = world.app.test_client().post("/", data=form, headers=HEADERS)
    document = answer.get_json()
    if answer.status_code != 200:
        raise Refused(document["Error"]["Code"], document["Error"]["Message"])
    return document[f"{action}Response"].get(f"{action}Result")


class Refused(Exception):
    """Code and sentence."""


def flat(value: Any, path: str = "") -> list[tuple[str, str]]:
    """Members as the query protocol spells them; an empty list is one empty member."""
    if isinstance(value, dict):
        return [pair for name, inner in value.items() for pair in flat(inner, f"{path}.{name}" if path else name)]
    if isinstance(value, list):
        return [pair for i, inner in enumerate(value, 1) for pair in flat(inner, f"{path}.member.{i}")] or [(path, "")]
    return [(path, str(value))]
