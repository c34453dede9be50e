"""The embedded store answers as fakeredis does, on which it is built, and leaves the same behind."""

from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import Any, NoReturn

import fakeredis
import pytest
from fakeredis import FakeRedis, FakeServer
from redis.exceptions import DataError, RedisError, ResponseError

from beanpole.store import snapshot, world_document
from beanpole.store.connection import Connection, embedded, is_embedded
from beanpole.store.embedded_server import Database, Fields, Socket
from beanpole.store.in_process import InProcess
from beanpole.testing import ACCOUNT, Beanstalk
from environments import STACK
from options import ALB

SCRIPTS = [
    "return {1, 2, 'a', false, {3, {'b'}}}",
    "return {redis.call('GET', KEYS[1]), #KEYS, #ARGV, 3.9, true}",
    "redis.call('SET', KEYS[1], ARGV[1]) return redis.call('GET', KEYS[1])",
    "redis.call('HSET', KEYS[1], 'a', ARGV[1], 'b', 2) return redis.call('HGETALL', KEYS[1])",
    "redis.call('HSET', KEYS[1], 'a', ARGV[1]) return redis.call('HMGET', KEYS[1], 'none', 'a')",
    "return {redis.call('HGET', KEYS[1], 'a'), redis.call('HMGET', KEYS[1], 'a'), redis.call('PUBLISH', KEYS[1], 'a')}",
    "redis.call('SET', KEYS[1], ARGV[1]) return redis.call('HMGET', KEYS[1], 'a')",
    "return redis.call('PUBLISH', KEYS[1])",
    "redis.call('ZADD', KEYS[1], 1.5, 'a', 2, 'b') return redis.call('ZRANGE', KEYS[1], 0, -1, 'WITHSCORES')",
    "redis.call('XADD', KEYS[1], '5-*', 'e', ARGV[1]) return redis.call('XLEN', KEYS[1])",
    "redis.call('SET', KEYS[1], ARGV[1]) return redis.call('LPUSH', KEYS[1], 'x')",
    "redis.call('SET', KEYS[1], ARGV[1]) return redis.pcall('LPUSH', KEYS[1], 'x')['err']",
    "return redis.call('GET')",
    "return redis.call('GET', {})",
    "return redis.call('SUBSCRIBE', 'a')",
    "return redis.call('nonsense')",
    "return redis.call('SCRIPT', 'LOAD', 'return 1')",
    "redis.call('SET', KEYS[1], ARGV[1]) error('no')",
    "return redis.error_reply('BAD luck')",
    "return redis.status_reply('fine')",
    "return cjson.encode({1, ARGV[1], {a = KEYS[1]}})",
    'return cjson.decode(\'[1, "a", {"b": null}]\')[2]',
    "local made = {} for i = 1, 3000 do made[i] = ARGV[1] .. i end return made",
    "return bit == nil",
]
COMMANDS: list[tuple[Any, ...]] = [
    ("SET", "a", "ü"),
    ("GET", b"a"),
    ("SET", "b", 1.5),
    ("INCRBYFLOAT", "b", 2),
    ("APPEND", bytearray(b"a"), memoryview(b"more")),
    ("HSET", "h", "f", b"\x00\r\n$1\r\n*2"),
    ("HGETALL", "h"),
    ("HSET", "h", "f", "1", "g", "2", "f", "3"),
    ("HSET", "h", "g", ""),
    ("HSET", "h", "g"),
    ("HSET", "h"),
    ("HMGET", "h", "f", "none", "g", "f"),
    ("HMGET", "none", "f", "g"),
    ("HMGET", "a", "f"),
    ("HMGET", "h"),
    ("HGET", "h", "none"),
    ("HGET", "h"),
    ("HGET", "h", "f", "g"),
    ("HGET",),
    ("HSET", "a", "f", "1"),
    ("HSET", "h", "f", "1", "g"),
    ("HSET", "t", "f", "1"),
    ("PEXPIREAT", "t", "4102444800000"),
    ("HSET", "t", "f", "2"),
    ("HMGET", "t", "f", "g"),
    ("PEXPIRETIME", "t"),
    ("HDEL", "t", "f"),
    ("HSET", "t", "f", "2"),
    ("PEXPIRETIME", "t"),
    ("HGET", "none", "f"),
    ("HVALS", "h"),
    ("HKEYS", "h"),
    ("HVALS", "none"),
    ("HKEYS", "a"),
    ("HPEXPIREAT", "h", "4102444800000", "FIELDS", "1", "f"),
    ("HGET", "h", "f"),
    ("HMGET", "h", "f", "g"),
    ("HPEXPIRETIME", "h", "FIELDS", "2", "f", "g"),
    ("HSET", "h", "f", "4"),
    ("HPEXPIRETIME", "h", "FIELDS", "2", "f", "g"),
    ("HPEXPIREAT", "h", "1", "FIELDS", "1", "f"),
    ("HMGET", "h", "f", "g"),
    ("PUBLISH", "channel", "message"),
    ("PUBLISH", "channel"),
    ("ZADD", "z", 3, "m"),
    ("ZADD", "z", "1.5", "m"),
    ("ZADD", "z", "1.5", "m"),
    ("ZADD", "z", "1x", "n"),
    ("ZADD", "z", "0", "n"),
    ("ZADD", "z", "NX", "7", "n"),
    ("ZADD", "a", "1", "n"),
    ("ZSCORE", "z", "m"),
    ("SET", "c", "v", "GET"),
    ("SET", "c", "w", "GET"),
    ("SET", "c", "w", "GET", "EX", "100"),
    ("SET", "c", "x", "get"),
    ("TTL", "c"),
    ("SET", "z", "v", "GET"),
    ("CONFIG GET", "maxmemory"),
    ("HGET", "a", "f"),
    ("GET",),
    ("NONSENSE", "a"),
    ("SET", "a", None),
    ("SET", "a", ""),
    ("STRLEN", "a"),
    ("KEYS", "*"),
    ("XADD", "x", "5-1", "e", "a"),
    ("XADD", "x", "5-*", "e", "b"),
    ("XADD", "x", "5", "e", "c"),
    ("XADD", "first", "0-*", "e", "c"),
    ("XADD", "first"),
    ("XADD", "first", "1-*"),
    ("XADD", "first", "*", "e", "c", "f"),
    ("XADD", "x", "5-18446744073709551615", "e", "c"),
    ("XADD", "x", "5-*", "e", "c"),
    ("XADD", "x", "4-*", "e", "d"),
    ("XADD", "x", "0-0", "e", "d"),
    ("XADD", "x", "5-a", "e", "d"),
    ("XADD", "x", "7-*", "e"),
    ("XADD", "x", "7-*", "e", "f", "g"),
    ("XADD", "x", "MAXLEN", "2", "8-*", "e", "h"),
    ("XADD", "x", "NOMKSTREAM", "9-*", "e", "i"),
    ("XADD", "x", "99999999999999999999-*", "e", "j"),
    ("XADD", "x", "9999999999999999999-*", "e", "j"),
    ("XADD", "a", "9-*", "e", "j"),
    ("XRANGE", "x", "-", "+"),
    ("XTRIM", "x", "MINID", "8"),
]


