"""The database of an environment comes and goes as its options ask for one (aws:rds:dbinstance, HasCoupledDatabase).

An update creates it before anything else and deletes it at the very end; when and how long is inferred.
"""

from collections.abc import Iterator

from beanpole.model.options.configuration import Configuration
from beanpole.model.options.namespaces import DATABASE
from beanpole.model.plan.durations import Timed, after, instantly
from beanpole.model.plan.plan import Situation
from beanpole.model.plan.steps import Deprovision, Provision


def is_retained(settings: Configuration) -> bool:
    """It outlives the environment and belongs to nobody afterwards."""
    return (settings.value(DATABASE, "DBDeletionPolicy") or "").lower() == "retain"


def coming(situation: Situation) -> Iterator[Timed]:
    """One that the new settings ask for is created where there is none."""
    if situation.new_configuration.has_database and situation.environment.resource("database") is None:
        yield Provision("database"), after("database.created")


def going(situation: Situation) -> Iterator[Timed]:
    """One that the new settings no longer ask for goes as their deletion policy says."""
    if not situation.new_configuration.has_database:
        yield from _gone(situation, is_retained(situation.new_configuration))


def undo(situation: Situation) -> Iterator[Timed]:
    """One that came with an update goes with it."""
    if not situation.configuration.has_database:
        yield from _gone(situation, retained=False)


def _gone(situation: Situation, retained: bool) -> Iterator[Timed]:
    if situation.environment.resource("database") is not None:
        yield Deprovision("database", quietly=retained), instantly if retained else after("database.deleted")
