"""A route without compiled builders of URLs, since the service never builds one.

When a route is added to an app, Werkzeug generates and compiles two functions that build its URLs. This would take most
of the time of making an app, and each test with the plugin makes one.
"""

from collections.abc import Callable

from werkzeug.routing import Rule


class Route(Rule):
    """A rule that compiles its builders at their first use."""

    def _compile_builder(self, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
        compiled = super()._compile_builder

        def build(rule: Rule, **values: object) -> tuple[str, str]:
            return compiled(append_unknown)(rule, **values)

        return build
