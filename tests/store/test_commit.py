"""The one door: guarded by generation, all or nothing, and never ahead of real time."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from msgspec.structs import replace
from redis.exceptions import ResponseError

from beanpole.machine.clock import real_now, sleep
from beanpole.model.applications.application import Application
from beanpole.model.changes.change import Change, Claim
from beanpole.model.environment.environment_info import EnvironmentInfo
from beanpole.model.events.event import Event
from beanpole.model.time.clock import Clock
from beanpole.store import commit, embedded_server
from beanpole.store.commit import Conflict
from beanpole.store.connection import Connection, embedded
from beanpole.store.event_log import EventFilter
from beanpole.store.store import Store
from beanpole.store.world import World

ACCOUNT, REGION = "111111111111", "us-east-1"


@pytest.fixture
def store(connection: Connection) -> Store:
    return Store(connection, Clock(mode="manual"))


@pytest.fixture
def world(store: Store) -> World:
    return store.world(ACCOUNT, REGION)


@pytest.fixture
def wall_store(connection: Connection) -> Store:
    return Store(connection)


@pytest.fixture
def wall(wall_store: Store) -> World:
    return wall_store.world(ACCOUNT, REGION)


def application(name: str) -> Application:
    return Application(name, f"arn:{name}", 1, 1)


def line(at: int, chain: str = "a", text: str = "said") -> Event:
    return Event(at, text, application_name=chain)


def event_rows(world: World, **members: object) -> list[tuple[int, str | None]]:
    events, _ = world.events(EventFilter(**members))  # type: ignore[arg-type]
    return [(event.at, event.application_name) for event in events]


def test_what_is_committed_is_read_back_with_a_generation(world):
    world.commit(Change(puts=(application("shop"),)))
    entity = world.application("shop")
    assert replace(entity, generation=0) == application("shop")
    assert entity.generation > 0
    assert world.applications() == (entity,)


def test_words_of_another_shape_than_the_script_takes_are_refused_and_nothing_is_written(world, monkeypatch):
    words = commit._words
    monkeypatch.setattr(commit, "_words", lambda changes: [*words(changes), "one too many"])
    with pytest.raises(ResponseError, match="another shape"):
        world.commit(Change(puts=(application("shop"),)))
    assert world.applications() == ()


def test_a_new_entity_must_not_exist_yet(world):
    world.commit(Change(puts=(application("shop"),)))
    with pytest.raises(Conflict):
        world.commit(Change(puts=(application("shop"),)))


def test_of_two_changes_to_one_state_the_first_counts(world):
    world.commit(Change(puts=(application("shop"),)))
    before = world.application("shop")
    world.commit(Change(puts=(replace(before, description="one"),)))
    with pytest.raises(Conflict):
        world.commit(Change(puts=(replace(before, description="two"),), events=(line(5),)))
    assert world.application("shop").description == "one"
    assert event_rows(world) == []


def test_a_deleted_entity_is_gone_and_its_generation_is_not_used_again(world):
    world.commit(Change(puts=(application("shop"),)))
    first = world.application("shop")
    world.commit(Change(deletes=(first,)))
    assert world.application("shop") is None
    assert world.applications() == ()
    world.commit(Change(puts=(application("shop"),)))
    assert world.application("shop").generation > first.generation


def test_a_log_sample_replaces_the_one_of_its_id_without_a_guard(world):
    for secret in ("first", "second"):
        world.commit(Change(samples=(EnvironmentInfo("e-1", "tail", 1, secret),)))
    assert world.environment_info("e-1", "tail").secret == "second"
    assert world.count(EnvironmentInfo) == 1


def test_a_claim_passes_from_one_holder_to_the_next(world):
    world.commit(Change(claims=(Claim("cname/a", None, "e-1"),)))
    with pytest.raises(Conflict):
        world.commit(Change(claims=(Claim("cname/a", None, "e-2"),)))
    world.commit(Change(claims=(Claim("cname/a", "e-1", "e-2"),)))
    assert world.holder("cname/a") == "e-2"


def test_a_batch_writes_what_holds_and_says_what_did_not(store, world):
    world.commit(Change(puts=(application("shop"),)))
    results = store.commit_all(
        [
            (world, Change(puts=(application("shop"),), events=(line(1, "lost"),))),
            (world, Change(puts=(application("blog"),), events=(line(2, "kept"),))),
        ],
    )
    lost, written = results
    assert (lost, written) == (0, world.application("blog").generation)
    assert event_rows(world) == [(2, "kept")]


def test_events_of_one_chain_never_share_a_millisecond_and_the_log_never_goes_back(world):
    world.commit(Change(events=(line(10), line(10), line(10, "b"))))
    world.commit(Change(events=(line(5, "c"),)))
    assert event_rows(world) == [(11, "c"), (11, "b"), (11, "a"), (10, "a")]


def test_no_event_is_stamped_ahead_of_real_time(wall):
    wall.commit(Change(events=tuple(line(real_now()) for _ in range(20))))
    assert event_rows(wall)[0][0] <= real_now()


def test_many_stories_of_one_instant_share_its_milliseconds(wall_store, wall):
    start = real_now()
    changes = [(wall, Change(events=tuple(line(start, f"app-{number}") for _ in range(10)))) for number in range(50)]
    assert all(wall_store.commit_all(changes))
    assert event_rows(wall)[0][0] <= start + 10


def test_stories_that_are_late_share_milliseconds_too_whenever_each_was_due(store, world):
    world.commit(Change(events=(line(1_000, "before"),)))
    changes = [
        (world, Change(events=tuple(line(10 * number, f"app-{number}") for _ in range(10)))) for number in range(50)
    ]
    assert all(store.commit_all(changes))
    stamped = [at for at, _ in event_rows(world)]
    assert stamped == sorted(stamped, reverse=True)
    assert max(stamped) == 1_009


def test_a_story_behind_its_log_is_told_at_once_and_in_order(wall, monkeypatch):
    wall.commit(Change(events=(line(real_now(), "before"),)))
    monkeypatch.setattr(commit, "sleep", lambda seconds: pytest.fail(f"it waited {seconds} s"))
    wall.commit(Change(events=tuple(line(1_000, text=str(number)) for number in range(30))))
    events, _ = wall.events(EventFilter(application_name="a"))
    assert [event.message for event in reversed(events)] == list(map(str, range(30)))
    assert events[0].at <= real_now()


def test_a_story_waits_once_however_others_push_the_log(wall, monkeypatch):
    waits = []

    def meanwhile(seconds):
        waits.append(seconds)
        sleep(seconds)
        if len(waits) == 1:
            wall.commit(Change(events=(line(real_now(), "meanwhile"),)))

    monkeypatch.setattr(commit, "sleep", meanwhile)
    wall.commit(Change(events=tuple(line(real_now(), text=str(number)) for number in range(30))))
    events, _ = wall.events(EventFilter(application_name="a"))
    assert len(waits) == 1
    assert [event.message for event in reversed(events)] == list(map(str, range(30)))
    assert events[0].at <= real_now()


def test_who_has_waited_does_not_wait_for_its_own_chain_again(wall, monkeypatch):
    start = now = real_now()
    waits = []

    def meanwhile(seconds):
        nonlocal now
        waits.append(seconds)
        now += round(seconds * 1000)
        if len(waits) == 1:
            wall.commit(Change(events=(line(start, text="meanwhile"),)))

    monkeypatch.setattr(commit, "real_now", lambda: now)
    monkeypatch.setattr(commit, "sleep", meanwhile)
    wall.commit(Change(events=tuple(line(start, text=str(number)) for number in range(3))))
    events, _ = wall.events(EventFilter(application_name="a"))
    assert waits == [0.002]
    assert [(event.at - start, event.message) for event in reversed(events)] == [
        (0, "meanwhile"),
        (1, "0"),
        (2, "1"),
        (2, "2"),
    ]


def test_one_of_sixteen_creators_wins(wall_store, wall):
    def create(number: int) -> bool:
        change = Change(puts=(application("shop"),), claims=(Claim("environment/web", None, f"e-{number}"),))
        return wall_store.commit_all([(wall, change)])[0]

    with ThreadPoolExecutor(16) as pool:
        assert sum(map(bool, pool.map(create, range(16)))) == 1


def test_a_reset_forgets_one_account_and_no_other(store, world):
    other = store.world("222222222222", REGION)
    for side in (world, other):
        side.commit(Change(puts=(application("shop"),), events=(line(1),)))
    store.reset(ACCOUNT)
    assert (world.applications(), event_rows(world)) == ((), [])
    assert len(other.applications()) == 1
    world.commit(Change(puts=(application("blog"),)))
    assert [application.application_name for application in world.applications()] == ["blog"]


def test_pages_follow_one_another_without_gap_or_repeat(world):
    world.commit(Change(events=tuple(line(number) for number in range(1, 26))))
    labels, token = [], None
    while True:
        events, token = world.events(EventFilter(max_records=10, next_token=token))
        labels += [event.at for event in events]
        if token is None:
            break
    assert labels == list(range(25, 0, -1))


def test_start_is_inclusive_and_end_exclusive(world):
    world.commit(Change(events=tuple(line(number) for number in range(1, 10))))
    assert [at for at, _ in event_rows(world, start=3, end=6)] == [5, 4, 3]
    assert event_rows(world, start=-5, end=0) == event_rows(world, end=-5) == []  # nothing was told before the epoch


def test_the_events_of_a_request_are_found_wherever_they_stand(world):
    def event_of(at: int, environment: str | None, request: str, application: str = "shop") -> Event:
        return Event(at, str(at), "INFO", application, environment_name=environment, request_id=request)

    world.commit(Change(events=(event_of(10, "web", "one"), event_of(20, "web", "two"), event_of(30, "web", "one"))))
    world.commit(Change(events=(event_of(40, "api", "two"), event_of(50, None, "three"), event_of(60, "web", "one"))))
    world.commit(Change(events=(event_of(70, None, "two", "blog"), event_of(80, "web", "four"))))

    def messages_by(**members: object) -> list[str]:
        events, _ = world.events(EventFilter(**members))  # type: ignore[arg-type]
        return [event.message for event in events]

    assert messages_by(request_id="one") == ["60", "30", "10"]
    assert messages_by(request_id="two") == ["70", "40", "20"]
    assert messages_by(request_id="three") == ["50"]
    assert messages_by(request_id="five") == []
    assert messages_by(request_id="two", environment_name="api") == ["40"]
    assert messages_by(request_id="two", application_name="blog") == ["70"]
    assert messages_by(request_id="one", start=10, end=60) == ["30", "10"]
    assert messages_by(request_id="one", start=11) == ["60", "30"]
    assert messages_by(request_id="one", start=61) == messages_by(request_id="one", end=10) == []
    events, token = world.events(EventFilter(request_id="two", max_records=2))
    assert [event.message for event in events] == ["70", "40"]
    assert messages_by(request_id="two", next_token=token) == ["20"]


def test_many_changes_take_as_many_commands_as_few(monkeypatch):
    """To begin a command is what takes long in the embedded store: each key is read once and written once."""
    names: list[bytes] = []
    call = embedded_server.Socket._lua_redis_call

    def noted(socket, lua, names_of_globals, name, *arguments):
        names.append(name)
        return call(socket, lua, names_of_globals, name, *arguments)

    monkeypatch.setattr(embedded_server.Socket, "_lua_redis_call", noted)
    world = Store(embedded(), Clock(mode="manual")).world(ACCOUNT, REGION)
    numbers = []
    for count in (1, 2, 100):  # the first opens the connection
        names.clear()
        shops = [application(f"shop-{count}-{number}") for number in range(count)]
        changes = [Change(puts=(shop,), claims=(Claim(shop.id, None, shop.id),)) for shop in shops]
        assert all(commit.commit_all(world._backend, [(world.keys, change) for change in changes]))
        numbers.append(len(names))
    assert numbers[1] == numbers[2] > 0


def created(name: str = "shop") -> Change:
    return Change(puts=(application(name),), events=(line(1, name),))


def test_while_redis_writes_something_else_can_be_done(store, world):
    def wait() -> None:
        while world.application("shop") is None:
            sleep(0.001)

    assert store.commit_all([(world, created())], wait)[0] > 1
    assert event_rows(world) == [(1, "shop")]


@pytest.mark.parametrize("connection", ["redis"], indirect=True)
def test_a_commit_whose_connection_breaks_meanwhile_is_written_once(connection, store, world):
    def cut() -> None:
        connection.execute_command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")

    assert store.commit_all([(world, created())], cut)[0] > 1
    assert event_rows(world) == [(1, "shop")]


@pytest.mark.parametrize("connection", ["redis"], indirect=True)
def test_a_redis_that_has_lost_the_script_gets_it_again(connection, store, world):
    world.commit(created("blog"))
    connection.script_flush()
    done = []
    assert store.commit_all([(world, created())], lambda: done.append("meanwhile"))[0] > 1
    assert done == ["meanwhile"]
    assert {name for _, name in event_rows(world)} == {"shop", "blog"}


def test_an_error_meanwhile_stops_no_commit_and_spoils_no_connection(store, world):
    def fail() -> None:
        raise ValueError("a member that cannot be played")

    with pytest.raises(ValueError, match="cannot be played"):
        store.commit_all([(world, created())], fail)
    assert event_rows(world) == [(1, "shop")]
    again, new = store.commit_all([(world, created()), (world, created("blog"))], lambda: None)
    assert (again, new > 1) == (0, True)
