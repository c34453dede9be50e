"""The members that a fault has of its own, beside where, when and how often it fires: one row each.

The control routes check a fault by these rows, `api-spec/control.yaml` and `docs/faults.md` are written from them.
"""

from collections.abc import Mapping
from typing import Literal, get_args

from msgspec import Struct

from beanpole.model.time.clock import LATEST

FailedHealth = Literal["Warning", "Degraded", "Severe"]  # from bad to worse
Action = Literal["create", "update", "delete"]  # what the stack does with a resource
Value = int | float | tuple[str, ...]  # of a member that says how bad a symptom is


class Member(Struct, frozen=True, kw_only=True):
    """`least` and `most` bound a number, or the length of a text; the number must be greater than `above`.

    `limit` names a bound of `api-spec/catalog/limits.yaml` that stands in place of `most`.

    `texts` is a list of texts, as many as `items` allows. `no_more_than` names another member that bounds this one.
    """

    holds: Literal["number", "integer", "text", "texts"]
    meaning: str = ""
    least: float | None = None
    above: float | None = None
    most: float | None = None
    limit: str | None = None
    pattern: str | None = None
    choices: tuple[str, ...] = ()
    items: tuple[int, int] | None = None
    no_more_than: str | None = None


MEMBERS: Mapping[str, Member] = {
    "code": Member(holds="text", pattern="[A-Za-z.]{1,100}"),
    "message": Member(
        holds="text",
        least=1,
        limit="fault_message",
        meaning=(
            "Of a refusal: known for the codes of rights and keys. Of a resource: the reason that is told. Of a "
            "command: the sentence of the platform, told before its error."
        ),
    ),
    "status": Member(holds="integer", least=400, most=599, meaning="That of the code unless given."),
    "rate": Member(holds="number", least=0, limit="fault_rate", meaning="Calls a second of the account's clock."),
    "burst": Member(holds="integer", least=1, limit="fault_burst", meaning="Calls at once."),
    "seconds": Member(holds="number", least=0, limit="fault_seconds", meaning="Real time."),
    "health": Member(
        holds="text",
        choices=get_args(FailedHealth),
        meaning=(
            "The health of an instance that it hits: Severe, unless given, is out of service; the others answer some "
            "requests with errors."
        ),
    ),
    "action": Member(
        holds="text",
        choices=get_args(Action),
        meaning="What fails: to create the resource, unless given; to update it with the stack; to delete it.",
    ),
    "exit_status": Member(holds="integer", least=1, most=255, meaning="Of the command: 1, unless given."),
    "output": Member(
        holds="text",
        least=1,
        limit="fault_message",
        meaning=(
            "Of the command: `Engine execution has encountered an error.`, unless given; nothing where `where` names a "
            "command of the source bundle."
        ),
    ),
    "within": Member(
        holds="number", above=0, most=LATEST // 1000, meaning="Seconds of the account's clock since the creation."
    ),
    "lasts": Member(
        holds="number",
        least=0,
        most=LATEST // 1000,
        meaning="Simulated seconds until the symptom ends; its fault does not cause it again there.",
    ),
    "share": Member(holds="number", above=0, most=1, meaning="The share of the requests."),
    "percent": Member(holds="number", above=0, most=100, meaning="The percentage of the processor's time in use."),
    "io_wait": Member(
        holds="number", least=0, most=80, no_more_than="percent", meaning="The part of it that waits for I/O."
    ),
    "services": Member(
        holds="texts", least=1, limit="fault_service", items=(1, 4), meaning="The services that do not run."
    ),
    "messages": Member(holds="integer", least=1, limit="fault_messages", meaning="The number of messages."),
}
