"""The routes that say which accounts there are, and what is due next in one."""

from flask import Response

from beanpole.control.instants import format_instant
from beanpole.control.problems import as_json
from beanpole.control.scope import Scope
from beanpole.model.environment.environment import Environment
from beanpole.store import replacement
from beanpole.store.due import parts

LISTED = 20  # members that are due next


def get(scope: Scope) -> Response:
    """Every account that has a clock, with the regions in which it ever had anything."""
    accounts = scope.store.clocks.accounts()
    rows = [{"account": account, "regions": replacement.regions(scope.store.redis, account)} for account in accounts]
    return as_json({"accounts": rows})


def due(scope: Scope) -> Response:
    """The next due members of the account, the earliest first."""
    clock = scope.clock
    members = scope.store.due.upcoming(scope.account_id, clock.mode == "manual", LISTED)
    return as_json({"due": [_describe(scope, name, instant + clock.offset) for name, instant in members]})


def _describe(scope: Scope, member: str, instant: int) -> dict[str, object]:
    account, region, kind, id_ = parts(member)
    environment = scope.store.world(account, region).environment(id_) if kind == "environment" else None
    return {
        "at": format_instant(instant),
        "region": region,
        "kind": kind,
        "id": id_,
        "name": None if environment is None else environment.environment_name,
        "what": kind if environment is None else _what(environment),
    }


def _what(environment: Environment) -> str:
    """The reason for which a worker has to look at an environment next."""
    reasons = {
        "step of its plan": environment.activity_due,
        "health": environment.health_due,
        "managed action": environment.managed_due,
        "scheduled action": environment.scaling_due,
        "size of its group": environment.group_due,
    }
    return next((reason for reason, at in reasons.items() if at is not None and at == environment.due), "logs")
