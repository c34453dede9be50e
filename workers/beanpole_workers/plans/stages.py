"""The stages that the table of a lifecycle consists of."""

from collections.abc import Callable, Iterable, Iterator

from msgspec import Struct

from beanpole.model.plan.durations import Duration, Timed, instantly
from beanpole.model.plan.plan import Situation
from beanpole.model.plan.steps import Step


class Stage(Struct, frozen=True):
    """A step, or the function that makes it; its duration; `when` is the condition under which it happens, if any."""

    step: Step | Callable[[Situation], Step]
    lasts: Duration = instantly
    when: Callable[[Situation], bool] | None = None


def steps(table: Iterable[Stage], situation: Situation) -> Iterator[Timed]:
    """The steps of the stages that happen in a situation."""
    for stage in table:
        if stage.when is None or stage.when(situation):
            yield (stage.step(situation) if callable(stage.step) else stage.step), stage.lasts
