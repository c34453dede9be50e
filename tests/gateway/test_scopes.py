"""Which service a request calls: by its credential's scope, else by its Host, else by its form."""

import pytest

from beanpole.gateway import scopes

V4 = "AWS4-HMAC-SHA256 Credential=123456789012/20260101/{}, SignedHeaders=host, Signature=00"
LOG = "/elasticbeanstalk-us-east-1-123456789012/resources/environments/logs/tail/e-abcdefghij/i-0/TailLogs-1.out"
PRESIGNED = "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=key%2F20260101%2Fus-east-1%2F{}%2Faws4_request"


def service(path="/", query="", **headers):
    environ = {"REQUEST_METHOD": "GET", "PATH_INFO": path, "QUERY_STRING": query, "HTTP_HOST": "localhost:5770"}
    return scopes.service(environ | {f"HTTP_{name.upper()}": value for name, value in headers.items()})


@pytest.mark.parametrize(
    ("scope", "named"),
    [
        ("us-east-1/elasticbeanstalk/aws4_request", scopes.OURS),
        ("us-east-1/s3/aws4_request", "s3"),
        ("us-east-1/EC2/aws4_request", "ec2"),
        ("s3/aws4_request", "s3"),  # Version 4A names no region
        ("us-east-1/a b/aws4_request", None),
        ("nonsense", None),
    ],
)
def test_the_scope_of_a_header_names_the_service(scope, named):
    assert service(authorization=V4.format(scope)) == named
    assert service(authorization=V4.format(scope), host="sqs.us-east-1.amazonaws.com") == (named or "sqs")


def test_the_scope_of_a_query_names_the_service():
    assert service("/bucket/key", PRESIGNED.format("s3")) == "s3"
    assert service("/", PRESIGNED.format("sts")) == "sts"
    assert service("/", PRESIGNED.format("elasticbeanstalk")) == scopes.OURS


def test_version_2_signs_for_s3_unless_it_names_an_operation():
    assert service("/bucket/key", authorization="AWS key:signature") == "s3"
    assert service("/bucket/key", "AWSAccessKeyId=key&Signature=x&Expires=1") == "s3"
    assert service("/", "Action=DescribeEnvironments&AWSAccessKeyId=key&Signature=x&SignatureVersion=2") is None
    assert service("/", "Operation=DescribeEnvironments&AWSAccessKeyId=key&Signature=x") is None


@pytest.mark.parametrize(
    ("host", "named"),
    [
        ("s3.amazonaws.com", "s3"),
        ("s3.eu-central-1.amazonaws.com", "s3"),
        ("s3-eu-west-1.amazonaws.com", "s3"),
        ("my.bucket.s3.dualstack.us-gov-west-1.amazonaws.com", "s3"),
        ("bucket.s3.cn-north-1.amazonaws.com.cn", "s3"),
        ("bucket.s3.localhost:5770", "s3"),
        ("sts.amazonaws.com", "sts"),
        ("sqs.us-east-1.amazonaws.com", "sqs"),
        ("dsql.us-east-1.api.aws", "dsql"),
        ("elasticbeanstalk.us-east-1.amazonaws.com", scopes.OURS),
        ("localhost", None),
        ("[::1]:5770", None),
        ("shop.us-east-1.elasticbeanstalk.com", scopes.OURS),
        ("shop-123.us-east-1.elb.amazonaws.com", scopes.OURS),
        ("203.0.113.7", scopes.OURS),
        ("[broken", None),
    ],
)
def test_the_service_of_a_request_without_credential_follows_from_its_host(host, named):
    assert service(host=host) == named


def test_the_service_of_a_call_without_credential_follows_from_its_form():
    assert service(query="Action=AssumeRoleWithWebIdentity&Version=2011-06-15") == "sts"
    assert service(x_amz_target="AWSCognitoIdentityProviderService.SignUp") == "cognito-idp"
    assert service(query="Action=DescribeEnvironments&Version=2010-12-01") is None


def test_our_own_routes_are_ours_with_any_signature():
    assert service("/_beanpole/health", authorization=V4.format("us-east-1/s3/aws4_request")) == scopes.OURS
    assert service("/_beanpole", host="s3.amazonaws.com") == scopes.OURS
    assert service(LOG, PRESIGNED.format("s3")) == scopes.OURS
    assert service("/moto-api/reset") == scopes.OURS
    assert service(LOG.replace("logs", "other"), PRESIGNED.format("s3")) == "s3"


def test_a_bucket_is_found_in_the_host():
    buckets = {
        host: scopes.bucket_of_host({"HTTP_HOST": host}, frozenset({"beanpole"}))
        for host in (
            *("bucket.s3.amazonaws.com", "bucket.s3.us-east-1.amazonaws.com", "my.bucket.localhost:5770"),
            *("bucket.s3.localhost", "bucket.beanpole:5770", "s3.amazonaws.com", "localhost", "127.0.0.1"),
            *("beanpole:5770", "s3.localhost"),
        )
    }
    assert list(buckets.values()) == ["bucket", "bucket", "my.bucket", "bucket", "bucket", *[None] * 5]


@pytest.mark.parametrize(
    ("environ", "target"),
    [
        ({"REQUEST_URI": "/a%20b?c=%20"}, "/a%20b?c=%20"),
        ({"REQUEST_URI": "http://localhost:5770/a%20b?c"}, "/a%20b?c"),
        ({"REQUEST_URI": "http://localhost:5770"}, "/"),
        ({"PATH_INFO": "/a b", "QUERY_STRING": "c=d"}, "/a%20b?c=d"),
        ({}, "/"),
    ],
)
def test_path_and_query_are_those_of_the_client(environ, target):
    assert scopes.target(environ) == target
