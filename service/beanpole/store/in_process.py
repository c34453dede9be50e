"""A Redis inside this process: fakeredis, with scripts that stay compiled and commands that are handed over unpacked.

By itself fakeredis compiles a script anew at each call, and collects all of Lua's garbage after it; and the client
writes each command as bytes, which fakeredis parses. Here a server keeps each script as a function, and a connection
hands over the words of a command, and takes the answer from a queue that is written in C. Most commands have one key,
and take their other words as they are; for those the general way in which fakeredis converts words, which takes longer
than the command itself, is left out. What commands and scripts do, and how they fail, is fakeredis's own; but a new
global variable is refused by Lua, as in Redis, while fakeredis looks for one at each call that a script makes.
"""

from collections.abc import Callable, Iterable
from queue import SimpleQueue
from typing import Any, NamedTuple

from fakeredis import FakeRedis, FakeServer
from fakeredis import _msgs as msgs
from fakeredis._clients import FakeRedisConnection
from fakeredis._commands import COMMANDS_WITH_SUB, SUPPORTED_COMMANDS, Key, Signature
from fakeredis._core import CommandItem
from fakeredis._helpers import SimpleError, current_time
from fakeredis._socket import FakeSocket
from fakeredis._socket._resp import convert_to_resp2
from fakeredis.commands_mixins.scripting_mixin import LUA_MODULE, _convert_redis_arg
from fakeredis.commands_mixins.streams_mixin import _AddTrimArgs
from fakeredis.model._stream import StreamEntryKey
from redis.exceptions import ResponseError

# Redis's own sentence, and as there it is an error at the line of the script.
READ_ONLY_GLOBALS = """
setmetatable(_G, {__newindex = function(_, name)
  error("Script attempted to create global variable '" .. tostring(name) .. "'", 2)
end})
"""
COLLECT = "collectgarbage()"  # fakeredis executes it after each script; Lua collects by itself when it has to

Fields = list[bytes]  # a command's name and arguments

_AS_THEY_ARE = frozenset((bytes, int, type(None)))  # answers that no protocol converts


class InProcess(FakeRedis):
    """A client of a server of its own."""

    def __init__(self) -> None:
        super().__init__(server=FakeServer(), version=(7,), connection_class=_Connection)
        self._idle: list[Any] = []

    def execute_command(self, *args: Any, **options: Any) -> Any:
        """Execute one command; nothing is sent again, since no connection inside a process breaks."""
        try:
            connection = self._idle.pop()
        except IndexError:
            connection = self.connection_pool.get_connection()
        try:
            connection.hand_over(*args)
            return self.parse_response(connection, args[0], **options)  # type: ignore[no-untyped-call]  # redis-py's
        except ResponseError:
            raise
        except BaseException:
            connection.disconnect()  # an answer may be left in it
            raise
        finally:
            self._idle.append(connection)


class _Connection(FakeRedisConnection):
    """Hands over words."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._command_packer = _Packer(self.encoder.encode)

    def hand_over(self, *args: Any) -> None:
        """Execute one command, whose answer is then to be read."""
        socket: Any = self.get_socket()
        for fields in self._command_packer.pack(*args):
            socket.sendall(fields)

    def pack_commands(self, commands: Iterable[tuple[Any, ...]]) -> list[Fields]:
        """Several commands, for a pipeline."""
        return [fields for command in commands for fields in self._command_packer.pack(*command)]

    def _connect(self) -> "_Socket":
        server: Any = self._server
        return _Socket(server, client_class=self._client_class, db=self.db, client_info=self._client_info)


class _Packer:
    """Makes a command's words bytes; a name of two words, such as CONFIG GET, is two words."""

    def __init__(self, encode: Callable[[Any], Any]) -> None:
        self._encode = encode

    def pack(self, name: str | bytes, *args: Any) -> list[Fields]:
        """The one piece in which the command is sent."""
        words = name.encode() if isinstance(name, str) else name
        return [[*words.split(), *map(self._word, args)]]

    def _word(self, word: Any) -> bytes:
        if type(word) is bytes:
            return word
        return word.encode() if type(word) is str else bytes(self._encode(word))


class _Command(NamedTuple):
    """A command: the function of a socket, the signature, and the key if that is the only word to be looked up."""

    function: Any
    signature: Signature
    key: Key | None


