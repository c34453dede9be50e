"""The stories of the service, sentence by sentence."""

import re

import pytest
from msgspec.structs import replace

from beanpole.model.options.definitions import OptionSetting
from engine.stories import START, World
from options import PROPERTIES

ENDINGS = re.compile(r"(Created|Deleted) (?P<noun>.*?)( named)?: .*")


def outline(messages):
    """Sentences without the names of resources, and without health."""
    short = (
        ENDINGS.sub(r"\1 \g<noun>", message) for message in messages if not message.startswith("Environment health")
    )
    return [re.sub(r"\[.*\]", "[…]", message) for message in short]


SCALING = [*["Created Auto Scaling group policy"] * 2, *["Created CloudWatch alarm"] * 2]
BUCKET = "Using elasticbeanstalk-us-east-1-000000000000 as Amazon S3 storage bucket for environment data."
WAITING = "Waiting for EC2 instances to launch. This may take a few minutes."
GROUP = ["Created Auto Scaling group", WAITING]
DEPLOYED = "Instance deployment completed successfully."
ADDED = "Added instance […] to your environment."
AVAILABLE = "Application available at web.us-east-1.elasticbeanstalk.com."
LAUNCHED = "Successfully launched environment: web"
BALANCER = ["Created load balancer", "Created Load Balancer listener"]
TARGETS = ["Created security group", "Created target group", "Created security group"]

LAUNCHES = {
    "single": [BUCKET, "Created security group", "Created EIP", WAITING, ADDED, DEPLOYED, AVAILABLE, LAUNCHED],
    "classic": [
        BUCKET, "Created security group", "Created load balancer", "Created security group", *GROUP, *SCALING, ADDED,
        DEPLOYED, AVAILABLE, LAUNCHED,
    ],
    "application": [
        BUCKET, *TARGETS, *GROUP, *SCALING, "Added instances […] to your environment.", *BALANCER, *[DEPLOYED] * 3,
        AVAILABLE, LAUNCHED,
    ],
    "network": [BUCKET, *TARGETS, *GROUP, *SCALING, ADDED, *BALANCER, DEPLOYED, AVAILABLE, LAUNCHED],
    "worker": [
        BUCKET, *["Created SQS queue"] * 2, "Created security group", *GROUP, *SCALING, ADDED, DEPLOYED, LAUNCHED,
    ],
}  # fmt: skip


@pytest.mark.parametrize("shape", LAUNCHES)
def test_a_launch_is_told_as_the_service_tells_it(shape):
    world = World(shape).launched()
    assert outline(world.messages()) == LAUNCHES[shape]
    assert (world.environment.status, world.environment.health) == ("Ready", "Green")
    assert world.environment.deployment_id == 1
    assert all(instance.in_service and instance.version_label == "v1" for instance in world.fleet.values())
    assert len(world.fleet) == (3 if shape == "application" else 1)


@pytest.mark.parametrize(
    ("shape", "form"),
    [
        ("single", r"198\.1[89]\.\d+\.\d+"),
        ("classic", r"awseb-e-a-AWSEBLoa-[A-Z0-9]{12}-\d+\.us-east-1\.elb\.amazonaws\.com"),
        ("application", r"awseb--AWSEB-[A-Za-z0-9]{12}-\d+\.us-east-1\.elb\.amazonaws\.com"),
    ],
)
def test_an_environment_answers_at_its_address_or_its_load_balancer(shape, form):
    assert re.fullmatch(form, World(shape).launched().environment.endpoint_url)


def test_a_worker_has_no_endpoint_and_its_queues_are_named_by_their_urls():
    world = World("worker").launched()
    assert world.environment.endpoint_url is None
    queues = [message for message in world.messages() if message.startswith("Created SQS queue")]
    assert all(
        message.startswith(
            "Created SQS queue named: https://sqs.us-east-1.amazonaws.com/000000000000/awseb-e-abcdefghij-stack-"
        )
        for message in queues
    )
    assert ["DeadLetterQueue" in message for message in queues] == [True, False]


def test_only_health_and_joining_instances_carry_no_request():
    world = World().launched()
    without = [event.message for event in world.events if event.request_id is None]
    assert {message.split()[0] for message in without} == {"Environment", "Added"}
    assert {event.request_id for event in world.events} == {"create", None}


