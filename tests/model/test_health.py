"""Health of fleets made by hand: its laws, and the sentences of its causes."""

from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from beanpole.model.clock import MANUAL_EPOCH, Clock
from beanpole.model.environment.activity import Activity, Done, Outcome
from beanpole.model.environment.environment import UNNOTICED, Environment
from beanpole.model.environment.instance import CommandRecord, Instance
from beanpole.model.environment.requests import (
    KINDS,
    Configure,
    Deploy,
    Kind,
    Launch,
    Link,
    Rebuild,
    Restart,
    Swap,
    Terminate,
)
from beanpole.model.environment.resources import Resource
from beanpole.model.faults.symptoms import SYMPTOMS, Symptom
from beanpole.model.health import basic_health, causes, instance_health, metrics, observation
from beanpole.model.health.census import census, members
from beanpole.model.health.context import LADDER, NAMES, OPERATIONS, climb, health_context, rank
from beanpole.model.health.reporting import Reporting

START = MANUAL_EPOCH
NOW = START + 3_600_000
GROUP = Resource("auto-scaling-group", "awseb-group")
JUDGED = ("Ok", "Info", "Warning", "Degraded", "Severe")


def environment(**members):
    plain = Environment(
        environment_id="e-abcdefghij",
        environment_name="web",
        application_name="shop",
        environment_arn="",
        solution_stack_name="",
        platform_arn="",
        date_created=START,
        date_updated=START,
        account_id="000000000000",
        region="us-east-1",
        version_label="v1",
        status="Ready",
        resources=(GROUP,),
        deployment_id=1,
    )
    return replace(plain, **members)


REQUESTS = {
    KINDS[type(request)]: request
    for request in (
        Launch("v1"),
        Deploy("v2"),
        Configure(),
        Restart(),
        Rebuild("v1"),
        Swap("other"),
        Link(),
        Terminate(),
    )
}


def activity(kind):
    return Activity(REQUESTS[kind], "", "", NOW - 31_000, 2, NOW, NOW)


def instance(id_="i-0", **members):
    records = (
        CommandRecord(START + 60_000, "boot"),
        CommandRecord(START + 95_000, "deploy", "v1", 1, began=START + 90_000),
    )
    plain = Instance(
        id_,
        START,
        "awseb-group",
        state="running",
        in_service=True,
        version_label="v1",
        deployment_id=1,
        deployed_at=START + 95_000,
        history=records,
    )
    return replace(plain, **members)


def seen(environment_=None, at=NOW, seed=0, **reporting):
    reports = Reporting(**{"balancer": "application", **reporting})
    return health_context(environment_ or environment(), reports, Clock("manual", seed=seed), at)


def fleet(*instances):
    return {f"i-{place}": replace(it, id=f"i-{place}") for place, it in enumerate(instances)}


STOPPED = (Symptom("fault-1", "stopped-services", NOW),)
QUEUED = [(Symptom("fault-1", name, NOW),) for name, row in SYMPTOMS.items() if row.holder == "queue"]
versions = st.sampled_from([("v1", 1), ("v1", 1), ("v1", 1), ("v2", 2), ("v0", 0), (None, 0)])
instants = st.integers(START, NOW)


@st.composite
def instances(draw):
    label, id_ = draw(versions)
    deployed = draw(instants) if id_ else None
    history = () if deployed is None else (CommandRecord(deployed, "deploy", label, id_, began=draw(instants)),)
    return instance(
        launched_at=draw(instants),
        state=draw(st.sampled_from(["running", "running", "running", "pending", "deploying", "terminating"])),
        in_service=draw(st.booleans()),
        version_label=label,
        deployment_id=id_,
        deployed_at=deployed,
        began_at=draw(st.none() | instants),
        failed=draw(st.sampled_from([False, False, False, True])),
        passes_health_checks=draw(st.sampled_from([True, True, True, False])),
        sends_data=draw(st.sampled_from([True, True, True, False])),
        client_errors=draw(st.sampled_from([0.0, 0.0, 0.05, 0.2, 0.9])),
        server_errors=draw(st.sampled_from([0.0, 0.0, 0.0, 0.05, 0.2, 0.9])),
        few_requests=draw(st.sampled_from([False, False, False, True])),
        processor=draw(st.sampled_from([0.0, 0.0, 0.0, 60.0, 85.0, 95.0])),
        symptoms=draw(st.sampled_from([(), (), (), STOPPED])),
        unhealthy_since=draw(st.none() | instants),
        history=draw(st.sampled_from([(), history])),
    )


