"""A service on an embedded store, called in process; every answer is compared with the OpenAPI document."""

from dataclasses import dataclass
from functools import cache
from typing import Any

import yaml
from flask.testing import FlaskClient
from jsonschema import Draft202012Validator
from werkzeug.test import TestResponse

from beanpole.api.app import create_app
from beanpole.catalog import catalog
from beanpole.model.time.clock import Clock, Target
from beanpole.store.connection import embedded
from beanpole.store.store import Store
from beanpole.tables import api_spec
from beanpole_workers.play import manual
from environments import STACK

ACCOUNT = "111111111111"


@cache
def document() -> dict[str, Any]:
    """The OpenAPI document."""
    read: dict[str, Any] = yaml.load((api_spec.directory() / "control.yaml").read_bytes(), yaml.CSafeLoader)
    return read


def operations() -> dict[tuple[str, str], dict[str, Any]]:
    """Every operation of the document by method and path."""
    verbs = ("get", "put", "post", "delete")
    paths = document()["paths"].items()
    return {(verb.upper(), path): item[verb] for path, item in paths for verb in verbs if verb in item}


def deref(item: dict[str, Any]) -> dict[str, Any]:
    """The object that a reference of the document points to."""
    if "$ref" not in item:
        return item
    part_of_document: Any = document()
    for part in item["$ref"].removeprefix("#/").split("/"):
        part_of_document = part_of_document[part]
    return deref(part_of_document)


def must_fit(schema: dict[str, Any], value: object) -> None:
    """Raise unless the value is valid by a schema of the document."""
    whole = {**schema, "components": document()["components"]}
    Draft202012Validator(whole, format_checker=Draft202012Validator.FORMAT_CHECKER).validate(value)


@dataclass
class Caller:
    """A caller with the credential of one account."""

    client: FlaskClient
    store: Store
    account: str = ACCOUNT

    @property
    def signed(self) -> dict[str, str]:
        """The header of a signed request."""
        scope = f"{self.account}/20260101/us-east-1/elasticbeanstalk/aws4_request"
        return {"Authorization": f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0"}

    def send(self, method: str, path: str, body: object = None, **more: Any) -> TestResponse:
        """The answer to any request."""
        more.setdefault("headers", self.signed)
        more |= {"data": body, "content_type": "application/json"} if isinstance(body, bytes) else {"json": body}
        if body is None:
            del more["json"]
        return self.client.open(path, method=method, **more)

    def request(self, method: str, path: str, body: object = None, status: int = 200, **more: Any) -> Any:
        """The JSON of an answer that must have the status and be valid by the OpenAPI document."""
        answer = self.send(method, path, body, **more)
        assert answer.status_code == status, answer.text
        item = operations()[method, _template(path)]
        described = deref(item["responses"][str(status)])["content"]
        assert answer.content_type in described
        document = answer.json if answer.is_json else answer.text
        must_fit(described[answer.content_type]["schema"], document)
        return document

    def call(self, action: str, **parameters: str) -> str:
        """A call of the service itself."""
        answer = self.client.post("/", data={"Action": action, **parameters}, headers=self.signed)
        assert answer.status_code == 200, answer.text
        return answer.text

    def launch(self, name: str = "shop-web", application: str = "shop") -> None:
        """Create an application, and begin to launch an environment in it."""
        self.call("CreateApplication", ApplicationName=application)
        named = {"ApplicationName": application, "EnvironmentName": name, "CNAMEPrefix": name}
        self.call("CreateEnvironment", SolutionStackName=STACK, **named)


def _template(path: str) -> str:
    bare = path.partition("?")[0]
    if "/instances/" in bare:
        root = "/_beanpole/environments/{name}/instances/{instance}/files/"
        if bare.endswith("/commands"):
            return root.replace("files/", "commands")
        return root if bare.endswith("/files/") else f"{root}{{path}}"
    if bare.startswith("/_beanpole/environments/"):
        return f"/_beanpole/environments/{{name}}/{bare.rpartition('/')[2]}"
    if bare.startswith("/_beanpole/snapshots/"):
        return "/_beanpole/snapshots/{name}"
    return "/_beanpole/cnames/{cname}" if bare.startswith("/_beanpole/cnames/") else bare


def service(clock: Clock, token: str | None = None) -> Caller:
    """A new service; an advance of its clock is played at once, before the route waits for it."""
    store = Store(embedded(), clock)
    register = store.clocks.advance

    def advance(account_id: str, target: Target) -> None:
        register(account_id, target)
        manual.advance(store, catalog.load(), account_id, target)

    store.clocks.advance = advance  # type: ignore[method-assign]
    return Caller(create_app(store, catalog.load(), token).test_client(), store)


def guarded_service(token: str) -> Caller:
    """A service that needs a control token, on a manual clock."""
    return service(Clock(mode="manual"), token)


def rest(caller: Caller, seconds: float) -> None:
    """Move the clock on."""
    caller.request("POST", "/_beanpole/clock/advance", {"seconds": seconds})
