"""The number of messages in the queues of an SQS, for tests that wait until they are empty."""

from typing import Any

KINDS = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]


def count(sqs: Any, url: str) -> int:
    """The number of messages in a queue, hidden or not.

    An SQS counts visible and hidden messages one after the other, so a message that is received in between may be in
    neither number. The second look finds it, unless it was deleted meanwhile.
    """
    return max(_look(sqs, url), _look(sqs, url))


def _look(sqs: Any, url: str) -> int:
    attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=KINDS)["Attributes"]
    return sum(map(int, attributes.values()))
