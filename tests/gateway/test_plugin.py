"""The pytest plugin beside a world: a real port, faults with types, and every other service."""

import json
import subprocess
import sys
import textwrap
from datetime import UTC, datetime
from inspect import signature

import pytest
from botocore.utils import parse_timestamp

from archives import zipped
from beanpole.control.fault_schema import FAULTS
from beanpole.machine.clock import real_now, sleep
from beanpole.plugin import boto
from beanpole.plugin.arming import Faults
from beanpole.testing import Beanstalk
from clients_environment import environment
from environments import STACK

pytest_plugins = ["pytester"]
STORAGE = "elasticbeanstalk-us-east-1-123456789012"
PATIENCE = 20_000  # milliseconds of real time
SCRIPT = """
import boto3, json
client = boto3.client("elasticbeanstalk")
client.create_application(ApplicationName="shop")
client.create_environment(ApplicationName="shop", EnvironmentName="shop-web", SolutionStackName={stack!r})
boto3.client("s3").create_bucket(Bucket="bundles")
print(json.dumps(boto3.client("sts").get_caller_identity()["Account"]))
"""


def test_a_process_calls_the_world_of_the_test(request):
    world = Beanstalk()
    from beanpole.plugin.endpoint import Server

    with Server(world.endpoint, world.store) as server:
        script = SCRIPT.format(stack=STACK)
        variables = environment() | server.environment
        ran = subprocess.run([sys.executable, "-c", script], env=variables, capture_output=True, text=True, timeout=60)
        assert (ran.returncode, ran.stderr) == (0, "")
        assert json.loads(ran.stdout) == "123456789012"
        world.until_ready("shop-web")
    assert [bucket["Name"] for bucket in world.client("s3").list_buckets()["Buckets"]] == ["bundles", STORAGE]
    world.close()
    assert world.client("s3").list_buckets()["Buckets"] == []


def test_the_server_of_a_world_sends_notices_and_makes_the_queues_of_workers():
    world = Beanstalk()
    from beanpole.plugin.endpoint import Server

    sns, sqs = world.client("sns"), world.client("sqs")
    world.client.create_application(ApplicationName="shop")
    topic = {"Namespace": "aws:elasticbeanstalk:sns:topics", "OptionName": "Notification Topic Name", "Value": "alarms"}
    tier = {"Name": "Worker", "Type": "SQS/HTTP"}
    with Server(world.endpoint, world.store):
        world.client.create_environment(
            ApplicationName="shop", EnvironmentName="jobs", SolutionStackName=STACK, Tier=tier, OptionSettings=[topic]
        )
        world.until_ready("jobs")
        end = real_now() + PATIENCE
        while not (sns.list_topics()["Topics"] and sqs.list_queues().get("QueueUrls")):
            assert real_now() < end
            sleep(0.05)
    (created,) = sns.list_topics()["Topics"]
    assert created["TopicArn"].endswith(":alarms")
    names = {url.rpartition("-")[0].rpartition("-")[2] for url in sqs.list_queues()["QueueUrls"]}
    assert names == {"AWSEBWorkerQueue", "AWSEBWorkerDeadLetterQueue"}
    world.close()


DEPLOY = """
import boto3

def deploy():
    client = boto3.client("elasticbeanstalk")
    client.create_application(ApplicationName="shop")
    client.create_environment(ApplicationName="shop", EnvironmentName="shop-web", SolutionStackName=%r)
    client.get_waiter("environment_exists").wait(EnvironmentNames=["shop-web"])
    (instance,) = client.describe_environment_resources(EnvironmentName="shop-web")["EnvironmentResources"]["Instances"]
    (found,) = boto3.client("ec2").describe_instances(InstanceIds=[instance["Id"]])["Reservations"]
    return found["Instances"][0]["State"]["Name"]
"""
NEWCOMER = """
import pytest
from deploy import deploy

@pytest.mark.parametrize("number", range(2))
def test_a_script_with_clients_of_its_own(beanstalk, beanstalk_environment, number):
    with beanstalk.waiting():
        assert deploy() == "running"
    messages = [event.message for event in beanstalk.events("shop-web")]
    assert "Successfully launched environment: shop-web" in messages

def test_two_ways_from_a_saved_world(beanstalk, beanstalk_environment, faults):
    with beanstalk.waiting():
        deploy()
    resources = beanstalk.client.describe_environment_resources(EnvironmentName="shop-web")["EnvironmentResources"]
    instance = resources["Instances"][0]["Id"]
    saved = beanstalk.snapshot()
    groups = beanstalk.client("autoscaling")
    before = groups.describe_auto_scaling_instances(InstanceIds=[instance])["AutoScalingInstances"]
    assert len(before) == 1
    beanstalk.client.terminate_environment(EnvironmentName="shop-web")
    beanstalk.until("shop-web", "Terminated")
    beanstalk.restore(saved)
    assert groups.describe_auto_scaling_instances(InstanceIds=[instance])["AutoScalingInstances"] == before
"""
WITHOUT = ("-p", "no:cacheprovider", "-p", "no:unraisableexception", "-p", "no:hypothesispytest")  # what takes long


@pytest.mark.merge
def test_code_that_makes_its_own_clients_in_this_process(pytester):
    """As a newcomer writes it, in two processes of pytest at once."""
    pytester.makepyfile(deploy=DEPLOY % STACK, test_newcomer=NEWCOMER)
    ran = pytester.runpytest_subprocess(*WITHOUT, "-n", "2", "--import-mode=prepend")
    ran.assert_outcomes(passed=3)


