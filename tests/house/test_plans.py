"""The tables of the plans and the catalogue name the same policies, the same ways and the same durations."""

import ast
from collections.abc import Iterable, Iterator
from functools import cache
from typing import get_args

from beanpole.catalog import catalog
from beanpole.command import deployment_methods
from beanpole.model.environment.environment_info import InfoType
from beanpole.model.environment.requests import Swap
from beanpole.model.options.configuration import Traits
from beanpole.model.options.namespaces import COMMAND, ROLLING_UPDATE
from beanpole.model.plan.durations import TimingRow, after
from beanpole_workers.engine import platform_builds, version_processing
from beanpole_workers.plans import launch, linking, swap, tagging, terminate
from beanpole_workers.plans.deployment import HealthKind
from beanpole_workers.plans.policies import DEFAULT, POLICIES
from beanpole_workers.plans.replacement import TYPES
from beanpole_workers.plans.stages import Stage
from house.tree import ROOT, source_files

PLANS = source_files("workers/beanpole_workers/plans")
Rows = set[tuple[str, str]]  # of a table and its row

# The plans that are tables of stages, by the table of their durations.
STAGES: dict[str, Iterable[Stage]] = {
    **launch.TABLES,
    "terminate": (*terminate.VALIDATION, *terminate.TEARDOWN, *terminate.ENDING),
    "swap": swap.table(Swap("other", leads=True)),
    "tag": tagging.TABLE,
    "link": (*linking.LINKED_TO, *linking.LINKED_FROM),
}

# The tables of the plans that functions yield, which may name a row without its table; the command gives its name.
UPDATES = {"deploy", "configure", "restart"}
COMMANDS = ("deploy", "configure", "restart")

BUILDS = (*platform_builds.FIRST, *platform_builds.AGAIN, *platform_builds.BUILD, *platform_builds.REFUSAL)
DELETIONS = (*platform_builds.DELETION, *platform_builds.REFUSED_DELETION)

# The rows that the engine draws from without a plan.
OF_THE_ENGINE: Rows = {
    ("failure", "launch-again"),
    ("database", "rest"),
    ("apart", "launched"),
    ("apart", "completed"),
    ("group", "surplus"),
    *(("logs", kind) for kind in get_args(InfoType)),
    *version_processing.LASTS.values(),
    *(("build-platform", row) for row, _ in BUILDS),
    *(("delete-platform", row) for row, _ in DELETIONS),
}


def test_a_policy_is_a_value_of_its_option_and_a_method_of_the_command() -> None:
    assert POLICIES.keys() == _values(COMMAND, "DeploymentPolicy")
    assert POLICIES.keys() == {method.policy for method in deployment_methods.METHODS if method.policy is not None}


def test_the_policy_that_stands_in_for_others_fits_every_environment() -> None:
    assert POLICIES[DEFAULT].single
    assert POLICIES[DEFAULT].load_balancer is None


def test_a_type_of_rolling_update_is_a_value_of_its_option() -> None:
    assert TYPES.keys() == _values(ROLLING_UPDATE, "RollingUpdateType")


def test_every_row_of_the_timings_is_the_duration_of_something() -> None:
    assert _rows() - _used() == set()


def test_every_duration_is_a_row_of_the_timings() -> None:
    assert _used() - _rows() == set()


def test_an_update_names_rows_of_its_own_table_only_and_all_of_them() -> None:
    own = {row for table, row in _named() if table == ""} | set(COMMANDS)
    there = {row for table, row in _all_rows() if table in UPDATES and (table, row) not in _named()}
    assert own == there


def _values(namespace: str, name: str) -> set[str]:
    definition = catalog.load().options.find(namespace, name, Traits())
    assert definition is not None
    return set(definition.values)


def _all_rows() -> Rows:
    tables = catalog.load().timings["activities"]
    return {(table, row) for table, durations in tables.items() for row in durations["lasts"]}


def _rows() -> Rows:
    """All rows but those that updates may name without their table."""
    return {(table, row) for table, row in _all_rows() if table not in UPDATES or (table, row) in _named()}


def _used() -> Rows:
    of_stages = {
        (stage.lasts.table or table, stage.lasts.row)
        for table, stages in STAGES.items()
        for stage in stages
        if isinstance(stage.lasts, TimingRow)
    }
    return of_stages | {(table, row) for table, row in _named() if table} | OF_THE_ENGINE


@cache
def _named() -> Rows:
    """The rows that `after` names in the functions of plans; without a table where the plan's own is meant."""
    tables_of_stages = {module.__file__ for module in (launch, linking, swap, tagging, terminate)}
    named = set()
    for path in PLANS:
        for name in _names(ast.parse(path.read_text(encoding="utf-8"))):
            timing = after(name)
            if timing.table or str(ROOT / path) not in tables_of_stages:
                named.add((timing.table, timing.row))
    return named


def _names(tree: ast.AST) -> Iterator[str]:
    for call in ast.walk(tree):
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "after":
            variants = get_args(HealthKind) if call.args[1:] else ("",)
            for constant in ast.walk(call.args[0]):
                if isinstance(constant, ast.Constant) and isinstance(constant.value, str):
                    yield from (constant.value + variant for variant in variants)