class _Socket(FakeSocket):
    """Executes words, and scripts by their compiled functions."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._commands: dict[bytes, _Command | None] = {}
        self.responses: SimpleQueue[Any] | None = SimpleQueue()  # type: ignore[assignment]  # has all that is called

    def put_response(self, message: Any) -> None:
        """Answer; who waits for answers of several sockets is told once until it has looked."""
        if self.responses is not None:
            self.responses.put(message)
            if not self.response_ready.is_set():
                self.response_ready.set()

    def sendall(self, data: Any) -> None:
        """Execute a command; bytes are parsed by fakeredis."""
        if isinstance(data, list):
            self._process_command(data)
        else:
            super().sendall(data)

    def _process_command(self, fields: Fields) -> None:
        """Execute a command and answer; outside a transaction, one with a single key needs no more checks."""
        command = self._command(fields[0])
        if command is None or command.key is None or self._queueing or self._server.closed_sockets:
            super()._process_command(fields)
            return
        with self._server.lock:
            self._db.time = current_time() / 1000
            result = self._executed(command.function, command.signature, fields[1:])
        self.put_response(self._decode_result(result))

    def _run_command(self, func: Any, sig: Signature, args: Fields, from_script: bool) -> Any:
        """The result of a command, or its error."""
        if _only_key(sig) is None or self._pubsub:
            return super()._run_command(func, sig, args, from_script)
        return self._executed(func, sig, args)

    def _executed(self, function: Any, signature: Signature, args: Fields) -> Any:
        """The result of a command with a single key, or its error."""
        key: Key = signature.fixed[0]  # type: ignore[assignment]  # `_only_key` has seen it
        try:
            signature.check_arity(args, self.version)
            stored = self._db.get(args[0])
            if stored is None and key.missing_return is not Key.UNSPECIFIED:
                return key.missing_return
            if stored is not None and key.type_ is not None and type(stored.value) is not key.type_:
                raise SimpleError(msgs.WRONGTYPE_MSG)
            empty = None if stored is not None or key.type_ in (None, bytes) else key.type_()
            entry = CommandItem(args[0], self._db, stored, default=empty)
            result = function(entry, *args[1:])
        except SimpleError as error:
            return error
        if entry.is_modified:
            entry.writeback()
        if type(result) in _AS_THEY_ARE or self._resp_version != 2:
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
                self._commands[name] = _Command(function, signature, _only_key(signature))
        return self._commands[name]

    def evalsha(self, sha1: bytes, numkeys: int, *words: bytes) -> Any:
        """Execute a script that is stored; fakeredis would make its digest again."""
        server: Any = self._server
        script = server.script_cache.get(sha1)
        if script is None or not 0 <= numkeys <= len(words):
            return super().evalsha(sha1, numkeys, *words)  # which refuses it
        runtime = self._get_server_runtime(server)
        server._lua_current_socket[0] = self
        self._script_resp = 2
        server._lua_set_keys_argv(runtime.table_from(words[:numkeys]), runtime.table_from(words[numkeys:]))
        try:
            result = runtime.execute(script)
        except LUA_MODULE.LuaError as error:
            raise SimpleError(msgs.SCRIPT_ERROR_MSG.format(sha1.decode(), error)) from None
        finally:
            self._script_resp = None
        return self._convert_lua_result(result, nested=False)

    def _parse_add_trim_args(self, args: tuple[bytes, ...], xadd: bool) -> Any:
        """The options of XADD and XTRIM: none where an entry's id is the first word, as wherever we add one."""
        if not (xadd and args[0][:1].isdigit()):
            return super()._parse_add_trim_args(args, xadd)
        entry_id, seq_given = StreamEntryKey.parse_xadd_id(args[0], allow_seq_star=True)
        return _AddTrimArgs(entry_id=entry_id, seq_given=seq_given)

    def _keyspace_notifications(self, *_: Any) -> None:
        """There are none, as in a Redis whose `notify-keyspace-events` is not set."""

    def _subkey_notifications(self, *_: Any) -> None:
        """Do nothing: no script or command of ours needs events of keys."""

    def add_subkey_event(self, *_: Any) -> None:
        """Do nothing: no script or command of ours needs events of keys."""

    def _get_server_runtime(self, server: Any) -> "_ScriptCache":
        if not hasattr(server, "compiling_runtime"):
            server.compiling_runtime = _ScriptCache(super()._get_server_runtime(server))
        runtime: _ScriptCache = server.compiling_runtime
        return runtime

    def _lua_redis_call(self, lua_runtime: Any, expected_globals: set[Any], op: bytes, *args: Any) -> Any:
        """A command of a script. It is looked up once, if its name is one word."""
        command = self._command(op)
        if command is None:
            return super()._lua_redis_call(self._get_server_runtime(self._server), expected_globals, op, *args)
        words = [arg if type(arg) is bytes else _convert_redis_arg(arg) for arg in args]
        if command.key is None or self._pubsub:
            result = self._run_command(command.function, command.signature, words, True)
        else:
            result = self._executed(command.function, command.signature, words)
        return result if type(result) is bytes else self._convert_redis_result(lua_runtime, result)


def _only_key(signature: Signature) -> Key | None:
    """The first word of a command if that is a key, and if it needs no other word looked up or converted."""
    first, *others = (*signature.fixed, *signature.repeat) or (None,)
    if not isinstance(first, Key) or signature.flags or any(other is not bytes for other in others):
        return None
    return first


class _ScriptCache:
    """A Lua runtime that compiles each script once, as the script cache of Redis does."""

    def __init__(self, lua: Any) -> None:
        lua.execute(READ_ONLY_GLOBALS)
        self.table_from = lua.table_from
        self._compile = lua.compile
        self._functions: dict[bytes, Callable[[], Any]] = {}

    def execute(self, script: bytes | str) -> Any:
        """The result of the script."""
        if script == COLLECT:
            return None
        assert isinstance(script, bytes)
        if script not in self._functions:
            self._functions[script] = self._compile(script)
        return self._functions[script]()

    def globals(self) -> dict[bytes, Any]:
        """The global variables that a script made, for fakeredis: there are none."""
        return {}
