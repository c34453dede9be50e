"""Environments, instances and fleets made by hand, as health looks at them."""

from typing import get_args

from hypothesis import strategies as st
from msgspec.structs import replace

from beanpole.model.environment.activity import Activity, Done, Outcome
from beanpole.model.environment.environment import Environment
from beanpole.model.environment.instance import CommandRecord, Instance
from beanpole.model.environment.requests import (
    KINDS,
    Configure,
    Deploy,
    Launch,
    Link,
    Rebuild,
    Restart,
    Swap,
    Terminate,
)
from beanpole.model.environment.resources import Resource
from beanpole.model.faults.symptoms import SYMPTOMS, Symptom
from beanpole.model.health.context import NAMES, health_context
from beanpole.model.health.reporting import Reporting
from beanpole.model.time.clock import MANUAL_EPOCH, Clock

START = MANUAL_EPOCH
NOW = START + 3_600_000
GROUP = Resource("auto-scaling-group", "awseb-group")


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


def context_at(environment_=None, at=NOW, seed=0, **reporting):
    reports = Reporting(**{"balancer": "application", **reporting})
    return health_context(environment_ or environment(), reports, Clock("manual", seed=seed), at)


def fleet(*instances):
    return {f"i-{place}": replace(instance, id=f"i-{place}") for place, instance in enumerate(instances)}


STOPPED = (Symptom("fault-1", "stopped-services", NOW),)
QUEUED = [(Symptom("fault-1", name, NOW),) for name, row in SYMPTOMS.items() if row.holder == "queue"]


versions = st.sampled_from([("v1", 1), ("v1", 1), ("v1", 1), ("v2", 2), ("v0", 0), (None, 0)])


instants = st.integers(START, NOW)


# Made once: what is made anew for each instance takes as long as what is drawn from it.
MEMBERS = st.fixed_dictionaries(
    {
        "launched_at": instants,
        "state": st.sampled_from(["running", "running", "running", "pending", "deploying", "terminating"]),
        "in_service": st.booleans(),
        "began_at": st.none() | instants,
        "failed": st.sampled_from([False, False, False, True]),
        "passes_health_checks": st.sampled_from([True, True, True, False]),
        "sends_data": st.sampled_from([True, True, True, False]),
        "client_errors": st.sampled_from([0.0, 0.0, 0.05, 0.2, 0.9]),
        "server_errors": st.sampled_from([0.0, 0.0, 0.0, 0.05, 0.2, 0.9]),
        "few_requests": st.sampled_from([False, False, False, True]),
        "processor": st.sampled_from([0.0, 0.0, 0.0, 60.0, 85.0, 95.0]),
        "symptoms": st.sampled_from([(), (), (), STOPPED]),
        "unhealthy_since": st.none() | instants,
    }
)
KEEPS_HISTORY = st.booleans()


@st.composite
def instances(draw):
    label, id_ = draw(versions)
    deployed = draw(instants) if id_ else None
    history = () if deployed is None else (CommandRecord(deployed, "deploy", label, id_, began=draw(instants)),)
    return instance(
        version_label=label,
        deployment_id=id_,
        deployed_at=deployed,
        history=history if draw(KEEPS_HISTORY) else (),
        **draw(MEMBERS),
    )


fleets = st.lists(instances(), max_size=12).map(lambda members: fleet(*members))


activities = st.none() | st.sampled_from([*NAMES, "swap", "link"]).map(activity)


dones = st.none() | st.builds(
    Done,
    st.sampled_from(["launch", "deploy", "configure"]),
    st.just(NOW - 90_000),
    instants,
    st.sampled_from(get_args(Outcome)),
)


environments = st.builds(
    lambda doing, last, group, id_, has_symptoms: environment(
        activity=doing, done=last, resources=(GROUP,) if group else (), deployment_id=id_, symptoms=has_symptoms
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
    least=st.integers(0, 4),
    watches_4xx=st.booleans(),
    watches_balancer_4xx=st.booleans(),
)


looks = st.builds(
    lambda subject, how, seed, at: health_context(subject, how, Clock("manual", seed=seed), at),
    environments,
    reports,
    st.integers(0, 9),
    instants,
)


WELL, FAILED = instance(), instance(failed=True, in_service=False)


DEPLOYED = instance(version_label="v2", deployment_id=2, deployed_at=NOW - 5_000)
