"""Logs of instances: asked for, collected beside everything else, and fetched by a plain GET."""

from io import BytesIO
from zipfile import ZipFile

import pytest

from environments import STACK
from operations.absent import NOBODY
from operations.log_requests import fleet
from options import SINGLE, option

WORKER = {"Name": "Worker", "Type": "SQS/HTTP"}
WINDOWS = "64bit Windows Server 2025 v2.23.4 running IIS 10.0"
TYPES = ("tail", "bundle", "analyze")
TAILED = [
    "/var/log/web.stdout.log",
    "/var/log/eb-engine.log",
    "/var/log/eb-hooks.log",
    "/var/log/nginx/access.log",
    "/var/log/nginx/error.log",
]


def rows_of_request(shop, request_id):
    events = shop.client.describe_events(RequestId=request_id)["Events"]
    return [(event["Severity"], event["Message"]) for event in reversed(events)]


@pytest.mark.shows("RequestEnvironmentInfo", "success")
@pytest.mark.shows("RetrieveEnvironmentInfo", "success")
@pytest.mark.parametrize(
    ("info_type", "message"),
    [
        ("tail", "[Instance: {}] Successfully finished tailing 5 log(s)"),
        ("bundle", "[Instance: {}] Successfully finished bundling 10 log(s)"),
        ("analyze", "AI analysis request has completed."),
    ],
)
def test_logs_are_asked_for_told_of_and_retrieved(shop, launch, info_type, message):
    environment = launch(OptionSettings=[SINGLE])
    assert environment["Status"] == "Ready"
    answer = shop.client.request_environment_info(EnvironmentName="web1", InfoType=info_type)
    assert set(answer) == {"ResponseMetadata"}
    assert shop.client.describe_environments(EnvironmentNames=["web1"])["Environments"][0]["Status"] == "Ready"
    assert shop.client.retrieve_environment_info(EnvironmentName="web1", InfoType=info_type)["EnvironmentInfo"] == []
    shop.advance(60)
    (instance,) = fleet(shop)
    assert rows_of_request(shop, answer["ResponseMetadata"]["RequestId"]) == [
        ("INFO", "requestEnvironmentInfo is starting."),
        ("INFO", message.format(instance)),
        ("INFO", "Pulled logs for environment instances."),
    ]
    parameters = {"EnvironmentId": environment["EnvironmentId"], "InfoType": info_type}
    (item,) = shop.client.retrieve_environment_info(**parameters)["EnvironmentInfo"]
    assert set(item) == {"InfoType", "Ec2InstanceId", "SampleTimestamp", "Message"}
    assert (item["InfoType"], item["Ec2InstanceId"]) == (info_type, instance)
    assert f"/{environment['EnvironmentId']}/{instance}/" in item["Message"]


@pytest.mark.shows("RequestEnvironmentInfo", "errors")
@pytest.mark.shows("RetrieveEnvironmentInfo", "errors")
@pytest.mark.parametrize(
    ("parameters", "code", "sentence"),
    [
        *NOBODY,
    ],
)
@pytest.mark.parametrize("call", ["request_environment_info", "retrieve_environment_info"])
def test_an_environment_must_be_named_and_be_there(shop, refused, call, parameters, code, sentence):
    with refused(code, sentence):
        getattr(shop.client, call)(InfoType="tail", **parameters)


@pytest.mark.shows("RequestEnvironmentInfo", "errors")
@pytest.mark.shows("RetrieveEnvironmentInfo", "errors")
@pytest.mark.parametrize("call", ["request_environment_info", "retrieve_environment_info"])
def test_the_type_is_one_of_three(shop, launch, refused, call):
    launch(OptionSettings=[SINGLE])
    sentence = (
        "1 validation error detected: Value 'heads' at 'infoType' failed to satisfy constraint: "
        "Member must satisfy enum value set: [tail, bundle, analyze]"
    )
    with refused("ValidationError", sentence):
        getattr(shop.client, call)(EnvironmentName="web1", InfoType="heads")


