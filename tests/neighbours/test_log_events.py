"""CloudWatch Logs: events by filters and tokens, the log of an environment's health, and that of a platform's build."""

import json
from datetime import UTC, datetime

import pytest

from neighbours.callers import ENVIRONMENT, SINGLE, launched, neighbour_of, refusal
from operations.custom_platforms import build

LOGS = "aws:elasticbeanstalk:cloudwatch:logs"
HEALTH = f"{LOGS}:health"
STREAMED = ((LOGS, "StreamLogs", "true"), (HEALTH, "HealthStreamingEnabled", "true"))
FLEET = ("aws:autoscaling:asg", "MinSize", "2")
ENGINE = "/aws/elasticbeanstalk/web1/var/log/eb-engine.log"
OF_HEALTH = "/aws/elasticbeanstalk/web1/environment-health.log"


def pages(call, **named):
    """The events of all pages."""
    events = []
    while True:
        answer = call(**named)
        events += answer["events"]
        if "nextToken" not in answer:
            return events
        named["nextToken"] = answer["nextToken"]


def test_events_of_all_streams_are_found_by_time_and_by_pattern(beanstalk):
    launched(beanstalk, "web1", *STREAMED, FLEET)
    client = neighbour_of(beanstalk, "logs")
    everything = pages(client.filter_log_events, logGroupName=ENGINE)
    assert pages(client.filter_log_events, logGroupName=ENGINE, limit=7) == everything
    instants = [event["timestamp"] for event in everything]
    assert instants == sorted(instants)
    streams = [stream["logStreamName"] for stream in client.describe_log_streams(logGroupName=ENGINE)["logStreams"]]
    assert {event["logStreamName"] for event in everything} == set(streams)
    ids = [(event["logStreamName"], event["eventId"]) for event in everything]
    assert len(set(ids)) == len(ids)
    one = pages(client.filter_log_events, logGroupName=ENGINE, logStreamNames=streams[:1])
    assert one == [event for event in everything if event["logStreamName"] == streams[0]]
    read = client.get_log_events(logGroupName=ENGINE, logStreamName=streams[0], startFromHead=True)["events"]
    assert [event["message"] for event in read] == [event["message"] for event in one]
    middle = instants[len(instants) // 2]
    late = pages(client.filter_log_events, logGroupName=ENGINE, startTime=middle, endTime=instants[-1])
    assert late == [event for event in everything if event["timestamp"] >= middle]


@pytest.mark.parametrize(
    ("pattern", "fits"),
    [
        ("INFO", lambda line: "INFO" in line),
        ('"app-deploy" INFO', lambda line: "app-deploy" in line and "INFO" in line),
        ("-INFO", lambda line: "INFO" not in line),
        ("?app-deploy ?Executing", lambda line: "app-deploy" in line or "Executing" in line),
        ("nowhere", lambda line: False),
    ],
)
def test_a_pattern_of_terms_selects_events(beanstalk, pattern, fits):
    launched(beanstalk, "web1", *SINGLE, *STREAMED)
    client = neighbour_of(beanstalk, "logs")
    everything = [event["message"] for event in pages(client.filter_log_events, logGroupName=ENGINE)]
    hits = [event["message"] for event in pages(client.filter_log_events, logGroupName=ENGINE, filterPattern=pattern)]
    assert hits == [line for line in everything if fits(line)]


def test_a_wrong_filter_is_refused_with_the_sentence_of_the_service(beanstalk):
    launched(beanstalk, "web1", *SINGLE, *STREAMED)
    client = neighbour_of(beanstalk, "logs")
    call, invalid = client.filter_log_events, "InvalidParameterException"
    assert refusal(call, logGroupName=ENGINE, logStreamNames=["i-1"])[0] == "ResourceNotFoundException"
    assert refusal(call, logGroupName=ENGINE, logStreamNames=["i-1"], logStreamNamePrefix="i")[0] == invalid
    assert refusal(call, logGroupName=ENGINE, filterPattern="[a, b]")[0] == invalid
    assert refusal(call, logGroupName=ENGINE, filterPattern='"open')[0] == invalid
    assert refusal(call, logGroupName=ENGINE, nextToken="three")[0] == invalid
    assert refusal(
        client.describe_log_streams, logGroupName=ENGINE, orderBy="LastEventTime", logStreamNamePrefix="i"
    ) == (invalid, "Cannot order by LastEventTime with a logStreamNamePrefix.")


def test_a_token_is_still_valid_for_later_events(beanstalk):
    """As the EB CLI does, which gives the token and a new start at each poll."""
    beanstalk.client.create_application(ApplicationName="shop")
    beanstalk.client.create_application_version(ApplicationName="shop", VersionLabel="v2")
    launched(beanstalk, "web1", *SINGLE, *STREAMED)
    client = neighbour_of(beanstalk, "logs")
    (stream,) = client.describe_log_streams(logGroupName=ENGINE)["logStreams"]
    named = {"logGroupName": ENGINE, "logStreamName": stream["logStreamName"]}
    whole = client.get_log_events(**named, startFromHead=True)
    part = client.get_log_events(**named, startFromHead=True, limit=3)
    rest = client.get_log_events(**named, nextToken=part["nextForwardToken"])
    assert part["events"] + rest["events"] == whole["events"]
    back = client.get_log_events(**named, nextToken=rest["nextBackwardToken"])
    assert back["events"] == part["events"]
    first = client.get_log_events(**named, nextToken=back["nextBackwardToken"])
    assert (first["events"], first["nextBackwardToken"]) == ([], back["nextBackwardToken"])
    beanstalk.client.update_environment(EnvironmentName="web1", VersionLabel="v2")
    beanstalk.until_ready("web1")
    new = client.get_log_events(**named, nextToken=whole["nextForwardToken"])["events"]
    start = new[len(new) // 2]["timestamp"]
    later = client.get_log_events(**named, nextToken=whole["nextForwardToken"], startTime=start)["events"]
    assert later == [event for event in new if event["timestamp"] >= start] != []


def test_each_transition_of_health_is_a_record_in_the_stream_of_its_day(beanstalk):
    launched(beanstalk, "web1", *SINGLE, *STREAMED, (HEALTH, "RetentionInDays", "3"))
    beanstalk.arm("high-cpu", where={"environment": "web1"})
    beanstalk.advance(600)
    client = neighbour_of(beanstalk, "logs")
    (group,) = client.describe_log_groups(logGroupNamePrefix=OF_HEALTH)["logGroups"]
    assert group["retentionInDays"] == 3
    streams = client.describe_log_streams(logGroupName=OF_HEALTH)["logStreams"]
    records = [json.loads(event["message"]) for event in pages(client.filter_log_events, logGroupName=OF_HEALTH)]
    transitions = [event for event in beanstalk.events("web1") if "health has transitioned" in event.message]
    assert len(records) == len(transitions) > 1
    health = beanstalk.client.describe_environment_health(EnvironmentName="web1", AttributeNames=["All"])
    last = records[-1]
    assert (last["status"], last["color"]) == (health["HealthStatus"], health["Color"])
    assert (last["type"], last["causes"][-1:]) == ("HealthTransition", health["Causes"])
    day = f"{datetime.fromtimestamp(beanstalk.now / 1000, UTC):%Y-%m-%d}#"
    assert all(stream["logStreamName"].startswith(day) for stream in streams)
    severe = pages(client.filter_log_events, logGroupName=OF_HEALTH, filterPattern='{ $.status = "Ok" }')
    assert len(severe) == sum(record["status"] == "Ok" for record in records)


def test_records_of_health_expire_after_the_days_of_their_group(beanstalk):
    launched(beanstalk, "web1", *SINGLE, *STREAMED, (HEALTH, "RetentionInDays", "1"))
    client = neighbour_of(beanstalk, "logs")
    assert pages(client.filter_log_events, logGroupName=OF_HEALTH)
    beanstalk.advance(25 * 3600)
    assert pages(client.filter_log_events, logGroupName=OF_HEALTH) == []


@pytest.mark.parametrize("goes", ["true", "false"])
def test_the_log_of_health_outlives_its_environment_unless_it_is_to_be_deleted(beanstalk, goes):
    launched(beanstalk, "web1", *SINGLE, *STREAMED, (HEALTH, "DeleteOnTerminate", goes))
    client = neighbour_of(beanstalk, "logs")
    before = pages(client.filter_log_events, logGroupName=OF_HEALTH)
    beanstalk.client.terminate_environment(EnvironmentName="web1")
    beanstalk.until("web1", "Terminated")
    names = [group["logGroupName"] for group in client.describe_log_groups()["logGroups"]]
    assert names == ([] if goes == "true" else [OF_HEALTH])
    if names:
        assert pages(client.filter_log_events, logGroupName=OF_HEALTH)[: len(before)] == before


def test_a_group_has_the_tags_of_its_environment_and_no_filters(beanstalk):
    launched(beanstalk, "web1", *SINGLE, *STREAMED, Tags=[{"Key": "team", "Value": "blue"}])
    client = neighbour_of(beanstalk, "logs")
    (group,) = client.describe_log_groups(logGroupNamePrefix=ENGINE)["logGroups"]
    tags = client.list_tags_for_resource(resourceArn=group["logGroupArn"])["tags"]
    assert (tags["team"], tags["elasticbeanstalk:environment-name"]) == ("blue", "web1")
    assert client.list_tags_log_group(logGroupName=ENGINE)["tags"] == tags
    assert client.describe_subscription_filters(logGroupName=ENGINE)["subscriptionFilters"] == []
    assert client.describe_metric_filters(logGroupName=ENGINE)["metricFilters"] == []
    code, sentence = refusal(client.put_retention_policy, logGroupName=ENGINE, retentionInDays=3)
    assert (code, "belongs to the environment web1" in sentence) == ("InvalidOperationException", True)


def test_a_build_of_a_platform_has_a_stream_in_the_group_of_the_platform(beanstalk):
    build(beanstalk, "mine")
    client = neighbour_of(beanstalk, "logs")
    name = "/aws/elasticbeanstalk/platform/mine"
    assert [group["logGroupName"] for group in client.describe_log_groups()["logGroups"]] == [name]
    lines = client.get_log_events(logGroupName=name, logStreamName="1.0.0", startFromHead=True)["events"]
    messages = [line["message"] for line in lines]
    assert messages[0].startswith("# Logfile created on ")
    assert messages[1] == f"Creating CloudWatch log group '{name}'."
    assert messages[-1] == "Successfully created platform version 'mine/1.0.0'."
    assert "the platform mine" in refusal(client.delete_log_group, logGroupName=name)[1]


def test_basic_health_is_not_streamed(beanstalk):
    """The option asks for enhanced health, which every platform of Amazon Linux 2023 has."""
    launched(beanstalk, "web1", (ENVIRONMENT, "EnvironmentType", "SingleInstance"))
    assert neighbour_of(beanstalk, "logs").describe_log_groups()["logGroups"] == []