def test_a_client_of_elastic_beanstalk_is_called_for_the_others():
    world = Beanstalk()
    assert world.client is world.clients()
    assert world.client("s3") is world.client("s3") is world.clients(service="s3")
    assert world.client("sts", account="999999999999").get_caller_identity()["Account"] == "999999999999"
    world.close()


def test_every_fault_has_a_method_with_its_members(fresh_world):
    world = fresh_world()
    faults = Faults(world)
    methods = {name.replace("_", "-") for name in vars(Faults) if not name.startswith("_")} - {"list", "disarm"}
    assert methods == set(FAULTS)
    id_ = faults.command_fails(exit_status=3, where={"version_label": "v2", "instance": "any"}, times=1)
    faults.refuse("AccessDenied", status=403, where={"operation": "UpdateEnvironment"})
    faults.throttle(rate=2, burst=5)
    faults.resource_fails("delete", where={"resource": "auto-scaling-group"})
    by_name = {fault["what"]: fault for fault in faults.list()}
    assert by_name["command-fails"]["where"] == {"version_label": "v2", "instance": "any"}
    assert (by_name["command-fails"]["exit_status"], by_name["command-fails"]["times"]) == (3, 1)
    assert by_name["throttle"]["burst"] == 5
    faults.disarm(id_)
    assert "command-fails" not in {fault["what"] for fault in faults.list()}
    with pytest.raises(ValueError, match="status"):
        faults.refuse("AccessDenied", status=7)
    assert "output" in signature(Faults.command_fails).parameters


@pytest.mark.merge
def test_a_test_that_fails_shows_the_last_events(pytester):
    pytester.makepyfile(
        textwrap.dedent(
            """
            def test_it(beanstalk, faults, beanstalk_server):
                beanstalk.client.create_application(ApplicationName="shop")
                assert faults.list() == []
                assert beanstalk_server.url == "nowhere"
            """
        )
    )
    ran = pytester.runpytest_subprocess(*WITHOUT)
    ran.assert_outcomes(failed=1)
    ran.stdout.fnmatch_lines(["*last events of beanstalk*", "*INFO*Created new Application: shop*"])


def test_a_client_of_s3_and_the_world_have_the_same_objects(beanstalk_with_objects):
    world = beanstalk_with_objects
    client, s3 = world.client, world.client("s3")
    client.create_application(ApplicationName="shop")
    s3.create_bucket(Bucket="bundles")
    s3.put_object(Bucket="bundles", Key="v1.zip", Body=zipped({"application.py": ""}))
    named = {"ApplicationName": "shop", "SourceBundle": {"S3Bucket": "bundles", "S3Key": "v1.zip"}}
    client.create_application_version(VersionLabel="v1", **named)
    assert world.objects.size("bundles", "v1.zip") > 0
    world.objects.write("bundles", "notes/a.txt", b"from the test")
    assert s3.get_object(Bucket="bundles", Key="notes/a.txt")["Body"].read() == b"from the test"
    s3.delete_objects(Bucket="bundles", Delete={"Objects": [{"Key": "v1.zip"}, {"Key": "notes/a.txt"}]})
    assert world.objects.keys("bundles", "") == ()
    with pytest.raises(client.exceptions.ClientError, match="Not Found"):
        client.create_application_version(VersionLabel="v2", **named)


def test_s3_shows_the_copies_that_the_world_has_made(beanstalk_with_objects):
    world = beanstalk_with_objects
    world.client.create_application(ApplicationName="shop")
    world.objects.write("bundles", "v1.zip", zipped({"application.py": ""}))
    world.client.create_application_version(
        ApplicationName="shop", VersionLabel="v1", SourceBundle={"S3Bucket": "bundles", "S3Key": "v1.zip"}
    )
    saved, s3 = world.snapshot(), world.client("s3")
    buckets = {bucket["Name"] for bucket in s3.list_buckets()["Buckets"]}
    assert buckets == {bucket for bucket, _ in world.objects.contents} == {"bundles", STORAGE}
    s3.put_object(Bucket="bundles", Key="v1.zip", Body=b"another")
    assert world.objects.read("bundles", "v1.zip") == b"another"
    world.restore(saved)
    assert s3.get_object(Bucket="bundles", Key="v1.zip")["Body"].read() == world.objects.read("bundles", "v1.zip")
    assert world.objects.read("bundles", "v1.zip") != b"another"


def test_each_client_has_its_own_handlers_also_by_an_older_name_of_its_service(beanstalk):
    """Clients share the aliases of names of events that they have found."""
    calls = []
    for account in ("111111111111", "222222222222"):
        client = beanstalk.clients(account=account)
        client.describe_applications()
        client.meta.events.register("before-call.elasticbeanstalk", lambda account=account, **_: calls.append(account))
        client.describe_applications()
    assert calls == ["111111111111", "222222222222"]


def test_a_timestamp_is_what_botocore_makes_of_it(beanstalk):
    """Also one of a form that only botocore reads."""
    parse = boto.session().get_component("response_parser_factory").create_parser("query")._timestamp_parser
    for text in ("2026-01-01T00:00:00Z", "2026-12-31T23:59:59.123Z", "2026-02-28T00:00:00.000001Z", 0, "1767225600.5"):
        assert (parse(text), parse(text).tzinfo) == (parse_timestamp(text), parse_timestamp(text).tzinfo)
    for text in (
        "2026-01-01T00:00:00.1Z",
        "20260101T000000Z",
        "Thu, 01 Jan 2026 00:00:00 GMT",
        "2026-01-01T01:00+01:00",
    ):
        assert parse(text) == parse_timestamp(text)
    beanstalk.client.create_application(ApplicationName="shop")
    (created,) = (row["DateCreated"] for row in beanstalk.client.describe_applications()["Applications"])
    assert created == datetime(2026, 1, 1, tzinfo=UTC)
