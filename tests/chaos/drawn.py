"""Requests drawn at random: all operations and control routes, sensible, odd and broken; and bytes that are no HTTP."""

import json
import random
from collections.abc import Callable
from typing import Any, NamedTuple
from urllib.parse import quote, urlencode

from beanpole.model.faults.table import FAULTS
from beanpole.operations import HANDLERS
from beanpole.wire import spec
from beanpole.wire.spec import Shape
from chaos.client import FORM, JSON, request
from control.rooms import METHODS, ROOMS
from operations.flat import flat
from operations.pools import OPTIONS, POOLS

OPERATIONS = sorted(HANDLERS)
ODD = [
    "",
    " ",
    "null",
    "None",
    "\x00",
    "\ufffe",
    "é" * 64,
    "9" * 5_000,
    "-1",
    "1e999",
    "NaN",
    "%",
    "<&>]]>",
    "../..",
    "a" * 256 + "_",
]
TIMES = ["2026-01-01T00:00:00Z", "20260201T000000Z", "0", "9" * 30, "2026-13-45T99:99:99Z", "0001-01-01T00:00:00+23:59"]
WORDS = ["mode", "speed", "now", "seed", "seconds", "to", "until", "environment", "status", "within", "what", "where"]
WORDS += ["times", "step", "operation", "instance", "services", "percent", "code", "regions", "us-east-1", "plans"]
VALUES: list[Any] = ["manual", "wall", "instant", "Ready", "web-1", "2026-01-01T00:00:00Z", "9" * 400, 10**400, -1]
VALUES += [None, True, 0, 1, 0.001, 1e308, "", "é\x00", [], {}, *FAULTS]
TARGETS = ["/_beanpole/environments/{}/fleet", "/_beanpole/cnames/{}", "/_beanpole/{}", "/{}", "/logs/{}"]
HEADERS = ["Authorization", "Content-Type", "Accept", "Origin", "Referer", "Host", "Idempotency-Key", "X-Amz-Date"]
HEADERS += ["X-Beanpole-Token", "Sec-Fetch-Site", "Transfer-Encoding", "Expect", "Connection", "Content-Encoding"]


class Drawn(NamedTuple):
    """A request; `framed` says that its end is where it says, so that its connection goes on.

    `door` is whom it calls: nothing for the API and the control routes, `services`, or `pages`.
    """

    what: str
    sent: bytes
    framed: bool = True
    head: bool = False
    door: str = ""