def _own() -> Connection:
    return FakeRedis(server=FakeServer(), version=(7,))


def _outcome(call: Any) -> Any:
    try:
        return call()
    except RedisError as error:
        return type(error), str(error)


def _left(redis: Connection) -> dict[bytes, bytes]:
    return {key: redis.dump(key) for key in redis.scan_iter()}


@pytest.mark.parametrize("script", SCRIPTS)
def test_a_script_answers_and_leaves_what_it_does_on_fakeredis(script: str) -> None:
    outcomes = []
    for redis in (_own(), embedded()):
        registered = redis.register_script(script)
        answers = [_outcome(lambda: registered(keys=["k"], args=[word, "x"])) for word in ("v", "w", "v")]  # noqa: B023 they are called here
        outcomes.append((answers, _left(redis)))
    assert outcomes[0] == outcomes[1]


def test_commands_answer_and_leave_what_they_do_on_fakeredis() -> None:
    own, ours = _own(), embedded()
    for command in COMMANDS:
        assert _outcome(lambda: own.execute_command(*command)) == _outcome(lambda: ours.execute_command(*command))  # noqa: B023 they are called here
    with pytest.raises(DataError):
        ours.execute_command("SET", "a", {})
    assert _left(own) == _left(ours)


@pytest.mark.parametrize("transaction", [True, False])
def test_pipelines_answer_and_leave_what_they_do_on_fakeredis(transaction: bool) -> None:
    outcomes = []
    for redis in (_own(), embedded()):
        pipeline = redis.pipeline(transaction=transaction)
        for command in COMMANDS:
            if None not in command:
                pipeline.execute_command(*command)
        refused = _outcome(pipeline.execute)
        pipeline.set("c", 1).lpush("c", 2).get("c")
        answers = pipeline.execute(raise_on_error=False)
        outcomes.append((refused, [str(answer) for answer in answers], _left(redis)))
    assert outcomes[0] == outcomes[1]


class _Waits(list[Any]):
    """Waits that tell when there is one."""

    def __init__(self) -> None:
        self.begun = Event()

    def append(self, words: Any) -> None:
        super().append(words)
        self.begun.set()


