"""The database of an environment: an update creates or deletes it (aws:rds:dbinstance, HasCoupledDatabase).

It is created before anything else and deleted at the very end, with its security group; both the order and the
durations are inferred.
"""

from collections.abc import Iterator

from beanpole.model.options.configuration import Configuration
from beanpole.model.options.namespaces import DATABASE
from beanpole.model.plan.durations import Timed, after, instantly
from beanpole.model.plan.plan import Situation
from beanpole.model.plan.steps import Deprovision, Provision

GROUP = "database-security-group"


def is_retained(settings: Configuration) -> bool:
    """Tell whether the database outlives the environment; it belongs to no environment afterwards."""
    return (settings.value(DATABASE, "DBDeletionPolicy") or "").lower() == "retain"


def created(situation: Situation) -> Iterator[Timed]:
    """Create the database that the new settings ask for, unless there is one.

    Where a launch came to nothing at its database, the security group is there already.
    """
    if situation.new_configuration.has_database and situation.environment.resource("database") is None:
        if situation.environment.resource(GROUP) is None:
            yield Provision(GROUP), instantly
        yield Provision("database"), after("database.created")


def deleted(situation: Situation) -> Iterator[Timed]:
    """Delete or retain the database that the new settings no longer ask for, by their deletion policy."""
    if not situation.new_configuration.has_database:
        yield from _removed(situation, is_retained(situation.new_configuration))


def undo(situation: Situation) -> Iterator[Timed]:
    """Delete the database that an update has created."""
    if not situation.configuration.has_database:
        yield from _removed(situation, retained=False)


def _removed(situation: Situation, retained: bool) -> Iterator[Timed]:
    if situation.environment.resource("database") is not None:
        yield Deprovision("database", quietly=retained), instantly if retained else after("database.deleted")
    if situation.environment.resource(GROUP) is not None:
        yield Deprovision(GROUP, quietly=retained), instantly