fleets = st.lists(instances(), max_size=12).map(lambda found: fleet(*found))
activities = st.none() | st.sampled_from([*NAMES, "swap", "link"]).map(activity)
dones = st.none() | st.builds(
    Done,
    st.sampled_from(["launch", "deploy", "configure"]),
    st.just(NOW - 90_000),
    instants,
    st.sampled_from(get_args(Outcome)),
)
environments = st.builds(
    lambda doing, done, group, id_, has_symptoms: environment(
        activity=doing, done=done, resources=(GROUP,) if group else (), deployment_id=id_, symptoms=has_symptoms
    ),
    activities,
    dones,
    st.sampled_from([True, True, True, False]),
    st.sampled_from([1, 1, 1, 2, 0]),
    st.sampled_from([(), (), (), *QUEUED]),
)
reports = st.builds(
    Reporting,
    balancer=st.sampled_from([None, "classic", "application", "network"]),
    worker=st.booleans(),
    windows=st.booleans(),
    old=st.booleans(),
    least=st.integers(0, 4),
    watches_4xx=st.booleans(),
    watches_balancer_4xx=st.booleans(),
)
looks = st.builds(
    lambda it, how, seed, at: health_context(it, how, Clock("manual", seed=seed), at),
    environments,
    reports,
    st.integers(0, 9),
    instants,
)


@given(looks, fleets)
def test_an_environment_is_never_better_than_a_share_of_its_instances_allows(looking, there):
    status = observation.observed_status(looking, there)
    if status not in JUDGED or (looking.environment.activity and looking.environment.activity.kind == "terminate"):
        return
    alive = members(there)
    for level in ("Severe", "Degraded", "Warning"):
        bad = sum(rank(instance_health.status(it, looking)) >= rank(level) for it in alive)
        allowed = next((rank(it) for bound, it in LADDER if alive and bad / len(alive) > bound), 1 if bad else 0)
        assert rank(status) >= min(allowed, rank(level))


@given(looks, fleets)
def test_what_is_not_well_has_a_cause_that_the_wire_can_carry(looking, there):
    observed = observation.observe(looking, there)
    assert observed.status in ("Ok", "Pending", "Unknown") or observed.causes
    for it in members(there):
        found = instance_health.explain(it, looking)
        waits = looking.since is not None and instance_health.status(it, looking) in ("Info", "Pending")
        assert instance_health.status(it, looking) in ("Ok", "Unknown") or found or waits
        assert all(0 < len(cause) <= 255 and "{" not in cause for cause in (*found, *observed.causes))


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
    observed = observation.observe(seen(), fleet(instance(**members), *[instance()] * wells))
    assert observed.causes
    assert observed.status != "Ok"


@given(looks, fleets, instants)
def test_a_status_follows_from_the_fleet_and_not_from_time(looking, there, at):
    later = replace(looking, at=at)
    assert observation.observed_status(looking, there) == observation.observed_status(later, there)
    assert observation.observe(looking, there) == observation.observe(looking, there)


@given(looks, fleets)
def test_every_instance_is_counted_once_and_those_that_go_are_not(looking, there):
    counted = census(members(there), looking)
    assert sum(counted.statuses.values()) == counted.size == len(members(there))
    assert counted.size == sum(it.state != "terminating" for it in there.values())


