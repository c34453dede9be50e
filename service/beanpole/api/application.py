"""The application of Flask, without what it does for routes and views of a kind that there is not here."""

from collections.abc import Callable
from typing import Any

from flask import Flask

from beanpole.api.route import Route


class Application(Flask):
    """An application whose routes build no URLs, and whose views are no coroutines."""

    url_rule_class = Route

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """The function as it is; Flask would look at each function of each call, whether it is a coroutine."""
        return func
