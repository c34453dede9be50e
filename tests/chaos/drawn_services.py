"""Requests drawn at random for the doors beside Elastic Beanstalk: neighbours, other services, S3, pages, streams."""

import json
import random
from collections.abc import Callable
from typing import Any
from urllib.parse import quote, urlencode

from beanpole.neighbours.scopes import SCOPES
from beanpole.wire import spec
from beanpole.wire.spec import Member, Shape
from chaos.client import FORM
from chaos.drawn import Drawn

CALLS = [
    (scope, name, operation)
    for scope, names in SCOPES.items()
    for name in names
    for operation in spec.neighbour(name).operations
]
JSON_1_0, JSON_1_1, CBOR = "application/x-amz-json-1.0", "application/x-amz-json-1.1", "application/cbor"
SCOPES_OF_OTHERS = [
    "sqs",
    "sns",
    "events",
    "dynamodb",
    "iam",
    "sts",
    "lambda",
    "logs",
    "kms",
    "s3",
    "nobody",
    "..",
    "é",
]
NAMES = ["web-1", "awseb-web-1", "i-0123456789abcdef0", "sg-1", "*", "arn:aws:x", "e-0000000000", "awseb-e-1-stack"]
ALARMS = "GraniteServiceVersion20100801."
TARGETS = ["AmazonSQS.ListQueues", "DynamoDB_20120810.ListTables", f"{ALARMS}DescribeAlarms", "AWSEvents.PutEvents", ""]
TARGETS += [".", "A.B.C", "é.x", "AWSCognitoIdentityService.GetId", ALARMS, "x" * 3_000]
KEYS = [
    "Filter.1.Name",
    "Filter.1.Value.1",
    "MaxResults",
    "NextToken",
    "StackName",
    "InstanceId.1",
    "InstanceIds.member.1",
]
PATHS = ["/", "/bucket", "/bucket/key", "/bucket/a%2Fb/..%2f", "/%00", "/bucket?list-type=2", "/bucket?delete", "//"]
PATHS += ["/bucket/%zz", "/bucket?versions&max-keys=x", "/2015-03-31/functions/", "/moto-api/data.json"]
PATHS += ["/bucket/key?uploads&partNumber=1e9"]
HOSTS = ["s3.amazonaws.com", "bucket.s3.us-east-1.amazonaws.com", "bucket.localhost", "ec2.us-east-1.amazonaws.com"]
HOSTS += ["..", "[::1]", "localhost", "web-1.us-east-1.elasticbeanstalk.com", "x" * 300, "sts.amazonaws.com:99999"]
XML = ["<a/>", "<a>" * 400, "<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", "\ufeff<a", ""]
XML += ["<Delete><Object><Key>a</Key></Object></Delete>"]
PAYLOADS = ["UNSIGNED-PAYLOAD", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD", "0" * 64, "é", ""]
PAYLOADS += ["STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER", "STREAMING-UNSIGNED-PAYLOAD-TRAILER"]
CHUNKS = ["0;chunk-signature=" + "0" * 64, "5;chunk-signature=" + "a" * 64 + "\r\nhello", "5\r\nhello"]
CHUNKS += ["ffffffffffffffff;chunk-signature=x"]
SCOPED = "AWS4-HMAC-SHA256 Credential=AKID/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature="
SIGNED = [SCOPED + "0" * 64, "AWS AKID:c2lnbmF0dXJl", "AWS :", "Bearer x", "AWS4-ECDSA-P256-SHA256 x"]
SIGNED += ["AWS4-HMAC-SHA256 Credential=////, SignedHeaders=, Signature="]
QUERY = ["AWSAccessKeyId", "Signature", "Expires", "X-Amz-Credential", "X-Amz-Algorithm", "X-Amz-Date", "X-Amz-Expires"]
QUERY += ["X-Amz-Signature", "X-Amz-SignedHeaders", "X-Amz-Security-Token", "response-content-type", "acl"]
VALUES = [
    "AKID",
    "AWS4-HMAC-SHA256",
    "20260101T000000Z",
    "AKID/20260101/us-east-1/s3/aws4_request",
    "9" * 400,
    "-1",
    "",
]
VALUES += ["é", "%", "1970000000", "AKID/20260101/us-east-1/elasticbeanstalk/aws4_request", "\x00", "0" * 64, "host"]
BODIES = ["{}", "[]", "null", "", "{", '{"a":' * 400, "\x00", '{"AlarmNames":["a",1,null]}', '{"MaxRecords":1e400}']
DEEP = 3  # structures in structures
AFTER = ["", "0-0-0.0.0-0.0.0", "x", "9" * 16 + "-0-0.0.0-0.0.0", "é", "1-1-ffffffff.1.1-1.f.1"]
PAGES = [
    "",
    "/",
    "/environments",
    "/environments/web-1",
    "/time",
    "/faults",
    "/journal",
    "/snapshots",
    "/../..",
    "/%00",
]
PAGES += ["/static/x.js", "/é"]


class Services:
    """Draws such requests by a seed, from an account."""

    def __init__(self, chance: random.Random, account: str) -> None:
        self._chance = chance
        self._account = account
        self._kinds: list[Callable[[], Drawn]] = [self._call, self._call, self._odd_call, self._document, self._other]
        self._kinds += [self._object, self._presigned, self._chunked, self._page]

    def draw(self) -> Drawn:
        """A request."""
        return self._chance.choice(self._kinds)()

    def stream(self) -> Drawn:
        """A request for a stream of server-sent events."""
        query = {"after": AFTER, "environment": NAMES, "account": [self._account, "é", ""]}
        arguments = {name: self._pick(values) for name, values in query.items() if self._maybe(0.5)}
        more = f"Last-Event-ID: {self._pick(AFTER)}\r\n" if self._maybe(0.5) else ""
        return self._of("stream", "GET", f"/_beanpole/stream?{urlencode(arguments)}", more=more)

    def _pick(self, values: list[str]) -> str:
        return self._chance.choice(values)

    def _maybe(self, share: float) -> bool:
        return self._chance.random() < share

    def _of(self, what: str, method: str, target: str, body: bytes = b"", scope: str = "", more: str = "") -> Drawn:
        """A request; lines of its head that are in `more` stand for those that it has anyway."""
        own = {"Host": "localhost", "X-Beanpole-Token": "secret"}
        if scope:
            credential = f"Credential={self._account}/20260101/us-east-1/{scope}/aws4_request"
            own["Authorization"] = f"AWS4-HMAC-SHA256 {credential}, SignedHeaders=host, Signature=0"
        if body or method in ("POST", "PUT"):
            own |= {"Content-Type": FORM, "Content-Length": str(len(body))}
        lines = (f"{name}: {value}\r\n" for name, value in own.items() if f"{name}: " not in more)
        head = f"{method} {target} HTTP/1.1\r\n{''.join(lines)}{more}\r\n"
        door = "pages" if what == "page" else "services"
        return Drawn(what, head.encode("utf-8", "replace") + body, head=method == "HEAD", door=door)

    def _form(self, what: str, scope: str, pairs: list[tuple[str, str]]) -> Drawn:
        return self._of(what, "POST", "/", urlencode(pairs, errors="replace").encode(), scope)

    def _call(self) -> Drawn:
        scope, name, operation = self._chance.choice(CALLS)
        operation_spec = spec.neighbour(name).operation(operation)
        pairs = self._pairs(operation_spec.input.members if operation_spec and operation_spec.input else (), name)
        version = spec.neighbour(name).service.api_version
        return self._form(f"{name} {operation}", scope, [("Action", operation), ("Version", version), *pairs])

    def _odd_call(self) -> Drawn:
        scope, name, operation = self._chance.choice(CALLS)
        action = self._pick([operation, "", "é", "CreateStack", operation.lower()])
        pairs = [("Action", action), ("Version", self._pick(["", "x", "2016-11-15"]))]
        for _ in range(self._chance.randint(0, 4)):
            end = self._pick(["", ".1", ".member.9999999999999999999", ".Value", ".0", ".-1"])
            pairs.append((self._pick(KEYS) + end, self._pick([*NAMES, *VALUES])))
        return self._form(f"{name} odd", scope, pairs)

    def _pairs(self, members: tuple[Member, ...], name: str, depth: int = 0) -> list[tuple[str, str]]:
        present = [member for member in members if member.required or self._maybe(0.4)]
        return [pair for member in present for pair in self._value(member.at, member.shape, name, depth)]

    def _value(self, at: str, shape: Shape, name: str, depth: int) -> list[tuple[str, str]]:
        if depth > DEEP:
            return []
        if shape.kind == "structure":
            return [(f"{at}.{key}", value) for key, value in self._pairs(shape.members, name, depth + 1)]
        if shape.kind == "list":
            infix = "" if name == "ec2" else "member."
            places = [f"{at}.{infix}{index}" for index in range(1, self._chance.randint(1, 4))]
            return [pair for place in places for pair in self._value(place, shape.element, name, depth + 1)]
        texts = {"integer": ["0", "1", "5", "-1", "x"], "boolean": ["true", "false", "x"]}.get(shape.kind, NAMES)
        return [(at, self._pick(texts))]

    def _document(self) -> Drawn:
        more = f"X-Amz-Target: {self._pick(TARGETS)}\r\nContent-Type: {self._pick([JSON_1_0, JSON_1_1, CBOR])}\r\n"
        more += "Smithy-Protocol: rpc-v2-cbor\r\n" if self._maybe(0.2) else ""
        body = json.dumps(self._json(4)) if self._maybe(0.3) else self._pick(BODIES)
        return self._of("document", "POST", "/", body.encode(), self._pick([*SCOPES, *SCOPES_OF_OTHERS]), more)

    def _json(self, depth: int) -> Any:
        if depth == 0 or self._maybe(0.4):
            return self._chance.choice([None, True, 1, -1e308, 10**40, "é\x00", *NAMES])
        if self._maybe(0.5):
            return [self._json(depth - 1) for _ in range(self._chance.randint(0, 3))]
        keys = ["AlarmNames", "MaxRecords", "NextToken", "QueueUrl", "TableName", "Entries"]
        return {self._pick(keys): self._json(depth - 1) for _ in range(self._chance.randint(0, 3))}

    def _other(self) -> Drawn:
        action = self._pick(["ListQueues", "GetCallerIdentity", "CreateTopic", "é", ""])
        body = self._pick([urlencode({"Action": action, "Version": "2011-06-15"}), "", "&" * 200, "%"]).encode()
        host, method = f"Host: {self._pick(HOSTS)}\r\n", self._pick(["POST", "GET", "PUT"])
        return self._of("other", method, self._pick(PATHS), body, self._pick(SCOPES_OF_OTHERS), host)

    def _object(self) -> Drawn:
        method, scope = self._pick(["GET", "HEAD", "PUT", "POST", "DELETE"]), self._pick(["s3", "s3", ""])
        more = f"Host: {self._pick(HOSTS)}\r\nContent-Type: application/xml\r\n"
        return self._of("object", method, self._pick(PATHS), self._pick(XML).encode(), scope, more)

    def _presigned(self) -> Drawn:
        query = [(self._pick(QUERY), self._pick(VALUES)) for _ in range(self._chance.randint(1, 7))]
        text = "&".join(f"{name}={quote(value) if self._maybe(0.9) else value.strip(chr(0))}" for name, value in query)
        more = f"Authorization: {self._pick(SIGNED)}\r\n" if self._maybe(0.3) else ""
        method, path = self._pick(["GET", "HEAD", "PUT"]), self._pick(["/", "/bucket/key", "/bucket"])
        return self._of("presigned", method, f"{path}?{text}", more=more)

    def _chunked(self) -> Drawn:
        length = self._pick(["5", "-1", "x", "9" * 40])
        more = f"X-Amz-Content-SHA256: {self._pick(PAYLOADS)}\r\nX-Amz-Decoded-Content-Length: {length}\r\n"
        more += "Content-Encoding: aws-chunked\r\n" if self._maybe(0.5) else ""
        more += f"Authorization: {self._pick(SIGNED)}\r\nX-Amz-Date: 20260101T000000Z\r\n"
        body = "\r\n".join(self._pick(CHUNKS) for _ in range(self._chance.randint(0, 3))).encode()
        return self._of("chunked", "PUT", "/bucket/key", body, more=more)

    def _page(self) -> Drawn:
        method = self._pick(["GET", "HEAD", "POST"])
        return self._of("page", method, "/_beanpole/console" + quote(self._pick(PAGES), safe="/%."))
