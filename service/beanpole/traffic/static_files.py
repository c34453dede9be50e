"""The place of a request's path on an instance: a static file, a folder, nothing, or the application.

The proxy serves what the environment maps to folders of the application, and what its platform maps by default. Here it
also serves `public/`, and everything beside an `index.html` at the root: an application that would do so does not run
(docs/facts.md#traffic).
"""

from collections.abc import Iterable
from typing import Literal, Protocol

from msgspec import Struct

from beanpole.model.options.definitions import OptionSetting
from beanpole.model.options.namespaces import FORMER_STATIC_FILES, PHP, STATIC_FILES
from beanpole.traffic import content_types

CURRENT = "/var/app/current"
INDEX = "index.html"

# What platforms map by default, by their traits (developer guide, create-deploy-python-container and
# create_deploy_Ruby.container).
DEFAULTS: dict[str, dict[str, str]] = {
    "python": {"/static": "static"},
    "ruby": {"/assets": "public/assets", "/public": "public"},
}


class Files(Protocol):
    """The files of an instance, by absolute path; links are followed as far as the disk itself leads."""

    def real(self, path: str) -> tuple[str, bool] | None:
        """The target of a path, without links, and whether it is a folder; None if nothing is there."""

    def read(self, path: str) -> bytes:
        """The content of the file at a path without links; raises ValueError if it cannot be read."""


class Place(Struct, frozen=True):
    """The target of a request's path; `path` is a path on the instance.

    `lacks-slash`: it is a folder, and its address must end with a slash. `forbidden`: it is a folder without an index.
    """

    kind: Literal["file", "missing", "forbidden", "lacks-slash", "application"]
    path: str = ""


class Site(Struct, frozen=True):
    """The folders of the application that an environment serves from the disks of its instances, by the paths of
    requests.

    `document_root` is that of a PHP platform, below the root of the application.
    """

    mapped: tuple[tuple[str, str], ...] = ()
    document_root: str | None = None


APPLICATION = Place("application")


def site(settings: Iterable[OptionSetting], traits: Iterable[str]) -> Site:
    """The site of an environment by its settings, on a platform with these traits."""
    mapped: dict[str, str] = {}
    for trait in traits:
        mapped |= DEFAULTS.get(trait, {})
    document_root = "" if "php" in traits else None
    for setting in settings:
        if setting.namespace in (STATIC_FILES, *FORMER_STATIC_FILES):
            mapped["/" + setting.option_name.strip("/")] = (setting.value or "").strip("/")
        if (setting.namespace, setting.option_name) == (PHP, "document_root") and document_root is not None:
            document_root = (setting.value or "").strip("/")
    longest_first = sorted(mapped.items(), key=lambda item: (-len(item[0]), item[0]))
    return Site(tuple(longest_first), document_root)


def is_mapped(site: Site, path: str) -> bool:
    """Tell whether the proxy itself answers a path, whether an application runs or not."""
    return any(path == prefix or path.startswith(prefix.rstrip("/") + "/") for prefix, _ in site.mapped)


def locate(site: Site, files: Files, path: str) -> Place:
    """The place of a path of a request, which begins with a slash and holds neither `.` nor `..`."""
    for prefix, folder in site.mapped:
        if path == prefix or path.startswith(prefix.rstrip("/") + "/"):
            target = f"{CURRENT}/{folder}".rstrip("/")
            return _mapped(files, target, target + path[len(prefix.rstrip("/")) :], path)
    if any(part.startswith(".") for part in path.split("/")):
        return APPLICATION
    for root in _roots(site, files):
        place = _beside(files, root, path)
        if place is not None:
            return place
    return APPLICATION


def _mapped(files: Files, target: str, aim: str, path: str) -> Place:
    """The place of a path that is mapped to a file or a folder of the application; the application never sees it."""
    place = _within(files, target, aim.rstrip("/"))
    if place is None:
        return Place("missing", aim)
    real, is_folder = place
    if not is_folder:
        return Place("file", real) if not path.endswith("/") else Place("missing", aim)
    if not path.endswith("/"):
        return Place("lacks-slash", real)
    index = _within(files, target, f"{aim.rstrip('/')}/{INDEX}")
    return Place("file", index[0]) if index is not None and not index[1] else Place("forbidden", aim)


def _roots(site: Site, files: Files) -> Iterable[str]:
    """The folders in which static files of the application stand."""
    yield f"{CURRENT}/public"
    root = f"{CURRENT}/{site.document_root or ''}".rstrip("/")
    if site.document_root is not None or _within(files, CURRENT, f"{CURRENT}/{INDEX}"):
        yield root


def _beside(files: Files, root: str, path: str) -> Place | None:
    """A file with a known ending, or the index of a folder; None if the application has to answer."""
    place = _within(files, root, root + path.rstrip("/"))
    if place is None:
        return None
    real, is_folder = place
    if not is_folder:
        return Place("file", real) if content_types.is_known(path) else None
    index = _within(files, root, f"{root}{path.rstrip('/')}/{INDEX}")
    if index is None or index[1]:
        return None
    return Place("file", index[0]) if path.endswith("/") else Place("lacks-slash", real)


def _within(files: Files, root: str, path: str) -> tuple[str, bool] | None:
    """The target of a path, unless a link leads out of its root or of the application."""
    base, place = files.real(root), files.real(path)
    if base is None or place is None:
        return None
    inside = all(f"{place[0]}/".startswith(f"{folder}/") for folder in (base[0], CURRENT))
    return place if inside else None
