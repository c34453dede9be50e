"""Laws of health over whole lives: what is said of an environment, of its instances and in its events agrees."""

import re
from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from afflicted import afflict
from beanpole.model.environment.status import COLORS
from beanpole.model.faults.table import of_kind
from beanpole.model.health import instance_health
from beanpole.model.health.context import LADDER, rank
from beanpole.testing import ACCOUNT, REGION
from environments import STACK_BEFORE
from examples import examples
from options import COMMAND, ENVIRONMENT, LAUNCH, PROPERTIES, option

TRANSITION = re.compile(r"Environment health has transitioned (?:from (?P<before>[\w ]+?) )?to (?P<after>[\w ]+?)\.")
TICK = 60_000


MANAGED = [
    option("aws:elasticbeanstalk:managedactions", "ManagedActionsEnabled", "true"),
    option("aws:elasticbeanstalk:managedactions", "PreferredStartTime", "Sun:03:00"),
    option("aws:elasticbeanstalk:managedactions", "ServiceRoleForManagedUpdates", "aws-elasticbeanstalk-service-role"),
    option("aws:elasticbeanstalk:managedactions:platformupdate", "UpdateLevel", "minor"),
    option("aws:elasticbeanstalk:managedactions:platformupdate", "InstanceRefreshEnabled", "true"),
]


def ask(world, call, **parameters):
    """A call that may come at the wrong time."""
    try:
        getattr(world.client, call)(EnvironmentName="web1", **parameters)
    except world.client.exceptions.ClientError as refusal:
        if refusal.response["Error"]["Code"] != "InvalidParameterValue":
            raise


def deploy(world):
    ask(world, "update_environment", VersionLabel="v2")


def configure(world):
    ask(world, "update_environment", OptionSettings=[option(PROPERTIES, "COLOUR", str(world.now))])


def replace_instances(world):
    ask(world, "update_environment", OptionSettings=[option(LAUNCH, "MonitoringInterval", "1 minute")])


def restart(world):
    ask(world, "restart_app_server")


def rebuild(world):
    ask(world, "rebuild_environment")


def update_managed(world):
    """Apply the first managed action by hand, where there is one and the environment is at rest."""
    named = {"EnvironmentName": "web1"}
    try:
        actions = world.client.describe_environment_managed_actions(**named, Status="Scheduled")["ManagedActions"]
        for action in actions[:1]:
            world.client.apply_environment_managed_action(**named, ActionId=action["ActionId"])
    except world.client.exceptions.ClientError as refusal:
        if refusal.response["Error"]["Code"] != "InvalidParameterValue":
            raise


def abort(world):
    ask(world, "abort_environment_update")


def terminate(world):
    ask(world, "terminate_environment")


def fail(what):
    """Let the next thing go wrong that can go wrong so."""

    def arm(world):
        route = f"/_beanpole/faults?account={ACCOUNT}"
        assert world.app.test_client().post(route, json={"what": what, "times": 1}).status_code == 201

    return arm


def disarm(world):
    """Nothing is to go wrong any more, and what ails a fleet leaves it."""
    assert world.app.test_client().delete(f"/_beanpole/faults?account={ACCOUNT}").status_code == 200


@st.composite
def afflictions(draw):
    """One instance, if there is one, becomes ill, silent, or well again."""
    place = draw(st.integers(0, 4))
    members = draw(
        st.sampled_from(
            [
                {"passes_health_checks": False, "in_service": False},
                {"sends_data": False},
                {"client_errors": 0.4},
                {"failed": True, "in_service": False},
                {"version_label": "v0", "deployment_id": 9},
                {"passes_health_checks": True, "sends_data": True, "client_errors": 0.0, "in_service": True},
            ]
        )
    )

    def happen(world):
        home = world.store.world(ACCOUNT, REGION)
        environment = home.environment_named("web1")
        there = home.fleet(environment.id) if environment else {}
        if place < len(there) and all(instance.state == "running" for instance in there.values()):
            afflict(world, "web1", [place], **members)

    return happen


acts = st.one_of(
    st.sampled_from([deploy, configure, replace_instances, restart, rebuild, update_managed]),
    afflictions(),
    st.sampled_from([*of_kind("plan"), *of_kind("symptom")]).map(fail),
    st.just(disarm),
    st.sampled_from([deploy, abort, terminate]),
)
spans = st.one_of(st.floats(0, 40), st.floats(40, 400)).map(lambda seconds: round(seconds, 3))
shapes = st.sampled_from(
    [
        {"OptionSettings": [option(ENVIRONMENT, "EnvironmentType", "SingleInstance")]},
        {"OptionSettings": [option(ENVIRONMENT, "LoadBalancerType", "application")]},
        {
            "OptionSettings": [
                option(ENVIRONMENT, "LoadBalancerType", "application"),
                option("aws:autoscaling:asg", "MinSize", "5"),
                option("aws:autoscaling:asg", "MaxSize", "5"),
            ]
        },
        {
            "OptionSettings": [
                option(ENVIRONMENT, "LoadBalancerType", "application"),
                option("aws:autoscaling:asg", "MinSize", "3"),
                option(COMMAND, "DeploymentPolicy", "Rolling"),
                option(COMMAND, "BatchSizeType", "Fixed"),
                option(COMMAND, "BatchSize", "1"),
            ]
        },
        {
            "OptionSettings": [
                option(ENVIRONMENT, "LoadBalancerType", "application"),
                option("aws:autoscaling:asg", "MinSize", "2"),
                option(COMMAND, "DeploymentPolicy", "TrafficSplitting"),
                *MANAGED,
            ]
        },
        {
            "OptionSettings": [
                option(ENVIRONMENT, "LoadBalancerType", "classic"),
                option("aws:autoscaling:asg", "MinSize", "2"),
                option(COMMAND, "DeploymentPolicy", "Immutable"),
                option("aws:autoscaling:updatepolicy:rollingupdate", "RollingUpdateType", "Immutable"),
                *MANAGED,
            ]
        },
        {"OptionSettings": [option(ENVIRONMENT, "EnvironmentType", "SingleInstance"), *MANAGED]},
        {"Tier": {"Name": "Worker", "Type": "SQS/HTTP"}},
    ]
)


