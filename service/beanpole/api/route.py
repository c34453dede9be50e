"""A route whose URLs are built only when one is asked for, since the service never does.

Werkzeug writes and compiles two functions that build the URLs of a route when it is added to an app. That would be most
of the time in which an app is made, and each test with the plugin makes one.
"""

from collections.abc import Callable

from werkzeug.routing import Rule


class Route(Rule):
    """A rule that compiles its builders late."""

    def _compile_builder(self, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
        compiled = super()._compile_builder

        def build(rule: Rule, **values: object) -> tuple[str, str]:
            return compiled(append_unknown)(rule, **values)

        return build
