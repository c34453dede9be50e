"""One endpoint for all services: the application of each, the forms of refusals, and requests never passed on."""

import gc
import json
import threading
from collections import Counter
from importlib import import_module
from xml.etree import ElementTree

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from werkzeug.test import Client

from beanpole.gateway.companion import Companion
from beanpole.gateway.gateway import Gateway
from beanpole.gateway.moto_policies import MEMBERS
from beanpole.gateway.signatures import Signatures
from beanpole.other_services.botocore_wire import Wire
from beanpole.testing import ACCOUNT

V4 = "AWS4-HMAC-SHA256 Credential={}/20260101/us-east-1/{}/aws4_request, SignedHeaders=host, Signature=00"
HERE = {"REMOTE_ADDR": "127.0.0.1"}
BUCKET = "elasticbeanstalk-us-east-1-123456789012"


def answering(name):
    """An application that answers with its name."""

    def answer(environ, start_response):
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [name.encode()]

    return answer


def client(companion=None, neighbours=None, **named):
    return Client(Gateway(answering("ours"), companion or Companion(), neighbours or {}, **named))


def ask(http, service=None, path="/", key="123456789012", method="GET", data=None, **headers):
    signed = {"Authorization": V4.format(key, service)} if service else {}
    all_headers = signed | {name.replace("_", "-"): value for name, value in headers.items()}
    return http.open(
        path,
        method=method,
        data=data,
        headers=all_headers,
        environ_base=HERE,
        base_url="http://localhost",
        buffered=True,
    )


@pytest.fixture
def service(moto):
    """`service(name)`: a client of boto3 whose calls the gateway answers, with moto as the companion."""
    gateway = Gateway(answering("ours"), moto.companion(), {})

    def open_client(name, account="123456789012", region="us-east-1"):
        client = boto3.client(
            name,
            endpoint_url="http://localhost:5770",
            region_name=region,
            aws_access_key_id=account,
            aws_secret_access_key="secret",
            config=Config(retries={"max_attempts": 0}),
        )
        client.meta.events.register(f"before-send.{name}", Wire(_local(gateway)))
        return client

    return open_client


def _local(app):
    return lambda environ, start_response: app({**environ, **HERE}, start_response)


def test_a_service_goes_to_its_neighbour_else_to_the_companion_and_ours_stays_ours():
    companion = Companion(answering("companion"), {"s3": answering("minio")})
    http = client(companion, {"ec2": answering("neighbour")})
    answers = {name: ask(http, name).text for name in ("elasticbeanstalk", "ec2", "s3", "iam")}
    assert answers == {"elasticbeanstalk": "ours", "ec2": "neighbour", "s3": "minio", "iam": "companion"}
    assert ask(http).text == ask(http, "s3", "/_beanpole/health").text == "ours"
    assert ask(http, path="/bucket/key").text == "minio"
    assert ask(client(), path="/bucket/key").text == "ours"
    assert ask(http, path="/page", Host="shop.us-east-1.elasticbeanstalk.com").text == "ours"
    log = "/elasticbeanstalk-us-east-1-123456789012/resources/environments/logs/tail/e-abcdefghij/i-0/TailLogs-1.out"
    assert ask(http, path=log).text == "ours"


def test_a_form_of_sts_is_distinguished_from_one_of_ours():
    http = client(Companion(answering("companion")))
    assert ask(http, method="POST", data={"Action": "AssumeRoleWithSAML", "Version": "2011-06-15"}).text == "companion"
    assert ask(http, method="POST", data={"Action": "X", "Version": "2010-12-01"}).text == "ours"