@given(looks, instances())
def test_requests_never_contradict_health(looking, it):
    answered = metrics.requests(it, looking)
    if not it.sends_data or it.state == "pending":
        assert answered is None
        return
    assert answered == metrics.requests(it, looking)
    parts = answered.status2xx, answered.status3xx, answered.status4xx, answered.status5xx
    assert sum(parts) == answered.count
    assert min(parts) >= 0
    status = instance_health.status(it, looking)
    if not it.in_service and it.passes_health_checks:
        assert (answered.count, answered.latency) == (0, None)
    if status == "Ok" and answered.count:
        assert it.server_errors or answered.status5xx == 0
        assert it.few_requests or answered.status5xx <= max(1, answered.count / 8)  # any share is one of so few
        assert it.client_errors or answered.status4xx <= answered.count / 10
    if answered.count:
        latency = list(answered.latency.values())
        assert latency == sorted(latency, reverse=True)
    if not it.passes_health_checks:
        assert answered.status5xx == answered.count > 0


@given(looks, fleets)
def test_an_environment_answers_what_its_instances_answer(looking, there):
    each = [metrics.requests(it, looking) for it in there.values()]
    whole = metrics.together(each)
    assert whole.count == sum(it.count for it in each if it)
    if whole.count:
        p99 = [it.latency["p99"] for it in each if it and it.count]
        assert min(p99) - 0.001 <= whole.latency["p99"] <= max(p99) + 0.001


@given(looks, instances())
def test_the_processor_is_busy_with_commands_and_its_shares_are_whole(looking, it):
    found = metrics.system(it, looking)
    if found is None:
        assert not it.sends_data or it.state == "pending"
        return
    assert sum(found.cpu_utilization.values()) == pytest.approx(100)
    assert min(found.cpu_utilization.values()) >= 0
    assert it.processor or (found.cpu_utilization["user"] > 40) == (it.state == "deploying")
    assert not it.processor or 100 - found.cpu_utilization["idle"] == pytest.approx(it.processor)
    assert ("privileged" in found.cpu_utilization) == looking.reporting.windows
    assert len(found.load_average or ()) == (0 if looking.reporting.windows else 3 if looking.reporting.old else 2)


def test_reports_are_the_same_between_two_ticks_and_others_after():
    one, same, other = (metrics.requests(instance(), seen(at=NOW + later)) for later in (0, 9_999, 10_000))
    assert one == same != other
    assert seen(at=NOW + 9_999).refreshed_at == NOW
    assert metrics.requests(instance(), seen(seed=1)) != one
    assert metrics.requests(instance("i-1"), seen()) != one


@pytest.mark.parametrize(
    ("members", "busy", "status", "explained"),
    [
        ({}, None, "Ok", []),
        (
            {"history": (CommandRecord(NOW - 23_000, "deploy", "v1", 1, began=NOW - 49_000),)},
            None,
            "Ok",
            ["Application deployment completed 23 seconds ago and took 26 seconds"],
        ),
        (
            {
                "launched_at": NOW - 200_000,
                "history": (CommandRecord(NOW - 90_000, "boot"), CommandRecord(NOW - 7_000, "deploy", "v1", 1)),
            },
            None,
            "Ok",
            ["Initialization completed 7 seconds ago and took 3 minutes"],
        ),
        (
            {"history": (CommandRecord(NOW - 1_000, "restart", "v1", 1, began=NOW - 2_000),)},
            None,
            "Ok",
            ["Application restart completed 1 second ago and took 1 second"],
        ),
        (
            {"state": "deploying", "began_at": NOW - 31_000},
            activity("deploy"),
            "Info",
            ["Performing application deployment (running for 31 seconds)"],
        ),
        (
            {"state": "deploying", "began_at": NOW - 31_000},
            activity("configure"),
            "Info",
            ["Performing configuration deployment (running for 31 seconds)"],
        ),
        (
            {"state": "deploying", "began_at": NOW - 31_000},
            activity("restart"),
            "Info",
            ["Performing application restart (running for 31 seconds)"],
        ),
        (
            {"state": "pending", "launched_at": NOW - 12_000, "deployment_id": 0, "history": ()},
            activity("launch"),
            "Pending",
            ["Performing initialization (running for 12 seconds)"],
        ),
        (
            {"version_label": "v2", "deployment_id": 2},
            None,
            "Degraded",
            ['Incorrect application version "v2" (deployment 2). Expected version "v1" (deployment 1).'],
        ),
        (
            {
                "failed": True,
                "in_service": False,
                "history": (CommandRecord(NOW - 900_000, "deploy", "v2", 2, True, NOW - 926_000),),
            },
            None,
            "Degraded",
            ["Command failed on instance.", "Application deployment failed 15 minutes ago and took 26 seconds"],
        ),
        (
            {"passes_health_checks": False, "in_service": False, "unhealthy_since": NOW - 180_000},
            None,
            "Severe",
            [
                "100.0 % of the requests are failing with HTTP 5xx.",
                "Process default has been unhealthy for 3 minutes (Target.FailedHealthChecks).",
            ],
        ),
        ({"in_service": False}, None, "Severe", ["Instance is not registered with the load balancer."]),
        ({"in_service": False}, activity("deploy"), "Info", []),
        (
            {"sends_data": False, "unhealthy_since": NOW - 2_220_000},
            None,
            "No Data",
            ["No data. Last seen 37 minutes ago."],
        ),
        (
            {"sends_data": False, "passes_health_checks": False, "unhealthy_since": NOW - 2_220_000},
            None,
            "Severe",
            ["Instance ELB health has not been available for 37 minutes.", "No data. Last seen 37 minutes ago."],
        ),
    ],
)
def test_an_instance_says_how_it_is_and_why(members, busy, status, explained):
    looking = seen(environment(activity=busy))
    assert instance_health.status(instance(**members), looking) == status
    assert list(instance_health.explain(instance(**members), looking)) == explained