def test_a_client_that_waits_is_woken_by_its_key_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    redis, woken, waits = embedded(), [], _Waits()
    wake_all = Database.wake_all
    monkeypatch.setattr(Database, "wake_all", lambda database: (woken.append(database), wake_all(database)))
    redis.ping()
    redis._idle[0]._sock._server.dbs[0].waits = waits
    with ThreadPoolExecutor() as pool:
        popped = pool.submit(redis.blpop, ["first", "second"], 30)
        assert waits.begun.wait(30)
        redis.set("a", 1)
        redis.hset("b", "f", 1)
        redis.rpush("third", 1)
        redis.eval("redis.call('XADD', 'c', '1-*', 'e', 'x') redis.call('ZADD', 'd', 1, 'm')", 0)
        assert woken == []
        assert not popped.done()
        redis.rpush("second", 2)
        assert popped.result(30) == (b"second", b"2")
    assert waits == []


def test_a_key_that_expires_now_is_gone_within_the_same_millisecond() -> None:
    redis = embedded()
    for number in range(100):
        redis.set("key", number)
        redis.expire("key", 0)
        assert redis.get("key") is None


def test_a_script_is_compiled_once_for_all_that_call_it() -> None:
    redis = embedded()
    script = redis.register_script("return function() end == nil")
    script()
    (server,) = {connection._sock._server for connection in redis._idle}
    functions = dict(server.compiling_runtime._functions)
    for _ in range(3):
        script()
        redis.eval("return function() end == nil", 0)
    assert server.compiling_runtime._functions == functions
    assert len(functions) == 1


@pytest.mark.parametrize("script", ["made = 1", "local function f() made = 1 end f()"])
def test_a_script_that_makes_a_global_variable_is_refused_before_it_goes_on(script: str) -> None:
    redis = embedded()
    with pytest.raises(ResponseError, match="Script attempted to create global variable 'made'"):
        redis.register_script(f"{script} redis.call('SET', 'a', 1)")()
    assert redis.keys() == []
    assert redis.eval("return tostring(rawget(_G, 'made'))", 0) == b"nil"


def test_a_command_that_is_interrupted_leaves_no_answer_to_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(socket: Socket, fields: Fields) -> NoReturn:
        socket.sendall(fields)
        raise KeyboardInterrupt

    redis = embedded()
    redis.set("a", 1)
    with monkeypatch.context() as patch:
        patch.setattr(Socket, "answer", interrupted)
        with pytest.raises(KeyboardInterrupt):
            redis.get("a")
    assert redis.exists("b") == 0
    assert redis.get("a") == b"1"


def test_threads_get_the_answers_to_their_own_commands() -> None:
    redis = embedded()
    add = redis.register_script("return {ARGV[1], redis.call('INCR', KEYS[1]), KEYS[1]}")

    def calls(thread: int) -> list[Any]:
        return [add(keys=[f"k{thread}"], args=[number]) for number in range(200)]

    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(calls, range(8)))
    assert answers == [[[b"%d" % number, number + 1, b"k%d" % thread] for number in range(200)] for thread in range(8)]


def test_a_subscriber_hears_and_a_watched_key_is_guarded() -> None:
    redis = embedded()
    listener = redis.pubsub(ignore_subscribe_messages=True)
    listener.subscribe("news")
    listener.get_message(timeout=1)
    redis.publish("news", "one")
    assert listener.get_message(timeout=1)["data"] == b"one"
    with redis.pipeline() as pipeline:
        pipeline.watch("a")
        redis.set("a", 1)
        pipeline.multi()
        pipeline.set("a", 2)
        assert _outcome(pipeline.execute)[0].__name__ == "WatchError"
    assert redis.get("a") == b"1"
    listener.close()


def _life(world: Beanstalk) -> tuple[bytes, list[bytes]]:
    """The world that a short life leaves, and the names of all keys that do not end by themselves."""
    client = world.client
    client.create_application(ApplicationName="shop")
    for label in ("v1", "v2"):
        client.create_application_version(ApplicationName="shop", VersionLabel=label)
    request = {"EnvironmentName": "web1", "SolutionStackName": STACK, "OptionSettings": [ALB], "VersionLabel": "v1"}
    client.create_environment(ApplicationName="shop", **request)
    world.until_ready("web1")
    client.update_environment(EnvironmentName="web1", VersionLabel="v2")
    world.until_ready("web1")
    client.terminate_environment(EnvironmentName="web1")
    world.until("web1", "Terminated")
    state = snapshot.take(world.store, ACCOUNT)
    return world_document.encode(state), sorted(
        key for key in world.store.redis.scan_iter() if world.store.redis.ttl(key) == -1
    )


def test_a_life_leaves_the_world_that_it_leaves_on_fakeredis() -> None:
    assert _life(Beanstalk()) == _life(Beanstalk(_own()))


@pytest.mark.parametrize("release", ["2.36.2", "2.4.0", "2.42.0", "3.0.0"])
def test_with_a_release_of_fakeredis_that_is_not_known_the_store_is_fakeredis(
    release: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert type(embedded()) is InProcess
    monkeypatch.setattr(fakeredis, "__version__", release)
    world = Beanstalk()
    assert type(world.store.redis) is FakeRedis
    assert is_embedded(world.store.redis)
    assert _life(world) == _life(Beanstalk(_own()))
