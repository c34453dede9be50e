"""A manual clock plays stretches of a member and commits each once: the story is that of commits of single instants."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import cache
from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beanpole.model.time.clock import Target
from beanpole.store import snapshot
from beanpole.store.commit import Conflict
from beanpole.store.in_process import InProcess
from beanpole.store.snapshot import Snapshot
from beanpole.store.store import Store
from beanpole.testing import ACCOUNT, REGION, Beanstalk
from beanpole_workers.play import kinds, manual
from environments import STACK, STACK_BEFORE
from examples import examples
from mould import moulded
from options import COMMAND, SINGLE, option
from servers import empty_redis

DAY = 86_400
NAMES = ("web1", "web2")
MANAGED = [
    option("aws:elasticbeanstalk:managedactions", "ManagedActionsEnabled", "true"),
    option("aws:elasticbeanstalk:managedactions", "PreferredStartTime", "Sun:03:00"),
    option("aws:elasticbeanstalk:managedactions", "ServiceRoleForManagedUpdates", "aws-elasticbeanstalk-service-role"),
    option("aws:elasticbeanstalk:managedactions:platformupdate", "UpdateLevel", "minor"),
]
POLICY = option(COMMAND, "DeploymentPolicy", "Rolling")
ROLLING = [
    POLICY,
    option("aws:autoscaling:asg", "MinSize", "2"),
    option("aws:elasticbeanstalk:environment", "LoadBalancerType", "application"),
]
FLEETS = ([*MANAGED, POLICY], [SINGLE], ROLLING)
FAULTS: tuple[dict[str, Any], ...] = (
    {"what": "command-fails", "times": 1},
    {"what": "command-times-out", "where": {"environment": "web1", "instance": 1}},
    {"what": "health-check-never-passes", "times": 2},
    {"what": "instance-dies", "probability": 0.5},
    {"what": "launch-refused", "times": 3},
    {"what": "client-errors", "lasts": 900},
    {"what": "high-cpu", "where": {"environment": "web2"}, "times": 1, "lasts": 86_400},
)


class Act(NamedTuple):
    """A call that is made of an environment after some seconds, with the number of what it needs one for."""

    call: str
    name: str
    number: int
    after: int


class Life(NamedTuple):
    """What is done with a world, and how many seconds it is watched afterwards."""

    acts: list[Act]
    at_end: int


CALLS: dict[str, Callable[[Beanstalk, Act], object]] = {
    "create": lambda world, act: world.client.create_environment(
        ApplicationName="shop",
        EnvironmentName=act.name,
        SolutionStackName=(STACK, STACK_BEFORE)[act.number % 2],
        VersionLabel="v1",
        OptionSettings=FLEETS[act.number % 3],
    ),
    "deploy": lambda world, act: world.client.update_environment(EnvironmentName=act.name, VersionLabel="v2"),
    "restart": lambda world, act: world.client.restart_app_server(EnvironmentName=act.name),
    "rebuild": lambda world, act: world.client.rebuild_environment(EnvironmentName=act.name),
    "abort": lambda world, act: world.client.abort_environment_update(EnvironmentName=act.name),
    "terminate": lambda world, act: world.client.terminate_environment(EnvironmentName=act.name),
    "logs": lambda world, act: world.client.request_environment_info(EnvironmentName=act.name, InfoType="tail"),
    "swap": lambda world, act: world.client.swap_environment_cnames(
        SourceEnvironmentName=NAMES[0], DestinationEnvironmentName=NAMES[1]
    ),
    "arm": lambda world, act: world.arm(**FAULTS[act.number % len(FAULTS)]),
    "disarm": lambda world, act: world.disarm(),
}

acts = st.builds(
    Act,
    st.sampled_from(sorted(CALLS)),
    st.sampled_from(NAMES),
    st.integers(0, 41),
    st.one_of(st.integers(0, 400), st.sampled_from([900, 3600, DAY, 7 * DAY])),
)
lives = st.builds(Life, st.lists(acts, max_size=6), st.sampled_from([600, DAY, 30 * DAY, 60 * DAY]))


@pytest.fixture(params=["fakeredis", "redis"])
def world(request: pytest.FixtureRequest) -> Iterator[Beanstalk]:
    with empty_redis(request) as redis:
        yield Beanstalk(redis)


def commits_of(patch: pytest.MonkeyPatch, store: Store) -> list[object]:
    """All that a store commits from now on."""
    commits: list[object] = []
    commit_all = store.commit_all
    patch.setattr(store, "commit_all", lambda changes: commits.append(changes) or commit_all(changes))
    return commits


def begin(world: Beanstalk, name: str = NAMES[0]) -> None:
    """Begin to launch an environment of an application with three versions."""
    world.client.create_application(ApplicationName="shop")
    for label in ("v1", "v2", "v3"):
        world.client.create_application_version(ApplicationName="shop", VersionLabel=label)
    CALLS["create"](world, Act("create", name, 0, 0))


def lived(world: Beanstalk, life: Life, instants: int) -> Snapshot:
    """What a life leaves, with so many instants in a stretch at most."""
    world.store.reset()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(manual, "INSTANTS", instants)
        _prepare(world, "begin", lambda: begin(world))
        for act in life.acts:
            world.advance(act.after)
            _call(world, act)
        world.advance(life.at_end)
    return snapshot.take(world.store, ACCOUNT)


def _prepare(world: Beanstalk, calls: str, make: Callable[[], None]) -> None:
    """Make the calls; in process they come from a mould."""
    if isinstance(world.store.redis, InProcess):
        moulded(world, calls, make)
    else:
        make()


def _deploying(world: Beanstalk) -> None:
    begin(world)
    world.until_ready(NAMES[0])
    CALLS["deploy"](world, Act("deploy", NAMES[0], 0, 0))
    world.advance(5)


def _call(world: Beanstalk, act: Act) -> None:
    """Make a call that may come at the wrong time."""
    try:
        CALLS[act.call](world, act)
    except world.client.exceptions.ClientError as refusal:
        if refusal.response["Error"]["Code"] != "InvalidParameterValue":
            raise


@pytest.fixture(scope="module")
def on_a_server(redis_of_the_process: str) -> Iterator[Beanstalk]:
    from beanpole.store.connection import connect

    client = connect(redis_of_the_process)
    client.flushall()
    yield Beanstalk(client)
    client.close()


@examples(30, one_world=True)
@given(life=lives, instants=st.sampled_from([2, 3, 7]))
def test_stretches_of_any_length_leave_the_world_of_single_instants(
    fresh_world: Callable[[], Beanstalk], on_a_server: Beanstalk, life: Life, instants: int
) -> None:
    one_by_one = lived(fresh_world(), life, 1)
    assert lived(fresh_world(), life, manual.INSTANTS) == one_by_one
    assert lived(fresh_world(), life, instants) == one_by_one
    assert lived(on_a_server, life, manual.INSTANTS) == one_by_one


ABORTED = Life(
    [Act("create", NAMES[1], 2, 0), Act("deploy", NAMES[1], 0, 1000), Act("abort", NAMES[1], 0, 30)], at_end=600
)


@pytest.fixture(scope="module")
def aborted() -> Snapshot:
    return lived(Beanstalk(), ABORTED, manual.INSTANTS)


@pytest.mark.parametrize("instants", [1, 2, 3, 7])
def test_an_aborted_rolling_update_leaves_the_same_whatever_its_stretches_are(
    world: Beanstalk, aborted: Snapshot, instants: int
) -> None:
    """Nor does the order in which instances were seen at an instant depend on them."""
    assert lived(world, ABORTED, instants) == aborted


def test_a_launch_that_nothing_else_interrupts_is_committed_once(
    world: Beanstalk, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin(world)
    commits = commits_of(monkeypatch, world.store)
    world.until_ready(NAMES[0])
    assert len(commits) == 1


def test_a_wait_for_a_status_ends_at_the_instant_at_which_it_is_reached(
    world: Beanstalk, fresh_world: Callable[[], Beanstalk]
) -> None:
    begin(world)
    world.until_ready(NAMES[0])
    instants = fresh_world()
    begin(instants)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(manual, "INSTANTS", 1)
        instants.until_ready(NAMES[0])
    assert world.now == instants.now < snapshot.take(world.store, ACCOUNT).regions[REGION].wakes[0].at
    assert snapshot.take(world.store, ACCOUNT) == snapshot.take(instants.store, ACCOUNT)


# What comes between the look of a worker and its commit, by a call or by a control route.
BETWEEN: dict[str, Callable[[Beanstalk], object]] = {
    "another environment": lambda world: CALLS["create"](world, Act("create", NAMES[1], 1, 0)),
    "an abort": lambda world: CALLS["abort"](world, Act("abort", NAMES[0], 0, 0)),
    "a fault": lambda world: world.arm("command-fails"),
    "a symptom": lambda world: world.arm("client-errors", lasts=900),
    "a version that is gone": lambda world: world.client.delete_application_version(
        ApplicationName="shop", VersionLabel="v3"
    ),
}


@pytest.fixture(scope="module")
def uninterrupted() -> Callable[[str], Snapshot]:
    """What the world is a day after such a call, if it has come just before the advance."""

    @cache
    def uninterrupted(between: str) -> Snapshot:
        world = Beanstalk()
        _prepare(world, "deploying", lambda: _deploying(world))
        BETWEEN[between](world)
        world.advance(DAY)
        return snapshot.take(world.store, ACCOUNT)

    return uninterrupted


@pytest.mark.parametrize("between", BETWEEN)
@pytest.mark.parametrize("place", ["load", "change"])
def test_a_call_between_the_look_and_the_commit_is_part_of_the_story(
    world: Beanstalk,
    uninterrupted: Callable[[str], Snapshot],
    monkeypatch: pytest.MonkeyPatch,
    place: str,
    between: str,
) -> None:
    """As if it had come just before the advance."""
    _prepare(world, "deploying", lambda: _deploying(world))
    inner, done = getattr(kinds, place), []

    def interrupted(*arguments: Any) -> Any:
        answer = inner(*arguments)
        if not done:
            done.append(True)
            BETWEEN[between](world)
        return answer

    monkeypatch.setattr(kinds, place, interrupted)
    world.advance(DAY)
    assert done
    assert snapshot.take(world.store, ACCOUNT) == uninterrupted(between)


@pytest.mark.parametrize("after", [False, True])
def test_a_worker_that_is_killed_before_or_after_its_commit_loses_nothing(
    world: Beanstalk, fresh_world: Callable[[], Beanstalk], monkeypatch: pytest.MonkeyPatch, after: bool
) -> None:
    class KilledError(BaseException):
        """The process has ended."""

    expected = fresh_world()
    begin(expected)
    expected.advance(DAY)
    begin(world)
    end = world.now + DAY * 1000
    commit_all = world.store.commit_all

    def killed(changes: Any) -> list[int]:
        if after:
            commit_all(changes)
        raise KilledError

    with monkeypatch.context() as patch:
        patch.setattr(world.store, "commit_all", killed)
        with pytest.raises(KilledError):
            world.advance(DAY)
    world.store.forget_copies()
    manual.advance(world.store, world.catalog, ACCOUNT, Target("again", end))
    assert snapshot.take(world.store, ACCOUNT) == snapshot.take(expected.store, ACCOUNT)


def test_a_stretch_is_not_committed_for_a_target_that_was_withdrawn(
    world: Beanstalk, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin(world)
    before = snapshot.take(world.store, ACCOUNT)
    target = Target("withdrawn", by=DAY * 1000)
    world.store.clocks.advance(ACCOUNT, target)
    change = kinds.change

    def withdrawn(*arguments: Any) -> Any:
        world.store.clocks.finish(ACCOUNT, target, "withdrawn")
        return change(*arguments)

    monkeypatch.setattr(kinds, "change", withdrawn)
    manual.drain(world.store, world.catalog, [f"{ACCOUNT}||clock|{ACCOUNT}"], others_wait=lambda: False)
    assert snapshot.take(world.store, ACCOUNT) == before


def test_a_clock_whose_stretches_conflict_each_time_is_given_up(
    world: Beanstalk, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin(world)
    monkeypatch.setattr(world.store, "commit_all", lambda changes: [0] * len(changes))
    with pytest.raises(Conflict, match="cannot be moved"):
        world.advance(timedelta(hours=1))