def test_a_classic_load_balancer_has_words_of_its_own():
    it = instance(passes_health_checks=False)
    assert instance_health.explain(it, seen(balancer="classic"))[1] == (
        "Instance has failed at least the UnhealthyThreshold number of health checks consecutively."
    )


WELL, FAILED = instance(), instance(failed=True, in_service=False)
DEPLOYING = instance(state="deploying", began_at=NOW - 20_000)
DEPLOYED = instance(version_label="v2", deployment_id=2, deployed_at=NOW - 5_000)


@pytest.mark.parametrize(
    ("members", "there", "status", "explained"),
    [
        ({}, [WELL] * 3, "Ok", []),
        (
            {"activity": activity("deploy")},
            [DEPLOYED, DEPLOYING, WELL, WELL],
            "Info",
            ["Application update in progress on 1 instance. 1 out of 4 instances completed (running for 31 seconds)."],
        ),
        (
            {"activity": activity("configure")},
            [replace(WELL, deployed_at=NOW)],
            "Info",
            ["Configuration update in progress. 1 out of 1 instance completed (running for 31 seconds)."],
        ),
        (
            {"activity": activity("restart")},
            [WELL],
            "Info",
            ["Application restart in progress (running for 31 seconds)."],
        ),
        (
            {"activity": activity("rebuild")},
            [],
            "Pending",
            ["Initialization in progress (running for 31 seconds).", "There are no instances."],
        ),
        (
            {"activity": activity("configure")},
            [FAILED, DEPLOYING],
            "Degraded",
            [
                "Command failed on 1 out of 2 instances.",
                "Configuration update in progress on 1 instance. "
                "0 out of 2 instances completed (running for 31 seconds).",
            ],
        ),
        (
            {"activity": activity("configure")},
            [replace(FAILED, state="deploying", began_at=NOW - 1_000)],
            "Info",
            ["Configuration update in progress on 1 instance. 0 out of 1 instance completed (running for 31 seconds)."],
        ),
        (
            {"activity": activity("terminate")},
            [replace(WELL, state="terminating")],
            "Info",
            ["Terminate in progress (running for 31 seconds)."],
        ),
        (
            {"activity": activity("terminate")},
            [],
            "Severe",
            ["Terminate in progress (running for 31 seconds).", "None of the instances are sending data."],
        ),
        ({"activity": activity("swap")}, [WELL], "Ok", []),
        (
            {"done": Done("deploy", NOW - 75_000, NOW - 15_000)},
            [WELL],
            "Ok",
            ["Application update completed 15 seconds ago and took 60 seconds."],
        ),
        ({"done": Done("deploy", NOW - 300_000, NOW - 181_000)}, [WELL], "Ok", []),
        (
            {"done": Done("launch", NOW - 262_000, NOW - 22_000, "failed")},
            [FAILED],
            "Degraded",
            ["Command failed on all instances.", "Initialization completed 22 seconds ago and took 4 minutes."],
        ),
        (
            {"done": Done("deploy", NOW - 1_800_000, NOW - 1_740_000, "failed")},
            [FAILED],
            "Degraded",
            ["Command failed on all instances.", "Application update failed 29 minutes ago and took 60 seconds."],
        ),
        ({"done": Done("deploy", NOW - 1_800_000, NOW - 1_740_000, "failed")}, [WELL], "Ok", []),
        (
            {"deployment_id": 0},
            [instance(deployment_id=0, version_label=None, history=())],
            "Degraded",
            ["Incorrect application version found on all instances. Expected version n/a."],
        ),
        (
            {"deployment_id": 0},
            [WELL],
            "Degraded",
            ["Incorrect application version found on all instances. Expected version n/a."],
        ),
        (
            {},
            [WELL, WELL, instance(state="pending", deployment_id=0)],
            "Info",
            ["Command is executing on 1 out of 3 instances."],
        ),
    ],
)
def test_an_environment_says_how_it_is_and_why(members, there, status, explained):
    observed = observation.observe(seen(environment(**members)), fleet(*there))
    assert (observed.status, list(observed.causes)) == (status, explained)


