"""The addresses of log samples: presigned, path-style URLs in the account's bucket."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from urllib.parse import urlencode

from msgspec import Struct

from beanpole.model.environment.environment_info import EnvironmentInfo, InfoType
from beanpole.model.names import naming

FOLDER = "resources/environments/logs"

FILES: dict[InfoType, tuple[str, str]] = {
    "tail": ("TailLogs", "out"),
    "bundle": ("BundleLogs", "zip"),
    "analyze": ("AnalyzeLogs", "out"),  # inferred, as the tail's
}
CONTENT_TYPES: dict[InfoType, str] = {"tail": "text/plain", "bundle": "application/zip", "analyze": "text/plain"}

_BUCKET = re.compile(r"elasticbeanstalk-(?P<region>[a-z0-9-]{1,32})-(?P<account>[0-9]{12})")


class BucketOwner(Struct, frozen=True):
    """The account and region that a bucket belongs to."""

    account_id: str
    region: str


def bucket_owner(bucket: str) -> BucketOwner | None:
    """The owner of a bucket of the service, by the bucket's name; None for any other bucket."""
    match = _BUCKET.fullmatch(bucket)
    return BucketOwner(match["account"], match["region"]) if match else None


def file_name(info: EnvironmentInfo) -> str:
    """The last part of an object's key, which identifies the sample."""
    stem, ending = FILES[info.info_type]
    return f"{stem}-{info.sampled_at}.{ending}"


def link(endpoint: str, owner: BucketOwner, info: EnvironmentInfo, instance_id: str) -> str:
    """The address of one instance's part of a sample, with its signature."""
    key = f"{FOLDER}/{info.info_type}/{info.environment_id}/{instance_id}/{file_name(info)}"
    query = urlencode(_query(owner, info))
    return f"{endpoint}/{naming.bucket(owner.region, owner.account_id)}/{key}?{query}"


def expires(info: EnvironmentInfo) -> int:
    """The instant at which a sample's links expire."""
    return info.sampled_at + info.kept_seconds * 1000


def _query(owner: BucketOwner, info: EnvironmentInfo) -> Mapping[str, str]:
    """The parameters of a presigned request; only the signature is checked."""
    when = datetime.fromtimestamp(info.sampled_at / 1000, UTC)
    return {
        "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
        "X-Amz-Credential": f"{owner.account_id}/{when:%Y%m%d}/{owner.region}/s3/aws4_request",
        "X-Amz-Date": f"{when:%Y%m%dT%H%M%SZ}",
        "X-Amz-Expires": str(info.kept_seconds),
        "X-Amz-SignedHeaders": "host",
        "X-Amz-Signature": info.secret,
    }
