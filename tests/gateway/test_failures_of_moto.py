"""Failures of moto: each is an error in the protocol of the service, which no client repeats, and never a page."""

import json
import logging
from xml.etree import ElementTree

import pytest
from werkzeug.test import Client

from beanpole.gateway.web_pages import answer_without_pages

SIGNED = "AWS4-HMAC-SHA256 Credential=123456789012/20260101/us-east-1/{}/aws4_request, SignedHeaders=host, Signature=0"
FORM, JSON = "application/x-www-form-urlencoded", "application/x-amz-json-1.0"
PAGE = b"<!doctype html>\n<html lang=en>\n<title>404 Not Found</title>"


def ask(moto, service, data="", path="/", method="POST", **headers):
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    http = Client(moto.of_service(service))
    return http.open(path, method=method, data=data, headers={"Authorization": SIGNED.format(service), **named})


def code(answer):
    document = ElementTree.fromstring(answer.data)
    return next(element.text for element in document.iter() if element.tag.rpartition("}")[2] == "Code")


@pytest.mark.parametrize("service", ["ec2", "sqs", "autoscaling", "iam"])
def test_an_unknown_action_is_invalid(moto, service):
    answer = ask(moto, service, "Action=Nonsense", Content_Type=FORM)
    assert (answer.status_code, code(answer)) == (400, "InvalidAction")


@pytest.mark.parametrize(
    ("service", "target"), [("sqs", "AmazonSQS.Nonsense"), ("dynamodb", "DynamoDB_20120810.Nonsense")]
)
def test_an_unknown_target_is_an_unknown_operation(moto, service, target):
    answer = ask(moto, service, "{}", Content_Type=JSON, X_Amz_Target=target)
    assert (answer.status_code, json.loads(answer.data)["__type"]) == (400, "UnknownOperationException")


@pytest.mark.parametrize("service", ["dynamodb", "kms"])
def test_a_document_without_a_target_is_an_unknown_operation(moto, service):
    answer = ask(moto, service, "{}", Content_Type=JSON)
    assert (answer.status_code, json.loads(answer.data)["__type"]) == (400, "UnknownOperationException")


def test_a_failure_of_moto_is_a_line_of_the_log_and_no_error_that_clients_repeat(moto, caplog):
    body = "Action=SetDesiredCapacity&AutoScalingGroupName=none&DesiredCapacity=1"
    with caplog.at_level(logging.INFO, "beanpole"):
        answer = ask(moto, "autoscaling", body, Content_Type=FORM)
    assert (answer.status_code, code(answer)) == (501, "NotImplemented")
    assert "KeyError" in answer.text
    (record,) = caplog.records
    assert (record.levelname, record.exc_info) == ("WARNING", None)


@pytest.mark.parametrize(
    ("service", "method", "path"),
    [
        ("lambda", "GET", "/2016-08-19/account-settings/"),
        ("apigateway", "GET", "/sdktypes"),
        ("xray", "POST", "/Groups"),
        ("mq", "GET", "/v1/broker-engine-types"),
    ],
)
def test_a_page_becomes_an_error_of_a_rest_service(moto, service, method, path):
    answer = ask(moto, service, path=path, method=method)
    assert (answer.status_code, answer.headers["x-amzn-ErrorType"]) == (400, "NotImplemented")
    assert service in json.loads(answer.data)["message"]


@pytest.mark.parametrize(
    ("status", "content_type", "body", "service", "is_kept"),
    [
        ("404 NOT FOUND", "text/html", PAGE, "mq", False),
        ("500 INTERNAL SERVER ERROR", "text/html; charset=utf-8", PAGE, "mq", False),
        ("404 NOT FOUND", "text/html", b"<ErrorResponse/>", "mq", True),
        ("404 NOT FOUND", "text/html", PAGE, "s3", True),
        ("200 OK", "text/html", PAGE, "mq", True),
    ],
)
def test_only_pages_of_errors_are_replaced(status, content_type, body, service, is_kept):
    def companion(environ, start_response):
        start_response(status, [("Content-Type", content_type)])
        return [body]

    answer = Client(lambda *request: answer_without_pages(companion, *request, service)).get("/path")
    assert (answer.data == body) is is_kept
    assert (answer.status_code >= 500) is status.startswith("500")
