"""`beanpole traffic`: sends a steady load to an environment, and tells who answered it."""

from collections.abc import Callable, Sequence

from beanpole.command.client import Exchange, Service
from beanpole.command.traffic import picture, table
from beanpole.command.traffic.fleets import Fleet
from beanpole.command.traffic.load import Answer, Load, run
from beanpole.command.traffic.tally import tally


def measure(exchange: Exchange, service: Service, load: Load, watch: Callable[[Answer], None]) -> tuple[Answer, ...]:
    """The answers to a load; an interrupt ends it early. Raises NoEnvironment, Unreachable and Refused."""
    answers: list[Answer] = []
    try:
        for answer in run(exchange, service, load):
            answers.append(answer)
            watch(answer)
    except KeyboardInterrupt:
        if not answers:
            raise
    return tuple(answers)


def write(load: Load, answers: tuple[Answer, ...], form: str, fleets: Sequence[Fleet] = ()) -> str:
    """The result of a load, as `text`, `json` or `svg`, which shows the fleets too; ValueError for another form."""
    totals = tally(load, answers)
    match form:
        case "text":
            return table.text(totals)
        case "json":
            return table.as_json(totals)
        case "svg":
            return picture.svg(totals, answers, fleets)
        case _:
            raise ValueError(f"a load has no form {form}")
