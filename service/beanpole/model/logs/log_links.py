"""The addresses under which samples of logs are fetched: presigned ones of the account's bucket, path-style."""

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


class Place(Struct, frozen=True):
    """Whose bucket it is."""

    account_id: str
    region: str


def place(bucket: str) -> Place | None:
    """Whose bucket a name stands for; None if it is no account's."""
    found = _BUCKET.fullmatch(bucket)
    return Place(found["account"], found["region"]) if found else None


def file_name(info: EnvironmentInfo) -> str:
    """The last part of a key, which tells the sample."""
    stem, ending = FILES[info.info_type]
    return f"{stem}-{info.sampled_at}.{ending}"


def link(endpoint: str, where: Place, info: EnvironmentInfo, instance_id: str) -> str:
    """The address of one instance's part of a sample, with its secret."""
    key = f"{FOLDER}/{info.info_type}/{info.environment_id}/{instance_id}/{file_name(info)}"
    query = urlencode(_query(where, info))
    return f"{endpoint}/{naming.bucket(where.region, where.account_id)}/{key}?{query}"


def expires(info: EnvironmentInfo) -> int:
    """The instant from which a sample's links lead nowhere."""
    return info.sampled_at + info.kept * 1000


def _query(where: Place, info: EnvironmentInfo) -> Mapping[str, str]:
    """The form of a presigned request; what counts in it is the signature."""
    when = datetime.fromtimestamp(info.sampled_at / 1000, UTC)
    return {
        "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
        "X-Amz-Credential": f"{where.account_id}/{when:%Y%m%d}/{where.region}/s3/aws4_request",
        "X-Amz-Date": f"{when:%Y%m%dT%H%M%SZ}",
        "X-Amz-Expires": str(info.kept),
        "X-Amz-SignedHeaders": "host",
        "X-Amz-Signature": info.secret,
    }
