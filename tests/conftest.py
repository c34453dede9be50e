"""What all tests share."""

import gc
import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from flask.testing import FlaskClient

import examples
import run_of_tests
from beanpole.gateway.in_process import Moto
from beanpole.model.time.clock import Clock
from beanpole.store.connection import Connection, connect
from beanpole.store.store import Store
from beanpole.testing import Beanstalk
from forked import Commands, Kind
from moving import WORLDS, held_still, stays_still
from parts import Parts
from programs import PROGRAMS
from replayed import differences, load_scripts, recorded
from servers import empty_redis, redis_server, worker_processes
from worked import Worked
from worlds import Worlds

# Without bytecode every process of a run, and every process that it starts, compiles hundreds of modules anew.
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

# `.ci/run` installs the lock from wheels that it keeps; tests install the newest of what is there.
os.environ.pop("PIP_NO_INDEX", None)

# moto makes the 1,300 images that EC2 has by itself anew for each test that empties it: one will do.
os.environ["MOTO_AMIS_PATH"] = str(Path(__file__).with_name("images_of_moto.json"))

# A shell starts what it runs in the background with interrupts ignored, and processes hand that on to their own.
signal.signal(signal.SIGINT, signal.default_int_handler)

examples.register()

BACK_ENDS = ["embedded", "redis"]
COLLECTIONS = (10_000, 20, 50)  # of garbage: after so many new objects, and so many collections of what is younger


def pytest_addoption(parser: pytest.Parser) -> None:
    """The options of this suite."""
    parser.addoption("--update-golden", action="store_true", help="write the golden timelines anew")
    parser.addoption(
        "--backends",
        choices=["needed", "both"],
        default="needed",
        help="`both`: the tests of operations and all stories run on Redis, too, as those of laws always do",
    )
    parser.addoption("--parts", action="store_true", help="say how long each part of the suite takes")
    parser.addoption(
        "--screenshots", metavar="DIR", type=Path, help="keep there what the pages of the console look like"
    )


def pytest_configure(config: pytest.Config) -> None:
    """Measure, if that is asked for, and let processes that run the tests share those that fork."""
    run_of_tests.begin(config)
    if config.getoption("--parts"):
        config.pluginmanager.register(Parts())


@pytest.hookimpl(trylast=True)
def pytest_unconfigure() -> None:
    """End what the processes of the run have shared.

    pytest has collected all garbage then, and seen what its finalizers raise. It does so once more, and so does the
    interpreter, twice: they need not look again at all that is left.
    """
    run_of_tests.end()
    gc.freeze()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """What takes longest runs first, so that no process is still at it when the others have ended.

    What is asked for before a merge alone is left out of every other run that does not name its file.
    """
    if config.getoption("--backends") != "both":
        named = {(config.invocation_params.dir / arg.partition("::")[0]).resolve() for arg in config.args}
        left_out = [item for item in items if item.get_closest_marker("merge") and item.path not in named]
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in set(left_out)]
    if hasattr(config, "workerinput"):
        items.sort(key=lambda item: item.path.parts)
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector: pytest.Collector) -> Iterator[pytest.CollectReport]:
    """Let each process of xdist begin with files of its own.

    So files that have changed are rewritten for their assertions by one process, and read by the others.
    """
    report: pytest.CollectReport = yield
    worker = getattr(collector.config, "workerinput", None)
    if worker is not None and isinstance(collector, pytest.Dir) and report.passed:
        files = list(report.result)
        start = len(files) * int(worker["workerid"].removeprefix("gw")) // worker["workercount"]
        report.result = files[start:] + files[:start]
    return report


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Iterator[object]:
    """Look for no garbage meanwhile: there is none among so much that is made to stay."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()


def pytest_collection_finish() -> None:
    """Leave the tests themselves out of every later collection of garbage: they are many, and stay until the end.

    So do the models and the caches that tests load, which each collection of the oldest generation would look at again.
    """
    gc.freeze()
    gc.set_threshold(*COLLECTIONS)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """Two processes more than there are processors: some tests wait, for a browser, a server or a command."""
    return len(os.sched_getaffinity(0)) + 2


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A test that uses a world runs once in process and once on Redis with a worker process.

    A test of an operation, ours or a neighbour's, asks the same code the same questions on either, and the differential
    test of the store holds the two to each other: it runs in process alone, unless both are asked for. So does a story
    that has a file of its kind, because `test_survival_of_policies` has all their updates on Redis.

    Where both are asked for, a test that gives a worker nothing to do runs once, and a server carries out its commands.
    """
    both = metafunc.config.getoption("--backends") == "both"
    file = metafunc.definition.path
    doubled = both or not (file.parent.name in ("operations", "neighbours") or file.name.startswith("test_stories_"))
    for world in WORLDS:
        if world in metafunc.fixturenames:
            twice = doubled and not stays_still(metafunc.definition)
            metafunc.parametrize(world, BACK_ENDS if twice else BACK_ENDS[:1], indirect=True)


