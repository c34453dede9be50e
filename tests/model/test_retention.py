"""Which versions go: the laws of both rules over random applications."""

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from beanpole.model.applications import retention
from beanpole.model.applications.application import Application, ApplicationVersion
from beanpole.model.applications.lifecycle import (
    MaxAgeRule,
    MaxCountRule,
    ResourceLifecycleConfig,
    VersionLifecycleConfig,
)
from beanpole.model.applications.retention import DAY
from beanpole.model.environment.requests import Configure, Launch
from beanpole.model.environment.transitions import request_launch, request_update
from engine.stories import environment

NOW = 1_000 * DAY
SHOP = Application("shop", "arn", 0, 0)
VERSIONS = st.lists(
    st.tuples(st.integers(0, 1_000), st.sampled_from(["UNPROCESSED", "PROCESSING", "PROCESSED", "FAILED"])), max_size=30
).map(
    lambda versions: [
        ApplicationVersion("shop", f"v{number}", "arn", day * DAY, day * DAY, status=status)
        for number, (day, status) in enumerate(sorted(versions, reverse=True))
    ]
)
USED = st.frozensets(st.integers(0, 30).map(lambda number: f"v{number}"), max_size=10)
RULES = st.one_of(
    st.integers(1, 30).map(lambda most: VersionLifecycleConfig(max_count_rule=MaxCountRule(True, most))),
    st.integers(1, 1_000).map(lambda days: VersionLifecycleConfig(max_age_rule=MaxAgeRule(True, days))),
    st.just(VersionLifecycleConfig()),
)


@given(versions=VERSIONS, used=USED, rules=RULES, most=st.integers(0, 30))
def test_only_what_is_too_much_and_unused_goes_oldest_first_and_so_many_at_most(versions, used, rules, most):
    application = replace(SHOP, resource_lifecycle_config=ResourceLifecycleConfig("role", rules))
    going = retention.outdated(application, versions, used, NOW, most)
    oldest_first = [version for version in reversed(versions) if version in going]
    assert list(going) == oldest_first
    assert len(going) <= most
    assert not any(version.version_label in used or version.is_busy for version in going)
    too_much = {version.version_label for version in versions if is_too_much(version, versions, rules)}
    assert {version.version_label for version in going} <= too_much
    candidates = [
        version
        for version in versions
        if version.version_label in too_much and version.version_label not in used and not version.is_busy
    ]
    assert len(going) == min(most, len(candidates))
    assert going == () or going[0] == candidates[-1]


def is_too_much(version, versions, rules):
    if rules.max_count_rule.enabled:
        return sum(newer.date_created >= version.date_created for newer in versions[: versions.index(version)]) >= (
            rules.max_count_rule.max_count
        )
    return rules.max_age_rule.enabled and NOW - version.date_created > rules.max_age_rule.max_age_in_days * DAY


def test_used_is_what_runs_what_is_coming_and_what_ran_lately():
    live = replace(environment(), version_label="v1")
    coming = replace(request_launch(live, Launch("v1"), "request", NOW), activity=None)
    updating = request_update(replace(live, status="Ready"), Configure("v2"), "request", NOW)
    lately = replace(live, version_label="v3", status="Terminated", terminated_at=NOW - 5)
    long_ago = replace(live, version_label="v4", status="Terminated", terminated_at=NOW - 10)
    restored = replace(live, version_label="v5", terminated_at=NOW - 10)
    elsewhere = replace(live, version_label="v6", application_name="other")
    there = [live, coming, updating, lately, long_ago, restored, elsewhere]
    assert retention.in_use(SHOP, there, NOW - 10) == {"v1", "v2", "v3", "v5"}
    version = ApplicationVersion("shop", "v2", "arn", 0, 0)
    assert [retention.is_deploying(subject, version) for subject in (live, updating)] == [False, True]
