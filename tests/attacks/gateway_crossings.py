"""A way to cross each limit of what is passed on to other services."""

from collections.abc import Callable, Iterable
from io import BytesIO
from types import SimpleNamespace
from typing import Any
from xml.etree import ElementTree

from werkzeug.test import Client

from beanpole.command.connections import Head
from beanpole.gateway import gateway, remote
from beanpole.gateway.companion import Companion
from beanpole.gateway.gateway import Gateway
from beanpole.gateway.remote import Remote
from beanpole.gateway.signatures import Signatures
from beanpole.model.environment.ingress import Ingress
from beanpole.neighbours import datapoints, ingress
from beanpole.neighbours.app import neighbour
from beanpole.neighbours.metrics import MINUTE, Metric
from beanpole.tables import limits
from beanpole.testing import Beanstalk
from beanpole.wire.errors import ProtocolError

Answer = tuple[str | int | None, str]
SIGNED = "AWS4-HMAC-SHA256 Credential=key/20260101/us-east-1/{}/aws4_request, SignedHeaders=host, Signature=00"


def ours(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """The API, which says that it is called."""
    start_response("200 OK", [])
    return [b"ours"]


def theirs(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """A companion, which says that it is called."""
    start_response("200 OK", [])
    return [b"theirs"]


def client(companion: Any = theirs) -> Client:
    return Client(Gateway(ours, Companion(companion), {}))


def refused(answer: Any) -> Answer:
    """The answer to a call of S3, which must be a refusal."""
    error = ElementTree.fromstring(answer.data)
    return f"{answer.status_code} {error.findtext('Code')}", error.findtext("Message") or ""


def many_calls_of_companions() -> Answer:
    count = 0
    while gateway._CALLS.acquire(blocking=False):
        count += 1
    try:
        assert count == limits.most("companion_calls")
        return refused(client().get("/bucket", headers={"Authorization": SIGNED.format("s3")}, buffered=True))
    finally:
        gateway._CALLS.release(count)


def many_rules_of_a_security_group() -> Answer:
    most = limits.most("security_group_rules")
    rules = [Ingress("group", "tcp", port, port, "cidr", "0.0.0.0/0") for port in range(most + 1)]
    ingress.refuse_too_many(rules[:most])
    try:
        ingress.refuse_too_many(rules)
    except ProtocolError as error:
        return f"{error.status} {error.code}", error.message
    return None, "nothing is refused"


def many_datapoints() -> Answer:
    most = limits.most("metric_datapoints")

    def ask(minutes: int) -> None:
        request: Any = SimpleNamespace(
            **dict.fromkeys(("dimensions", "unit", "statistics", "extended_statistics")),
            namespace="AWS/ElasticBeanstalk",
            metric_name="EnvironmentHealth",
            period=60,
            start_time=0,
            end_time=minutes * MINUTE,
        )
        nobody: Any = ()
        datapoints.statistics(nobody, request, [])

    ask(most)
    try:
        ask(most + 1)
    except ProtocolError as error:
        return f"{error.status} {error.code}", error.message
    return None, "nothing is refused"


def many_periods() -> Answer:
    most = limits.most("metric_periods")

    def ask(periods: int) -> None:
        stat: Any = SimpleNamespace(period=60, metric=SimpleNamespace(namespace="mine", metric_name="", dimensions=()))
        queries = [SimpleNamespace(id=name, metric_stat=stat, expression=None, return_data=None) for name in ("a", "b")]
        request: Any = SimpleNamespace(metric_data_queries=queries, start_time=0, end_time=periods // 2 * MINUTE)
        nobody: Any = ()
        list(datapoints.data(nobody, request))

    ask(most)
    try:
        ask(most + 2)
    except ProtocolError as error:
        return f"{error.status} {error.code}", error.message
    return None, "nothing is refused"


def a_long_time_of_a_metric_is_looked_at_in_part() -> None:
    most = limits.most("metric_samples")
    metric = Metric("own", "own", (), "None", 0, lambda at: 1.0)
    for minutes, step in ((most, 1), (2 * most, 2)):
        points = datapoints.points_of(metric, 0, minutes * MINUTE, MINUTE, minutes * MINUTE)
        assert [point.at for point in points] == [step * MINUTE * index for index in range(most)]


def an_endless_list_of_a_companion_is_read_in_part() -> None:
    calls: list[bytes] = []

    def endless(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        calls.append(environ["wsgi.input"].read())
        start_response("200 OK", [("Content-Type", "application/x-amz-json-1.1")])
        return [b'{"logGroups": [{"logGroupName": "one"}], "nextToken": "more"}']

    world, most = Beanstalk(), limits.most("companion_pages")
    client_of_logs = Client(neighbour("logs", world.store, world.catalog, endless))
    headers = {"X-Amz-Target": "Logs_20140328.DescribeLogGroups", "Authorization": SIGNED.format("logs")}
    answer = client_of_logs.post("/", data=b'{"limit": 50}', headers=headers)
    assert len(answer.get_json(force=True)["logGroups"]) == 50
    assert (len(calls), calls[1]) == (most, b'{"nextToken":"more"}')


def a_late_companion() -> Answer:
    class Late(Remote):
        def _send(self, connection: Any, environ: dict[str, Any]) -> Any:
            raise TimeoutError

    assert limits.most("companion_seconds") == remote.SECONDS
    late = client(Late("http://127.0.0.1:9"))
    return refused(late.get("/bucket", headers={"Authorization": SIGNED.format("s3")}, buffered=True))


def long_fields_of_a_posted_form() -> Answer:
    server, most = Client(Signatures(client().application, {"key": "secret"})), limits.most("post_fields")
    file = (BytesIO(b"x" * (most + 1)), "file")
    form = {"key": "k", "policy": "x" * (most - len("keykpolicy")), "file": file}
    assert "AccessDenied" in server.post("/bucket", data=dict(form), buffered=True).text  # it has no signature
    form |= {"policy": f"{form['policy']}x", "file": (BytesIO(b""), "file")}
    return refused(server.post("/bucket", data=form, buffered=True))


def a_long_unsigned_form_is_not_looked_into() -> None:
    form, most = "Version=2011-06-15&Action=AssumeRoleWithSAML&SAMLAssertion=", limits.most("unsigned_form")
    for length, who in ((most, b"theirs"), (most + 1, b"ours")):
        body = form + "x" * (length - len(form))
        sent = client().post("/", data=body, content_type="application/x-www-form-urlencoded", buffered=True)
        assert sent.data == who


def a_long_upload_is_refused_before_it_is_read() -> None:
    class Bounds:
        max_request_header_size, inbuf_overflow, url_scheme = 1 << 16, 1 << 16, "http"
        max_request_body_size = limits.most("state_body")

    for service, most in (("s3", limits.most("companion_body")), ("elasticbeanstalk", limits.most("state_body"))):
        for length, is_refused in ((most - 1, False), (most, True)):
            head = Head(Bounds())
            signed = SIGNED.format(service)
            head.received(f"PUT /b HTTP/1.1\r\nAuthorization: {signed}\r\nContent-Length: {length}\r\n\r\n".encode())
            assert (head.error is not None) is is_refused


REFUSED: dict[str, Callable[[], Answer]] = {
    "post_fields": long_fields_of_a_posted_form,
    "companion_calls": many_calls_of_companions,
    "security_group_rules": many_rules_of_a_security_group,
    "metric_datapoints": many_datapoints,
    "metric_periods": many_periods,
    "companion_seconds": a_late_companion,
}
HAD: dict[str, Callable[[], None]] = {
    "unsigned_form": a_long_unsigned_form_is_not_looked_into,
    "companion_body": a_long_upload_is_refused_before_it_is_read,
    "companion_pages": an_endless_list_of_a_companion_is_read_in_part,
    "metric_samples": a_long_time_of_a_metric_is_looked_at_in_part,
}