@pytest.fixture(scope="session")
def aws_commands(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Commands]:
    """The AWS CLI, imported once."""
    packages = [Path(entry) for entry in sys.path if entry.endswith("-packages")]
    kind = Kind("aws", packages, "awscli.clidriver:main", modules=["botocore_files"])
    with run_of_tests.commands(kind, tmp_path_factory.mktemp("home")) as aws:
        yield aws


@pytest.fixture(scope="session", autouse=True)
def end_of_programs() -> Iterator[None]:
    """No process of the session outlives it."""
    yield
    PROGRAMS.end()


@pytest.fixture(scope="session")
def redis_of_the_process() -> Iterator[str]:
    """The URL of a Redis server of this test process's own, which holds what its last user left."""
    with redis_server() as url:
        yield url


@pytest.fixture
def redis_url(redis_of_the_process: str) -> str:
    """The same, without a key."""
    with closing(connect(redis_of_the_process)) as client:
        client.flushall()
    return redis_of_the_process


@pytest.fixture(scope="session")
def workers() -> Iterator[str]:
    """A worker process on a Redis of its own, of which this is the URL."""
    with redis_server() as url, worker_processes(url, 1):
        yield url


@pytest.fixture(scope="session")
def moto_of_the_process() -> Moto:
    """moto in this process: what it holds is one for the whole process, and so are its applications."""
    moto = Moto()
    moto.load()
    return moto


@pytest.fixture
def moto(moto_of_the_process: Moto) -> Iterator[Moto]:
    """moto in this process, empty before the test and after it."""
    moto_of_the_process.forget(None)
    yield moto_of_the_process
    moto_of_the_process.forget(None)


@pytest.fixture(scope="session")
def worlds() -> Worlds:
    """Worlds in this process."""
    return Worlds()


@pytest.fixture(scope="session")
def worked(workers: str) -> Iterator[Worked]:
    """The one world of the session's worker, which serves one test at a time."""
    world = Worked(workers)
    yield world
    world.close()


@pytest.fixture(autouse=True)
def worlds_of_the_test(worlds: Worlds) -> Iterator[None]:
    """What is taken is given back after the last fixture of the test."""
    yield
    worlds.end_test()


@pytest.fixture(scope="session")
def server_with_scripts(redis_of_the_process: str) -> Iterator[Connection]:
    """A client of the session's server, which has our scripts."""
    client = connect(redis_of_the_process)
    load_scripts(client)
    yield client
    client.close()


@contextmanager
def alone(request: pytest.FixtureRequest, world: Beanstalk) -> Iterator[Beanstalk]:
    """A world in this process; if the test runs on no server, its commands must have the same answers on one."""
    if not stays_still(request.node):
        yield world
        return
    with held_still(world):
        if request.config.getoption("--backends") == "needed":
            yield world
            return
        server = request.getfixturevalue("server_with_scripts")
        with recorded(world) as commands:
            yield world
    assert differences(commands, server) == []


@pytest.fixture
def beanstalk(request: pytest.FixtureRequest, worlds: Worlds) -> Iterator[Beanstalk]:
    """A world of the test's own."""
    if request.param == "embedded":
        with alone(request, worlds.take()) as world:
            yield world
        return
    worked: Worked = request.getfixturevalue("worked")
    worked.store.reset()
    yield worked


@pytest.fixture
def beanstalk_with_objects(request: pytest.FixtureRequest) -> Iterator[Beanstalk]:
    """Such a world with an object store, in which source bundles are looked for."""
    if request.param == "embedded":
        with alone(request, Beanstalk(with_objects=True)) as world:
            yield world
        return
    worked = Worked(request.getfixturevalue("workers"), with_objects=True)
    yield worked
    worked.close()


@pytest.fixture(scope="session")
def fresh_world(worlds: Worlds) -> Callable[[], Beanstalk]:
    """Take as many worlds as a test wants."""
    return worlds.take


@pytest.fixture(scope="session")
def http_of(worlds: Worlds) -> Callable[[], FlaskClient]:
    """A plain HTTP client, in process, of a world of its own."""
    return lambda: worlds.take().app.test_client()


@pytest.fixture
def shop_with_objects(beanstalk_with_objects: Beanstalk) -> Beanstalk:
    """Such a world with an object store and an application."""
    beanstalk_with_objects.client.create_application(ApplicationName="shop")
    return beanstalk_with_objects


@pytest.fixture(params=["fakeredis", "redis"])
def connection(request: pytest.FixtureRequest) -> Iterator[Connection]:
    """An empty Redis, of each kind."""
    with empty_redis(request) as redis:
        yield redis


@pytest.fixture
def store(connection: Connection) -> Store:
    """An empty store on each kind of Redis, with a manual clock."""
    return Store(connection, Clock("manual"))
