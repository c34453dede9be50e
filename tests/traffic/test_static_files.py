"""What the proxy on an instance serves: static files, their indexes and errors, whole and in part."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.test import EnvironBuilder

from beanpole.model.environment.environment import Environment
from beanpole.model.environment.instance import Instance
from beanpole.model.options.definitions import OptionSetting
from beanpole.model.options.namespaces import PHP, STATIC_FILES
from beanpole.tables import limits
from beanpole.traffic.answers import Answer
from beanpole.traffic.instances import Machine, answer
from beanpole.traffic.requests import Request, normal
from beanpole.traffic.static_files import CURRENT, Site, site

BLUE = Environment("e-1", "blue", "shop", "arn", "stack", "platform", 0, 0, "1" * 12, "us-east-1")
INSTANCE = Instance("i-1", 0, "group", "running", version_label="v1", deployed_at=1_767_225_600_000)
CHANGED = "Thu, 01 Jan 2026 00:00:00 GMT"
BUNDLE = {
    "app.py": b"secret",
    ".env": b"secret",
    "assets/site.css": b"body {}",
    "assets/app.bin": b"0123456789",
    "assets/deep/index.html": b"deep",
    "static/logo.png": b"png",
    "public/index.html": b"home",
    "public/robots.txt": b"robots",
    "public/docs/index.html": b"docs",
    "public/.hidden.txt": b"secret",
    "public/shell.sh": b"secret",
}


class Memory:
    """Files of the application; a link is a text that begins with `->`."""

    def __init__(self, files: dict[str, bytes], links: dict[str, str] | None = None) -> None:
        self._files = {f"{CURRENT}/{path}": content for path, content in files.items()}
        self._files["/etc/passwd"] = b"secret"
        self._links = {f"{CURRENT}/{path}": target for path, target in (links or {}).items()}

    def real(self, path: str) -> tuple[str, bool] | None:
        for link, target in self._links.items():
            if path == link or path.startswith(f"{link}/"):
                path = target + path[len(link) :]
        if path in self._files:
            return path, False
        return (path, True) if any(file.startswith(f"{path}/") for file in self._files) else None

    def read(self, path: str) -> bytes:
        return self._files[path]


def machine(
    files: dict[str, bytes], site: Site | None = None, links: dict[str, str] | None = None, *starts: str
) -> Machine:
    return Machine(BLUE, INSTANCE, site or Site(), Memory(files, links), starts)


def mapped(**folders: str) -> Site:
    return site([OptionSetting(STATIC_FILES, f"/{path}", folder) for path, folder in folders.items()], ())


def ask(of: Machine, path: str, method: str = "GET", **headers: str) -> Answer:
    """The answer to a request for a path as it stands in its first line."""
    environ = EnvironBuilder(path, method=method).get_environ()
    environ |= {f"HTTP_{name.upper()}": value for name, value in headers.items()}
    environ["CONTENT_LENGTH"] = headers.get("Content_Length", "")
    return answer(of, Request(environ, environ["PATH_INFO"]))


def code_and_body(response: Answer) -> tuple[int, bytes]:
    return response.code, response.body


def header(response: Answer, name: str) -> str | None:
    return dict(response.headers).get(name)


STATIC = mapped(assets="assets", **{"favicon.ico": "static/logo.png", "all": "/"})


@pytest.mark.parametrize(
    ("path", "body", "kind"),
    [
        ("/", b"home", "text/html"),
        ("/robots.txt", b"robots", "text/plain"),
        ("/docs/", b"docs", "text/html"),
        ("/./docs//x/../", b"docs", "text/html"),
        ("/assets/site.css", b"body {}", "text/css"),
        ("/assets/app.bin", b"0123456789", "application/octet-stream"),
        ("/assets/deep/", b"deep", "text/html"),
        ("/favicon.ico", b"png", "image/png"),
        ("/all/app.py", b"secret", "application/octet-stream"),
        ("/%61ssets/site%2Ecss", b"body {}", "text/css"),
    ],
)
def test_a_static_file_is_served(path: str, body: bytes, kind: str) -> None:
    response = ask(machine(BUNDLE, STATIC), path)
    assert code_and_body(response) == (200, body)
    assert header(response, "Content-Type") == kind
    assert (header(response, "Server"), header(response, "Last-Modified")) == ("nginx", CHANGED)


@pytest.mark.parametrize("path", ["/docs", "/assets/deep"])
def test_a_folder_lacks_its_slash(path: str) -> None:
    response = ask(machine(BUNDLE, STATIC), f"{path}?a=b")
    assert (response.code, header(response, "Location")) == (301, f"{path}/?a=b")


def test_what_is_mapped_and_missing_is_an_error_of_the_proxy_with_its_line() -> None:
    response = ask(machine(BUNDLE, STATIC), "/assets/none.css")
    assert response.code == 404
    assert b"<center>nginx</center>" in response.body
    assert response.note == 'open() "/var/app/current/assets/none.css" failed (2: No such file or directory)'
    forbidden = ask(machine(BUNDLE, STATIC), "/assets/")
    assert (forbidden.code, forbidden.note) == (403, 'directory index of "/var/app/current/assets/" is forbidden')


@pytest.mark.parametrize("path", ["/app.py", "/.env", "/.hidden.txt", "/shell.sh", "/any/page", "/assetsx"])
def test_everything_else_is_for_the_application(path: str) -> None:
    response = ask(machine(BUNDLE, STATIC, None, "web: gunicorn <app>"), path)
    assert (response.code, header(response, "Content-Type")) == (200, "text/html; charset=utf-8")
    assert b"secret" not in response.body
    assert path.encode() in response.body
    assert b"web: gunicorn &lt;app&gt;" in response.body


def test_the_path_of_a_request_is_shown_as_text() -> None:
    assert b"<script>" not in ask(machine({}), "/<script>").body


def test_a_page_at_the_root_brings_what_stands_beside_it_but_no_source() -> None:
    root = machine({"index.html": b"front", "img/a.png": b"png", "app.py": b"secret", "img/index.html/x": b""})
    assert code_and_body(ask(root, "/")) == (200, b"front")
    assert code_and_body(ask(root, "/img/a.png")) == (200, b"png")
    assert b"secret" not in ask(root, "/app.py").body
    assert code_and_body(ask(machine({"img/a.png": b"png"}), "/img/a.png"))[1] != b"png"


@pytest.mark.parametrize(
    "path",
    [
        "/../etc/passwd",
        "/%2e%2e/etc/passwd",
        "/..%2fetc/passwd",
        "/docs/..%2f..%2fetc/passwd",
        "/assets/../../etc/passwd",
    ],
)
def test_no_path_leads_above_the_root(path: str) -> None:
    response = ask(machine(BUNDLE, STATIC), path)
    assert response.code == 400
    assert b"secret" not in response.body


def test_parent_folders_within_the_root_are_resolved_as_the_proxy_does() -> None:
    assert code_and_body(ask(machine(BUNDLE, STATIC), "/docs/..%2frobots.txt")) == (200, b"robots")
    assert b"secret" not in ask(machine(BUNDLE, STATIC), "/assets../app.py").body


def test_a_link_is_followed_within_its_root_only() -> None:
    links = {
        "public/near.txt": f"{CURRENT}/public/robots.txt",
        "public/far.txt": "/etc/passwd",
        "public/up.txt": f"{CURRENT}/app.py",
        "public/tree": "/etc",
        "assets/far.css": "/etc/passwd",
    }
    linked = machine(BUNDLE, STATIC, links)
    assert code_and_body(ask(linked, "/near.txt")) == (200, b"robots")
    for path in ("/far.txt", "/up.txt", "/tree/passwd", "/assets/far.css"):
        assert b"secret" not in ask(linked, path).body
    assert ask(linked, "/assets/far.css").code == 404


@pytest.mark.parametrize("path", ["/a\0b", "/\xff"])
def test_a_path_that_is_no_text_is_a_bad_request(path: str) -> None:
    assert answer(machine(BUNDLE), Request(EnvironBuilder("/").get_environ(), path)).code == 400


@given(st.text(st.sampled_from("/.ab")))
def test_a_path_never_keeps_a_part_that_leads_elsewhere(path: str) -> None:
    result = normal(path)
    assert result is None or (result.startswith("/") and not set(result.split("/")[1:-1]) & {"", ".", ".."})


def test_a_head_has_the_headers_of_a_get() -> None:
    host = machine(BUNDLE)
    assert ask(host, "/", "HEAD") == ask(host, "/")


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_other_methods_are_for_the_application_and_not_for_files(method: str) -> None:
    assert ask(machine(BUNDLE, STATIC), "/assets/site.css", method).code == 405
    assert ask(machine(BUNDLE, STATIC), "/orders", method).code == 200
    assert ask(machine(BUNDLE, STATIC), "/orders", "TRACE").code == 405


def test_a_body_beyond_the_bound_of_the_proxy_is_refused() -> None:
    most = limits.most("traffic_body")
    assert ask(machine(BUNDLE), "/orders", "POST", Content_Length=str(most)).code == 200
    refused = ask(machine(BUNDLE), "/orders", "POST", Content_Length=str(most + 1))
    assert refused.code == 413
    assert refused.note == f"client intended to send too large body: {most + 1} bytes"


def test_a_file_that_did_not_change_is_not_sent_again() -> None:
    host = machine(BUNDLE)
    tag = header(ask(host, "/"), "ETag")
    assert tag == '"6955b900-4"'
    for headers in (
        {"If_None_Match": tag},
        {"If_None_Match": f'"x", {tag}'},
        {"If_None_Match": "*"},
        {"If_Modified_Since": CHANGED},
        {"If_None_Match": tag, "If_Modified_Since": "Thu, 01 Jan 1970 00:00:00 GMT"},
    ):
        response = ask(host, "/", **headers)
        assert (code_and_body(response), header(response, "ETag")) == ((304, b""), tag)
    for headers in (
        {"If_None_Match": '"x"'},
        {"If_Modified_Since": "Wed, 31 Dec 2025 23:59:59 GMT"},
        {"If_None_Match": '"x"', "If_Modified_Since": CHANGED},
        {"If_Modified_Since": "never"},
    ):
        assert code_and_body(ask(host, "/", **headers)) == (200, b"home")


@pytest.mark.parametrize(
    ("range_header", "code", "body", "span"),
    [
        ("bytes=0-3", 206, b"0123", "bytes 0-3/10"),
        ("bytes=7-", 206, b"789", "bytes 7-9/10"),
        ("bytes=-2", 206, b"89", "bytes 8-9/10"),
        ("bytes=5-99", 206, b"56789", "bytes 5-9/10"),
        ("bytes=-99", 206, b"0123456789", "bytes 0-9/10"),
        ("bytes=10-", 416, None, "bytes */10"),
        ("bytes=3-1", 200, b"0123456789", None),
        ("lines=1-2", 200, b"0123456789", None),
        ("bytes=0-1,4-5", 200, b"0123456789", None),
        ("bytes=x", 200, b"0123456789", None),
    ],
)
def test_a_part_of_a_file(range_header: str, code: int, body: bytes | None, span: str | None) -> None:
    response = ask(machine(BUNDLE, STATIC), "/assets/app.bin", Range=range_header)
    assert (response.code, header(response, "Content-Range")) == (code, span)
    assert body is None or response.body == body


def test_a_part_is_sent_only_if_the_file_is_as_before() -> None:
    host = machine(BUNDLE, STATIC)
    tag = header(ask(host, "/assets/app.bin"), "ETag") or ""
    for same in (tag, CHANGED):
        assert ask(host, "/assets/app.bin", Range="bytes=0-1", If_Range=same).code == 206
    for other in ('"x"', "Wed, 31 Dec 2025 23:59:59 GMT", "never"):
        assert ask(host, "/assets/app.bin", Range="bytes=0-1", If_Range=other).code == 200


def test_a_file_that_cannot_be_read_is_an_error_of_the_proxy() -> None:
    class Broken(Memory):
        def read(self, path: str) -> bytes:
            raise ValueError("it is too large")

    response = answer(Machine(BLUE, INSTANCE, Site(), Broken(BUNDLE)), Request(EnvironBuilder("/").get_environ(), "/"))
    assert (response.code, response.note) == (
        500,
        'read() "/var/app/current/public/index.html" failed: it is too large',
    )


def test_without_a_disk_the_page_says_what_answers() -> None:
    response = ask(Machine(BLUE, INSTANCE), "/page")
    assert response.code == 200
    assert b"Instance i-1 of environment blue runs v1." in response.body


def test_platforms_map_folders_of_their_own() -> None:
    files = {"static/a.css": b"css", "public/assets/b.css": b"css", "public/c.css": b"css"}
    assert ask(machine(files, site((), ("linux", "python"))), "/static/a.css").body == b"css"
    ruby = machine(files, site((), ("linux", "ruby")))
    assert ask(ruby, "/assets/b.css").body == ask(ruby, "/public/c.css").body == b"css"
    assert ask(machine(files), "/static/a.css").body != b"css"
    other = site([OptionSetting(STATIC_FILES, "/static", "public")], ("python",))
    assert ask(machine(files, other), "/static/c.css").body == b"css"


def test_php_serves_its_document_root() -> None:
    files = {"web/a.css": b"css", "web/index.php": b"secret", "a.css": b"root"}
    assert ask(machine(files, site((), ("php",))), "/a.css").body == b"root"
    below = machine(files, site([OptionSetting(PHP, "document_root", "/web")], ("php",)))
    assert ask(below, "/a.css").body == b"css"
    assert b"secret" not in ask(below, "/index.php").body