def test_without_a_companion_the_refusal_has_the_protocol_of_the_service():
    http = client()
    s3 = ElementTree.fromstring(ask(http, "s3", "/bucket/key").data)
    assert (s3.tag, s3.findtext("Code")) == ("Error", "NotImplemented")
    assert "beanpole[companions]" in s3.findtext("Message")
    ec2 = ElementTree.fromstring(ask(http, "ec2").data)
    assert (ec2.tag, ec2.findtext("Errors/Error/Code")) == ("Response", "NotImplemented")
    iam = ElementTree.fromstring(ask(http, "iam").data)
    assert (iam.tag, iam.findtext("Error/Code")) == ("ErrorResponse", "NotImplemented")
    ecs = ask(http, "ecs", method="POST", data=b"{}", X_Amz_Target="X.Y", Content_Type="application/x-amz-json-1.1")
    assert json.loads(ecs.data)["__type"] == "NotImplemented"
    restful = ask(http, "lambda", "/2015-03-31/functions")
    assert (restful.headers["x-amzn-ErrorType"], restful.mimetype) == ("NotImplemented", "application/json")
    for answer in (ask(http, "s3", "/b"), ask(http, "ec2"), ecs, restful):
        assert answer.status_code == 400
        assert "Date" in answer.headers


@pytest.mark.parametrize(
    ("name", "call"),
    [
        ("s3", lambda client: client.get_object(Bucket="bucket", Key="key")),
        ("ec2", lambda client: client.describe_instances()),
        ("iam", lambda client: client.list_roles()),
        ("sqs", lambda client: client.list_queues()),
        ("cloudwatch", lambda client: client.describe_alarms()),
        ("route53", lambda client: client.list_hosted_zones()),
        ("codecommit", lambda client: client.list_repositories()),
        ("lambda", lambda client: client.list_functions()),
    ],
)
def test_every_client_reads_the_refusal(name, call):
    gateway = _local(Gateway(answering("ours"), Companion(), {}))
    keys = {"aws_access_key_id": "key", "aws_secret_access_key": "secret"}
    own_client = boto3.client(name, endpoint_url="http://localhost:5770", region_name="us-east-1", **keys)
    own_client.meta.events.register(f"before-send.{name}", Wire(gateway))
    with pytest.raises(ClientError, match=r"no companion answers .*pip|beanpole\[companions\]") as caught:
        call(own_client)
    assert caught.value.response["Error"]["Code"] == "NotImplemented"


def test_get_caller_identity_is_answered_without_a_companion():
    data = {"Action": "GetCallerIdentity", "Version": "2011-06-15"}
    answer = ask(client(), "sts", method="POST", data=data)
    assert "<Account>123456789012</Account>" in answer.text
    assert "<Account>000000000000</Account>" in ask(client(), "sts", key="test", method="POST", data=data).text
    refused = ask(client(), "sts", method="POST", data={"Action": "AssumeRole", "Version": "2011-06-15"})
    assert (refused.status_code, "NotImplemented" in refused.text) == (400, True)


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Sec_Fetch_Site": "cross-site"},
        {"Referer": "https://evil.example/page"},
        {"Host": "evil.example"},
        {"Host": "s3.amazonaws.com.evil.example"},
    ],
    ids=str,
)
def test_no_request_of_a_foreign_page_or_name_is_passed_on(headers):
    http = client(Companion(answering("companion")), {"ec2": answering("neighbour")})
    for service in ("s3", "ec2"):
        refused = ask(http, service, **headers)
        assert (refused.status_code, "AccessDenied" in refused.text) == (403, True)


@pytest.mark.parametrize("host", ["bucket.s3.amazonaws.com", "bucket.localhost:5770", "s3.us-east-1.amazonaws.com"])
def test_names_of_services_are_names_of_this_server_for_their_calls(host):
    assert ask(client(Companion(answering("companion"))), "s3", Host=host).text == "companion"


def test_the_number_of_calls_passed_on_at_once_is_bounded():
    entered, goes_on = threading.Semaphore(0), threading.Event()

    def slow(environ, start_response):
        entered.release()
        goes_on.wait(10)
        return answering("slow")(environ, start_response)

    http = client(Companion(slow))
    threads = [threading.Thread(target=ask, args=(http, "s3")) for _ in range(16)]
    for thread in threads:
        thread.start()
    for _ in threads:
        assert entered.acquire(timeout=10)
    refused = ask(http, "s3")
    goes_on.set()
    for thread in threads:
        thread.join()
    assert (refused.status_code, "Please reduce your request rate." in refused.text) == (503, True)
    assert ask(http, "s3").text == "slow"


