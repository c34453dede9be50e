"""The server of an embedded store: fakeredis, with scripts that stay compiled and commands that are words.

By itself fakeredis compiles a script anew at each call, and collects all of Lua's garbage after it. Here a server keeps
each script as a function. Most commands have one key, and take their other words as they are; for those the general way
in which fakeredis converts words, which takes longer than the command itself, is left out. And a write wakes only the
clients that wait for its key, as in Redis; fakeredis wakes all that wait, as RQ's workers always do. What commands and
scripts do, and how they fail, is fakeredis's own; but a new global variable is refused by Lua, as in Redis, while
fakeredis looks for one at each call that a script makes.
"""

from collections import defaultdict
from queue import SimpleQueue
from typing import Any, NamedTuple

from fakeredis import FakeServer
from fakeredis import _msgs as msgs
from fakeredis._command_args_parsing import Int
from fakeredis._commands import COMMANDS_WITH_SUB, SUPPORTED_COMMANDS, Key, Signature
from fakeredis._core import CommandItem
from fakeredis._core import Database as FakeDatabase
from fakeredis._helpers import SimpleError, current_time
from fakeredis._socket._resp import convert_to_resp2
from fakeredis.commands_mixins.scripting_mixin import LUA_MODULE, _convert_redis_arg

from beanpole.store.embedded_commands import LATER, ON_HASHES, Commands
from beanpole.store.embedded_scripts import ScriptCache

Fields = list[bytes]  # a command's name and arguments

_AS_THEY_ARE = frozenset((bytes, int, type(None)))  # answers that no protocol converts
_FLAT = frozenset(("hmget", "hvals", "hkeys"))  # commands whose answers are lists of bytes, and of None
_WITHOUT_KEY = frozenset(("publish",))


def server() -> FakeServer:
    """A server of its own."""
    fake = FakeServer()
    fake.dbs = defaultdict(lambda: Database(fake.lock))
    return fake


class Database(FakeDatabase):
    """A database that knows the words of each command that waits, its keys among them."""

    def __init__(self, lock: Any) -> None:
        super().__init__(lock)
        self.waits: list[Fields] = []

    def notify_watch(self, key: bytes) -> None:
        """Tell transactions that watch a key, and wake who waits for it."""
        for socket in self._watches.get(key, ()):
            socket.notify_watch()
        for words in self.waits:
            if key in words:
                self.wake_all()
                break

    def find(self, key: bytes) -> Any:
        """The item of a key; None if there is none, or if it has expired."""
        item = self._dict.get(key)
        return item if item is None or item.expireat is None else self.get(key)


class _Command(NamedTuple):
    """A command: the function of a socket, the signature, and the key if that is the only word to be looked up.

    `is_plain`: it has no key at all, and takes its words as they are. `is_flat`: its answer is never converted.
    `on_hash` is a shorter way for most calls of it (`embedded_commands.ON_HASHES`).
    """

    function: Any
    signature: Signature
    key: Key | None
    is_plain: bool
    is_flat: bool
    on_hash: Any


