"""The keeper of what moto holds: what a call has changed is written down before its answer leaves.

Calls go one after the other, so no state is written amid another call; only those that wait for messages stay out of
the line. Records go to Redis in one transaction, which is on the disk when it is answered; bodies of S3 are files,
written before the records that name them, and deleted after the last one.
"""

from collections.abc import Callable, Iterable
from contextlib import nullcontext
from pathlib import Path
from threading import RLock
from typing import Any

from beanpole.gateway.kept import calls
from beanpole.gateway.kept.backends import Watch
from beanpole.gateway.kept.bodies import Bodies
from beanpole.gateway.kept.calls import Answer, Start
from beanpole.gateway.kept.failures import Away
from beanpole.gateway.kept.groups import Groups
from beanpole.gateway.kept.inventory import Inventories
from beanpole.gateway.kept.loading import Loader
from beanpole.gateway.kept.records import Records
from beanpole.gateway.kept.unpickling import Key
from beanpole.gateway.kept.writing import Writer
from beanpole.store.connection import Connection, StoreError

_OF_IMPORTS = "123456789012"  # moto makes backends of this account whenever it imports a service


class Keeper:
    """Keeps what moto holds in a Redis and in a directory."""

    def __init__(self, redis: Connection, folder: Path) -> None:
        self._records, self._bodies = Records(redis), Bodies(folder)
        self._inventories, self._groups = Inventories(), Groups()
        self._loader = Loader(self._records, self._bodies, self._inventories, self._groups)
        self._writer = Writer(self._records, self._bodies, self._inventories, self._groups)
        self._watch: Watch | None = None
        self._line = RLock()
        self._late: set[Key] = set()  # what could not be written when it was changed

    def has(self, package: str) -> bool:
        """Tell whether anything of a package of moto's is kept, of any account."""
        return self._records.has(package)

    def has_keys(self, account_id: str) -> bool:
        """Tell whether anything of IAM or STS is kept of an account; raises StoreError."""
        return any("iam/" in field or "sts/" in field for field in self._records.fields(account_id))

    def around(self, make: Callable[[], Answer]) -> Answer:
        """The application that `make` makes, with all that it changes written down."""
        self._watch = Watch(self._loader.account_is_new)
        answer = make()
        return lambda environ, start_response: self._answer(answer, environ, start_response)

    def forget(self, account_id: str | None, forget_in_moto: Callable[[], None]) -> None:
        """Forget an account, or with None all, here and in moto."""
        with self._line:
            forget_in_moto()
            self._records.forget(account_id)
            self._bodies.forget(account_id)
            self._inventories.forget(account_id)
            self._groups.forget(account_id)
            self._late = {key for key in self._late if account_id not in (None, key.account_id)}

    def _answer(self, answer: Answer, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        environ, start = calls.with_body(environ), Start()
        with nullcontext() if calls.waits(environ) else self._line:
            pieces = self._kept_call(answer, environ, start)
        start_response(*start.arguments)
        return pieces

    def _kept_call(self, answer: Answer, environ: dict[str, Any], start: Start) -> Iterable[bytes]:
        assert self._watch is not None
        with self._watch.noting() as touched:
            try:
                return answer(environ, start)
            finally:
                with self._line:
                    self._keep(touched, environ)

    def _keep(self, touched: set[Key], environ: dict[str, Any]) -> None:
        """Write what a call has changed; a call that only reads may have made a backend with ids of its own."""
        assert self._watch is not None
        only_reads = calls.only_reads(environ)
        changed = {key for key in touched if not (only_reads and self._writer.is_written(key))}
        if environ["HTTP_X_MOTO_ACCOUNT_ID"] != _OF_IMPORTS:
            changed = {key for key in changed if key.account_id != _OF_IMPORTS or self._writer.is_written(key)}
        self._late |= changed | {key for key in self._watch.unasked() if self._writer.is_written(key)}
        if self._late:
            try:
                with self._watch.whole():
                    self._writer.write(self._late)
            except (OSError, StoreError) as error:
                raise Away(f"what it changed cannot be written down: {error}") from None
        self._late = set()
        self._writer.forget_lookups(touched)