def test_health_is_pending_from_eleven_seconds_on_and_ok_after_the_launch():
    world = World()
    world.request("launch", request_id="create")
    world.advance(10.9)
    assert world.environment.health_status is None
    world.advance(0.1)
    pending = "Environment health has transitioned to Pending. Initialization in progress (running for 11 seconds). "
    assert world.events[-1].message == pending + "There are no instances."
    assert world.events[-1].at == START + 11_000
    world.settle()
    better = r".* from Pending to Ok\. Initialization completed (\d+) seconds? ago and took (\d+) seconds\."
    (event,) = (event for event in world.events if " from Pending to " in event.message)
    ago, took = map(int, re.fullmatch(better, event.message).groups())
    assert abs(event.at - START - (ago + took) * 1000) <= 1000
    assert (event.at - START) % 60_000 == 11_000


def test_a_new_version_goes_to_all_instances_at_once():
    world = World().launched()
    world.now += 20_000
    before = len(world.events)
    world.request("update", request_id="update", version_label="v2", settings=None)
    world.advance(10)
    assert {instance.state for instance in world.fleet.values()} == {"deploying"}
    assert world.environment.version_label == "v1"
    world.settle()
    assert outline(world.messages(before)) == [
        "Deploying new version to instance(s).",
        DEPLOYED,
        "New application version was deployed to running EC2 instances.",
        "Environment update completed successfully.",
    ]
    assert (world.environment.version_label, world.environment.deployment_id) == ("v2", 2)
    assert all((instance.version_label, instance.deployment_id) == ("v2", 2) for instance in world.fleet.values())


