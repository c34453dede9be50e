"""How work grows: ten thousand environments beside a thousand, a thousand accounts, and a month of deployments.

What grows with the number of environments is given for each of them, and what should not grow as it is; a row is the
ratio of the great world to the small one. All times are of the processor where one process does the work.
"""

import gc
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median
from time import perf_counter, process_time
from typing import NamedTuple

from flask.testing import FlaskClient

from beanpole.api.app import create_app
from beanpole.catalog import catalog
from beanpole.catalog.catalog import Catalog
from beanpole.machine.clock import real_now, sleep
from beanpole.model.time.clock import Clock, Target
from beanpole.store import keys
from beanpole.store.connection import connect, embedded
from beanpole.store.store import Store
from beanpole.testing import Beanstalk
from beanpole_workers.play import jobs, manual
from bench import fleets
from bench.processes import APPLICATION, HEADERS, form
from bench.row import Row
from servers import redis_server

SMALL, GREAT = 1_000, 10_000
INSTANCES = 10
ACCOUNT, REGION = fleets.ACCOUNT, fleets.REGION
BATCH = 100
LOOKS = 20
PATIENCE = 3_600
ACCOUNTS = 1_000
DAYS, FLEET = 60, 50
DAY = 86_400
ROOMY = Catalog(overrides={"quotas": {"environments": 10 * GREAT, "application_versions": 100_000}})


class Cost(NamedTuple):
    """Seconds for each environment to be launched and rolled over, seconds of one look or step, and bytes for each."""

    launch: float
    roll: float
    step: float
    one: float
    events: float
    memory: float


def ten_thousand_embedded() -> Iterator[Row]:
    """In one process, which plays the steps itself."""
    yield from _rows("embedded", _embedded)


def ten_thousand_on_redis() -> Iterator[Row]:
    """On a Redis server with two worker processes; launches and deployments are measured in real time."""
    yield from _rows("on Redis", _on_redis)


def _rows(where: str, measure: Callable[[int], Cost]) -> Iterator[Row]:
    small, great = measure(SMALL), measure(GREAT)
    for name, unit, scale, most in (
        ("launch", "ms each", 1000.0, 1.25),
        ("roll", "ms each", 1000.0, 1.25),
        ("step", "ms", 1000.0, 1.5),
        ("one", "ms", 1000.0, 1.5),
        ("events", "ms", 1000.0, 1.5),
        ("memory", "KiB each", 1 / 1024, 1.25),
    ):
        ours, before = getattr(great, name) * scale, getattr(small, name) * scale
        if before <= 0:
            continue  # the small world takes less than can be measured
        work = f"{_WORDS[name]}, {GREAT:,} environments {where}"
        figure, beside = f"{ours:,.2f} {unit}", f"{before:,.2f} {unit} at {SMALL:,}"
        yield Row(work, figure, beside, ours / before, most, "x", most=True)


_WORDS = {
    "launch": f"launches of {INSTANCES} instances",
    "roll": "rolling deployments",
    "step": "a step of one",
    "one": "DescribeEnvironments of one",
    "events": "the newest events of one",
    "memory": "memory",
}


def _embedded(environments: int) -> Cost:
    store = Store(embedded(), Clock(speed="instant"))
    gc.collect()
    before = _resident()

    def play() -> None:
        while members := store.due.pop(real_now() + 1000, BATCH, 60_000)[0]:
            jobs.play(store, catalog.load(), members)

    return _cost(store, environments, play, process_time, lambda: _resident() - before)


def _on_redis(environments: int) -> Cost:
    with redis_server() as url:
        store = Store(connect(url), Clock(speed="instant"))
        before = store.memory() or 0

        def play() -> None:
            deadline = perf_counter() + PATIENCE
            while store.due.count():
                assert perf_counter() < deadline, "the workers do not come to an end"
                sleep(0.1)

        with fleets._workers(url):
            return _cost(store, environments, play, perf_counter, lambda: (store.memory() or 0) - before)


def _cost(
    store: Store, environments: int, play: Callable[[], None], clock: Callable[[], float], memory: Callable[[], int]
) -> Cost:
    """Launch so many, roll all of them over, and look at one in the midst of them."""
    http = create_app(store, ROOMY).test_client()
    fleets._call(http, "CreateApplication", ApplicationName=APPLICATION)
    for label in ("v1", "v2", "v3"):
        fleets._call(http, "CreateApplicationVersion", ApplicationName=APPLICATION, VersionLabel=label)
    began = clock()
    for number in range(environments):
        fleets._create(http, f"env-{number:05}", INSTANCES, "30", "Percentage")
    play()
    launched = clock()
    for number in range(environments):
        fleets._call(http, "UpdateEnvironment", EnvironmentName=f"env-{number:05}", VersionLabel="v2")
    play()
    rolled = clock()
    named = {"EnvironmentNames.member.1": f"env-{environments // 2:05}"}
    one = _look(http, "DescribeEnvironments", **named)
    events = _look(http, "DescribeEvents", EnvironmentName=f"env-{environments // 2:05}", MaxRecords="10")
    memory_each = memory() / environments
    return Cost(
        (launched - began) / environments,
        (rolled - launched) / environments,
        _step(store, http, play, f"env-{environments // 2:05}"),
        one,
        events,
        memory_each,
    )


def _step(store: Store, http: FlaskClient, play: Callable[[], None], name: str) -> float:
    """Processor seconds of this process for a deployment to one, from the call to its end."""
    began = process_time()
    fleets._call(http, "UpdateEnvironment", EnvironmentName=name, VersionLabel="v3")
    play()
    world = store.world(ACCOUNT, REGION)
    environment = world.environment_named(name)
    assert environment is not None
    assert environment.version_label == "v3"
    return process_time() - began


