"""The queues of worker environments: an SQS, at an endpoint or in this process, called with boto3.

Without one there are only their names.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from msgspec import Struct

from beanpole.other_services.botocore_wire import Wire
from beanpole.other_services.clients import client

MOST_AT_ONCE = 10  # messages of one call, by the service's own limit


class Unanswered(Exception):
    """A call that SQS refused, or did not answer, with the reason."""


class Message(Struct, frozen=True):
    """A message that was received for the time number `count`, first at an instant in milliseconds."""

    id: str
    receipt: str
    body: str
    count: int
    first_received: int
    attributes: Mapping[str, str] = {}


class Queues:
    """The queues that a client of boto3 reaches. Every method raises Unanswered with the reason."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self.endpoint = str(client.meta.endpoint_url)

    def make(self, name: str, attributes: Mapping[str, str]) -> str:
        """The URL of the queue of a name, which has these attributes from now on."""
        with _refusals():
            try:
                return str(self._client.create_queue(QueueName=name, Attributes=dict(attributes))["QueueUrl"])
            except self._client.exceptions.QueueNameExists:
                url = str(self._client.get_queue_url(QueueName=name)["QueueUrl"])
                self._client.set_queue_attributes(QueueUrl=url, Attributes=dict(attributes))
                return url

    def arn(self, url: str) -> str:
        """The ARN of a queue."""
        with _refusals():
            answer = self._client.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
            return str(answer["Attributes"]["QueueArn"])

    def receive(self, url: str, most: int) -> list[Message]:
        """Messages that are free, hidden from others until their time-out; at most so many, and at most ten."""
        with _refusals():
            answer = self._client.receive_message(
                QueueUrl=url,
                MaxNumberOfMessages=min(most, MOST_AT_ONCE),
                WaitTimeSeconds=0,
                AttributeNames=["All"],
                MessageAttributeNames=["All"],
            )
            return [_message(row) for row in answer.get("Messages", ())]
        return []

    def delete(self, url: str, receipt: str) -> None:
        """Delete a message that was received."""
        with _refusals():
            self._client.delete_message(QueueUrl=url, ReceiptHandle=receipt)

    def show_again(self, url: str, receipt: str, seconds: int) -> None:
        """Let a message that was received be received again after some seconds."""
        with _refusals():
            self._client.change_message_visibility(QueueUrl=url, ReceiptHandle=receipt, VisibilityTimeout=seconds)

    def send(self, url: str, body: str, attributes: Mapping[str, str]) -> None:
        """Send a message."""
        typed = {name: {"DataType": "String", "StringValue": value} for name, value in attributes.items()}
        with _refusals():
            self._client.send_message(QueueUrl=url, MessageBody=body, MessageAttributes=typed)

    def remove(self, name: str) -> None:
        """Delete the queue of a name, if it exists."""
        with _refusals():
            try:
                url = self._client.get_queue_url(QueueName=name)["QueueUrl"]
                self._client.delete_queue(QueueUrl=url)
            except self._client.exceptions.QueueDoesNotExist:
                return


QueuesOf = Callable[[str, str], Queues]  # of an account in a region; raises ValueError if there can be no client


def at(endpoint: str) -> QueuesOf:
    """The queues at an endpoint, called with boto3's credentials, else as the account.

    Raises ValueError with the reason if there can be no client for it.
    """
    client("sqs", endpoint)
    return at_first_call(endpoint)


def at_first_call(endpoint: str) -> QueuesOf:
    """The queues at an endpoint, as `at` has them; whether there can be a client is known at the first call."""
    return lambda account_id, region: Queues(client("sqs", endpoint, region, account_id))


def in_process(application: Callable[..., Any]) -> QueuesOf:
    """The queues of an SQS that a WSGI application in this process is, called as the account."""
    wire = Wire(application)
    return lambda account_id, region: Queues(client("sqs", f"http://sqs.{region}.localhost", region, account_id, wire))


def _message(row: Mapping[str, Any]) -> Message:
    system, own = row.get("Attributes", {}), row.get("MessageAttributes", {})
    return Message(
        row["MessageId"],
        row["ReceiptHandle"],
        row["Body"],
        int(system.get("ApproximateReceiveCount", 1)),
        int(system.get("ApproximateFirstReceiveTimestamp", 0)),
        {name: str(value.get("StringValue", "")) for name, value in own.items()},
    )


@contextmanager
def _refusals() -> Iterator[None]:
    from botocore.exceptions import BotoCoreError, ClientError  # type: ignore[import-untyped]  # it has no types

    try:
        yield
    except ClientError as error:
        refusal = error.response["Error"]
        raise Unanswered(refusal.get("Message") or refusal["Code"]) from None
    except (BotoCoreError, KeyError) as error:
        raise Unanswered(str(error)) from None