def test_health_tells_of_a_deployment_that_a_tick_falls_into():
    world = World().launched()
    world.now = (world.now // 60_000 + 2) * 60_000 - 8_000  # 19 seconds before a tick
    before = len(world.events)
    world.request("update", request_id="update", version_label="v2", settings=None)
    world.settle()
    health = [message for message in world.messages(before) if message.startswith("Environment health")]
    assert health[0] == (
        "Environment health has transitioned from Ok to Info. Application update in progress on 1 instance. "
        "0 out of 1 instance completed (running for 19 seconds)."
    )
    assert re.fullmatch(r".*Info to Ok\. Application update completed \d+ seconds ago and took \d+ .*", health[1])


@pytest.mark.parametrize(
    ("setting", "messages", "deployments"),
    [
        (OptionSetting(PROPERTIES, "COLOR", "green"), [DEPLOYED], 2),
        (OptionSetting("aws:elasticbeanstalk:command", "BatchSize", "30"), [], 1),
    ],
)
def test_settings_run_on_the_instances_only_where_they_must(setting, messages, deployments):
    world = World().launched()
    before = len(world.events)
    target = (*world.environment.settings, setting)
    world.request("update", request_id="update", version_label=None, settings=target)
    world.settle()
    assert outline(world.messages(before)) == [
        "Updating environment web's configuration settings.",
        *messages,
        "Successfully deployed new configuration to environment.",
        "Environment update completed successfully.",
    ]
    assert world.environment.settings == target
    assert (world.environment.version_label, world.environment.deployment_id) == ("v1", deployments)


def test_a_version_and_settings_in_one_call_are_one_deployment():
    world = World().launched()
    before = len(world.events)
    target = (*world.environment.settings, OptionSetting(PROPERTIES, "COLOR", "green"))
    world.request("update", request_id="update", version_label="v2", settings=target)
    world.settle()
    assert outline(world.messages(before)) == [
        "Updating environment web's configuration settings.",
        "Deploying new version to instance(s).",
        DEPLOYED,
        "New application version was deployed to running EC2 instances.",
        "Successfully deployed new configuration to environment.",
        "Environment update completed successfully.",
    ]
    assert (world.environment.version_label, world.environment.deployment_id) == ("v2", 2)
    assert world.environment.settings == target


@pytest.mark.parametrize("leads", [True, False])
def test_both_ends_of_a_swap_name_the_source_first(leads):
    world = World().launched()
    before = len(world.events)
    other = replace(World().environment, environment_name="blue", cname="blue.x")
    name = {True: "web", False: "blue"}
    world.request("swap", other, request_id="swap", until=world.now, leads=leads)
    world.settle()
    pair = f"'{name[leads]}' and '{name[not leads]}'."
    assert world.messages(before) == [
        f"Swapping CNAMEs for environments {pair}",
        f"'blue.x' now points to '{world.environment.endpoint_url}'.",
        f"Completed swapping CNAMEs for environments {pair}",
    ]
    assert world.environment.status == "Ready"


GOING = [
    "Validating environment's EC2 instances have termination protection disabled before performing termination.",
    "Finished validating environment's EC2 instances for termination protection.",
]
ENDING = ["Deleting SNS topic for environment web.", "terminateEnvironment completed successfully."]
INSTANCES_TERMINATE = "Waiting for EC2 instances to terminate. This may take a few minutes."


@pytest.mark.parametrize(
    ("shape", "deleted"),
    [
        (
            "single",
            [INSTANCES_TERMINATE, "Deleted Auto Scaling group", "Deleted security group", "Deleted EIP"],
        ),
        (
            "application",
            [
                *["Deleted CloudWatch alarm"] * 2,
                "Deleted Load Balancer listener",
                *["Deleted Auto Scaling group policy"] * 2,
                INSTANCES_TERMINATE,
                "Deleted Auto Scaling group",
                "Deleted load balancer",
                "Deleted target group",
                *["Deleted security group"] * 2,
            ],
        ),
    ],
)
def test_a_termination_leaves_nothing_but_the_settings(shape, deleted):
    world = World(shape).launched()
    before = len(world.events)
    world.request("termination", "terminateEnvironment", request_id="terminate")
    world.settle()
    assert outline(world.messages(before)) == [*GOING, *deleted, *ENDING]
    environment = world.environment
    assert (environment.status, environment.health, environment.health_status) == ("Terminated", "Grey", None)
    assert (environment.resources, environment.endpoint_url, world.fleet) == ((), None, {})
    assert environment.terminated_at == environment.date_updated == world.events[-1].at
    assert environment.settings == World(shape).environment.settings
    claims = world.changes[-1].claims
    assert [(claim.name, claim.before, claim.after) for claim in claims] == [
        ("environment/web", environment.id, None),
        ("cname/web.us-east-1.elasticbeanstalk.com", environment.id, None),
    ]
    assert world.changes[-1].wakes == ()


def test_the_names_of_alarms_are_followed_by_a_blank_when_they_are_deleted():
    world = World("classic").launched()
    world.request("termination", "terminateEnvironment", request_id="terminate")
    world.settle()
    alarms = [message for message in world.messages() if message.startswith("Deleted CloudWatch alarm")]
    assert [message.endswith(" ") for message in alarms] == [True, True]


def test_health_worsens_once_no_instance_sends_data():
    world = World().launched()
    world.now += 30_000  # half-way between two ticks, for it settled on one
    before = len(world.events)
    world.request("termination", "terminateEnvironment", request_id="terminate")
    world.settle()
    health = [event for event in world.events[before:] if event.request_id is None]
    assert [event.severity for event in health] == ["INFO", "WARN"]
    assert re.fullmatch(r".*from Ok to Info\. Terminate in progress \(running for \d+ seconds\)\.", health[0].message)
    worse = r".*to Severe\. Terminate in progress \(running for 2 minutes\)\. None of the instances are sending data\."
    assert re.fullmatch(worse, health[1].message)


def test_the_last_environment_of_a_deleted_application_wakes_it():
    world = World().launched()
    world.request("termination", "deleteApplication", request_id="delete")
    world.settle()
    assert world.messages()[-1] == "deleteApplication completed successfully."
    (wake,) = world.changes[-1].wakes
    assert (wake.kind, wake.id, wake.at) == ("application", "shop", world.environment.terminated_at)


def test_at_instant_everything_happens_at_once_and_health_ends_ok():
    world = World("application", mode="wall", speed="instant")
    world.request("launch", request_id="create")
    world.advance(0)
    assert (world.environment.status, world.environment.health_status) == ("Ready", "Ok")
    assert world.environment.due is None
    assert {event.at for event in world.events} == {START}


def test_sixty_times_the_pace_takes_a_sixtieth_of_the_time():
    slow, fast = World().launched(), World(mode="wall", speed=60).launched()
    assert outline(fast.messages()) == outline(slow.messages())
    for slow_event, fast_event in zip(slow.events, fast.events, strict=True):
        assert abs((slow_event.at - START) / 60 - (fast_event.at - START)) < 20


def test_health_counts_a_launch_from_the_end_of_its_deployment():
    events = [(event.at, event.message) for event in World("application").launched().settle().events]
    at, health = next(row for row in events if " to Ok. Initialization completed" in row[1])
    deployed = max(at for at, message in events if message == DEPLOYED)
    ago = re.search(r"Initialization completed (\d+) seconds? ago", health)
    assert ago is not None
    assert int(ago[1]) == round((at - deployed) / 1000)
