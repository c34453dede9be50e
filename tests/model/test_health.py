"""Health of fleets made by hand: its laws, and the sentences of its causes."""

from typing import get_args

import pytest
from hypothesis import given
from msgspec.structs import replace

from beanpole.model.environment.environment import UNNOTICED
from beanpole.model.environment.requests import (
    Kind,
)
from beanpole.model.environment.status import HealthStatus
from beanpole.model.health import basic_health, causes, instance_health, metrics, observation, ticks
from beanpole.model.health.census import census, members
from beanpole.model.health.context import LADDER, NAMES, OPERATIONS, climb, rank
from beanpole.model.time.clock import Clock
from model.fleets import (
    DEPLOYED,
    NOW,
    STOPPED,
    WELL,
    activity,
    context_at,
    environment,
    fleet,
    fleets,
    instance,
    instances,
    instants,
    looks,
)

JUDGED = ("Ok", "Info", "Warning", "Degraded", "Severe")


@given(looks, fleets)
def test_an_environment_is_never_better_than_a_share_of_its_instances_allows(looking, there):
    status = observation.observed_status(looking, there)
    if status not in JUDGED or (looking.environment.activity and looking.environment.activity.kind == "terminate"):
        return
    alive = members(there)
    for level in ("Severe", "Degraded", "Warning"):
        excused = sum(map(instance_health.only_failed, alive)) if level == "Severe" else 0
        bad = sum(rank(instance_health.status(member, looking)) >= rank(level) for member in alive) - excused
        allowed = next((rank(level) for bound, level in LADDER if alive and bad / len(alive) > bound), 1 if bad else 0)
        assert rank(status) >= min(allowed, rank(level))


@given(looks, fleets)
def test_what_is_not_well_has_a_cause_that_the_wire_can_carry(looking, there):
    observed = observation.observe(looking, there)
    assert observed.status in ("Ok", "Pending", "Unknown") or observed.causes
    for member in members(there):
        reasons = instance_health.explain(member, looking)
        waits = looking.since is not None and instance_health.status(member, looking) in ("Info", "Pending")
        assert instance_health.status(member, looking) in ("Ok", "Unknown") or reasons or waits
        assert all(0 < len(cause) <= 255 and "{" not in cause for cause in (*reasons, *observed.causes))


@pytest.mark.parametrize("wells", [0, 1, 4, 11])
@pytest.mark.parametrize(
    "members",
    [
        {"passes_health_checks": False},
        {"sends_data": False},
        {"sends_data": False, "passes_health_checks": False},
        {"client_errors": 0.2},
        {"server_errors": 0.2},
        {"processor": 85.0},
        {"symptoms": STOPPED},
        {"balancer_unavailable": True, "sends_data": False},
        {"failed": True},
        {"in_service": False},
        {"deployment_id": 2},
        {"deployment_id": 0},
        {"state": "pending"},
        {"state": "deploying"},
    ],
)
def test_one_that_is_not_well_is_told_of_in_the_environment_too(wells, members):
    observed = observation.observe(context_at(), fleet(instance(**members), *[instance()] * wells))
    assert observed.causes
    assert observed.status != "Ok"


@given(looks, fleets, instants)
def test_a_status_follows_from_the_fleet_and_not_from_time(looking, there, at):
    later = replace(looking, at=at)
    assert observation.observed_status(looking, there) == observation.observed_status(later, there)
    assert observation.observe(looking, there) == observation.observe(looking, there)


@given(looks, fleets)
def test_every_instance_is_counted_once_and_those_that_go_are_not(looking, there):
    counts = census(members(there), looking)
    assert sum(counts.statuses.values()) == counts.size == len(members(there))
    assert counts.size == sum(member.state != "terminating" for member in there.values())