@examples(25)
@given(
    shape=shapes,
    first=st.sampled_from([0, 400, 400, 400]),
    life=st.lists(st.tuples(acts, spans), min_size=1, max_size=8),
)
def test_what_is_said_of_health_agrees_at_every_moment(fresh_world, shape, first, life):
    world = fresh_world()
    world.client.create_application(ApplicationName="shop")
    for label in ("v1", "v2"):
        world.client.create_application_version(ApplicationName="shop", VersionLabel=label)
    world.client.create_environment(
        ApplicationName="shop", EnvironmentName="web1", VersionLabel="v1", SolutionStackName=STACK_BEFORE, **shape
    )
    world.advance(first)
    for act, span in life:
        act(world)
        agree(world)
        world.advance(span)
        agree(world)


def agree(world):
    """Every way to ask gives the same picture."""
    described = world.client.describe_environments()["Environments"][0]
    published = described.get("HealthStatus")
    assert described["Health"] == COLORS.get(published, "Grey")
    statuses = transitions(world)
    if described["Status"] == "Terminated":
        assert (published, described["Health"]) == (None, "Grey")
        return
    assert published == (statuses[-1] if statuses else None)
    named = {"EnvironmentName": "web1", "AttributeNames": ["All"]}
    whole = world.client.describe_environment_health(**named)
    reports = world.client.describe_instances_health(**named)["InstanceHealthList"]
    assert whole["Status"] == described["Status"]
    for row in (whole, *reports):
        assert row["Color"] == COLORS.get(row["HealthStatus"], "Grey")
    counts = Counter(report["HealthStatus"].replace(" ", "") for report in reports)
    assert {name: count for name, count in whole["InstancesHealth"].items() if count} == counts
    answered = sum(report.get("ApplicationMetrics", {"RequestCount": 0})["RequestCount"] for report in reports)
    assert whole["ApplicationMetrics"]["RequestCount"] == answered
    no_better(whole["HealthStatus"], [as_it_counts(world, report) for report in reports])
    await_tick(world, published, whole["HealthStatus"])
    same_deployments(world, reports)


def transitions(world):
    """The statuses that its present life told of, each from the one before; what gets worse warns, and says why."""
    statuses, before = [], None
    for event in world.events("web1"):
        if event.message == "restoreEnvironment is starting.":  # what was terminated begins anew
            statuses, before = [], None
        match = TRANSITION.match(event.message)
        if match is None:
            continue
        assert event.request_id is None
        assert match["before"] == before
        before = match["after"]
        worse = before not in ("Ok", "Info", "Pending")
        assert event.severity == ("WARN" if worse else "INFO")
        assert not worse or len(event.message) > match.end()
        statuses.append(before)
    return statuses


def as_it_counts(world, described):
    """The status of an instance as its environment counts it: nothing but a failed command makes it Degraded."""
    home = world.store.world(ACCOUNT, REGION)
    instance = home.fleet(home.environment_named("web1").id)[described["InstanceId"]]
    return "Degraded" if instance_health.only_failed(instance) else described["HealthStatus"]


def no_better(status, statuses):
    """An environment is never better than a share of its instances allows, but where it is only pending or going."""
    if status in ("Pending", "Suspended", "No Data", "Unknown") or not statuses:
        return
    for level in ("Severe", "Degraded", "Warning"):
        bad = sum(rank(status) >= rank(level) for status in statuses)
        allowed = next((rank(level) for bound, level in LADDER if bad / len(statuses) > bound), 1 if bad else 0)
        assert rank(status) >= min(allowed, rank(level))


def await_tick(world, published, observed):
    """What is observed differs from what was published until the next tick at most; else only what ails has one."""
    environment = world.store.world(ACCOUNT, REGION).environment_named("web1")
    if world.store.due.next_manual(ACCOUNT, world.now) is not None:
        return  # nobody has taken up yet what was asked: that is due at once
    armed = any(fault.kind == "symptom" for fault in world.store.world(ACCOUNT, REGION).faults())
    if environment.health_due is None or not (armed or environment.has_symptoms):
        assert (environment.health_due is not None) == (published != observed)
    assert environment.health_due is None or world.now <= environment.health_due <= world.now + TICK


def same_deployments(world, reports):
    """Health and the fleet route name the same versions."""
    fleet = world.app.test_client().get(f"/_beanpole/environments/web1/fleet?account={ACCOUNT}").json["instances"]
    there = {instance["id"]: instance for instance in fleet if instance["state"] != "terminating"}
    assert [report["InstanceId"] for report in reports] == list(there)
    for row in reports:
        deployment = row.get("Deployment", {"Status": None})
        if deployment["Status"] == "Deployed":
            instance = there[row["InstanceId"]]
            running = deployment["VersionLabel"], deployment["DeploymentId"]
            assert running == (instance["version_label"], instance["deployment_id"])
