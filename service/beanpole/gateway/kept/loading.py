"""Loads the state that was kept: an account of a service at a time, when moto first comes to it."""

from collections.abc import Mapping
from pickle import UnpicklingError
from typing import Any

from beanpole.gateway.kept import backends, groups, unpickling
from beanpole.gateway.kept.bodies import Bodies
from beanpole.gateway.kept.failures import Away, Unreadable
from beanpole.gateway.kept.groups import Group, Groups
from beanpole.gateway.kept.inventory import Inventories
from beanpole.gateway.kept.records import Records
from beanpole.gateway.kept.unpickling import Key
from beanpole.store import keys
from beanpole.store.connection import StoreError

_UNREADABLE = (
    UnpicklingError,
    ArithmeticError,
    AttributeError,
    EOFError,
    ImportError,
    LookupError,
    TypeError,
    ValueError,
)


class Loader:
    """Reads records, and has what the states in them refer to."""

    def __init__(self, records: Records, bodies: Bodies, inventories: Inventories, groups_: Groups) -> None:
        self._records, self._bodies, self._inventories, self._groups = records, bodies, inventories, groups_
        self._loading: set[Group] = set()
        self._knows_buckets = False

    def account_is_new(self, key: Key) -> None:
        """Load what was kept of an account of a service; raises Unreadable and Away, and has loaded nothing then."""
        try:
            if key.package == "s3":
                self._expect_buckets(key)
            for field in self._records.fields(key.account_id):
                group = groups.members(key.account_id, field)
                if any(member.package == key.package for member in group) and group not in self._loading:
                    self._load(group, field)
            if key.package == "s3":
                self._bodies.sweep(key.account_id, self._inventories.of(key.account_id).bodies())
        except StoreError as error:
            backends.remove(key)
            raise Away(str(error)) from None
        except BaseException:
            backends.remove(key)
            raise

    def forget(self) -> None:
        """Look for everything anew."""
        self._loading.clear()

    def backend(self, key: Key) -> Any:
        """The backend of a name."""
        return backends.of(key)

    def body(self, account_id: str, name: str) -> Any:
        """The body of a name."""
        return self._bodies.open(account_id, name)

    def policies(self, key: Key) -> Mapping[str, Any]:
        """The policies that AWS manages, by ARN, of a backend of IAM."""
        policies: Mapping[str, Any] = backends.of(key).managed_policies
        return policies

    def _load(self, group: Group, field: str) -> None:
        """Load the record of a group, each member into its place."""
        account_id = next(iter(group)).account_id
        self._loading.add(group)
        try:
            record = self._records.read(account_id, field)
            if record is None:
                return
            members = {member: backends.blank(member) for member in sorted(group)}
            unpickling.read(record.state, self)
            if self._records.version() != backends.version():
                for member, backend in members.items():
                    backends.complete(member, backend)
            self._groups.join(group)
            self._inventories.of(account_id).put(groups.place(group), record)
            for member, backend in members.items():
                if member.package == "s3":
                    self._load_objects(member, backend)
        except _UNREADABLE as error:
            self._give_up(group)
            version = self._records.version()
            raise Unreadable(
                f"moto {backends.version()} cannot read what moto {version} held for {field}: {error!r}."
            ) from error
        except BaseException:
            self._give_up(group)
            raise
        finally:
            self._loading.discard(group)

    def _give_up(self, group: Group) -> None:
        for member in group:
            backends.remove(member)

    def _load_objects(self, key: Key, backend: Any) -> None:
        inventory = self._inventories.of(key.account_id)
        for name, bucket in backend.buckets.items():
            for object_key, record in self._records.objects(key.account_id, name).items():
                bucket.keys.fill(object_key, unpickling.read(record.state, self))
                inventory.put((keys.companion_objects(key.account_id, name), object_key), record)
            bucket.keys.noted.clear()

    def _expect_buckets(self, key: Key) -> None:
        """Say whose the buckets are, of all accounts, before the first call of S3."""
        if not self._knows_buckets:
            from beanpole.gateway.kept import objects

            objects.install()
            self._inventories.buckets.update(self._records.buckets())
            backends.accounts(key).bucket_accounts.update(self._inventories.buckets)
            self._knows_buckets = True
