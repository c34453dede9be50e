"""The web process of an application: by the Procfile of its bundle, or by the default of its platform."""

from collections.abc import Collection, Iterator

from msgspec import Struct

from beanpole.model.bundles.bundle import Bundle
from beanpole.model.options.definitions import OptionSetting
from beanpole.model.options.namespaces import APPLICATION, PROCESS, PROPERTIES, PYTHON

WEB = "web"
HEALTH_CHECK_URL = "Application Healthcheck URL"
PORTS = {"python": 8000, "nodejs": 8080}  # of the application, to which the proxy passes requests [inferred]
PORT = 5000  # on every other platform (guide, `platforms-linux-extend`)
WSGI_PATH = "application"
GUNICORN = "gunicorn --bind :8000 --workers=1 --threads=15"
_NODE = (("package.json", "npm start"), ("server.js", "node server.js"), ("app.js", "node app.js"))


class WebProcess(Struct, frozen=True):
    """The process that answers requests: a line for a shell, and the port at which it listens.

    The load balancer calls `health_path`, and takes the statuses `healthy` for a good answer.
    """

    line: str
    port: int
    health_path: str = "/"
    healthy: frozenset[int] = frozenset((200,))


def web_process(bundle: Bundle, traits: Collection[str], settings: Collection[OptionSetting]) -> WebProcess | None:
    """The web process of a bundle on a platform with these traits; None where it is not known how it starts.

    A port that the environment property PORT names is that of the proxy, too.
    """
    properties = {setting.option_name: setting.value or "" for setting in settings if setting.namespace == PROPERTIES}
    named = properties.get("PORT", "")
    usual = next((port for trait, port in PORTS.items() if trait in traits), PORT)
    port = int(named) if named.isascii() and named.isdecimal() and 0 < int(named) < 65_536 else usual
    line = _procfile(bundle) or _default(bundle, traits, settings)
    return None if line is None else WebProcess(line, port, *health_check(settings))


def health_check(settings: Collection[OptionSetting]) -> tuple[str, frozenset[int]]:
    """The path and the good statuses of a health check; a classic load balancer has a URL without a host."""
    values = {(setting.namespace, setting.option_name): setting.value for setting in settings}
    url = values.get((APPLICATION, HEALTH_CHECK_URL)) or "/"
    path = values.get((PROCESS, "HealthCheckPath")) or (url[url.find("/") :] if "/" in url else "/")
    return path, frozenset(_codes(values.get((PROCESS, "MatcherHTTPCode")) or "200"))


def _codes(matcher: str) -> Iterator[int]:
    """`200`, `200,202` or `200-299`."""
    for part in matcher.split(","):
        first, _, last = part.partition("-")
        yield from range(int(first), int(last or first) + 1)


def _procfile(bundle: Bundle) -> str | None:
    """The process that is called `web`, else the first one."""
    lines = {process.name: process.command for process in reversed(bundle.processes)}
    return lines.get(WEB) or next((process.command for process in bundle.processes), None)


def _default(bundle: Bundle, traits: Collection[str], settings: Collection[OptionSetting]) -> str | None:
    """The content of the Procfile that the platform generates."""
    if "python" in traits:
        paths = (
            setting.value for setting in settings if (setting.namespace, setting.option_name) == (PYTHON, "WSGIPath")
        )
        path = next((path for path in paths if path), WSGI_PATH)
        module, colon, name = path.removesuffix(".py").partition(":")
        return f"{GUNICORN} {module.replace('/', '.')}:{name if colon else WSGI_PATH}"
    if "nodejs" in traits:
        names = bundle.directory.names.get("", ())
        return next((line for file, line in _NODE if file in names), None)
    return None
