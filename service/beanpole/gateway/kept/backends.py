"""moto's backends by name, and a note of each that a call comes to.

moto finds a backend by two dictionaries, of a service's accounts and of an account's regions. Both are watched: the
first so that what was kept of an account is there before anything looks for it, the second for what a call may change.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import cache
from importlib import import_module
from typing import Any

from beanpole.gateway.kept.unpickling import Key

_noting = threading.local()


class Watch:
    """The dictionaries, watched from now on; `account_is_new` is called for each account that a service hears of."""

    def __init__(self, account_is_new: Callable[[Key], None]) -> None:
        self._account_is_new = account_is_new
        self._base: Any = import_module("moto.core.base_backend")
        self._lock = threading.Lock()
        self._unasked: set[Key] = set()  # those that moto's own threads have come to
        self._watch()

    @contextmanager
    def noting(self) -> Iterator[set[Key]]:
        """The backends that a call of this thread comes to."""
        outer = getattr(_noting, "keys", None)
        _noting.keys = set()
        try:
            yield _noting.keys
        finally:
            _noting.keys = outer

    def whole(self) -> AbstractContextManager[Any]:
        """A stretch in which no backend is half made or half loaded."""
        lock: AbstractContextManager[Any] = self._base.backend_lock
        return lock

    def unasked(self) -> set[Key]:
        """The backends that were come to outside of any call since this was read last."""
        with self._lock:
            keys, self._unasked = self._unasked, set()
        return keys

    def _watch(self) -> None:
        watch, find = self, self._base.AccountSpecificBackend.__getitem__
        create = self._base.BackendDict._create_account_specific_backend

        def __getitem__(self: Any, region: str) -> Any:
            watch._note(_key(self.backend, self.service_name, self.account_id, region))
            return find(self, region)

        def _create_account_specific_backend(self: Any, account_id: str) -> None:
            with watch.whole():  # a call that waits for messages stands in no line
                is_new = not dict.__contains__(self, account_id)
                create(self, account_id)
                if is_new:
                    watch._account_is_new(_key(self.backend, self.service_name, account_id, ""))

        self._base.AccountSpecificBackend.__getitem__ = __getitem__
        self._base.BackendDict._create_account_specific_backend = _create_account_specific_backend

    def _note(self, key: Key) -> None:
        keys: set[Key] | None = getattr(_noting, "keys", None)
        if keys is not None:
            keys.add(key)
        else:
            with self._lock:
                self._unasked.add(key)


def of(key: Key) -> Any:
    """The backend of a name; it is made if there is none."""
    return accounts(key)[key.account_id][key.region]


def key_of(backend: Any) -> Key:
    """The name of a backend."""
    package = type(backend).__module__.split(".")[1]
    account_id, region = (object.__getattribute__(backend, name) for name in ("account_id", "region_name"))
    return Key(package, _service(package), account_id, region)


def existing(key: Key) -> Any | None:
    """The backend of a name, if there is one."""
    regions = dict.get(accounts(key), key.account_id)
    return None if regions is None else dict.get(regions, key.region)


def blank(key: Key) -> Any:
    """A backend without anything in it, put in its place."""
    regions = accounts(key)[key.account_id]
    backend = regions.backend.__new__(regions.backend)
    partition = import_module("moto.utilities.utils").get_partition(key.region)
    members = {"region_name": key.region, "account_id": key.account_id, "partition": partition}
    object.__getattribute__(backend, "__dict__").update(members)
    dict.__setitem__(regions, key.region, backend)
    return backend


def complete(key: Key, backend: Any) -> None:
    """Give a backend that another moto has written the members that this one has beyond."""
    fresh = type(backend)(key.region, key.account_id)
    members = object.__getattribute__(backend, "__dict__")
    members.update({name: value for name, value in vars(fresh).items() if name not in members})


def remove(key: Key) -> None:
    """Take an account of a service away, so that it is looked for again."""
    dict.pop(accounts(key), key.account_id, None)


def accounts(key: Key) -> Any:
    """The accounts of a service."""
    return _dictionary(key.package)


def _service(package: str) -> str:
    return str(_dictionary(package).service_name)


@cache
def _dictionary(package: str) -> Any:
    """The dictionary of a package of moto's; each has one for its own service."""
    base: Any = import_module("moto.core.base_backend")
    (accounts_,) = (
        value
        for value in vars(import_module(f"moto.{package}.models")).values()
        if isinstance(value, base.BackendDict) and value.backend.__module__.split(".")[1] == package
    )
    return accounts_


def version() -> str:
    """moto's version."""
    return str(import_module("moto").__version__)


def _key(kind: type, service: str, account_id: str, region: str) -> Key:
    return Key(kind.__module__.split(".")[1], service, account_id, "aws" if region == "global" else region)