def test_moto_keeps_our_accounts_apart(service):
    assert service("sts").get_caller_identity()["Account"] == "123456789012"
    assert service("sts", "no-account").get_caller_identity()["Account"] == "000000000000"
    service("sqs").create_queue(QueueName="mine")
    assert len(service("sqs").list_queues()["QueueUrls"]) == 1
    assert "QueueUrls" not in service("sqs", "999999999999").list_queues()
    assert service("sqs", region="local-1").create_queue(QueueName="there")["QueueUrl"]


def test_a_reset_deletes_one_account_and_no_other(service, moto):
    for account in ("111111111111", "222222222222"):
        service("s3", account).create_bucket(Bucket=f"of-{account}")
        service("s3", account).put_object(Bucket=f"of-{account}", Key="key", Body=b"content")
    moto.forget("111111111111")
    assert service("s3", "111111111111").list_buckets()["Buckets"] == []
    with pytest.raises(ClientError, match="NoSuchBucket"):
        service("s3", "222222222222").get_object(Bucket="of-111111111111", Key="key")
    read = service("s3", "222222222222").get_object(Bucket="of-222222222222", Key="key")
    assert read["Body"].read() == b"content"
    service("s3", "222222222222").create_bucket(Bucket="of-111111111111")


@pytest.mark.merge
def test_a_reset_gives_back_the_memory_of_an_account(service, moto):
    for _ in range(2):
        service("ec2", "111111111111").describe_subnets()
        service("iam", "111111111111").list_roles()
        service("s3", "111111111111").create_bucket(Bucket="mine")
        for content in (b"first", b"second"):
            service("s3", "111111111111").put_object(Bucket="mine", Key="key", Body=content)
        service("ec2", "222222222222").describe_subnets()
        moto.forget("111111111111")
    gc.collect()
    objects = gc.get_objects()
    kinds = {kind for kind in set(map(type, objects)) if str(kind).startswith("<class 'moto.")}
    models = [value for value in objects if type(value) in kinds]
    owners = Counter(getattr(model, "account_id", None) or getattr(model, "owner_id", None) for model in models)
    assert owners["222222222222"] > 0
    backends = [model for model in models if type(model).__name__ == "AccountSpecificBackend"]
    assert owners["111111111111"] == sum(backend.account_id == "111111111111" and not backend for backend in backends)


def test_policies_that_aws_manages_are_alike_in_all_accounts_and_attached_in_one(service):
    arn = "arn:aws:iam::aws:policy/AWSElasticBeanstalkWebTier"
    mine, other = (service("iam", account) for account in ("111111111111", "222222222222"))
    mine.create_role(RoleName="web", AssumeRolePolicyDocument="{}")
    mine.attach_role_policy(RoleName="web", PolicyArn=arn)
    policies = [client.get_policy(PolicyArn=arn)["Policy"] for client in (mine, other)]
    assert [policy.pop("AttachmentCount") for policy in policies] == [1, 0]
    assert policies[0] == policies[1]
    assert policies[0]["PolicyId"].startswith("ANPA")
    assert mine.list_attached_role_policies(RoleName="web")["AttachedPolicies"][0]["PolicyArn"] == arn


def test_policies_that_aws_manages_are_made_when_they_are_needed(service):
    service("s3").create_bucket(Bucket="no-policy")
    service("iam", "111111111111").create_role(RoleName="web", AssumeRolePolicyDocument="{}")
    backend = import_module("moto.iam.models").iam_backends["111111111111"]["aws"]
    assert not set(MEMBERS) & vars(backend).keys()
    assert len(service("iam", "111111111111").list_policies(MaxItems=1000)["Policies"]) == 1000
    assert set(MEMBERS) <= vars(backend).keys()


