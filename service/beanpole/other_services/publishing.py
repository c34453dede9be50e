"""The receivers of notices: topics of an SNS and the default bus of an EventBridge, at an endpoint or in this process.

They are called with boto3.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from msgspec import Struct

from beanpole.other_services.botocore_wire import Wire
from beanpole.other_services.clients import client

MOST_ENTRIES = 10  # of one call, by the service's own limit
_LATER = frozenset({429, 503})  # statuses by which a service asks to be called again
_MISSING = frozenset({"NotFound", "NotFoundException"})  # codes of SNS, and of those that stand in for it


class Refused(Exception):
    """A call that was refused: to repeat it would change nothing."""


class Missing(Refused):
    """A call that names a topic or a subscription that does not exist."""


class Unanswered(Exception):
    """A call without an answer, or one that is to be repeated later."""


class Entry(Struct, frozen=True):
    """An event for the bus, at an instant in seconds; `detail` is JSON."""

    source: str
    detail_type: str
    detail: str
    at: float
    resources: tuple[str, ...]


class Topics:
    """The topics that a client of boto3 reaches. Every method raises Refused or Unanswered, with the reason."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def make(self, name: str) -> str:
        """The ARN of the topic of a name, which is made unless it is there."""
        with _troubles():
            return str(self._client.create_topic(Name=name)["TopicArn"])

    def subscribe(self, arn: str, protocol: str, endpoint: str) -> str:
        """The ARN of the subscription of an endpoint; one that has to be confirmed may have none yet."""
        with _troubles():
            return str(self._client.subscribe(TopicArn=arn, Protocol=protocol, Endpoint=endpoint)["SubscriptionArn"])

    def unsubscribe(self, subscription: str) -> None:
        """Take a subscription away."""
        with _troubles():
            self._client.unsubscribe(SubscriptionArn=subscription)

    def remove(self, arn: str) -> None:
        """Delete a topic."""
        with _troubles():
            self._client.delete_topic(TopicArn=arn)

    def publish(self, arn: str, subject: str, body: str) -> None:
        """Send a message to the subscribers of a topic."""
        with _troubles():
            self._client.publish(TopicArn=arn, Subject=subject, Message=body)


class Bus:
    """The default bus that a client of boto3 reaches. Every method raises Refused or Unanswered with the reason."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def has_rules(self) -> bool:
        """Tell whether an event that is sent can be heard: without a rule it goes nowhere."""
        with _troubles():
            return bool(self._client.list_rules(Limit=1)["Rules"])

    def put(self, entries: Sequence[Entry]) -> None:
        """Send events, in calls of as many as the service takes."""
        for start in range(0, len(entries), MOST_ENTRIES):
            with _troubles():
                answer = self._client.put_events(
                    Entries=[_row(entry) for entry in entries[start : start + MOST_ENTRIES]]
                )
            for row in answer.get("Entries", ()):
                if "ErrorCode" in row:
                    raise Refused(row.get("ErrorMessage") or row["ErrorCode"])


class Publishing(Struct, frozen=True):
    """Topics and bus of an account in a region, each unless there is none.

    `is_heard` says whether anybody can have a rule for the bus by now; without one, no event needs to be sent.
    """

    topics: Callable[[str, str], Topics] | None = None
    bus: Callable[[str, str], Bus] | None = None
    is_heard: Callable[[], bool] = lambda: True


def topics_at(endpoint: str) -> Callable[[str, str], Topics]:
    """The topics at an endpoint; raises ValueError with the reason if there can be no client for it."""
    client("sns", endpoint)
    return lambda account_id, region: Topics(client("sns", endpoint, region, account_id))


def bus_at(endpoint: str) -> Callable[[str, str], Bus]:
    """The bus at an endpoint; raises ValueError with the reason if there can be no client for it."""
    client("events", endpoint)
    return lambda account_id, region: Bus(client("events", endpoint, region, account_id))


def topics_in_process(application: Callable[..., Any]) -> Callable[[str, str], Topics]:
    """The topics of an SNS that a WSGI application in this process is."""
    return lambda account_id, region: Topics(_by_wire("sns", application, account_id, region))


def bus_in_process(application: Callable[..., Any]) -> Callable[[str, str], Bus]:
    """The bus of an EventBridge that a WSGI application in this process is."""
    return lambda account_id, region: Bus(_by_wire("events", application, account_id, region))


def _by_wire(service: str, application: Callable[..., Any], account_id: str, region: str) -> Any:
    return client(service, f"http://{service}.{region}.localhost", region, account_id, Wire(application))


def _row(entry: Entry) -> Mapping[str, Any]:
    return {
        "Source": entry.source,
        "DetailType": entry.detail_type,
        "Detail": entry.detail,
        "Time": entry.at,
        "Resources": list(entry.resources),
    }


@contextmanager
def _troubles() -> Iterator[None]:
    from botocore.exceptions import (  # type: ignore[import-untyped]  # it has no types
        BotoCoreError,
        ClientError,
        ParamValidationError,
    )

    try:
        yield
    except ParamValidationError as error:  # an option has a value that no call can have
        raise Refused(str(error)) from None
    except ClientError as error:
        refusal = error.response["Error"]
        reason = str(refusal.get("Message") or refusal["Code"])
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode")
        if status in _LATER:
            raise Unanswered(reason) from None
        raise (Missing if refusal["Code"] in _MISSING else Refused)(reason) from None
    except (BotoCoreError, KeyError, ValueError) as error:
        raise Unanswered(str(error)) from None