@given(looks, instances())
def test_requests_never_contradict_health(looking, member):
    answered = metrics.requests(member, looking)
    if not member.sends_data or member.state == "pending":
        assert answered is None
        return
    assert answered == metrics.requests(member, looking)
    parts = answered.status2xx, answered.status3xx, answered.status4xx, answered.status5xx
    assert sum(parts) == answered.count
    assert min(parts) >= 0
    status = instance_health.status(member, looking)
    if not member.in_service and member.passes_health_checks:
        assert (answered.count, answered.latency) == (0, None)
    if status == "Ok" and answered.count:
        assert member.server_errors or answered.status5xx == 0
        assert member.few_requests or answered.status5xx <= max(1, answered.count / 8)  # any share is one of so few
        assert member.client_errors or answered.status4xx <= answered.count / 10
    if answered.count:
        latency = list(answered.latency.values())
        assert latency == sorted(latency, reverse=True)
    if not member.passes_health_checks:
        assert answered.status5xx == answered.count > 0


@given(looks, fleets)
def test_an_environment_answers_what_its_instances_answer(looking, there):
    reports = [metrics.requests(member, looking) for member in there.values()]
    whole = metrics.together(reports)
    assert whole.count == sum(report.count for report in reports if report)
    if whole.count:
        p99 = [report.latency["p99"] for report in reports if report and report.count]
        assert min(p99) - 0.001 <= whole.latency["p99"] <= max(p99) + 0.001


@given(looks, instances())
def test_the_processor_is_busy_with_commands_and_its_shares_are_whole(looking, member):
    report = metrics.system(member, looking)
    if report is None:
        assert not member.sends_data or member.state == "pending"
        return
    assert sum(report.cpu_utilization.values()) == pytest.approx(100)
    assert min(report.cpu_utilization.values()) >= 0
    assert member.processor or (report.cpu_utilization["user"] > 40) == (member.state == "deploying")
    assert not member.processor or 100 - report.cpu_utilization["idle"] == pytest.approx(member.processor)
    assert ("privileged" in report.cpu_utilization) == looking.reporting.windows
    assert len(report.load_average or ()) == (0 if looking.reporting.windows else 3)


def test_reports_are_the_same_between_two_ticks_and_others_after():
    first, same, later_report = (
        metrics.requests(instance(), context_at(at=NOW + later)) for later in (0, 9_999, 10_000)
    )
    assert first == same != later_report
    assert context_at(at=NOW + 9_999).refreshed_at == NOW
    assert metrics.requests(instance(), context_at(seed=1)) != first
    assert metrics.requests(instance("i-1"), context_at()) != first


def test_a_group_that_is_to_be_empty_is_no_trouble():
    observed = observation.observe(context_at(least=0), {})
    assert observed.status == "No Data"
    assert observed.causes == ("There are no instances.", "Auto Scaling group desired capacity is set to 0.")


def test_an_instance_that_was_never_heard_of_is_unknown():
    silent = instance(deployment_id=0, sends_data=False)
    assert observation.observed_status(context_at(), fleet(silent)) == "Unknown"


def test_what_goes_wrong_within_an_operation_only_counts_where_it_was_wrong_before():
    busy = environment(activity=activity("deploy"))
    new = replace(DEPLOYED, passes_health_checks=False, in_service=False)
    old = replace(WELL, passes_health_checks=False, in_service=False)
    assert observation.observed_status(context_at(busy), fleet(new)) == "Info"
    assert observation.observed_status(context_at(busy), fleet(old)) == "Severe"


def test_an_environment_that_is_gone_has_no_health():
    terminated = environment(status="Terminated")
    assert observation.observe(context_at(terminated), {}) is None
    assert basic_health.observed(context_at(terminated), {}) is None


