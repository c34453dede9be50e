"""The nginx configuration of a bundle, as `nginx -t` refuses it on an instance."""

from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archives import zipped
from beanpole.files.bundle import archive, nginx

HTTP, SERVER = ".platform/nginx/conf.d/x.conf", ".platform/nginx/conf.d/elasticbeanstalk/x.conf"
MAIN = ".platform/nginx/nginx.conf"


def proxy(files: dict[str, str]) -> str | None:
    return archive.read("v1.zip", BytesIO(zipped(files))).bundle.proxy


def refusal(words: str, line: int, path: str = "conf.d/x.conf") -> str:
    return f"nginx: [emerg] {words} in /var/proxy/staging/nginx/{path}:{line}"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "# a comment {\n",
        "client_max_body_size 20M;\r\nproxy_read_timeout 10s;",
        "upstream app { server 127.0.0.1:8080; keepalive 256; }\nserver { location / { proxy_pass http://app; } }",
        "map $http_upgrade $connection_upgrade { default upgrade; '' close; }",
        "log_format healthd '$msec\"$uri\"' '$status';",
        'server { if ($time_iso8601 ~ "^(\\d{4})-(\\d{2})") { set $year $1; } add_header X "a;b{c" always; }',
        'server { location ~* "\\.(png|jpg){1}$" { expires 1y; } return 301 https://${host}$request_uri; }',
        'lua_package_path "x"; some_block a b { anything; here { location; } }',
    ],
)
def test_a_configuration_that_nginx_takes_has_no_problem(text: str) -> None:
    assert proxy({HTTP: text}) is None


@pytest.mark.parametrize(
    ("text", "words", "line"),
    [
        ("client_max_body_size 20M", 'unexpected end of file, expecting ";" or "}"', 1),
        ("client_max_body_size 20M\n", 'unexpected end of file, expecting ";" or "}"', 2),
        ("server {\n listen 81;\n", 'unexpected end of file, expecting "}"', 3),
        ("gzip on;\n}\n", 'unexpected "}"', 2),
        ("server { gzip on }", 'unexpected "}"', 1),
        (";", 'unexpected ";"', 1),
        ("{ }", 'unexpected "{"', 1),
        ('add_header X "a"b;', 'unexpected "b"', 1),
        ("location / {\n}\n", '"location" directive is not allowed here', 1),
        ("\nhttp { }", '"http" directive is not allowed here', 2),
        ("proxy_pass http://app;", '"proxy_pass" directive is not allowed here', 1),
        ("server;", 'directive "server" has no opening "{"', 1),
        ("client_max_body_size 20M\nserver { }", 'directive "client_max_body_size" is not terminated by ";"', 2),
        ("gzip on\nsend_timeout 3;", 'invalid number of arguments in "gzip" directive', 2),
        ("client_max_body_size;", 'invalid number of arguments in "client_max_body_size" directive', 1),
    ],
)
def test_a_refused_configuration_has_the_words_and_the_line_of_nginx(text: str, words: str, line: int) -> None:
    assert proxy({HTTP: text}) == refusal(words, line)


def test_each_file_has_the_block_that_includes_it() -> None:
    location, server = "location / { }", "server { }"
    assert proxy({SERVER: location, HTTP: server}) is None
    assert proxy({SERVER: server}) == refusal(
        '"server" directive is not allowed here', 1, "conf.d/elasticbeanstalk/x.conf"
    )
    assert proxy({MAIN: "user nginx; events { worker_connections 9; } http { server { } }", HTTP: location}) is None
    assert proxy({MAIN: location}) == refusal('"location" directive is not allowed here', 1, "nginx.conf")
    for unread in (".platform/nginx/x.conf", ".platform/nginx/conf.d/x.txt", "nginx/conf.d/x.conf", HTTP + ".bak"):
        assert proxy({unread: "{"}) is None


@given(st.text("ab \\'\"${}[];#\n\r", max_size=40))
def test_any_text_is_taken_or_refused(text: str) -> None:
    words = nginx.problem({HTTP: None}, lambda _: text.encode())
    assert words is None or words.startswith("nginx: [emerg] ")