def _look(http: FlaskClient, action: str, **parameters: str) -> float:
    body, spent = form(action, **parameters), []
    for _ in range(LOOKS):
        began = process_time()
        answer = http.post("/", data=body, headers=HEADERS)
        spent.append(process_time() - began)
        assert answer.status_code == 200, answer.text
    return median(spent)


def thousand_accounts() -> Iterator[Row]:
    """A world for each account, one after the other, all of them there; then they are reset, and made again."""
    store = Store(embedded(), Clock("manual"))
    http, threads = create_app(store, ROOMY).test_client(), threading.active_count()
    spent, resident = [], []
    accounts = [f"{number:012d}" for number in range(1, ACCOUNTS + 1)]
    for _ in range(2):
        spent += [_world(store, http, account) for account in accounts]
        resident.append(_resident() / 2**20)
        for account in accounts:
            store.reset(account)
        gc.collect()
    share = max(1, ACCOUNTS // 10)
    first, last = median(spent[:share]), median(spent[ACCOUNTS - share : ACCOUNTS])
    figure, beside = f"{last * 1000:.1f} ms the last", f"{first * 1000:.1f} ms the first"
    yield Row(f"a world for each of {ACCOUNTS:,} accounts", figure, beside, last / first, 1.5, "x", most=True)
    shared = {key.encode() for key in (keys.GENERATION, keys.RESCHEDULED)}
    left = [key for key in store.redis.keys("*") if key not in shared]
    yield Row("keys that their reset leaves", f"{len(left)}", "", len(left), 0, "keys", most=True)
    more = threading.active_count() - threads
    yield Row("threads that their reset leaves", f"{more}", "", more, 0, "threads", most=True)
    work, figure, beside = "memory of as many once more", f"{resident[1]:,.0f} MiB", f"{resident[0]:,.0f} MiB"
    yield Row(work, figure, beside, resident[1] / resident[0], 1.1, "x", most=True)


def _world(store: Store, http: FlaskClient, account: str) -> float:
    """Processor seconds of an environment's launch in an account."""
    began = process_time()
    headers = HEADERS | {"Authorization": HEADERS["Authorization"].replace(ACCOUNT, account)}
    stack = next(stack.name for stack in ROOMY.platforms.stacks if "Python 3" in stack.name)
    named = {"ApplicationName": APPLICATION, "EnvironmentName": "shop-web", "SolutionStackName": stack}
    for body in (form("CreateApplication", ApplicationName=APPLICATION), form("CreateEnvironment", **named)):
        assert http.post("/", data=body, headers=headers).status_code == 200
    manual.advance(store, catalog.load(), account, Target("ready", by=DAY * 1000))
    return process_time() - began


def month_of_deployments() -> Iterator[Row]:
    """Days of a fleet of environments with a deployment each day, managed updates and ailments."""
    world, days, sizes, resident = _fleet_of_environments(), [], [], []
    for day in range(DAYS):
        began = process_time()
        for number in range(FLEET):
            world.client.update_environment(EnvironmentName=f"shop-{number:02}", VersionLabel=f"v{day % 2 + 1}")
        world.advance(DAY)
        days.append(process_time() - began)
        sizes.append(sum(world.store.redis.xlen(key) for key in world.store.redis.keys("*:events")))
        resident.append(_resident() / 2**20)
    early, late = median(days[5:15]), median(days[-10:])
    figure, beside = f"{late:.2f} s the last days", f"{early:.2f} s the first"
    yield Row(f"a day of {FLEET} environments, {DAYS} days on", figure, beside, late / early, 1.25, "x", most=True)
    full = min(45, DAYS * 3 // 4)
    event_count, mebibytes = sizes[full], resident[full]
    figure, beside = f"{resident[-1]:,.0f} MiB", f"{mebibytes:,.0f} MiB then"
    yield Row("memory after six weeks", figure, beside, resident[-1] / mebibytes, 1.1, "x", most=True)
    yield Row(
        "events kept after six weeks",
        f"{sizes[-1]:,}",
        f"{event_count:,} then",
        sizes[-1] / event_count,
        1.1,
        "x",
        most=True,
    )


def _fleet_of_environments() -> Beanstalk:
    world = Beanstalk()
    world.client.create_application(ApplicationName=APPLICATION)
    for label in ("v1", "v2"):
        world.client.create_application_version(ApplicationName=APPLICATION, VersionLabel=label)
    stacks = [stack.name for stack in world.catalog.platforms.stacks if "Python 3" in stack.name]
    managed = "aws:elasticbeanstalk:managedactions"
    options = [
        (managed, "ManagedActionsEnabled", "true"),
        (managed, "PreferredStartTime", "Sun:03:00"),
        (managed, "ServiceRoleForManagedUpdates", "aws-elasticbeanstalk-service-role"),
        (f"{managed}:platformupdate", "UpdateLevel", "minor"),
        (f"{managed}:platformupdate", "InstanceRefreshEnabled", "true"),
    ]
    for number in range(FLEET):
        world.client.create_environment(
            ApplicationName=APPLICATION,
            EnvironmentName=f"shop-{number:02}",
            VersionLabel="v2",
            SolutionStackName=stacks[0],
            OptionSettings=[{"Namespace": space, "OptionName": name, "Value": text} for space, name, text in options],
        )
    world.arm("client-errors", lasts=3_600, probability=0.2)
    world.advance(DAY)
    return world


def _resident() -> int:
    pages = Path("/proc/self/statm").read_text().split()[1]
    return int(pages) * 4096
