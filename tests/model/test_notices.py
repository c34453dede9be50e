"""The forms of notices: subjects that SNS takes, and the rows of the guide about EventBridge."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beanpole.model.events import failures, messages
from beanpole.model.events.event import Event
from beanpole.model.notices import bus, mails, topics

# The guide's table (AWSHowTo.eventbridge): a message, its detail type and its status.
ROWS = [
    ("createEnvironment is starting.", bus.OPERATIONS, "Environment creation started"),
    ("createEnvironment completed successfully.", bus.OPERATIONS, "Environment creation successful"),
    (
        "Launched environment: web. However, there were issues during launch. See event log for details.",
        bus.OPERATIONS,
        "Environment creation successful",
    ),
    ("Failed to launch environment.", bus.OPERATIONS, "Environment creation failed"),
    ("Environment update is starting.", bus.OPERATIONS, "Environment update started"),
    ("Environment update completed successfully.", bus.OPERATIONS, "Environment update successful"),
    ("Failed to deploy configuration.", bus.OPERATIONS, "Environment update failed"),
    ("terminateEnvironment is starting.", bus.OPERATIONS, "Environment termination started"),
    ("terminateEnvironment completed successfully.", bus.OPERATIONS, "Environment termination successful"),
    (
        "The environment termination step failed because at least one of the environment termination workflows failed.",
        bus.OPERATIONS,
        "Environment termination failed",
    ),
    ("Added instance [i-123456789a12b1234] to your environment.", bus.OTHERS, "Instance added"),
    ("Removed instance [i-123456789a12b1234] from your environment.", bus.OTHERS, "Instance removed"),
    ("Created load balancer named: awseb-AWSEB-1ABC", bus.OTHERS, "Load balancer created"),
    ("Deleted load balancer named: awseb-AWSEB-1ABC", bus.OTHERS, "Load balancer deleted"),
    ("Created Auto Scaling group named: awseb-e-1", bus.OTHERS, "Auto Scaling group created"),
    ("Deleted Auto Scaling group named: awseb-e-1", bus.OTHERS, "Auto Scaling group deleted"),
    ("Environment health has transitioned to Pending. Because.", bus.HEALTH, "Environment health changed"),
    ("Environment health has transitioned from Ok to Severe. So.", bus.HEALTH, "Environment health changed"),
    ("Environment health has transitioned from GREEN to RED", bus.HEALTH, "Environment health changed"),
    ("Managed platform update is in-progress.", bus.MANAGED, "Managed updated started"),
    ("Managed update failed, retrying in 120 minutes.", bus.MANAGED, "Managed update failed"),
]


@pytest.mark.parametrize(("message", "detail_type", "status"), ROWS, ids=[row[0][:50] for row in ROWS])
def test_each_row_of_the_guide_has_its_detail_type_and_status(message, detail_type, status):
    assert bus.kind(Event(0, message)) == (detail_type, status)


@pytest.mark.parametrize(
    "message",
    [
        messages.OPERATION_STARTING(operation="updateEnvironment").text,
        messages.CREATED(noun="security group", name="sg").text,
        messages.CREATED(noun="Auto Scaling group policy", name="arn").text,
        failures.FAILED_TO_DEPLOY().text,
    ],
)
def test_what_the_guide_does_not_name_is_not_sent_to_the_bus(message):
    assert bus.kind(Event(0, message)) is None


@given(st.text(max_size=300))
def test_every_subject_is_a_line_that_sns_takes(message):
    subject = mails.subject(Event(0, message))
    assert len(subject) <= 100
    assert subject.isascii()
    assert subject.isprintable()


def test_a_subject_that_fits_is_whole_and_another_is_cut_to_a_hundred_characters():
    deployed = messages.NEW_VERSION_DEPLOYED().text
    assert mails.subject(Event(0, deployed)) == f"AWS Elastic Beanstalk Notification - {deployed}"
    long = mails.subject(
        Event(0, "Environment health has transitioned from Ok to Info. Application update in progress.")
    )
    assert (
        long == "AWS Elastic Beanstalk Notification - Environment health has transitioned from Ok to Info. Applica..."
    )


@pytest.mark.parametrize(
    ("message", "severity", "notable"),
    [
        ("Environment health has transitioned from Ok to Info. So.", "INFO", True),
        ("Environment health has transitioned from RED to GREEN", "INFO", True),
        ("New application version was deployed to running EC2 instances.", "INFO", True),
        ("Failed to deploy application.", "ERROR", True),
        ("Added instance [i-1] to your environment.", "INFO", False),
        ("Environment update is starting.", "INFO", False),
    ],
)
def test_the_topic_gets_what_is_notable(message, severity, notable):
    assert topics.is_notable(Event(0, message, severity)) is notable
