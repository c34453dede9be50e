"""A call of a script beside which this process does something else, since Redis works on it by itself."""

from collections.abc import Callable
from typing import Any

from redis.exceptions import ConnectionError as Broken
from redis.exceptions import NoScriptError

from beanpole.store.connection import Connection, is_embedded

Script = Callable[..., Any]


def call(redis: Connection, script: Script, meanwhile: Callable[[], None], **arguments: Any) -> Any:
    """The answer of a script; between the call and the answer `meanwhile` is called, and if that raises, so does this.

    A call whose connection breaks is sent again, so the script must remember its answer. An embedded Redis works in
    this process, and so on nothing beside.
    """
    if is_embedded(redis):
        answer = script(**arguments)
        meanwhile()
        return answer
    sent = _Sent(redis, script, arguments)
    try:
        meanwhile()
    finally:
        answer = sent.answer()
    return answer


class _Sent:
    """A call that is sent; its answer must be read."""

    def __init__(self, redis: Connection, script: Script, arguments: dict[str, Any]) -> None:
        self._script, self._arguments = script, arguments
        self._pool = redis.connection_pool
        self._connection = self._pool.get_connection()
        self._is_broken = False
        try:
            script(**arguments, client=self)
        except Broken:
            self._is_broken = True
        except BaseException:
            self._pool.release(self._connection)
            raise

    def evalsha(self, *words: Any) -> None:
        """Send the call of the script, but read no answer; it is sent at once, so Redis awakes once."""
        self._connection.send_packed_command([b"".join(self._connection.pack_command("EVALSHA", *words))])

    def answer(self) -> Any:
        """Wait for the answer."""
        try:
            if not self._is_broken:
                return self._connection.read_response()
        except (Broken, NoScriptError):
            pass
        finally:
            self._pool.release(self._connection)
        return self._script(**self._arguments)