@given(looks, fleets)
def test_basic_health_gets_worse_a_colour_at_a_time_and_better_at_once(looking, there):
    observed = basic_health.observed(looking, there)
    assert (observed is None) == (looking.since is not None)
    if observed is None:
        return
    published, colours = None, []
    while published != observed:
        published = basic_health.following(published or "Green", observed)
        colours.append(published)
    assert colours == {"Green": ["Green"], "Yellow": ["Yellow"], "Red": ["Yellow", "Red"]}[observed]
    assert basic_health.following("Red", "Green") == "Green"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 seconds"),
        (1, "1 second"),
        (119, "119 seconds"),
        (120, "2 minutes"),
        (179, "2 minutes"),
        (2_220, "37 minutes"),
    ],
)
def test_spans_are_told_in_seconds_and_from_two_minutes_on_in_minutes(seconds, words):
    assert causes.span(Clock("manual"), seconds * 1000) == words
    assert causes.span(Clock(speed=60), round(seconds * 1000 / 60)) == words


def test_health_speaks_of_every_activity_or_takes_no_notice_of_it():
    assert {*NAMES, *UNNOTICED} == set(get_args(Kind))
    assert not set(NAMES) & set(UNNOTICED)
    assert {*OPERATIONS, "terminate"} == set(NAMES)


def test_few_requests_excuse_errors_only_where_all_that_serve_get_few():
    few, many = instance(few_requests=True, server_errors=1.0), instance(server_errors=1.0)
    assert observation.observed_status(context_at(), fleet(few, few)) == "Ok"
    assert (
        observation.observed_status(context_at(), fleet(few, many))
        == observation.observed_status(context_at(), fleet(many, many))
        == "Severe"
    )


@pytest.mark.parametrize(
    ("statuses", "color"),
    [
        (("Ok", "Info"), "Green"),
        (("Warning",), "Yellow"),
        (("Degraded", "Severe"), "Red"),
        (("Pending", "Unknown", "Suspended", "No Data"), "Grey"),
    ],
)
def test_every_status_has_the_colour_of_the_guide(statuses, color):
    assert {observation.Observation(status).color for status in statuses} == {color}


@pytest.mark.parametrize(
    ("share", "status"),
    [
        *((0, "Ok"), (0.1, "Ok"), (0.101, "Warning"), (0.25, "Warning")),
        *((0.251, "Degraded"), (0.5, "Degraded"), (0.501, "Severe"), (1, "Severe")),
    ],
)
def test_a_share_is_as_bad_as_the_bound_that_it_is_above(share, status):
    assert climb(share) == status


@pytest.mark.parametrize(
    ("share", "status"),
    [(0.05, "Ok"), (0.12, "Warning"), (0.199, "Degraded"), (0.2, "Degraded"), (0.448, "Severe"), (0.75, "Severe")],
)
def test_a_share_of_errors_is_as_bad_as_was_seen(share, status):
    member = instance(server_errors=share)
    assert instance_health.status(member, context_at()) == status
    assert observation.observed_status(context_at(), fleet(member, member)) == status


@pytest.mark.parametrize("which", ["1 out of 3 instances", "all instances"])
def test_a_command_that_no_operation_explains_is_told(which):
    busy = instance(state="deploying", began_at=NOW - 1_000)
    there = fleet(*([busy] if which == "all instances" else [busy, instance(), instance()]))
    assert (
        f"Command is executing on {which}." in observation.observe(context_at(environment(activity=None)), there).causes
    )


def test_a_span_is_told_in_seconds_up_to_two_minutes():
    clock = Clock("manual")
    assert [causes.span(clock, seconds * 1_000) for seconds in (0, 1, 119, 120, 2_220)] == [
        "0 seconds",
        "1 second",
        "119 seconds",
        "2 minutes",
        "37 minutes",
    ]


@pytest.mark.parametrize("before", [None, "Ok"])
@pytest.mark.parametrize("status", get_args(HealthStatus))
def test_what_is_bad_warns_even_as_the_first_of_all(before, status):
    message = ticks.transition(before, observation.Observation(status, ("There are no instances.",)))
    to = (
        "Environment health has transitioned to" if before is None else "Environment health has transitioned from Ok to"
    )
    assert message.text == f"{to} {status}. There are no instances."
    assert (message.severity == "WARN") == (status not in ("Ok", "Info", "Pending"))
