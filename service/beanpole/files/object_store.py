"""Where source bundles and saved configurations lie: an S3 that somebody else runs, or a shelf of this process's own.

Nothing is configured unless the user says so; then nothing is looked for, and a bundle is what the request says it is.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from typing import Any, Protocol

FORBIDDEN = HTTPStatus.FORBIDDEN.phrase
_TELLING = (HTTPStatus.MOVED_PERMANENTLY, HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND)


class Unreadable(Exception):
    """An object that cannot be had, and the store's reason: `Not Found`, `Forbidden`."""


class ObjectReader(Protocol):
    """What is read of S3. Every method raises Unreadable with the store's reason where it cannot."""

    def size(self, bucket: str, key: str) -> int:
        """How many bytes an object has."""

    def read(self, bucket: str, key: str) -> bytes:
        """An object, whole."""

    def part(self, bucket: str, key: str, start: int, stop: int) -> bytes:
        """The bytes of an object from `start` up to `stop`."""

    def keys(self, bucket: str, prefix: str) -> tuple[str, ...]:
        """The keys of all objects whose key begins so; none in a bucket that is not there."""


class ObjectStore(ObjectReader, Protocol):
    """What is read of S3 and written to it; every method raises Unreadable as those that read do."""

    def write(self, bucket: str, key: str, content: bytes) -> None:
        """Put an object in the place of whatever is there."""

    def delete(self, bucket: str, key: str) -> None:
        """Delete an object; one that is not there is no error."""

    def make_bucket(self, bucket: str, region: str) -> None:
        """Make a bucket unless it is there."""


class Shelf:
    """Objects in memory."""

    def __init__(self) -> None:
        self._objects: dict[tuple[str, str], bytes] = {}

    def size(self, bucket: str, key: str) -> int:
        """How many bytes an object has."""
        return len(self.read(bucket, key))

    def read(self, bucket: str, key: str) -> bytes:
        """An object, whole."""
        content = self._objects.get((bucket, key))
        if content is None:
            raise Unreadable("Not Found")
        return content

    def part(self, bucket: str, key: str, start: int, stop: int) -> bytes:
        """The bytes of an object from `start` up to `stop`."""
        return self.read(bucket, key)[start:stop]

    def write(self, bucket: str, key: str, content: bytes) -> None:
        """Put an object in the place of whatever is there."""
        self._objects[bucket, key] = content

    def delete(self, bucket: str, key: str) -> None:
        """Delete an object; one that is not there is no error."""
        self._objects.pop((bucket, key), None)

    def keys(self, bucket: str, prefix: str) -> tuple[str, ...]:
        """The keys of all objects whose key begins so."""
        return tuple(key for place, key in self._objects if place == bucket and key.startswith(prefix))

    def make_bucket(self, bucket: str, region: str) -> None:
        """A shelf takes any."""


class S3:
    """An S3 endpoint, by boto3, with the credentials that boto3 finds or with none that anybody checks.

    Raises ValueError, saying what it needs, where it cannot be spoken to.
    """

    def __init__(self, endpoint: str) -> None:
        self._client = _client(endpoint)

    def size(self, bucket: str, key: str) -> int:
        """How many bytes an object has."""
        with _refusals():
            return int(self._client.head_object(Bucket=bucket, Key=key)["ContentLength"])

    def read(self, bucket: str, key: str) -> bytes:
        """An object, whole."""
        with _refusals():
            content: bytes = self._client.get_object(Bucket=bucket, Key=key)["Body"].read()
            return content

    def part(self, bucket: str, key: str, start: int, stop: int) -> bytes:
        """The bytes of an object from `start` up to `stop`."""
        wanted = f"bytes={start}-{stop - 1}"
        with _refusals():
            content: bytes = self._client.get_object(Bucket=bucket, Key=key, Range=wanted)["Body"].read()
            return content

    def write(self, bucket: str, key: str, content: bytes) -> None:
        """Put an object in the place of whatever is there."""
        with _refusals():
            self._client.put_object(Bucket=bucket, Key=key, Body=content)

    def delete(self, bucket: str, key: str) -> None:
        """Delete an object; one that is not there is no error."""
        with _refusals():
            self._client.delete_object(Bucket=bucket, Key=key)

    def keys(self, bucket: str, prefix: str) -> tuple[str, ...]:
        """The keys of all objects whose key begins so; none in a bucket that is not there."""
        with _refusals(but="NoSuchBucket"):
            pages = self._client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
            return tuple(it["Key"] for page in pages for it in page.get("Contents", ()))
        return ()

    def make_bucket(self, bucket: str, region: str) -> None:
        """Make a bucket unless it is there."""
        place = {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}
        with _refusals(but="BucketAlreadyOwnedByYou"):
            self._client.create_bucket(Bucket=bucket, **place)


def _client(endpoint: str) -> Any:
    try:
        import boto3  # type: ignore[import-untyped]  # it has no types
        from botocore.config import Config  # type: ignore[import-untyped]  # it has no types
    except ModuleNotFoundError:
        raise ValueError("boto3 is missing: pip install 'beanpole[s3]'") from None
    session = boto3.session.Session()
    own = {} if session.get_credentials() else {"aws_access_key_id": "beanpole", "aws_secret_access_key": "beanpole"}
    config = Config(s3={"addressing_style": "path"}, connect_timeout=5, read_timeout=30, retries={"max_attempts": 1})
    return session.client("s3", endpoint_url=endpoint, region_name="us-east-1", config=config, **own)


@contextmanager
def _refusals(but: str | None = None) -> Iterator[None]:
    """What S3 refuses becomes Unreadable with the reason that the service quotes: HTTP's, where it says enough."""
    from botocore.exceptions import BotoCoreError, ClientError  # type: ignore[import-untyped]  # it has no types

    try:
        yield
    except ClientError as error:
        refusal = error.response["Error"]
        if refusal["Code"] == but:
            return
        status = error.response["ResponseMetadata"]["HTTPStatusCode"]
        reason = HTTPStatus(status).phrase if status in _TELLING else refusal.get("Message") or refusal["Code"]
        raise Unreadable(reason) from None
    except BotoCoreError as error:
        raise Unreadable(str(error)) from None
