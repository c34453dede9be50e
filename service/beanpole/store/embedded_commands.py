"""Commands of the embedded store that each call and each commit makes, in the forms in which they are made.

fakeredis looks for options that we do not give, for fields of hashes that expire, and at each word of an answer. Every
other form of these commands is fakeredis's own.
"""

from typing import Any

from fakeredis._command_args_parsing import Float
from fakeredis._core import CommandItem
from fakeredis._socket import FakeSocket
from fakeredis.commands_mixins.streams_mixin import _AddTrimArgs
from fakeredis.model._stream import StreamEntryKey

_SHORT = 19  # digits of milliseconds that are below every bound of an id
_NODE_LIMITS = 100, 4096  # entries and bytes, as fakeredis has them


class Commands(FakeSocket):
    """A socket with these commands."""

    def hget(self, key: CommandItem, field: bytes) -> Any:
        """Read a field of a hash."""
        stored = key.value
        return super().hget(key, field) if stored._expiry_heap else stored._values.get(field)

    def hmget(self, key: CommandItem, *fields: bytes) -> list[bytes]:
        """Read fields of a hash."""
        stored = key.value
        return super().hmget(key, *fields) if stored._expiry_heap else list(map(stored._values.get, fields))

    def _hset(self, key: CommandItem, *args: bytes) -> int:
        """Set fields of a hash, of which none expires."""
        stored = key.value
        if stored._expiry_heap or stored._expirations:
            return super()._hset(key, *args)
        values = stored._values
        before = len(values)
        values.update(zip(args[::2], args[1::2], strict=True))
        key.updated()
        return len(values) - before

    def zadd(self, key: CommandItem, *args: bytes) -> Any:
        """Add members to a sorted set: without options where a score is the first word, as wherever we add one."""
        if not (args[0][:1].isdigit() and len(args) == 2):
            return super().zadd(key, *args)
        before = len(key.value)
        if key.value.add(args[1], 0.0 + Float.decode(args[0])):
            key.updated()
        return len(key.value) - before

    def set_(self, key: CommandItem, value: bytes, *args: bytes) -> Any:
        """Set a string; the only option of a commit is that it reads the string before."""
        if args != (b"GET",) or not (key.value is None or type(key.value) is bytes):
            return super().set_(key, value, *args)
        before, key.value = key.value, value
        return before

    def _stream_node_limits(self) -> tuple[int, int]:
        """The limits of a node of a stream; they are fakeredis's own where none is configured."""
        return super()._stream_node_limits() if self._server.config else _NODE_LIMITS

    def _parse_add_trim_args(self, args: tuple[bytes, ...], xadd: bool) -> Any:
        """The options of XADD and XTRIM: none where an entry's id is the first word, as wherever we add one."""
        if not (xadd and args[0][:1].isdigit()):
            return super()._parse_add_trim_args(args, xadd)
        milliseconds, _, sequence = args[0].partition(b"-")
        if sequence == b"*" and milliseconds.isdigit() and len(milliseconds) < _SHORT:
            return _AddTrimArgs(entry_id=StreamEntryKey(int(milliseconds), 0), seq_given=False)
        entry_id, seq_given = StreamEntryKey.parse_xadd_id(args[0], allow_seq_star=True)
        return _AddTrimArgs(entry_id=entry_id, seq_given=seq_given)
