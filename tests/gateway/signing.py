"""Requests that botocore signs, and a server that checks signatures."""

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from werkzeug.test import Client

from beanpole.gateway.signatures import Signatures

KEYS = {"AKIDEXAMPLE": "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"}
URL = "http://localhost:5770"


def application(environ, start_response):
    """The application behind, which reads the body."""
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"passed ", environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))]


APP = Signatures(application, KEYS)


def send(url=f"{URL}/", method="POST", data=b"", headers=None, app=APP):
    """The answer to a request, sent unchanged."""
    path = url.removeprefix(URL)
    environ = {"REQUEST_URI": path}
    return Client(app).open(
        path, method=method, data=data, headers=headers or {}, base_url=URL, environ_overrides=environ, buffered=True
    )


def signed(auth=SigV4Auth, service="elasticbeanstalk", key="AKIDEXAMPLE", secret=None, **request):
    """A request, signed by botocore."""
    aws_request = AWSRequest(**{"method": "POST", "url": f"{URL}/", "data": b"", "headers": {}} | request)
    aws_request.headers["Host"] = "localhost:5770"
    credentials = Credentials(key, secret or KEYS.get(key, "secret"))
    auth(credentials, service, "us-east-1").add_auth(aws_request)
    aws_request.url, aws_request.method = aws_request.url, aws_request.method
    return aws_request


def answer_to(request, **changed):
    parts = {"url": request.url, "method": request.method, "data": request.data, "headers": dict(request.headers)}
    return send(**(parts | changed))
