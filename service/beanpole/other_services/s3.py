"""S3 at an endpoint, or in this process: an object store, called with boto3; and boto3 clients of other services."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache, cached_property
from http import HTTPStatus
from threading import Lock
from typing import Any

from beanpole.files.object_store import Changed, Stat, Unreadable
from beanpole.other_services.botocore_wire import Wire

_OF_MACHINES = ("iam-role", "container-role")  # the providers that request credentials of the machine
_CLEAR = (HTTPStatus.MOVED_PERMANENTLY, HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND)
_making = Lock()


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


def client(
    service: str, endpoint: str, region: str = "us-east-1", key: str = "beanpole", wire: Wire | None = None
) -> Any:
    """A client of a service of AWS at an endpoint, or by a wire.

    Raises ValueError, with the reason, if it cannot be made. `key` is its access key by a wire, and if neither the
    environment nor a profile that it names has credentials. The roles of instances and containers are never requested.
    """
    try:
        import boto3  # type: ignore[import-untyped]  # noqa: F401  # it has no types, and its absence is told first
        from botocore.config import Config  # type: ignore[import-untyped]  # it has no types
    except ModuleNotFoundError:
        raise ValueError("boto3 is missing: pip install 'beanpole[s3]'") from None
    session, has_own_credentials = (_session_of_wires(), False) if wire is not None else _session()
    own = {} if has_own_credentials else {"aws_access_key_id": key, "aws_secret_access_key": "beanpole"}
    config = Config(s3={"addressing_style": "path"}, connect_timeout=5, read_timeout=30, retries={"max_attempts": 1})
    with _making:  # a session makes one client at a time
        boto_client = session.client(service, endpoint_url=endpoint, region_name=region, config=config, **own)
    if wire is not None:
        boto_client.meta.events.register(f"before-send.{service}", wire)
    return boto_client


@cache
def loader() -> Any:
    """The loader of the models of services for the whole process; another one would read them again."""
    import botocore.session  # type: ignore[import-untyped]  # it has no types

    return botocore.session.get_session().get_component("data_loader")


@cache
def _session_of_wires() -> Any:
    """The one session of all clients by a wire, which name their credentials; a session takes longer than a client."""
    return session_of(_plain_session())


def _session() -> tuple[Any, bool]:
    """A session of boto3; true if the environment, or a profile that it names, has credentials.

    A profile is read only if the environment has no credentials. Raises ValueError for a profile that does not exist.
    """
    import botocore.session
    from botocore.exceptions import BotoCoreError, ProfileNotFound  # type: ignore[import-untyped]  # it has no types

    plain = _plain_session()
    try:
        if plain.get_credentials() is not None:
            return session_of(plain), True
        named = botocore.session.Session()
        if named.profile is None:
            return session_of(plain), False
        resolver = named.get_component("credential_provider")
        resolver.providers[:] = [provider for provider in resolver.providers if provider.METHOD not in _OF_MACHINES]
        return session_of(named), named.get_credentials() is not None
    except ProfileNotFound as error:
        raise ValueError(str(error)) from None
    except BotoCoreError as error:
        raise ValueError(f"no credentials can be had: {error}") from None


def _plain_session() -> Any:
    """A session of botocore that knows no profile, and no credentials but those of the environment."""
    import botocore.session

    plain = botocore.session.Session(session_vars={"profile": (None, None, None, None)})
    resolver = plain.get_component("credential_provider")
    resolver.providers[:] = [provider for provider in resolver.providers if provider.METHOD == "env"]
    return plain


def session_of(core: Any) -> Any:
    """The session of boto3 around one of botocore, with the loader of the process."""
    import boto3

    core.register_component("data_loader", loader())
    return boto3.session.Session(botocore_session=core)


@contextmanager
def _refusals(but: str | None = None) -> Iterator[None]:
    """Raise errors of S3 as Unreadable, with the reason that our service quotes: HTTP's phrase if that is clear."""
    from botocore.exceptions import BotoCoreError, ClientError

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
