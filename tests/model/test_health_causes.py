"""Health of instances and environments made by hand, each with the sentences of its causes."""

import re

import pytest
from msgspec.structs import replace

from beanpole.model.environment.activity import Done
from beanpole.model.environment.instance import CommandRecord
from beanpole.model.faults.symptoms import Symptom
from beanpole.model.health import instance_health, observation
from model.fleets import (
    DEPLOYED,
    FAILED,
    NOW,
    WELL,
    activity,
    context_at,
    environment,
    fleet,
    instance,
)


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
            "Severe",
            [
                "Application deployment failed at 2026-01-01T00:45:00Z with exit status 1 and error: "
                "Engine execution has encountered an error.",
                'Incorrect application version "v2" (deployment 2). Expected version "v1" (deployment 1).',
            ],
        ),
        (
            {
                "failed": True,
                "in_service": False,
                "history": (CommandRecord(NOW - 900_000, "deploy", "v2", 2, True, NOW - 926_000, timed_out=True),),
            },
            None,
            "Severe",
            [
                "Command failed on instance.",
                "Application deployment failed 15 minutes ago and took 26 seconds",
                'Incorrect application version "v2" (deployment 2). Expected version "v1" (deployment 1).',
            ],
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
    looking = context_at(environment(activity=busy))
    assert instance_health.status(instance(**members), looking) == status
    assert list(instance_health.explain(instance(**members), looking)) == explained


def test_a_classic_load_balancer_has_words_of_its_own():
    member = instance(passes_health_checks=False)
    assert instance_health.explain(member, context_at(balancer="classic"))[1] == (
        "Instance has failed at least the UnhealthyThreshold number of health checks consecutively."
    )


DEPLOYING = instance(state="deploying", began_at=NOW - 20_000)


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
            {"version_label": None},
            [instance(deployment_id=2)],
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
    observed = observation.observe(context_at(environment(**members)), fleet(*there))
    assert (observed.status, list(observed.causes)) == (status, explained)


FAILING = replace(FAILED, history=(CommandRecord(NOW - 900_000, "deploy", "v2", 2, True, NOW - 926_000),))


@pytest.mark.parametrize(
    ("there", "which", "status"),
    [
        ([FAILING], "all instances", "Degraded"),
        ([FAILING] * 2, "all instances", "Degraded"),
        ([FAILING, WELL], "1 out of 2 instances", "Degraded"),
        ([FAILING, *[WELL] * 5], "1 out of 6 instances", "Warning"),
    ],
)
def test_after_a_deployment_that_failed_health_says_which_version_was_expected(there, which, status):
    observed = observation.observe(context_at(), fleet(*there))
    assert observed.status == status
    assert observed.causes == (
        f"Command failed on {which}.",
        f'Incorrect application version found on {which}. Expected version "v1" (deployment 1).',
    )
    assert {instance_health.status(member, context_at()) for member in there if member.failed} == {"Severe"}


LABELS = "v" * 100, "w" * 100  # as long as the API takes
LONG = {
    "output": ({"output": "x" * 1000}, f"exit status 1 and error: {'x' * 1000}"),
    "labels": (
        {"version_label": LABELS[0]},
        f'"{LABELS[0]}" (deployment 2). Expected version "{LABELS[1]}" (deployment 1)',
    ),
}


@pytest.mark.parametrize(("members", "words"), LONG.values(), ids=LONG)
def test_a_cause_is_as_long_as_the_wire_carries_at_most(members, words):
    record = replace(FAILING.history[0], **members)
    sentences = instance_health.explain(
        replace(FAILING, history=(record,)), context_at(environment(version_label=LABELS[1]))
    )
    (long,) = [cause for cause in sentences if len(cause) == 255]
    assert long[-100:] in words
    assert all(len(cause) <= 255 for cause in sentences)


@pytest.mark.parametrize(
    ("alive", "cause"),
    [
        (1, "1 instance online is below Auto Scaling group minimum size 5."),
        (4, "4 active instances is below Auto Scaling group minimum size 5"),
    ],
)
def test_one_instance_below_the_minimum_is_told_in_the_singular(alive, cause):
    assert cause in observation.observe(context_at(least=5), fleet(*[WELL] * alive)).causes


@pytest.mark.parametrize("kind", ["client_errors", "server_errors"])
def test_errors_of_the_application_are_not_errors_of_its_load_balancer(kind):
    (cause,) = observation.observe(context_at(), fleet(*[instance(**{kind: 0.75})] * 2)).causes
    assert re.fullmatch(r"\d+\.\d % of the requests are (erroring with HTTP 4xx|failing with HTTP 5xx)\.", cause)


BALANCER = {
    "balancer-client-errors": "100.0 % of the requests to the ELB are erroring with HTTP 4xx (0 seconds ago).",
    "balancer-server-errors": "100.0 % of the requests to the ELB are failing with HTTP 5xx.",
}


@pytest.mark.parametrize("what", BALANCER)
def test_errors_of_the_load_balancer_itself_stand_alone(what):
    ill = environment(symptoms=(Symptom("fault-1", what, NOW),))
    observed = observation.observe(context_at(ill), fleet(WELL, WELL))
    assert (observed.status, observed.causes) == ("Severe", (BALANCER[what],))
    unwatched = observation.observe(context_at(ill, watches_balancer_4xx=False), fleet(WELL, WELL))
    assert unwatched.status == ("Ok" if what == "balancer-client-errors" else "Severe")