@pytest.mark.shows("RequestEnvironmentInfo", "states")
@pytest.mark.parametrize("info_type", TYPES)
def test_only_a_ready_environment_is_asked(shop, create, refused, info_type):
    must_be_ready = "Environment named web1 is in an invalid state for this operation. Must be Ready."
    create(OptionSettings=[SINGLE])
    with refused("InvalidParameterValue", must_be_ready):
        shop.client.request_environment_info(EnvironmentName="web1", InfoType=info_type)
    shop.until_ready("web1")
    shop.client.update_environment(EnvironmentName="web1", VersionLabel="v2")
    with refused("InvalidParameterValue", must_be_ready):
        shop.client.request_environment_info(EnvironmentName="web1", InfoType=info_type)
    shop.until_ready("web1")
    shop.client.terminate_environment(EnvironmentName="web1")
    with refused("InvalidParameterValue", must_be_ready):
        shop.client.request_environment_info(EnvironmentName="web1", InfoType=info_type)


@pytest.mark.shows("RequestEnvironmentInfo", "states")
@pytest.mark.shows("RetrieveEnvironmentInfo", "states")
@pytest.mark.parametrize("call", ["request_environment_info", "retrieve_environment_info"])
def test_a_terminated_environment_has_no_logs(shop, launch, refused, call):
    launch(OptionSettings=[SINGLE])
    shop.client.terminate_environment(EnvironmentName="web1")
    shop.until("web1", "Terminated")
    with refused("InvalidParameterValue", "No Environment found for EnvironmentName = 'web1'."):
        getattr(shop.client, call)(EnvironmentName="web1", InfoType="tail")


@pytest.mark.shows("RetrieveEnvironmentInfo", "states")
def test_what_was_collected_is_retrieved_in_any_state(shop, launch, sample):
    launch(OptionSettings=[SINGLE])
    (before,) = sample()
    shop.client.update_environment(EnvironmentName="web1", VersionLabel="v2")
    parameters = {"EnvironmentName": "web1", "InfoType": "tail"}
    assert shop.client.retrieve_environment_info(**parameters)["EnvironmentInfo"] == [before]


def test_every_instance_answers_and_the_latest_sample_counts(shop, launch, sample):
    launch(OptionSettings=[option("aws:autoscaling:asg", "MinSize", "3")])
    first = sample()
    assert [row["Ec2InstanceId"] for row in first] == fleet(shop)
    assert len({row["Message"] for row in first}) == 3
    second = sample()
    assert [row["Ec2InstanceId"] for row in second] == fleet(shop)
    assert min(row["SampleTimestamp"] for row in second) > max(row["SampleTimestamp"] for row in first)
    assert len(sample("analyze")) == 1


def test_two_who_ask_at_once_are_both_answered(shop, launch):
    launch(OptionSettings=[SINGLE])
    ids = [
        shop.client.request_environment_info(EnvironmentName="web1", InfoType="tail")["ResponseMetadata"]["RequestId"]
        for _ in range(2)
    ]
    shop.advance(60)
    assert [rows_of_request(shop, id_)[-1] for id_ in ids] == [("INFO", "Pulled logs for environment instances.")] * 2
    answer = shop.client.retrieve_environment_info(EnvironmentName="web1", InfoType="tail")
    assert len(answer["EnvironmentInfo"]) == 1


def test_logs_are_collected_beside_a_deployment(shop, launch):
    launch(OptionSettings=[SINGLE])
    answer = shop.client.request_environment_info(EnvironmentName="web1", InfoType="bundle")
    shop.client.update_environment(EnvironmentName="web1", VersionLabel="v2")
    shop.advance(300)
    assert (
        rows_of_request(shop, answer["ResponseMetadata"]["RequestId"])[-1][1]
        == "Pulled logs for environment instances."
    )
    assert shop.client.describe_environments()["Environments"][0]["VersionLabel"] == "v2"


def test_a_worker_shows_its_daemon_too(shop, create, sample, fetch):
    create(Tier=WORKER)
    shop.until_ready("web1")
    (item,) = sample()
    assert "/var/log/aws-sqsd/default.log" in fetch(item["Message"]).text
    assert "Successfully finished tailing 6 log(s)" in "".join(event.message for event in shop.events("web1"))


