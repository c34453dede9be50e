"""A Redis inside this process: fakeredis, with scripts that stay compiled and commands that are handed over unpacked.

By itself fakeredis compiles a script anew at each call, and collects all of Lua's garbage after it; and the client
writes each command as bytes, which fakeredis parses. Here a server keeps each script as a function, and a connection
hands over the words of a command, and takes the answer from a queue that is written in C. What commands and scripts do,
and how they fail, is fakeredis's own; but a new global variable is refused by Lua, as in Redis, while fakeredis looks
for one at each call that a script makes.
"""

from collections.abc import Callable, Iterable
from queue import SimpleQueue
from typing import Any

from fakeredis import FakeRedis, FakeServer
from fakeredis._clients import FakeRedisConnection
from fakeredis._commands import COMMANDS_WITH_SUB, SUPPORTED_COMMANDS
from fakeredis._socket import FakeSocket
from fakeredis.commands_mixins.scripting_mixin import _convert_redis_arg
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
            connection.send_command(*args)
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


class _Socket(FakeSocket):
    """Executes words, and scripts by their compiled functions."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._commands: dict[bytes, Any] = {}  # by name, the function of a command and its signature
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

    def _parse_add_trim_args(self, args: tuple[bytes, ...], xadd: bool) -> Any:
        """The options of XADD and XTRIM: none where an entry's id is the first word, as wherever we add one."""
        if not (xadd and args[0][:1].isdigit()):
            return super()._parse_add_trim_args(args, xadd)
        entry_id, seq_given = StreamEntryKey.parse_xadd_id(args[0], allow_seq_star=True)
        return _AddTrimArgs(entry_id=entry_id, seq_given=seq_given)

    def _keyspace_notifications(self, *_: Any) -> None:
        """There are none, as in a Redis whose `notify-keyspace-events` is not set."""

    def _subkey_notifications(self, *_: Any) -> None:
        """There are none."""

    def _get_server_runtime(self, server: Any) -> "_ScriptCache":
        if not hasattr(server, "compiling_runtime"):
            server.compiling_runtime = _ScriptCache(super()._get_server_runtime(server))
        runtime: _ScriptCache = server.compiling_runtime
        return runtime

    def _lua_redis_call(self, lua_runtime: Any, expected_globals: set[Any], op: bytes, *args: Any) -> Any:
        """A command of a script. It is looked up once, if its name is one word."""
        known = self._commands.get(op)
        if known is None:
            name = op.decode(errors="replace").lower()
            if name in COMMANDS_WITH_SUB or name not in SUPPORTED_COMMANDS:
                return super()._lua_redis_call(self._get_server_runtime(self._server), expected_globals, op, *args)
            known = self._commands[op] = self._name_to_func(name)
        function, signature = known
        result = self._run_command(function, signature, [*map(_convert_redis_arg, args)], True)
        return self._convert_redis_result(lua_runtime, result)


class _ScriptCache:
    """A Lua runtime that compiles each script once, as the script cache of Redis does."""

    def __init__(self, lua: Any) -> None:
        lua.execute(READ_ONLY_GLOBALS)
        self.table_from = lua.table_from
        self._compile = lua.compile
        self._functions: dict[bytes, Callable[[], Any]] = {}

    def execute(self, script: bytes | str) -> Any:
        """What the script returns."""
        if script == COLLECT:
            return None
        assert isinstance(script, bytes)
        if script not in self._functions:
            self._functions[script] = self._compile(script)
        return self._functions[script]()

    def globals(self) -> dict[bytes, Any]:
        """Where fakeredis looks for global variables that a script made: there are none."""
        return {}
