"""The memory of a world of a test: its calls, to be asserted on."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from beanpole.store.journal import Call
    from beanpole.store.store import Store

ACCOUNT = "123456789012"


class Remembering:
    """The part of `beanpole.testing.Beanstalk` that looks back."""

    store: "Store"

    def calls(
        self,
        operation: str | None = None,
        *,
        error: str | None = None,
        environment: str | None = None,
        account: str = ACCOUNT,
        region: str | None = None,
        **parameters: Any,
    ) -> "list[Call]":
        """The last calls of the account, the oldest first: those of an operation, with parameters of these values.

        Each has its `operation`, `parameters`, `error`, `status`, `changed`, `client` and `region`. `error` is a code.
        `environment` is a name or an id that the call names, or the name of one that it has changed.
        """
        return [
            call
            for call in self.store.journal.calls(account)
            if operation in (None, call.operation)
            and error in (None, call.error)
            and region in (None, call.region)
            and (environment is None or environment in call.environments)
            and all(call.parameters.get(name) == value for name, value in parameters.items())
        ]
