"""S3 at an endpoint, or in this process: an object store, called with boto3."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cached_property
from http import HTTPStatus
from threading import Lock
from typing import Any

from beanpole.files.object_store import Changed, Stat, Unreadable
from beanpole.other_services.botocore_wire import Wire
from beanpole.other_services.clients import client

_CLEAR = (HTTPStatus.MOVED_PERMANENTLY, HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND)


class S3:
    """An S3 endpoint, called with boto3's credentials, or with placeholders if boto3 finds none.

    Raises ValueError with the reason if there can be no client for it.
    """

    def __init__(self, endpoint: str) -> None:
        self._client = client("s3", endpoint)

    @classmethod
    def in_process(cls, application: Callable[..., Any]) -> "S3":
        """An S3 that a WSGI application in this process answers; its client is made at the first call."""
        return _InProcess(application)

    def size(self, bucket: str, key: str) -> int:
        """The size of an object in bytes."""
        return self.stat(bucket, key).size

    def stat(self, bucket: str, key: str) -> Stat:
        """The size of an object and its tag."""
        with _refusals():
            head = self._client.head_object(Bucket=bucket, Key=key)
            return Stat(int(head["ContentLength"]), str(head["ETag"]))

    def read(self, bucket: str, key: str) -> bytes:
        """The content of an object."""
        with _refusals():
            content: bytes = self._client.get_object(Bucket=bucket, Key=key)["Body"].read()
            return content

    def pieces(self, bucket: str, key: str) -> Iterator[bytes]:
        """The content of an object in pieces of a megabyte."""
        with _refusals():
            yield from self._client.get_object(Bucket=bucket, Key=key)["Body"].iter_chunks(1 << 20)

    def part(self, bucket: str, key: str, start: int, stop: int) -> bytes:
        """The bytes of an object from `start` up to `stop`."""
        range_ = f"bytes={start}-{stop - 1}"
        with _refusals():
            content: bytes = self._client.get_object(Bucket=bucket, Key=key, Range=range_)["Body"].read()
            return content

    def write(self, bucket: str, key: str, content: bytes) -> None:
        """Write an object, or replace it."""
        with _refusals():
            self._client.put_object(Bucket=bucket, Key=key, Body=content)

    def copy(self, from_bucket: str, from_key: str, bucket: str, key: str, tag: str) -> None:
        """Write a copy of an object, or replace it; raises Changed if the object has another tag."""
        source = {"Bucket": from_bucket, "Key": from_key}
        with _refusals():
            self._client.copy_object(Bucket=bucket, Key=key, CopySource=source, CopySourceIfMatch=tag)

    def delete(self, bucket: str, key: str) -> None:
        """Delete an object, if it exists."""
        with _refusals():
            self._client.delete_object(Bucket=bucket, Key=key)

    def keys(self, bucket: str, prefix: str) -> tuple[str, ...]:
        """The keys of all objects with a prefix; none if the bucket does not exist."""
        with _refusals(but="NoSuchBucket"):
            pages = self._client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
            return tuple(row["Key"] for page in pages for row in page.get("Contents", ()))
        return ()

    def region(self, bucket: str) -> str | None:
        """None: other servers than AWS have often one region for all buckets."""
        return None

    def make_bucket(self, bucket: str, region: str) -> None:
        """Create a bucket, unless it exists."""
        location = {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}
        with _refusals(but="BucketAlreadyOwnedByYou"):
            self._client.create_bucket(Bucket=bucket, **location)


class _InProcess(S3):
    """An S3 behind a WSGI application."""

    def __init__(self, application: Callable[..., Any]) -> None:
        self._application = application
        self._making = Lock()

    def region(self, bucket: str) -> str | None:
        """The region in which a bucket was made."""
        with _refusals():
            return self._client.get_bucket_location(Bucket=bucket)["LocationConstraint"] or "us-east-1"

    @cached_property
    def _client(self) -> Any:  # made late, because boto3 takes half a second
        with self._making:
            return client("s3", "http://s3.localhost", wire=Wire(self._application))


@contextmanager
def _refusals(but: str | None = None) -> Iterator[None]:
    """Raise errors of S3 as Unreadable, with the reason that our service quotes: HTTP's phrase if that is clear."""
    from botocore.exceptions import BotoCoreError, ClientError  # type: ignore[import-untyped]  # it has no types

    try:
        yield
    except ClientError as error:
        refusal = error.response["Error"]
        if refusal["Code"] == but:
            return
        status = error.response["ResponseMetadata"]["HTTPStatusCode"]
        if status == HTTPStatus.PRECONDITION_FAILED:
            raise Changed(HTTPStatus.PRECONDITION_FAILED.phrase) from None
        reason = HTTPStatus(status).phrase if status in _CLEAR else refusal.get("Message") or refusal["Code"]
        raise Unreadable(reason) from None
    except BotoCoreError as error:
        raise Unreadable(str(error)) from None
