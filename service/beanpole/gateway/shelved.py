"""The objects of a test's world as clients of S3 see them: a shelf and moto's S3 have the same objects.

beanpole reads the shelf, which costs nothing. moto gets the new objects of the shelf before it answers a call of S3,
and after a call that may have written the shelf gets the new objects of its bucket.
"""

from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import cached_property
from threading import Lock
from typing import Any

from beanpole.files.object_store import Shelf
from beanpole.gateway.companion import Application
from beanpole.other_services.botocore_wire import Wire
from beanpole.other_services.clients import client

_READS = ("GET", "HEAD")


class Shelved:
    """The application that answers the calls of S3; `inside` answers the calls that copy objects to and from moto."""

    def __init__(self, answer: Application, inside: Application, shelf: Shelf, account_id: str) -> None:
        self._answer, self._inside, self._shelf, self._account_id = answer, inside, shelf, account_id
        self._known: dict[
            tuple[str, str], tuple[bytes, str]
        ] = {}  # bucket and key: the content and the tag that both sides have
        self._buckets = set[str]()  # those of the shelf that moto got
        self._lock = Lock()

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer a call whose path names the bucket."""
        with self._lock:
            self._lend()
            body = list(self._answer(environ, start_response))
            if environ["REQUEST_METHOD"] not in _READS:
                self._take(str(environ["PATH_INFO"]).strip("/").partition("/")[0])
            return body

    @cached_property
    def _s3(self) -> Any:
        return client("s3", "http://s3.localhost", key=self._account_id, wire=Wire(self._inside))

    def _lend(self) -> None:
        """Copy the new objects of the shelf to S3, except where S3 refuses the name of the bucket."""
        from botocore.exceptions import BotoCoreError, ClientError  # type: ignore[import-untyped]  # it has no types

        for bucket, region in list(self._shelf.buckets.items()):
            if bucket not in self._buckets:
                self._buckets.add(bucket)
                location = {} if region == "us-east-1" else {"LocationConstraint": region}
                with suppress(ClientError, BotoCoreError):  # a name that S3 refuses; it has no objects there
                    self._s3.create_bucket(Bucket=bucket, **{"CreateBucketConfiguration": location} if location else {})
        shelf_objects = dict(self._shelf.contents)
        for (bucket, key), content in shelf_objects.items():
            if (known := self._known.get((bucket, key))) is not None and known[0] is content:
                continue
            try:
                self._s3.create_bucket(Bucket=bucket)
                tag = self._s3.put_object(Bucket=bucket, Key=key, Body=content)["ETag"]
            except (ClientError, BotoCoreError):
                continue
            self._known[bucket, key] = content, tag
        for bucket, key in self._known.keys() - shelf_objects.keys():
            self._s3.delete_object(Bucket=bucket, Key=key)
            del self._known[bucket, key]

    def _take(self, bucket: str) -> None:
        """Copy the new objects of a bucket to the shelf, and remove those that the bucket no longer has."""
        tags = self._tags(bucket)
        for key, tag in tags.items():
            known = self._known.get((bucket, key))
            if known is None or known[1] != tag:
                content = self._s3.get_object(Bucket=bucket, Key=key)["Body"].read()
                self._shelf.write(bucket, key, content)
                self._known[bucket, key] = content, tag
        removed = [name for name in self._known if name[0] == bucket and name[1] not in tags]
        for name in removed:
            self._shelf.delete(*name)
            del self._known[name]

    def _tags(self, bucket: str) -> dict[str, str]:
        """The keys in a bucket with their tags; none if it does not exist."""
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            pages = list(self._s3.get_paginator("list_objects_v2").paginate(Bucket=bucket))
        except (ClientError, BotoCoreError):
            return {}
        return {row["Key"]: row["ETag"] for page in pages for row in page.get("Contents", ())}
