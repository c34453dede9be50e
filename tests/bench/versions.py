"""A thousand application versions under a lifecycle rule, in this process, beside an application that has ten."""

from collections.abc import Iterator
from itertools import count
from statistics import median
from time import perf_counter

from msgspec.structs import replace

from beanpole.model.applications.application import ApplicationVersion
from beanpole.model.applications.lifecycle import MaxCountRule, ResourceLifecycleConfig, VersionLifecycleConfig
from beanpole.model.changes.change import Change
from beanpole.testing import ACCOUNT, REGION, Beanstalk
from bench.processes import APPLICATION, HEADERS, form
from bench.row import Row

_FEW, _MANY = 10, 999
_PAGE = 100
_ROUNDS = 100


def versions_1000() -> Iterator[Row]:
    """A page of them, all of them, and one more, which lets the oldest go."""
    few, many = _shop(_FEW), _shop(_MANY)
    page = form("DescribeApplicationVersions", ApplicationName=APPLICATION, MaxRecords=str(_PAGE))
    whole = form("DescribeApplicationVersions", ApplicationName=APPLICATION)
    spent = _spent(many, page)
    yield Row(f"{_PAGE} of 1,000 versions", f"{spent * 1000:.1f} ms", "", spent * 1000, 20, "ms", most=True)
    spent = _spent(many, whole)
    yield Row("all of 1,000 versions", f"{spent * 1000:.1f} ms", "", spent * 1000, 60, "ms", most=True)
    small, great = _create(few), _create(many)
    work = "CreateApplicationVersion, and the oldest of 1,000 goes"
    alone = f"{small * 1000:.1f} ms of {_FEW}"
    yield Row(work, f"{great * 1000:.1f} ms", alone, great * 1000, 25, "ms", most=True)


def _shop(versions: int) -> Beanstalk:
    """As many as its rule keeps beside the newest, so that each new one lets one go."""
    shop, numbers = Beanstalk(), count()
    _call(shop, form("CreateApplication", ApplicationName=APPLICATION))
    world = shop.store.world(ACCOUNT, REGION)
    (application,) = world.applications()
    rule = VersionLifecycleConfig(max_count_rule=MaxCountRule(enabled=True, max_count=versions - 1))
    ruled = ResourceLifecycleConfig("arn:aws:iam::123456789012:role/service", rule)
    models = (_version(next(numbers), shop.now) for _ in range(versions))
    world.commit(Change(puts=(replace(application, resource_lifecycle_config=ruled), *models)))
    return shop


def _version(number: int, now: int) -> ApplicationVersion:
    return ApplicationVersion(APPLICATION, f"old-{number}", f"arn:{number}", now + number, now + number)


def _create(shop: Beanstalk) -> float:
    numbers = count()
    return median(
        _timed(shop, form("CreateApplicationVersion", ApplicationName=APPLICATION, VersionLabel=f"new-{next(numbers)}"))
        for _ in range(_ROUNDS)
    )


def _spent(shop: Beanstalk, body: str) -> float:
    return median(_timed(shop, body) for _ in range(_ROUNDS))


def _timed(shop: Beanstalk, body: str) -> float:
    began = perf_counter()
    _call(shop, body)
    return perf_counter() - began


def _call(shop: Beanstalk, body: str) -> None:
    answer = shop.app.test_client().post("/", data=body, headers=HEADERS)
    if answer.status_code != 200:
        raise RuntimeError(answer.text)
