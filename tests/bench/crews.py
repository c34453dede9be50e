"""How workers scale: launches that wait in Redis, of one account or of a thousand, played by one, two and four."""

from collections.abc import Iterator
from os import cpu_count
from time import perf_counter

from rq import Worker

from beanpole.api.app import create_app
from beanpole.model.clock import Clock
from beanpole.store.connection import connect
from beanpole.store.store import Store
from bench import fleets
from bench.processes import APPLICATION, HEADERS, form
from bench.row import Row
from servers import redis_server, worker_processes

ENVIRONMENTS, ACCOUNTS = 2_000, 1_000
CREWS = (1, 2, 4)
BEGUN = 0.9  # the stopwatch starts at the last look before less than this share of launches is left


def crews() -> Iterator[Row]:
    """Launches a second, of each crew beside a single worker; no crew may be slower than it."""
    for accounts in (1, ACCOUNTS):
        alone = 0.0
        for workers in CREWS:
            rate = _rate(accounts, workers)
            alone = alone or rate
            work = f"launches of {accounts:,} accounts by {workers} workers on {cpu_count()} cores"
            yield Row(work, f"{rate:,.0f}/s", f"{alone:,.0f}/s by one", rate / alone, 0.9, "x")


def _rate(accounts: int, workers: int) -> float:
    with redis_server() as url:
        store = Store(connect(url), Clock(speed="instant"))
        _ask(store, accounts)
        due_count = store.due.count()
        with worker_processes(url, workers, forked=False):
            looks = [(perf_counter(), due_count)]

            def is_working() -> bool:
                left = store.due.count()
                if Worker.count(connection=store.redis) == workers and left < BEGUN * due_count:
                    return True
                looks.append((perf_counter(), left))
                return False

            fleets._wait(is_working)
            fleets._wait(lambda: store.due.count() == 0)
            began, before = looks[-1]
            return before / (perf_counter() - began)


def _ask(store: Store, accounts: int) -> None:
    http = create_app(store, fleets.ROOMY).test_client()
    stack = next(stack.name for stack in fleets.ROOMY.platforms.stacks if "Python 3" in stack.name)
    for number in range(ENVIRONMENTS):
        account = f"{number % accounts + 1:012d}"
        headers = HEADERS | {"Authorization": HEADERS["Authorization"].replace(fleets.ACCOUNT, account)}
        calls = [form("CreateApplication", ApplicationName=APPLICATION)] if number < accounts else []
        named = {"ApplicationName": APPLICATION, "EnvironmentName": f"env-{number:05}", "SolutionStackName": stack}
        for body in (*calls, form("CreateEnvironment", **named)):
            answer = http.post("/", data=body, headers=headers)
            assert answer.status_code == 200, answer.text
