"""The embedded Redis answers as a Redis server does and leaves the same: commands, pipelines, scripts, channels."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from redis.exceptions import DataError, RedisError, ResponseError

from beanpole.store.connection import Connection, connect, embedded, is_embedded
from beanpole.store.embedded.commands import COMMANDS
from examples import examples
from store.dumped import dump

SCRIPTS = [
    "return {1, 2, 'a', false, {3, {'b'}}}",
    "return {redis.call('GET', KEYS[1]), #KEYS, #ARGV, 3.9, true}",
    "return {1, nil, 3}",
    "return {-3.9, 2^40, 1e15}",
    "redis.call('SET', KEYS[1], ARGV[1]) return redis.call('GET', KEYS[1])",
    "redis.call('SET', KEYS[1], 3) redis.call('INCRBY', KEYS[1], 2^40) return redis.call('GET', KEYS[1])",
    "redis.call('HSET', KEYS[1], 'a', ARGV[1], 'b', 2.5) return redis.call('HGETALL', KEYS[1])",
    "redis.call('ZADD', KEYS[1], 1.5, 'a', 2, 'b') return redis.call('ZRANGE', KEYS[1], 0, -1, 'WITHSCORES')",
    "redis.call('XADD', KEYS[1], '5-*', 'e', ARGV[1]) return redis.call('XLEN', KEYS[1])",
    "redis.call('SET', KEYS[1], ARGV[1]) return redis.call('LPUSH', KEYS[1], 'x')",
    "redis.call('SET', KEYS[1], ARGV[1]) return redis.pcall('LPUSH', KEYS[1], 'x')['err'] ~= nil",
    "return redis.call('GET')",
    "return redis.call('GET', {})",
    "return redis.call('GET', true)",
    "return redis.call()",
    "return redis.call('nonsense')",
    "return redis.call('get', KEYS[1])",
    "redis.call('SET', KEYS[1], ARGV[1]) error('no')",
    "return redis.error_reply('BAD luck')",
    "return redis.status_reply('fine')",
    "return redis.call('SET', KEYS[1], ARGV[1])",
    "return redis.call('SET', KEYS[1], ARGV[1]).ok",
    "local made = {} for i = 1, 3000 do made[i] = ARGV[1] .. i end return made",
    "return {type(io), type(require), type(python)}",
]
PLAIN: list[tuple[Any, ...]] = [
    ("SET", "a", "ü"),
    ("GET", b"a"),
    ("SET", "b", 1.5),
    ("INCRBY", "b", 2),
    ("SET", "n", 9223372036854775807),
    ("INCRBY", "n", 1),
    ("HSET", "h", "f", b"\x00\r\n$1\r\n*2"),
    ("HSET", "h", "f"),
    ("HSET", "h", "f", "1", "g"),
    ("HGETALL", "h"),
    ("HGET", "a", "f"),
    ("GET",),
    ("GET", "a", "b"),
    ("NONSENSE", "a"),
    ("SET", "a", ""),
    ("SET", "a", "1", "NONSENSE"),
    ("SET", "a", "1", "EX"),
    ("SET", "a", "2", "NX"),
    ("SET", "e", "2", "XX"),
    ("TYPE", "a"),
    ("TYPE", "e"),
    ("KEYS", "*"),
    ("ZADD", "z", "a", "m"),
    ("ZADD", "z", "1"),
    ("ZADD", "z", "inf", "m"),
    ("ZSCORE", "z", "m"),
    ("ZADD", "z", 0.1, "n", 1e300, "o", 3, "p"),
    ("ZRANGE", "z", 0, -1, "WITHSCORES"),
    ("ZRANGE", "z", 0, -1, "NONSENSE"),
    ("ZCOUNT", "z", "(3", "+inf"),
    ("ZCOUNT", "z", "x", "+inf"),
    ("XADD", "x", "5-1", "e", "a"),
    ("XADD", "x", "5-*", "e", "b"),
    ("XADD", "x", "5", "e", "c"),
    ("XADD", "x", "4-*", "e", "d"),
    ("XADD", "x", "0-0", "e", "d"),
    ("XADD", "x", "5-a", "e", "d"),
    ("XADD", "x", "7-*", "e"),
    ("XADD", "x", "7-*", "e", "f", "g"),
    ("XRANGE", "x", "-", "+"),
    ("XRANGE", "x", "(5-1", "+", "COUNT", 1),
    ("XREVRANGE", "x", "+", "-", "COUNT", 1),
    ("XTRIM", "x", "MINID", "8"),
    ("XADD", "x", "5-3", "e", "i"),
    ("XLEN", "x"),
    ("RENAME", "a", "c"),
    ("RENAME", "nothing", "c"),
    ("SMISMEMBER", "s", "a"),
    ("PING",),
]
_KEY = st.sampled_from(["s", "h", "l", "t", "z", "x"])
_WORD = st.sampled_from(["a", "b", "c", "1", "2.5", "-1", "0", "(2", "-inf", "+inf", "5-*", "6-*", "-", "+", ""])
_NAMES = sorted(name.decode() for name in COMMANDS.keys() - {b"DUMP", b"RESTORE", b"EXPIRE", b"PEXPIRE", b"PUBLISH"})
_DRAWN = st.tuples(st.sampled_from(_NAMES), _KEY, st.lists(_WORD, max_size=4).map(tuple))
MISSHAPEN = [
    ("GET",),
    ("GET", "a", "b"),
    ("NONSENSE", "a"),
    ("HSET", "h", "f"),
    ("ZADD", "z", "1"),
    ("XADD", "x", "7-*", "e"),
]
UNORDERED = {"KEYS", "HKEYS", "HVALS", "SMEMBERS"}  # Redis gives no order; ours is that in which they came
FLUSH = "FLUSHALL"


@pytest.fixture(scope="module")
def server(redis_url: str) -> Iterator[Connection]:
    """A client of a real server."""
    client = connect(redis_url)
    yield client
    client.close()


@pytest.fixture
def both(server: Connection) -> list[Connection]:
    """An empty server, and an embedded one."""
    server.flushall()
    return [server, embedded()]


def _outcome(call: Any) -> Any:
    try:
        return call()
    except RedisError as error:
        return type(error), str(error)


def _called(redis: Connection, name: str, words: tuple[Any, ...]) -> Any:
    """The outcome of a command, in order where Redis gives none."""
    outcome = _outcome(lambda: redis.execute_command(name, *words))
    if isinstance(outcome, list):  # redis-py makes pairs of either kind
        outcome = [tuple(each) if isinstance(each, list) else each for each in outcome]
    return sorted(outcome) if name in UNORDERED and isinstance(outcome, list) else outcome


@pytest.mark.parametrize("script", SCRIPTS)
def test_a_script_answers_and_leaves_what_it_does_on_a_server(both: list[Connection], script: str) -> None:
    outcomes = []
    for redis in both:
        registered = redis.register_script(script)
        answers = [_outcome(lambda: registered(keys=["k"], args=[word, "x"])) for word in ("v", "w", "v")]  # noqa: B023 they are called here
        refused = [answer[0] if isinstance(answer, tuple) else answer for answer in answers]  # not in the same words
        outcomes.append((refused, dump(redis)))
    assert outcomes[0] == outcomes[1]


def test_commands_answer_and_leave_what_they_do_on_a_server(both: list[Connection]) -> None:
    for command in PLAIN:
        server, ours = (_called(redis, command[0], command[1:]) for redis in both)
        assert ours == server, command
    assert dump(both[1]) == dump(both[0])


@examples(ci=300, one_world=True)
@given(commands=st.lists(_DRAWN, min_size=1, max_size=25))
def test_any_commands_answer_and_leave_what_they_do_on_a_server(
    server: Connection, commands: list[tuple[str, str, tuple[str, ...]]]
) -> None:
    server.flushall()
    ours = embedded()
    for name, key, words in commands:
        parts = () if name in ("PING", FLUSH) else (key, *words)
        expected, answer = (_called(redis, name, parts) for redis in (server, ours))
        assert _kind(answer) == _kind(expected), (name, *parts)
    assert dump(ours) == dump(server)


def _kind(outcome: Any) -> Any:
    """An outcome, of a refusal that there is one: which of two errors is told first is no part of a command."""
    return RedisError if isinstance(outcome, tuple) and outcome and isinstance(outcome[0], type) else outcome


@pytest.mark.parametrize("transaction", [True, False])
def test_pipelines_answer_and_leave_what_they_do_on_a_server(both: list[Connection], transaction: bool) -> None:
    outcomes = []
    for redis in both:
        pipeline = redis.pipeline(transaction=transaction)
        for command in PLAIN:
            if command not in MISSHAPEN and command[0] not in UNORDERED:
                pipeline.execute_command(*command)
        refused = _outcome(pipeline.execute)[0]
        pipeline.set("c", 1).lpush("c", 2).get("c")
        answers = pipeline.execute(raise_on_error=False)
        outcomes.append((refused, [type(answer) if isinstance(answer, Exception) else answer for answer in answers]))
    assert outcomes[0] == outcomes[1]
    assert dump(both[0]) == dump(both[1])


@pytest.mark.parametrize("script", ["made = 1", "local function f() made = 1 end f()"])
def test_a_script_that_makes_a_global_variable_is_refused_before_it_goes_on(script: str) -> None:
    redis = embedded()
    with pytest.raises(ResponseError, match="Script attempted to create global variable 'made'"):
        redis.register_script(f"{script} redis.call('SET', 'a', 1)")()
    assert redis.keys() == []
    assert redis.eval("return tostring(rawget(_G, 'made'))", 0) == b"nil"


def test_keys_end_at_their_time(both: list[Connection]) -> None:
    for redis in both:
        redis.set("a", 1, px=1)
        redis.set("b", 1, ex=100)
        redis.hset("h", "f", 1)
        assert redis.pexpire("h", 0)
        assert not redis.expire("nothing", 1)
        assert (redis.ttl("b"), redis.ttl("nothing")) == (100, -2)
        assert redis.persist("b")
        assert redis.ttl("b") == -1
        redis.set("c", 1, ex=100)
        redis.set("c", 2)
        assert redis.ttl("c") == -1
        assert redis.exists("h") == 0
        redis.incr("d")
        while redis.get("a") is not None:
            pass
        assert sorted(redis.scan_iter()) == [b"b", b"c", b"d"]


def test_a_value_that_is_dumped_can_be_restored() -> None:
    redis, other = embedded(), embedded()
    redis.set("a", b"\xff")
    redis.hset("h", mapping={"b": 1, "a": 2})
    redis.rpush("l", 1, 2)
    redis.sadd("s", "a", "b")
    redis.zadd("z", {"a": 1.5})
    redis.xadd("x", {"e": 1}, id="5-3")
    for key in redis.scan_iter():
        other.restore(key, 0, redis.dump(key))
        assert other.dump(key) == redis.dump(key)
        assert redis.ttl(key) == other.ttl(key) == -1
    assert dump(other) == dump(redis)
    assert other.xadd("x", {"e": 1}, id="5-*") == b"5-4"
    for refused in (lambda: other.restore("a", 0, redis.dump("a")), lambda: other.restore("b", 0, b"no")):
        with pytest.raises(ResponseError):
            refused()


def test_what_is_no_word_is_refused() -> None:
    for word in (None, {}, True):
        with pytest.raises(DataError):
            embedded().execute_command("SET", "a", word)


def test_threads_get_the_answers_to_their_own_commands() -> None:
    redis = embedded()
    add = redis.register_script("return {ARGV[1], redis.call('INCR', KEYS[1]), KEYS[1]}")

    def calls(thread: int) -> list[Any]:
        return [add(keys=[f"k{thread}"], args=[number]) for number in range(200)]

    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(calls, range(8)))
    assert answers == [[[b"%d" % number, number + 1, b"k%d" % thread] for number in range(200)] for thread in range(8)]


def test_a_listener_hears_what_comes_after_it_began(both: list[Connection]) -> None:
    for redis in both:
        redis.publish("news", "nothing")
        listener = redis.pubsub(ignore_subscribe_messages=True)
        listener.subscribe("news")
        assert listener.get_message(timeout=5) is None
        assert redis.publish("news", "one") == 1
        heard = listener.get_message(timeout=5)
        assert (heard["type"], heard["channel"], heard["data"]) == ("message", b"news", b"one")
        assert listener.get_message(timeout=0) is None
        listener.close()


def test_a_server_and_an_embedded_one_are_told_apart(both: list[Connection]) -> None:
    assert [is_embedded(redis) for redis in both] == [False, True]