def test_windows_has_files_of_its_own(shop, create, sample, fetch):
    create(SolutionStackName=WINDOWS, OptionSettings=[SINGLE])
    shop.until_ready("web1")
    (item,) = sample()
    assert "C:\\cfn\\log\\cfn-init.log" in fetch(item["Message"]).text
    assert "Successfully finished tailing 8 log(s)" in "".join(event.message for event in shop.events("web1"))


def test_a_tail_tells_what_the_instance_did(shop, launch, sample, fetch):
    launch(OptionSettings=[SINGLE])
    shop.client.update_environment(EnvironmentName="web1", VersionLabel="v2")
    shop.until_ready("web1")
    (item,) = sample()
    answer = fetch(item["Message"])
    assert (answer.status_code, answer.content_type) == (200, "text/plain")
    lines = answer.text.splitlines()
    rules = [number for number, line in enumerate(lines) if line == "-" * 40]
    assert [lines[number + 1] for number in rules[::2]] == TAILED
    assert '"RuntimeSources":{"app":{"v2":{"s3url":""}}},"DeploymentId":2' in answer.text
    assert "Engine command: (tail-log)" in answer.text
    engine = [line for line in lines if line[:3] == "202" and "[INFO]" in line]
    assert engine == sorted(engine)
    assert all(len(part.splitlines()) <= 100 for part in answer.text.split("-" * 40 + "\n"))


def test_logs_tell_what_the_source_bundle_brought(beanstalk_with_objects):
    world = beanstalk_with_objects
    packed = BytesIO()
    with ZipFile(packed, "w") as archive:
        archive.writestr(".platform/hooks/predeploy/01-migrate.sh", "#!/bin/sh\necho migrated\n")
        archive.writestr(".ebextensions/app.config", "container_commands: {01_collect: {command: collect}}")
        archive.writestr("Procfile", "web: gunicorn app\n")
    world.objects.write("bundles", "v1.zip", packed.getvalue())
    world.client.create_application(ApplicationName="shop")
    bundle = {"S3Bucket": "bundles", "S3Key": "v1.zip"}
    world.client.create_application_version(ApplicationName="shop", VersionLabel="v1", SourceBundle=bundle)
    parameters = {"SolutionStackName": STACK, "VersionLabel": "v1", "OptionSettings": [SINGLE]}
    world.client.create_environment(ApplicationName="shop", EnvironmentName="web1", **parameters)
    world.until_ready("web1")
    world.client.request_environment_info(EnvironmentName="web1", InfoType="bundle")
    world.advance(60)
    (item,) = world.client.retrieve_environment_info(EnvironmentName="web1", InfoType="bundle")["EnvironmentInfo"]
    with ZipFile(BytesIO(world.app.test_client().get(item["Message"]).data)) as archive:
        logs = {log: archive.read(f"var/log/{log}.log").decode() for log in ("eb-engine", "eb-hooks", "cfn-init")}
    assert "Running platform hook: .platform/hooks/predeploy/01-migrate.sh" in logs["eb-engine"]
    assert "Starting executing the config set Infra-EmbeddedPostBuild." in logs["eb-engine"]
    assert "[INFO] migrated" in logs["eb-hooks"]
    assert "Command 01_collect succeeded" in logs["cfn-init"]


def test_a_bundle_is_a_zip_with_every_log(shop, launch, sample, fetch):
    launch(OptionSettings=[SINGLE])
    (item,) = sample("bundle")
    answer = fetch(item["Message"])
    assert (answer.status_code, answer.content_type) == (200, "application/zip")
    with ZipFile(BytesIO(answer.data)) as archive:
        assert archive.testzip() is None
        assert {f"/{name}" for name in archive.namelist()} > set(TAILED)
        assert b"(app-deploy)" in archive.read("var/log/eb-engine.log")
    assert fetch(item["Message"]).data == answer.data


def test_an_analysis_is_read_as_text(shop, launch, sample, fetch):
    launch(OptionSettings=[SINGLE])
    (item,) = sample("analyze")
    answer = fetch(item["Message"])
    assert (answer.status_code, answer.content_type) == (200, "text/plain")
    assert "ended well" in answer.text