class Generator:
    """Draws requests of one account by a seed; `state` is an exported world of it."""

    def __init__(self, seed: int, account: str, state: bytes) -> None:
        self._chance = random.Random(seed)
        self._account = account
        self._state = state
        self._kinds: list[Callable[[], Drawn]] = [self._operation, self._odd_operation, self._odd_query]
        self._kinds += [self._control, self._odd_control, self._odd_head]

    def framed(self) -> Drawn:
        """A request after which the connection goes on."""
        return self._chance.choice(self._kinds)()

    def broken(self) -> Drawn:
        """Bytes that are no request, or not all of one."""
        return Drawn("bytes", self._chance.choice(BROKEN)(self._chance), framed=False)

    def _operation(self) -> Drawn:
        name = self._chance.choice(OPERATIONS)
        shape = _input(name)
        pairs = flat(self._structure(shape, 0)) if shape else []
        return self._call(name, pairs)

    def _odd_operation(self) -> Drawn:
        name = self._chance.choice(OPERATIONS)
        shape = _input(name)
        pairs = flat(self._structure(shape, 0)) if shape else []
        for _ in range(self._chance.randint(1, 3)):
            key = self._chance.choice(pairs)[0] if pairs and self._chance.random() < 0.8 else self._key()
            pairs.append((key, self._text()))
        self._chance.shuffle(pairs)
        return self._call(name, pairs)

    def _call(self, name: str, pairs: list[tuple[str, str]]) -> Drawn:
        form = [("Action", name), ("Version", "2010-12-01"), *pairs]
        if self._chance.random() < 0.3:
            form.append(("ContentType", "JSON"))
        text = urlencode(form, errors="replace")
        if self._chance.random() < 0.1 and len(text) < 5_000:
            return Drawn(name, request("GET", f"/?{text}", account=self._account))
        return Drawn(name, request("POST", "/", text.encode(), account=self._account))

    def _odd_query(self) -> Drawn:
        body = self._chance.choice(
            [
                lambda: self._chance.randbytes(self._chance.randint(0, 200)),
                lambda: f"Action={quote(self._text())}&Version={quote(self._text())}".encode(),
                lambda: b"Action=" + self._chance.choice(OPERATIONS).encode() + b"&" + self._key().encode() + b"=1",
                lambda: b"Action=DescribeEvents&" + b"%" * self._chance.randint(1, 300),
                lambda: b"Action=UpdateEnvironment" + b"&a=" * self._chance.randint(1, 300),
            ]
        )()
        kind = self._chance.choice([FORM, FORM, JSON, "text/plain", "multipart/form-data; boundary=x", "é"])
        return Drawn("query", request("POST", "/", body, kind, self._account))

    def _key(self) -> str:
        return self._chance.choice(
            [
                lambda: "a" * self._chance.choice([1, 300, 20_000]),
                lambda: "OptionSettings.member." + "9" * self._chance.choice([1, 18, 19, 400]) + ".Value",
                lambda: "Tags" + ".member.1" * self._chance.choice([1, 2, 500]),
                lambda: "OptionSettings.member.-1.Value",
                lambda: "".join(chr(self._chance.randint(1, 255)) for _ in range(8)),
            ]
        )()

    def _control(self) -> Drawn:
        method, room, body = self._chance.choice(CONTROL)(self._chance)
        sent = json.dumps(body).encode() if body is not None else b""
        return Drawn(f"{method} {room}", request(method, f"/_beanpole/{room}", sent, JSON, self._account))

    def _odd_control(self) -> Drawn:
        method = self._chance.choice(METHODS)
        if self._chance.random() < 0.1:
            return Drawn("PUT state", request("PUT", "/_beanpole/state", self._spoilt(), JSON, self._account))
        if self._chance.random() < 0.3:
            target = self._chance.choice(TARGETS).format(quote(self._text(), safe=""))
        else:
            target = f"/_beanpole{self._chance.choice(ROOMS)}?{urlencode({self._word(): self._text()[:300]})}"
        body = self._chance.choice([lambda: self._chance.randbytes(40), lambda: _dumped(self._json(3))])()
        return Drawn("control", request(method, target, body, JSON, self._account), head=method == "HEAD")

    def _odd_head(self) -> Drawn:
        value = self._text().replace("\r", "").replace("\n", "").replace("\x00", "")[:5_000]
        name = self._chance.choice([name for name in HEADERS if name != "Transfer-Encoding"])
        body = b"Action=DescribeApplications&Version=2010-12-01"
        more = f"{name}: {value}\r\n"
        target = self._chance.choice(["/", "/_beanpole/clock", "/_beanpole/health"])
        method = "POST" if target == "/" else "GET"
        return Drawn("head", request(method, target, body if method == "POST" else b"", more=more))

    def _spoilt(self) -> bytes:
        state = json.loads(self._state)
        for _ in range(self._chance.randint(1, 3)):
            at: Any = state
            while isinstance(at, dict | list) and at:
                key = self._chance.choice(list(at) if isinstance(at, dict) else range(len(at)))
                if not isinstance(at[key], dict | list) or not at[key] or self._chance.random() < 0.1:
                    at[key] = self._json(2)
                    break
                at = at[key]
        return _dumped(state)

    def _json(self, depth: int) -> Any:
        kind = self._chance.random()
        if depth == 0 or kind < 0.5:
            return self._chance.choice(VALUES)
        if kind < 0.7:
            return [self._json(depth - 1) for _ in range(self._chance.randint(0, 3))]
        return {self._word(): self._json(depth - 1) for _ in range(self._chance.randint(0, 4))}

    def _word(self) -> str:
        return self._chance.choice(WORDS)

    def _text(self) -> str:
        if self._chance.random() < 0.5:
            return self._chance.choice(ODD)
        return "".join(chr(self._chance.choice([9, 10, 32, 65, 97, 0x7F, 0xE9, 0x202E])) for _ in range(9))

    def _structure(self, shape: Shape, depth: int) -> dict[str, Any]:
        return {
            member.name: self._value(member.shape, depth + 1)
            for member in shape.members
            if member.required or self._chance.random() < 0.3
        }

    def _value(self, shape: Shape, depth: int) -> Any:
        if shape.name in ("ConfigurationOptionSetting", "OptionSpecification"):
            namespace, name, values = self._chance.choice(OPTIONS)
            pair = {"Namespace": namespace, "OptionName": name}
            return pair if shape.name == "OptionSpecification" else pair | {"Value": self._chance.choice(values)}
        if shape.name in POOLS:
            return self._chance.choice(POOLS[shape.name])
        match shape.kind:
            case "structure":
                return self._structure(shape, depth)
            case "list":
                return [self._value(shape.element, depth) for _ in range(self._chance.randint(shape.min or 0, 3))]
            case "integer" | "long":
                return self._chance.choice([0, 1, 2, 50, shape.min or 1, shape.max or 100])
            case "boolean":
                return self._chance.choice(["true", "false"])
            case "timestamp":
                return self._chance.choice(TIMES)
            case _:
                return self._chance.choice(shape.enum) if shape.enum else "x" * max(shape.min or 1, 1)


