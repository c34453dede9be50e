"""CloudWatch Logs: the log files of an environment that streams them, as groups with a stream for each instance."""

import pytest
from botocore.exceptions import ClientError

from beanpole.neighbours.app import neighbour
from neighbours.callers import SINGLE, client_of, launched

LOGS = "aws:elasticbeanstalk:cloudwatch:logs"
STREAMED = ((LOGS, "StreamLogs", "true"), (LOGS, "RetentionInDays", "30"))
FLEET = ("aws:autoscaling:asg", "MinSize", "2")
ENGINE = "/aws/elasticbeanstalk/web1/var/log/eb-engine.log"


def logs_of(world, companion=None):
    return client_of(neighbour("logs", world.store, world.catalog, companion), "logs")


def read(client, instance, **more):
    return client.get_log_events(logGroupName=ENGINE, logStreamName=instance, **more)


def code_of(call, **named):
    with pytest.raises(ClientError) as refused:
        call(**named)
    return refused.value.response["Error"]["Code"], refused.value.response["Error"]["Message"]


def test_an_environment_that_streams_has_a_group_for_each_file_and_a_stream_for_each_instance(beanstalk):
    launched(beanstalk, "web1", *STREAMED, FLEET)
    launched(beanstalk, "web2", *SINGLE)
    client = logs_of(beanstalk)
    groups = {group["logGroupName"]: group for group in client.describe_log_groups()["logGroups"]}
    files = ("eb-engine.log", "eb-hooks.log", "nginx/access.log", "nginx/error.log", "web.stdout.log")
    assert list(groups) == [f"/aws/elasticbeanstalk/web1/var/log/{file}" for file in files]
    assert {group["retentionInDays"] for group in groups.values()} == {30}
    assert groups[ENGINE]["arn"] == f"arn:aws:logs:us-east-1:123456789012:log-group:{ENGINE}:*"
    health = beanstalk.client.describe_instances_health(EnvironmentName="web1")["InstanceHealthList"]
    streams = client.describe_log_streams(logGroupName=ENGINE)["logStreams"]
    assert {stream["logStreamName"] for stream in streams} == {row["InstanceId"] for row in health}
    by_arn = client.describe_log_streams(logGroupIdentifier=groups[ENGINE]["logGroupArn"], limit=1)
    assert by_arn["logStreams"] == streams[:1]
    rest = client.describe_log_streams(logGroupName=ENGINE, nextToken=by_arn["nextToken"])
    assert (rest["logStreams"], "nextToken" in rest) == (streams[1:], False)


@pytest.mark.parametrize(
    ("more", "number"),
    [
        ({"logGroupNamePrefix": "/aws/elasticbeanstalk/web1/var/log/nginx"}, 2),
        ({"logGroupNamePattern": "engine"}, 1),
        ({"logGroupIdentifiers": [ENGINE]}, 1),
        ({"logGroupNamePrefix": "/aws/lambda"}, 0),
    ],
)
def test_groups_are_found_by_their_names(beanstalk, more, number):
    launched(beanstalk, "web1", *SINGLE, *STREAMED)
    assert len(logs_of(beanstalk).describe_log_groups(**more)["logGroups"]) == number


def test_a_stream_is_read_from_either_end_and_continues_with_new_lines(beanstalk):
    beanstalk.client.create_application(ApplicationName="shop")
    for label in ("v1", "v2"):
        beanstalk.client.create_application_version(ApplicationName="shop", VersionLabel=label)
    launched(beanstalk, "web1", *SINGLE, *STREAMED, VersionLabel="v1")
    client = logs_of(beanstalk)
    (stream,) = client.describe_log_streams(logGroupName=ENGINE, orderBy="LastEventTime", descending=True)["logStreams"]
    instance = stream["logStreamName"]
    whole = read(client, instance, startFromHead=True)
    lines = [event["message"] for event in whole["events"]]
    instants = [event["timestamp"] for event in whole["events"]]
    assert instants == sorted(instants)
    assert (stream["firstEventTimestamp"], stream["lastEventTimestamp"]) == (instants[0], instants[-1])
    assert any("app-deploy" in line for line in lines)
    last = read(client, instance, limit=2)
    assert [event["message"] for event in last["events"]] == lines[-2:]
    earlier = read(client, instance, limit=2, nextToken=last["nextBackwardToken"])
    assert [event["message"] for event in earlier["events"]] == lines[-4:-2]
    after = read(client, instance, nextToken=last["nextForwardToken"])
    assert (after["events"], after["nextForwardToken"]) == ([], last["nextForwardToken"])
    beanstalk.client.update_environment(EnvironmentName="web1", VersionLabel="v2")
    beanstalk.until_ready("web1")
    new = read(client, instance, nextToken=after["nextForwardToken"])["events"]
    assert new
    assert not {event["message"] for event in new} & set(lines)
    late = read(client, instance, startTime=instants[-1] + 1000, endTime=new[-1]["timestamp"] + 1, startFromHead=True)
    assert late["events"] == new


def test_an_unknown_group_or_stream_is_refused_with_the_sentence_of_the_service(beanstalk):
    launched(beanstalk, "web1", *SINGLE, *STREAMED)
    client = logs_of(beanstalk)
    no_group = "ResourceNotFoundException", "The specified log group does not exist."
    no_stream = "ResourceNotFoundException", "The specified log stream does not exist."
    assert code_of(client.describe_log_streams, logGroupName="/aws/elasticbeanstalk/web2/var/log/a.log") == no_group
    assert code_of(client.get_log_events, logGroupName="/nobodys", logStreamName="i-1") == no_group
    assert code_of(client.get_log_events, logGroupName=ENGINE, logStreamName="i-1") == no_stream
    (stream,) = client.describe_log_streams(logGroupName=ENGINE)["logStreams"]
    code, _ = code_of(
        client.get_log_events, logGroupName=ENGINE, logStreamName=stream["logStreamName"], nextToken="three"
    )
    assert code == "InvalidParameterException"


def test_groups_of_others_are_in_the_same_list(beanstalk, moto):
    launched(beanstalk, "web1", *SINGLE, *STREAMED)
    client = logs_of(beanstalk, moto)
    client.create_log_group(logGroupName="mine")
    client.create_log_stream(logGroupName="mine", logStreamName="one")
    names = [group["logGroupName"] for group in client.describe_log_groups()["logGroups"]]
    assert (len(names), names[-1]) == (6, "mine")
    assert [stream["logStreamName"] for stream in client.describe_log_streams(logGroupName="mine")["logStreams"]] == [
        "one"
    ]
    assert client.get_log_events(logGroupName="mine", logStreamName="one")["events"] == []
