"""The answer of an instance: its proxy, static files, and a page in place of an application that does not run here."""

from collections.abc import Callable
from http import HTTPStatus
from socket import socket
from urllib.parse import quote

from msgspec import Struct

from beanpole.model.environment.environment import Environment
from beanpole.model.environment.instance import Instance
from beanpole.tables import limits
from beanpole.traffic import applications, conditions, content_types
from beanpole.traffic.answers import PROXY, Answer, of_proxy, page
from beanpole.traffic.requests import Request, normal
from beanpole.traffic.static_files import Files, Site, is_mapped, locate

MAX_BODY = limits.most("traffic_body")
_HTML = ("Content-Type", "text/html; charset=utf-8")
_KNOWN = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")


class Machine(Struct, frozen=True):
    """An instance of an environment, and the files that it serves; without `files` its disk is unknown.

    `starts` are the lines by which its application starts, if they are known. `connect` connects to the application,
    where applications run, and `answered` is called when that has answered.
    """

    environment: Environment
    instance: Instance
    site: Site = Site()
    files: Files | None = None
    starts: tuple[str, ...] = ()
    connect: Callable[[], socket | None] | None = None
    answered: Callable[[], None] = lambda: None


def answer(machine: Machine, request: Request) -> Answer:
    """The answer of the proxy on an instance."""
    if request.length > MAX_BODY:
        note = f"client intended to send too large body: {request.length} bytes"
        return of_proxy(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, note=note)
    path = normal(request.path)
    if path is None:
        return of_proxy(HTTPStatus.BAD_REQUEST)
    if request.method not in _KNOWN:
        return of_proxy(HTTPStatus.METHOD_NOT_ALLOWED)
    if machine.connect is not None and (machine.files is None or not is_mapped(machine.site, path)):
        answer = applications.passed_on(machine.connect(), request, request.path)
        machine.answered()
        return answer
    return _application(machine, path) if machine.files is None else _served(machine, machine.files, path, request)


def _served(machine: Machine, files: Files, path: str, request: Request) -> Answer:
    place = locate(machine.site, files, path)
    match place.kind:
        case "application":
            return _application(machine, path)
        case "missing":
            return of_proxy(HTTPStatus.NOT_FOUND, note=f'open() "{place.path}" failed (2: No such file or directory)')
        case "forbidden":
            return of_proxy(HTTPStatus.FORBIDDEN, note=f'directory index of "{place.path}" is forbidden')
        case "lacks-slash":
            return of_proxy(HTTPStatus.MOVED_PERMANENTLY, ("Location", f"{request.base}{quote(path)}/{request.query}"))
        case "file":
            return _file(machine, files, place.path, request)


def _file(machine: Machine, files: Files, path: str, request: Request) -> Answer:
    if request.method not in ("GET", "HEAD"):
        return of_proxy(HTTPStatus.METHOD_NOT_ALLOWED)
    try:
        body = files.read(path)
    except ValueError as error:
        return of_proxy(HTTPStatus.INTERNAL_SERVER_ERROR, note=f'read() "{path}" failed: {error}')
    changed_at = machine.instance.deployed_at or machine.instance.launched_at
    return conditions.answer(request.environ, body, content_types.content_type(path), changed_at)


def _application(machine: Machine, path: str) -> Answer:
    """A page that names the application that would answer: 200, as a working application answers."""
    instance, environment = machine.instance, machine.environment
    version = instance.version_label or "no version"
    paragraphs = (
        f"Instance {instance.id} of environment {environment.environment_name} runs {version}.",
        f"No file is served at {path}: its application would have to answer, and beanpole runs no application.",
        "The application starts by:" if machine.starts else "How it starts is not known.",
    )
    body = page(f"{environment.environment_name}: {version}", paragraphs, "\n".join(machine.starts) or None)
    return Answer("200 OK", (*PROXY, _HTML), body)