def test_a_service_unknown_to_moto_is_refused_in_its_protocol(service):
    with pytest.raises(ClientError, match="The list_repositories action has not been implemented") as caught:
        service("codecommit").list_repositories()
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    with pytest.raises(ClientError, match="Neither beanpole nor moto knows the service braket"):
        service("braket").search_jobs(filters=[])


def test_motos_own_requests_do_not_leave_the_process(service, monkeypatch):
    requests = []
    monkeypatch.setattr("requests.adapters.HTTPAdapter.send", lambda *arguments, **named: requests.append(arguments))
    sns = service("sns")
    topic = sns.create_topic(Name="topic")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="http", Endpoint="http://127.0.0.1:9/hook")
    sns.publish(TopicArn=topic, Message="text")
    assert requests == []


def test_objects_of_our_buckets_belong_to_their_account(service, moto):
    from beanpole.other_services.s3 import S3

    objects = S3.in_process(moto.of_owner)
    objects.make_bucket(BUCKET, "us-east-1")
    objects.make_bucket(BUCKET, "us-east-1")
    objects.write(BUCKET, "folder/a key é", b"content")
    assert [bucket["Name"] for bucket in service("s3").list_buckets()["Buckets"]] == [BUCKET]
    assert service("s3").get_object(Bucket=BUCKET, Key="folder/a key é")["Body"].read() == b"content"
    assert objects.keys(BUCKET, "folder/") == ("folder/a key é",)
    assert b"".join(objects.pieces(BUCKET, "folder/a key é")) == b"content"


@pytest.mark.parametrize("form", ["application/x-www-form-urlencoded", "application/json", "text/plain", ""])
def test_a_reset_of_moto_forgets_the_account_with_any_body(fresh_world, form):
    world = fresh_world()
    world.client.create_application(ApplicationName="shop")
    signed = {"Authorization": V4.format(ACCOUNT, "s3")}
    gateway = Client(Gateway(world.app.wsgi_app, Companion(), {}))
    reset = gateway.post("/moto-api/reset", data=b"a=b", content_type=form, headers=signed, environ_base=HERE)
    assert reset.status_code == 200, reset.text
    assert world.client.describe_applications()["Applications"] == []


@pytest.mark.parametrize(
    "path",
    ["/moto-api/", "/moto-api/data.json", "/moto-api/recorder/start-recording", "//moto-api/config", "/moto-api?x"],
)
@pytest.mark.parametrize("service", ["s3", "sqs"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_moto_answers_none_of_its_own_routes(moto, path, service, method):
    refused = ask(client(moto.companion()), service, path, method=method)
    assert refused.status_code == 403
    assert "only POST /moto-api/reset is answered" in refused.text


@pytest.mark.parametrize(
    "confusing",
    [
        {"path": "/sqs_us-east-1/?Action=CreateQueue&QueueName=made"},
        {"path": "/", "X_Amz_Target": "AmazonSQS.CreateQueue", "data": b'{"QueueName": "made"}', "method": "POST"},
        {"path": "/?Action=CreateQueue&QueueName=made", "Host": "s3.amazonaws.com"},
        {"path": "/sqs_us-east-1/x", "data": b"Action=CreateQueue&QueueName=made", "method": "POST"},
        {"path": "/sqs_us-east-1/?Action=CreateQueue&QueueName=made", "service": "s3"},
    ],
)
def test_a_request_admitted_for_one_service_is_no_call_of_another(moto, service, confusing):
    gateway = Signatures(Gateway(answering("ours"), moto.companion(), {}), {"AKID": "secret"})
    ask(Client(gateway), **confusing)
    ask(client(moto.companion()), **{"method": "GET", **confusing})
    assert service("sqs").list_queues().get("QueueUrls") is None


@pytest.mark.parametrize("authorization", ["x", "Bearer", "AWS4-HMAC-SHA256 Credential=a/b", ","])
def test_an_unreadable_credential_is_no_failure_of_moto(moto, authorization):
    answer = ask(client(moto.companion()), path="/bucket/key", Host="s3.amazonaws.com", Authorization=authorization)
    assert answer.status_code in (403, 404)
    assert "<Code>" in answer.text
