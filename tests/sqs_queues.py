"""What tests ask of the queues of an SQS."""

from typing import Any


def count(sqs: Any, url: str) -> int:
    """The number of messages in a queue, hidden or not."""
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
    return sum(map(int, attributes.values()))
