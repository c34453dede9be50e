"""The routes of the app find what Flask's own would find, and build the URLs that those would build."""

from collections.abc import Callable

import pytest
from flask import Flask
from werkzeug.routing import BuildError, Rule

from beanpole.api.route import Route
from beanpole.testing import Beanstalk


def _app(rule_class: type[Rule]) -> Flask:
    app = Flask("test", static_folder=None)
    app.url_rule_class = rule_class
    view: Callable[..., str] = lambda **values: ",".join(values.values())  # noqa: E731 it is what every route does
    app.add_url_rule("/", "root", view)
    app.add_url_rule("/of/<name>/file/<path:path>", "file", view)
    app.add_url_rule("/page/", "page", view, defaults={"name": "first"})
    return app


@pytest.mark.parametrize("rule_class", [Rule, Route])
def test_routes_are_found_and_urls_are_built(rule_class: type[Rule]) -> None:
    app = _app(rule_class)
    client = app.test_client()
    assert client.get("/of/a%20b/file/c/d").text == "a b,c/d"
    assert client.get("/page").status_code == 308
    assert client.get("/of/a").status_code == 404
    assert client.post("/").status_code == 405
    with app.test_request_context():
        urls = app.url_for("file", name="a b", path="c/d", more="1"), app.url_for("page")
        with pytest.raises(BuildError):
            app.url_for("file", name="a")
    assert urls == ("/of/a%20b/file/c/d?more=1", "/page/")


def test_every_route_of_the_service_is_one() -> None:
    rules = list(Beanstalk().app.url_map.iter_rules())
    assert len(rules) > 20
    assert {type(rule) for rule in rules} == {Route}
