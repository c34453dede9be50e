"""The buckets that the service makes for the data of environments, in the S3 of moto in this process.

An environment names its bucket long before anything is in it. The bucket is made when a call of S3 may first see it, so
no call of Elastic Beanstalk waits for moto. A bucket that a client deletes is not made again.
"""

from collections.abc import Iterable
from http import HTTPStatus

from beanpole.gateway import inside
from beanpole.gateway.companion import Application
from beanpole.model.environment.environment import Environment
from beanpole.model.logs.log_links import BucketOwner, bucket_owner
from beanpole.model.names import naming
from beanpole.store.connection import StoreError, reason
from beanpole.store.store import Store
from beanpole.text.log_lines import logger

_LOCATION = "<CreateBucketConfiguration><LocationConstraint>{}</LocationConstraint></CreateBucketConfiguration>"
_log = logger("beanpole")


class StorageBuckets:
    """The buckets of the worlds of a store that have had an environment."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._made: dict[str, BucketOwner] = {}

    def make_for(self, path: str, account_id: str, s3: Application) -> None:
        """Make the bucket that a path names, or for the list of an account's buckets all that it should have."""
        try:
            for owner in list(self._missing(path.strip("/").partition("/")[0], account_id)):
                self._make(owner, s3)
        except StoreError as error:
            _log.warning("no bucket for the data of environments is made: %s", reason(error))

    def forget(self, account_id: str | None) -> None:
        """Forget which buckets of an account, or with None of all accounts, were made."""
        owners = self._made.items()
        self._made = {name: owner for name, owner in owners if account_id not in (None, owner.account_id)}

    def _missing(self, bucket: str, account_id: str) -> Iterable[BucketOwner]:
        """The owners of the buckets that are not made yet."""
        owner = bucket_owner(bucket)
        if bucket:
            candidates = [owner] if owner is not None else []
        else:
            candidates = [BucketOwner(account_id, region) for region in self._store.regions(account_id)]
        for candidate in candidates:
            is_made = naming.bucket(candidate.region, candidate.account_id) in self._made
            if not is_made and self._store.world(candidate.account_id, candidate.region).count(Environment):
                yield candidate

    def _make(self, owner: BucketOwner, s3: Application) -> None:
        name = naming.bucket(owner.region, owner.account_id)
        body = b"" if owner.region == "us-east-1" else _LOCATION.format(owner.region).encode()
        account_id, region = owner.account_id, owner.region
        status = inside.answer(s3, account_id, "s3", body, method="PUT", path=f"/{name}", region=region).status
        if status in (HTTPStatus.OK, HTTPStatus.CONFLICT):  # made, or there already
            self._made[name] = owner
        else:
            _log.warning("the bucket %s cannot be made: S3 answers with the status %d", name, status)
