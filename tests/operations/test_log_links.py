"""The links under which logs are read: signed, short-lived, and of nothing else."""

from io import BytesIO
from urllib.parse import parse_qs, quote, urlsplit
from xml.etree import ElementTree
from zipfile import ZipFile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from examples import examples
from operations.log_requests import fleet
from options import SINGLE, option


@pytest.fixture(scope="module")
def http(http_of):
    """A plain HTTP client of a world without anything in it."""
    return http_of()


def test_a_link_is_presigned_in_the_accounts_bucket(shop, launch, sample):
    launch(OptionSettings=[SINGLE])
    (item,) = sample()
    link = urlsplit(item["Message"])
    bucket, *_, name = link.path.strip("/").split("/")
    assert link.netloc == "elasticbeanstalk.us-east-1.amazonaws.com"
    assert bucket == "elasticbeanstalk-us-east-1-123456789012"
    assert name == f"TailLogs-{round(item['SampleTimestamp'].timestamp() * 1000)}.out"
    query = parse_qs(link.query)
    assert query["X-Amz-Expires"] == ["900"]
    assert len(query["X-Amz-Signature"][0]) == 64


def error(answer):
    assert answer.content_type == "application/xml"
    return answer.status_code, ElementTree.fromstring(answer.text).findtext("Code")


def test_a_link_lasts_a_quarter_of_an_hour(shop, launch, sample, fetch):
    launch(OptionSettings=[SINGLE])
    (item,) = sample()
    shop.advance(840)
    assert fetch(item["Message"]).status_code == 200
    shop.advance(60)
    assert error(fetch(item["Message"])) == (403, "AccessDenied")
    (again,) = sample()
    assert fetch(again["Message"]).status_code == 200
    assert error(fetch(item["Message"])) == (404, "NoSuchKey")


def immutable_update_fails(shop, request):
    """Version v2 fails on its first new instance; the bundles that are retrieved then."""
    fault = {"what": "command-fails", "where": {"operation": "UpdateEnvironment"}}
    assert shop.app.test_client().post("/_beanpole/faults?account=123456789012", json=fault).status_code == 201
    shop.client.update_environment(EnvironmentName="web1", **request)
    shop.until_ready("web1")
    parameters = {"EnvironmentName": "web1", "InfoType": "bundle"}
    return shop.client.retrieve_environment_info(**parameters)["EnvironmentInfo"]


@pytest.mark.parametrize(
    ("policy", "request_"),
    [
        (option("aws:elasticbeanstalk:command", "DeploymentPolicy", "Immutable"), {"VersionLabel": "v2"}),
        (
            option("aws:autoscaling:updatepolicy:rollingupdate", "RollingUpdateType", "Immutable"),
            {"OptionSettings": [option("aws:autoscaling:launchconfiguration", "InstanceType", "t3.small")]},
        ),
    ],
)
def test_the_logs_of_an_immutable_update_that_failed_last_an_hour(shop, launch, fetch, policy, request_):
    enabled = option("aws:autoscaling:updatepolicy:rollingupdate", "RollingUpdateEnabled", "true")
    immutable = option("aws:autoscaling:updatepolicy:rollingupdate", "RollingUpdateType", "Immutable")
    launch(OptionSettings=[SINGLE, enabled, immutable, policy])
    (item,) = immutable_update_fails(shop, request_)
    assert item["Ec2InstanceId"] not in fleet(shop)
    assert parse_qs(urlsplit(item["Message"]).query)["X-Amz-Expires"] == ["3600"]
    sampled = item["SampleTimestamp"].timestamp()
    shop.advance(sampled + 3599 - shop.now / 1000)
    answer = fetch(item["Message"])
    with ZipFile(BytesIO(answer.data)) as archive:
        assert b"[ERROR]" in archive.read("var/log/eb-engine.log")
    shop.advance(2)
    assert "Request has expired" in fetch(item["Message"]).text


def test_an_immutable_update_that_is_aborted_leaves_no_logs(shop, launch):
    launch(OptionSettings=[SINGLE, option("aws:elasticbeanstalk:command", "DeploymentPolicy", "Immutable")])
    shop.client.update_environment(EnvironmentName="web1", VersionLabel="v2")
    shop.advance(150)
    shop.client.abort_environment_update(EnvironmentName="web1")
    shop.until_ready("web1")
    parameters = {"EnvironmentName": "web1", "InfoType": "bundle"}
    assert shop.client.retrieve_environment_info(**parameters)["EnvironmentInfo"] == []


def test_nobody_reads_without_the_signature(shop, launch, sample, fetch):
    launch(OptionSettings=[SINGLE])
    (item,) = sample()
    path, _, query = item["Message"].partition("?")
    assert error(fetch(path)) == (403, "AccessDenied")
    secret = parse_qs(query)["X-Amz-Signature"][0]
    for wrong in ("", secret[:-1], secret[::-1], "ü", "\x00"):
        assert error(fetch(f"{path}?X-Amz-Signature={wrong}")) == (403, "SignatureDoesNotMatch")
    assert fetch(f"{path}?X-Amz-Signature={secret}").status_code == 200


def test_what_is_not_there_is_not_there(shop, launch, sample, fetch):
    launch(OptionSettings=[SINGLE])
    (item,) = sample()
    (instance,) = fleet(shop)
    for part, other in (
        (instance, "i-nobody"),
        ("/e-", "/x-"),
        ("TailLogs-", "TailLogs-9"),
        ("us-east-1-1", "eu-west-1-1"),
        ("123456789012/", "999999999999/"),
        ("logs/tail", "logs/bundle"),
        (instance, "%01%3Cb%3E%FF"),
    ):
        assert error(fetch(item["Message"].replace(part, other, 1))) == (404, "NoSuchKey")


@examples(150)
@given(
    parts=st.lists(st.text(max_size=12) | st.sampled_from(["tail", "..", "%2F", "\x00"]), min_size=4, max_size=4),
    query=st.text(max_size=20),
)
def test_whatever_is_asked_of_the_bucket_is_refused_in_a_document(http, parts, query):
    path = "/".join(quote(part, safe="") for part in parts)
    address = f"/elasticbeanstalk-us-east-1-123456789012/resources/environments/logs/{path}"
    answer = http.get(f"{address}?X-Amz-Signature={quote(query)}")
    assert answer.status_code in (403, 404)
    assert ElementTree.fromstring(answer.text).tag.rpartition("}")[2] in ("Error", "ErrorResponse")


def test_other_paths_and_methods_are_answered_as_ever(shop, launch, sample, fetch):
    launch(OptionSettings=[SINGLE])
    (item,) = sample()
    for url in (item["Message"].replace("elasticbeanstalk-us", "mybucket-us"), "/elasticbeanstalk-us-east-1-1/x"):
        answer = fetch(url)
        assert (answer.status_code, answer.content_type) == (404, fetch("/nowhere").content_type)
        assert answer.text.startswith("<ErrorResponse")
    head = fetch(item["Message"], "HEAD")
    assert (head.status_code, head.data, head.content_type) == (200, b"", "text/plain")
    assert int(head.headers["Content-Length"]) == len(fetch(item["Message"]).data)
    assert fetch(item["Message"], "POST").status_code == 405


def test_the_control_token_does_not_guard_logs(shop, launch, sample):
    from beanpole.api.app import create_app

    launch(OptionSettings=[SINGLE])
    (item,) = sample()
    guarded = create_app(shop.store, shop.catalog, control_token="bean").test_client()
    assert guarded.get("/_beanpole/clock").status_code == 401
    assert guarded.get(item["Message"]).status_code == 200