class Socket(Commands):
    """Executes words, and scripts by their compiled functions."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._commands: dict[bytes, _Command | None] = {}
        self._words: Fields = []  # of the command that is executed
        self.responses: SimpleQueue[Any] | None = SimpleQueue()  # type: ignore[assignment]  # has all that is called

    def put_response(self, message: Any) -> None:
        """Answer; who waits for answers of several sockets is told once until it has looked."""
        if self.responses is not None:
            self.responses.put(message)
            if not self.response_ready.is_set():
                self.response_ready.set()

    def answer(self, fields: Fields) -> Any:
        """The answer to a command, or its error; where the command needs no check, no queue holds it meanwhile."""
        result = self._at_once(fields)
        if result is not LATER:
            return result
        super()._process_command(fields)
        return self.responses.get()  # type: ignore[union-attr]  # it is open

    def sendall(self, data: Any) -> None:
        """Execute a command; bytes are parsed by fakeredis."""
        if isinstance(data, list):
            self._process_command(data)
        else:
            super().sendall(data)

    def _process_command(self, fields: Fields) -> None:
        """Execute a command and answer."""
        result = self._at_once(fields)
        if result is LATER:
            super()._process_command(fields)
        else:
            self.put_response(result)

    def _at_once(self, fields: Fields) -> Any:
        """The answer to a command outside a transaction that needs no check: a script, or one with a single key."""
        command = self._command(fields[0])
        is_script = fields[0] == b"EVALSHA" and len(fields) > 2
        if command is None or not (command.key or command.is_plain or is_script) or self._is_special():
            return LATER
        with self._server.lock:
            self._db.time = current_time() / 1000
            result = self._script(*fields[1:]) if is_script else self._executed(command, fields[1:])
        if type(result) in _AS_THEY_ARE or (command.is_flat and type(result) is list):
            return result
        return self._decode_result(result)

    def _is_special(self) -> bool:
        """Tell whether the connection is in a transaction or subscribes, or the server has sockets to forget."""
        return bool(self._queueing or self._pubsub or self._server.closed_sockets)

    def _run_command(self, func: Any, sig: Signature, args: Fields, from_script: bool) -> Any:
        """The result of a command, or its error."""
        self._words = args
        return super()._run_command(func, sig, args, from_script)

    def _blocking(self, *arguments: Any, **options: Any) -> Any:
        """Wait for a key."""
        waits, words = self._db.waits, self._words  # type: ignore[attr-defined]  # a `Database`
        waits.append(words)
        try:
            return super()._blocking(*arguments, **options)
        finally:
            waits.remove(words)

    def _executed(self, command: _Command, args: Fields) -> Any:
        """The result of a command with a single key or none, or its error."""
        key = command.key
        database: Database = self._db  # type: ignore[assignment]  # of `server`
        if command.on_hash is not None and args and (result := command.on_hash(database, *args)) is not LATER:
            return result
        try:
            if len(args) != len(command.signature.fixed):
                command.signature.check_arity(args, self.version)
            if key is None:
                return command.function(*args)
            stored = database.find(args[0])
            if stored is None and key.missing_return is not Key.UNSPECIFIED:
                return key.missing_return
            if stored is not None and key.type_ is not None and type(stored.value) is not key.type_:
                raise SimpleError(msgs.WRONGTYPE_MSG)
            empty = None if stored is not None or key.type_ in (None, bytes) else key.type_()
            entry = CommandItem(args[0], database, stored, default=empty)
            result = command.function(entry, *args[1:])
        except SimpleError as error:
            return error
        if entry.is_modified:
            if stored is not None and stored.expireat is None is entry.expireat and entry.value:
                database.notify_watch(args[0])
                stored.value = entry.value
            else:
                entry.writeback()
        if type(result) in _AS_THEY_ARE or command.is_flat or self._resp_version != 2:
            return result
        return convert_to_resp2(result)

    def _command(self, name: bytes) -> _Command | None:
        """The command of a name; None for a name of two words, and where there is none."""
        if name not in self._commands:
            decoded = name.decode(errors="replace").lower()
            if decoded in COMMANDS_WITH_SUB or decoded not in SUPPORTED_COMMANDS:
                self._commands[name] = None
            else:
                function, signature = self._name_to_func(decoded)
                key, is_plain = _only_key(signature), decoded in _WITHOUT_KEY
                is_flat, on_hash = decoded in _FLAT, ON_HASHES.get(decoded)
                self._commands[name] = _Command(function, signature, key, is_plain, is_flat, on_hash)
        return self._commands[name]

    def _script(self, sha1: bytes, number_of_keys: bytes, *words: bytes) -> Any:
        """The result of a script that is stored, or its error; fakeredis would make its digest again."""
        server: Any = self._server
        script = server.script_cache.get(sha1)
        try:
            count = Int.decode(number_of_keys)
            if script is None or not 0 <= count <= len(words):
                return self.evalsha(sha1, count, *words)  # which refuses it
            runtime = self._get_server_runtime(server)
            server._lua_current_socket[0] = self
            self._script_resp = 2
            server._lua_set_keys_argv(runtime.table_from(words[:count]), runtime.table_from(words[count:]))
            result = runtime.execute(script)
        except LUA_MODULE.LuaError as error:
            return SimpleError(msgs.SCRIPT_ERROR_MSG.format(sha1.decode(), error))
        except SimpleError as error:
            return error
        finally:
            self._script_resp = None
        return self._script_answer(result)

    def _script_answer(self, result: Any) -> Any:
        try:
            return self._convert_lua_result(result, nested=False)
        except SimpleError as error:
            return error

    def _expireat(self, key: Any, timestamp: float, *args: bytes, **more: Any) -> int:
        """Set the instant at which a key expires; as in Redis, one that is not in the future deletes the key.

        `more` is what fakeredis has for itself from version 2.41.0 on.
        """
        result: int = super()._expireat(key, timestamp, *args, **more)
        if result and timestamp <= self._db.time:
            key.value = None
        return result

    def _keyspace_notifications(self, *_: Any) -> None:
        """There are none, as in a Redis whose `notify-keyspace-events` is not set."""

    def _subkey_notifications(self, *_: Any) -> None:
        """Do nothing: no script or command of ours needs events of keys."""

    def add_subkey_event(self, *_: Any) -> None:
        """Do nothing: no script or command of ours needs events of keys."""

    def _get_server_runtime(self, server: Any) -> "ScriptCache":
        if not hasattr(server, "compiling_runtime"):
            server.compiling_runtime = ScriptCache(super()._get_server_runtime(server))
        runtime: ScriptCache = server.compiling_runtime
        return runtime

    def _lua_redis_call(self, lua_runtime: Any, expected_globals: set[Any], op: bytes, *args: Any) -> Any:
        """A command of a script. It is looked up once, if its name is one word."""
        command = self._command(op)
        if command is None:
            return super()._lua_redis_call(self._get_server_runtime(self._server), expected_globals, op, *args)
        words = [arg if type(arg) is bytes else _convert_redis_arg(arg) for arg in args]
        if command.key or command.is_plain:
            result = self._executed(command, words)
        else:
            result = self._run_command(command.function, command.signature, words, True)
        if type(result) is list:  # most are of texts alone, which need no conversion
            convert = self._convert_redis_result
            return lua_runtime.table_from(
                [item if type(item) is bytes else convert(lua_runtime, item) for item in result]
            )
        return result if type(result) is bytes else self._convert_redis_result(lua_runtime, result)


def _only_key(signature: Signature) -> Key | None:
    """The first word of a command if that is a key, and if it needs no other word looked up or converted."""
    first, *others = (*signature.fixed, *signature.repeat) or (None,)
    if not isinstance(first, Key) or signature.flags or any(other is not bytes for other in others):
        return None
    return first