def _input(name: str) -> Shape | None:
    operation = spec.load().operation(name)
    return operation.input if operation else None


def _dumped(document: Any) -> bytes:
    return json.dumps(document).encode()


Control = Callable[[random.Random], tuple[str, str, Any]]
CONTROL: list[Control] = [
    lambda _: ("GET", "health", None),
    lambda _: ("GET", "clock", None),
    lambda _: ("GET", "state", None),
    lambda _: ("GET", "faults", None),
    lambda _: ("GET", "environments/web-1/fleet", None),
    lambda _: ("GET", "cnames/taken", None),
    lambda chance: ("POST", "reset", None) if chance.random() < 0.2 else ("GET", "clock", None),
    lambda chance: ("PUT", "clock", {"mode": chance.choice(["wall", "manual", "manual"])}),
    lambda chance: ("PUT", "clock", {"speed": chance.choice([1, 1_000_000, "instant"]), "seed": chance.randint(0, 9)}),
    lambda chance: ("POST", "clock/advance", {"seconds": chance.choice([0, 1, 60, 900])}),
    lambda _: ("POST", "clock/advance", {"until": {"environment": "web-1", "status": "Ready", "within": 900}}),
    lambda chance: ("POST", "faults", {"what": chance.choice(list(FAULTS)), "times": chance.randint(1, 3)}),
    lambda chance: ("POST", "faults", {"what": "delay", "seconds": 0.001, "times": chance.randint(1, 3)}),
    lambda _: ("POST", "faults", {"what": "refuse", "code": "Throttling", "message": "Rate exceeded", "times": 1}),
    lambda _: ("DELETE", "faults", None),
]
POST = b"POST / HTTP/1.1\r\nHost: localhost\r\n"
CHUNKED = POST + b"Transfer-Encoding: chunked\r\n\r\n"
CHUNKS = [b"ZZ", b"-1", b"", b"f" * 40, b"0x1", b"1;" + b"a" * 9_000]
ENDS = [b"", b"XX", b"\n", b"\r\n0\r\n", b"\r\n0\r\nX: \x00\r\n\r\n"]
LENGTHS = [b"-1", b"x", b"", b"9" * 40, b"+5", b"1,1"]
FIRST = [b"GET", b"get / http/1.1", b"GET / HTTP/9.9", b"GET  /  HTTP/1.1", b"\x16\x03\x01\x02"]
PLACES = [b"http://[::1", b"*", b"//", b"/%zz%00", b"http://a:b@c:d/"]
LONG = [9, 70_000, 300_000]
BROKEN: list[Callable[[random.Random], bytes]] = [
    lambda chance: chance.randbytes(chance.randint(1, 300)) + b"\r\n\r\n",
    lambda chance: POST + chance.randbytes(chance.randint(1, 300)) + b"\r\n\r\n",
    lambda chance: CHUNKED + chance.choice(CHUNKS) + b"\r\nx\r\n",
    lambda chance: CHUNKED + b"5\r\nhello" + chance.choice(ENDS),
    lambda _: POST + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    lambda chance: POST + b"Content-Length: " + chance.choice(LENGTHS) + b"\r\n\r\nhello",
    lambda _: POST + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello!",
    lambda chance: POST + b"Content-Length: 1000\r\n\r\n" + chance.randbytes(9),
    lambda chance: POST + b"X: " + b"a" * chance.choice(LONG) + b"\r\nY\r\n : folded\r\n\r\n",
    lambda chance: b"GET /" + b"a" * chance.choice(LONG) + b" HTTP/1.1\r\n\r\n",
    lambda chance: chance.choice(FIRST) + b"\r\n\r\n",
    lambda chance: b"GET " + chance.choice(PLACES) + b" HTTP/1.1\r\n\r\n",
    lambda _: b"GET /_beanpole/clock HTTP/1.1\nHost: localhost\n\n",
    lambda _: POST + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
    lambda _: POST + b"Expect: 100-continue\r\nContent-Length: 5\r\n\r\nhello",
    lambda _: POST,
]
