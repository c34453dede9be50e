"""`serve --data`: what the companion holds is the same after the server was killed, service by service."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from urllib.request import Request, urlopen

import pytest

from clients.served import Served
from clients_environment import environment

TRUST = '{"Version":"2012-10-17","Statement":[]}'
ALLOW = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}'
WEB_TIER = "arn:aws:iam::aws:policy/AWSElasticBeanstalkWebTier"
PART = b"p" * (5 << 20)


@pytest.fixture
def kill_and_start(serve_anew, tmp_path):
    """`kill_and_start(served)`: the same directory served again after a SIGKILL; without one, for the first time."""

    def start(served=None):
        if served is not None:
            served.process.send_signal(signal.SIGKILL)
            served.process.wait(timeout=20)
        return serve_anew("--data", str(tmp_path / "data"))

    return start


def plain(answer):
    """An answer without what is of its call alone."""
    return {name: value for name, value in answer.items() if name not in ("ResponseMetadata", "NextToken")}


def make_objects(s3):
    """Objects by every way there is; returns the id of an upload in parts that goes on, and the tag of its part."""
    s3.create_bucket(Bucket="shop-files")
    s3.put_object(Bucket="shop-files", Key="a b/ä+%", Body=b"x" * 100, Metadata={"m": "1"})
    s3.put_object_tagging(Bucket="shop-files", Key="a b/ä+%", Tagging={"TagSet": [{"Key": "k", "Value": "v"}]})
    s3.put_object_acl(Bucket="shop-files", Key="a b/ä+%", ACL="public-read")
    s3.copy_object(Bucket="shop-files", Key="copy", CopySource={"Bucket": "shop-files", "Key": "a b/ä+%"})
    for body in (b"first", b"second"):
        s3.put_object(Bucket="shop-files", Key="over", Body=body)
    for key in ("gone", "gone-too", "gone-in-a-list"):
        s3.put_object(Bucket="shop-files", Key=key, Body=key.encode())
    s3.delete_object(Bucket="shop-files", Key="gone")
    s3.delete_objects(Bucket="shop-files", Delete={"Objects": [{"Key": "gone-too"}, {"Key": "gone-in-a-list"}]})
    presigned = s3.generate_presigned_url("put_object", Params={"Bucket": "shop-files", "Key": "presigned"})
    headers = {"Content-Type": ""}
    urlopen(Request(presigned, method="PUT", data=b"by address", headers=headers), timeout=30).close()
    s3.create_bucket(Bucket="shop-versions")
    s3.put_bucket_versioning(Bucket="shop-versions", VersioningConfiguration={"Status": "Enabled"})
    for body in (b"0", b"1"):
        s3.put_object(Bucket="shop-versions", Key="k", Body=body)
    s3.delete_object(Bucket="shop-versions", Key="k")
    s3.put_bucket_policy(Bucket="shop-versions", Policy=TRUST)
    upload = s3.create_multipart_upload(Bucket="shop-files", Key="parts")["UploadId"]
    tag = s3.upload_part(Bucket="shop-files", Key="parts", UploadId=upload, PartNumber=1, Body=PART)["ETag"]
    return upload, tag


def seen_objects(s3, upload):
    """All that there is to see of them."""
    answers = [plain(s3.list_buckets()), plain(s3.get_bucket_policy(Bucket="shop-versions"))]
    for bucket in ("shop-files", "shop-versions"):
        listed = s3.list_object_versions(Bucket=bucket)
        answers += [plain(listed), plain(s3.list_multipart_uploads(Bucket=bucket))]
        for version in listed["Versions"]:
            named = {"Bucket": bucket, "Key": version["Key"], "VersionId": version["VersionId"]}
            if version["VersionId"] == "null":
                del named["VersionId"]
            answer = s3.get_object(**named)
            answers += [answer.pop("Body").read(), plain(answer), plain(s3.get_object_tagging(**named))]
            answers.append(plain(s3.get_object_acl(**named)))
    return [*answers, plain(s3.list_parts(Bucket="shop-files", Key="parts", UploadId=upload))]


def files(folder: Path) -> int:
    """How many bodies there are."""
    return sum(path.is_file() for path in (folder / "objects").rglob("*"))


@pytest.mark.merge
def test_objects_are_the_same_after_a_kill(kill_and_start, tmp_path):
    served = kill_and_start()
    upload, tag = make_objects(served.client("s3"))
    before = seen_objects(served.client("s3"), upload)
    assert files(tmp_path / "data") == 6  # two objects have one content, and nothing is left of what is gone
    again = kill_and_start(served)
    s3 = again.client("s3")
    assert seen_objects(s3, upload) == before
    s3.complete_multipart_upload(
        Bucket="shop-files",
        Key="parts",
        UploadId=upload,
        MultipartUpload={"Parts": [{"ETag": tag, "PartNumber": 1}]},
    )
    s3.delete_object(Bucket="shop-files", Key="over")
    last = kill_and_start(again).client("s3")
    assert last.get_object(Bucket="shop-files", Key="parts")["Body"].read() == PART
    assert "over" not in {row["Key"] for row in last.list_objects_v2(Bucket="shop-files")["Contents"]}
    for path in (tmp_path / "data" / "objects").rglob("*"):
        assert os.stat(path).st_mode & 0o077 == 0


def make_rest(served: Served):
    """Something in each of the other services that clients of environments call; returns the address of a queue."""
    iam, sns, sqs, ec2 = (served.client(name) for name in ("iam", "sns", "sqs", "ec2"))
    iam.create_role(RoleName="r", AssumeRolePolicyDocument=TRUST)
    iam.create_instance_profile(InstanceProfileName="p")
    iam.add_role_to_instance_profile(InstanceProfileName="p", RoleName="r")
    iam.attach_role_policy(RoleName="r", PolicyArn=WEB_TIER)
    iam.create_policy(PolicyName="own", PolicyDocument=ALLOW)
    topic = sns.create_topic(Name="t")["TopicArn"]
    queue = sqs.create_queue(QueueName="q")["QueueUrl"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=f"arn:aws:sqs:us-east-1:{served.account}:q")
    sns.publish(TopicArn=topic, Message="by the topic")
    ec2.create_key_pair(KeyName="k")
    served.client("acm").request_certificate(DomainName="shop.example.com")
    autoscaling = served.client("autoscaling")
    image = ec2.describe_images()["Images"][0]["ImageId"]
    autoscaling.create_launch_configuration(LaunchConfigurationName="l", ImageId=image, InstanceType="t3.micro")
    autoscaling.create_auto_scaling_group(
        AutoScalingGroupName="g", LaunchConfigurationName="l", MinSize=1, MaxSize=2, AvailabilityZones=["us-east-1a"]
    )
    served.client("ssm").put_parameter(Name="n", Value="v", Type="String")
    served.client("dynamodb").create_table(
        TableName="t",
        KeySchema=[{"AttributeName": "a", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "a", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    return queue


def seen_rest(served: Served, queue: str):
    """What there is to see of it."""
    iam, sns, ec2 = (served.client(name) for name in ("iam", "sns", "ec2"))
    answers = [
        iam.list_roles(),
        iam.list_instance_profiles(),
        iam.list_policies(Scope="Local"),
        iam.get_policy(PolicyArn=WEB_TIER),
        iam.list_attached_role_policies(RoleName="r"),
        sns.list_topics(),
        sns.list_subscriptions(),
        ec2.describe_key_pairs(),
        ec2.describe_vpcs(),
        ec2.describe_subnets(),
        ec2.describe_instances(),
        ec2.describe_volumes(),
        ec2.describe_security_groups(),
        served.client("sqs").get_queue_attributes(QueueUrl=queue, AttributeNames=["All"]),
        served.client("acm").list_certificates(),
        served.client("autoscaling").describe_auto_scaling_groups(),
        served.client("ssm").get_parameter(Name="n"),
        served.client("dynamodb").describe_table(TableName="t"),
    ]
    return [plain(answer) for answer in answers]


@contextmanager
def imported_anew(folder: Path) -> Iterator[Served]:
    """The directory, served by a process that has imported nothing before, which ends by itself or is terminated."""
    command = [sys.executable, "-m", "beanpole", "serve", "--port", "0", "--data", str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment()) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line.startswith("beanpole is listening on http://127.0.0.1:"), line
        try:
            yield Served(line.split()[-1], process)
        finally:
            process.terminate()


@pytest.mark.slow
@pytest.mark.merge
def test_other_services_are_the_same_after_a_kill(kill_and_start, tmp_path):
    served = kill_and_start()
    queue = make_rest(served)
    before = seen_rest(served, queue)
    served.process.kill()
    served.process.wait(timeout=20)
    with imported_anew(tmp_path / "data") as new:  # moto loads its backends as calls come, in another order
        there = seen_rest(new, queue.replace(served.url, new.url))
        assert [str(answer).replace(new.url, served.url) for answer in there] == [str(answer) for answer in before]
        new.process.kill()
        new.process.wait(timeout=20)
    again = kill_and_start()
    queue = queue.replace(served.url, again.url)
    assert [str(answer).replace(again.url, served.url) for answer in seen_rest(again, queue)] == [
        str(b) for b in before
    ]
    (message,) = again.client("sqs").receive_message(QueueUrl=queue)["Messages"]
    assert "by the topic" in message["Body"]
    again.client("autoscaling").set_desired_capacity(AutoScalingGroupName="g", DesiredCapacity=2)
    last = kill_and_start(again)
    (group,) = last.client("autoscaling").describe_auto_scaling_groups()["AutoScalingGroups"]
    reservations = last.client("ec2").describe_instances()["Reservations"]
    assert {instance["InstanceId"] for instance in group["Instances"]} == {
        instance["InstanceId"] for reservation in reservations for instance in reservation["Instances"]
    }


def test_a_reset_forgets_one_account_also_after_a_restart(kill_and_start, tmp_path):
    served = kill_and_start()
    accounts = (served, served.of("111111111111"))
    for account in accounts:
        account.client("s3").create_bucket(Bucket=f"of-{account.account}")
        account.client("s3").put_object(Bucket=f"of-{account.account}", Key="k", Body=account.account.encode())
    again = kill_and_start(served)
    again.control("POST", "reset", {})  # before moto is read
    last = kill_and_start(again)
    other = last.of("111111111111").client("s3")
    assert [bucket["Name"] for bucket in last.client("s3").list_buckets()["Buckets"]] == []
    assert other.get_object(Bucket="of-111111111111", Key="k")["Body"].read() == b"111111111111"
    assert files(tmp_path / "data") == 1


def test_a_client_that_waits_for_messages_holds_up_no_other_and_loses_none(kill_and_start):
    served = kill_and_start()
    queue = served.client("sqs").create_queue(QueueName="q")["QueueUrl"]
    again = kill_and_start(served)
    queue = queue.replace(served.url, again.url)
    bodies = []

    def receive():
        answer = again.client("sqs").receive_message(QueueUrl=queue, WaitTimeSeconds=20)
        bodies.extend(message["Body"] for message in answer["Messages"])

    waiting = Thread(target=receive)
    waiting.start()
    again.client("sqs").send_message(QueueUrl=queue, MessageBody="sent meanwhile")
    waiting.join()
    assert bodies == ["sent meanwhile"]
    last = kill_and_start(again)
    attributes = last.client("sqs").get_queue_attributes(
        QueueUrl=queue.replace(again.url, last.url), AttributeNames=["ApproximateNumberOfMessagesNotVisible"]
    )["Attributes"]
    assert attributes == {"ApproximateNumberOfMessagesNotVisible": "1"}
