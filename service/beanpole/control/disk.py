"""The route of the files on an instance's disk: a folder as a document, a file as its bytes."""

from http import HTTPStatus

from flask import Response

from beanpole.control.problems import Problem, as_json
from beanpole.control.scope import Scope
from beanpole.files import instance_files
from beanpole.files.instance_files import InstanceFiles
from beanpole.model.environment.environment import Environment
from beanpole.model.environment.instance import Instance
from beanpole.model.instance import content
from beanpole.model.instance.nodes import File, Node, Symlink
from beanpole.tables import limits


def get(scope: Scope, name: str, instance: str, path: str = "") -> Response:
    """The file or the folder at an absolute path on the disk of an instance, links followed."""
    files = _files(scope, name, instance)
    place = files.real(f"/{path}")
    if place is None:
        raise Problem(HTTPStatus.NOT_FOUND, f"Nothing is known to be at /{path} on {instance}.")
    real, is_folder = place
    return as_json(_listing(files, real)) if is_folder else _bytes(files, real)


def instance_of(scope: Scope, name: str, instance_id: str) -> tuple[Environment, Instance]:
    """An environment by its name or id, and an instance of it; raises Problem with 404."""
    environment = scope.environment(name)
    instance = scope.world.fleet(environment.id).get(instance_id)
    if instance is None:
        raise Problem(HTTPStatus.NOT_FOUND, f"There is no instance {instance_id} in {environment.environment_name}.")
    return environment, instance


def _files(scope: Scope, name: str, instance_id: str) -> InstanceFiles:
    environment, instance = instance_of(scope, name, instance_id)
    disk = scope.world.files.disk(environment.id, instance)
    if disk is None:
        raise Problem(HTTPStatus.NOT_FOUND, f"Nothing of a source bundle is on the disk of {instance_id}.")
    read = instance_files.reader(scope.objects, scope.region, scope.account_id)
    return InstanceFiles(disk, scope.world.bundle, read)


def _listing(files: InstanceFiles, path: str) -> dict[str, object]:
    names = files.names(path)
    page = names[: limits.most("listed_files")]
    entries = [_entry(name, files.below(path, name)) for name in page]
    return {"path": path, "entries": entries, "is_cut": len(page) < len(names)}


def _entry(name: str, node: Node | None) -> dict[str, object]:
    """A name in a folder; a link names its target, unless that takes a look into a source bundle."""
    match node:
        case None:
            return {"name": name, "kind": "unknown"}
        case Symlink(target=target):
            return {"name": name, "kind": "link", "target": target, "owner": node.owner, "group": node.group}
        case _:
            kind = "file" if isinstance(node, File) else "folder"
            size = content.size(node.content) if isinstance(node, File) else None
            owned = {"mode": f"{node.mode:04o}", "owner": node.owner, "group": node.group}
            return {"name": name, "kind": kind, "size": size, **owned}


def _bytes(files: InstanceFiles, path: str) -> Response:
    """The content of a file, as text where it is one; a browser must not take it for a page of this server."""
    try:
        body = files.read(path)
    except ValueError as error:
        raise Problem(HTTPStatus.CONFLICT, f"{path} cannot be shown: {error}.") from None
    kind = "text/plain; charset=utf-8" if _is_text(body) else "application/octet-stream"
    return Response(body, content_type=kind, headers={"X-Content-Type-Options": "nosniff"})


def _is_text(body: bytes) -> bool:
    try:
        body.decode()
    except UnicodeDecodeError:
        return False
    return b"\0" not in body