def test_a_group_that_is_to_be_empty_is_no_trouble():
    observed = observation.observe(seen(least=0), {})
    assert observed.status == "No Data"
    assert observed.causes == ("There are no instances.", "Auto Scaling group desired capacity is set to 0.")


def test_an_instance_that_was_never_heard_of_is_unknown():
    silent = instance(deployment_id=0, sends_data=False)
    assert observation.observed_status(seen(), fleet(silent)) == "Unknown"


def test_what_goes_wrong_within_an_operation_only_counts_where_it_was_wrong_before():
    busy = environment(activity=activity("deploy"))
    new = replace(DEPLOYED, passes_health_checks=False, in_service=False)
    old = replace(WELL, passes_health_checks=False, in_service=False)
    assert observation.observed_status(seen(busy), fleet(new)) == "Info"
    assert observation.observed_status(seen(busy), fleet(old)) == "Severe"


def test_an_environment_that_is_gone_has_no_health():
    gone = environment(status="Terminated")
    assert observation.observe(seen(gone), {}) is None
    assert basic_health.observed(seen(gone), {}) is None


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
    assert observation.observed_status(seen(), fleet(few, few)) == "Ok"
    assert (
        observation.observed_status(seen(), fleet(few, many))
        == observation.observed_status(seen(), fleet(many, many))
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
    assert {observation.Observation(it).color for it in statuses} == {color}


@pytest.mark.parametrize(
    ("share", "status"),
    [
        *((0, "Ok"), (0.1, "Ok"), (0.101, "Warning"), (0.25, "Warning")),
        *((0.251, "Degraded"), (0.5, "Degraded"), (0.501, "Severe"), (1, "Severe")),
    ],
)
def test_a_share_is_as_bad_as_the_bound_that_it_is_above(share, status):
    assert climb(share) == status


@pytest.mark.parametrize("which", ["1 out of 3 instances", "all instances"])
def test_a_command_that_no_operation_explains_is_told(which):
    busy = instance(state="deploying", began_at=NOW - 1_000)
    there = fleet(*([busy] if which == "all instances" else [busy, instance(), instance()]))
    assert f"Command is executing on {which}." in observation.observe(seen(environment(activity=None)), there).causes


def test_a_span_is_told_in_seconds_up_to_two_minutes():
    clock = Clock("manual")
    assert [causes.span(clock, it * 1_000) for it in (0, 1, 119, 120, 2_220)] == [
        "0 seconds",
        "1 second",
        "119 seconds",
        "2 minutes",
        "37 minutes",
    ]
