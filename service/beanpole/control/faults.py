"""The control routes of faults: arm, list, disarm; and the faults of a file, armed at the start."""

from collections.abc import Iterator, Mapping
from http import HTTPStatus
from pathlib import Path
from typing import Any

import msgspec
import yaml
from flask import Response, request

from beanpole.clock import real_now
from beanpole.control.fault_schema import FAULT
from beanpole.control.problems import Problem, as_json
from beanpole.control.schemas import InvalidBody, body, checked, format_instant, load
from beanpole.control.scope import Scope
from beanpole.credential import ACCOUNT, DEFAULT_ACCOUNT, DEFAULT_REGION, REGION
from beanpole.model.changes.change import Change, Wake
from beanpole.model.faults.fault import Fault, Where
from beanpole.model.faults.symptoms import SYMPTOMS
from beanpole.store.commit import Conflict
from beanpole.store.store import Store
from beanpole.store.world import World


def get(scope: Scope) -> Response:
    """The faults that are armed, with how often each struck."""
    fired = scope.world.fired()
    return as_json({"faults": [describe(it, fired.get(it.id, 0)) for it in scope.world.faults()]})


def arm(scope: Scope) -> Response:
    """Arm a fault; it strikes from now on."""
    fault = armed(scope.world, load(FAULT, body()))
    return as_json(describe(fault), HTTPStatus.CREATED)


def disarm(scope: Scope) -> Response:
    """Disarm one fault by its id, or all of them."""
    wanted = request.args.get("id")
    doomed = [it for it in scope.world.faults() if wanted in (None, it.id)]
    if wanted is not None and not doomed:
        raise Problem(HTTPStatus.NOT_FOUND, f"No fault {wanted} is armed in {scope.region}.")
    scope.world.commit(Change(deletes=tuple(doomed), wakes=_wakes(scope.world, *doomed)))
    return as_json({"disarmed": [it.id for it in doomed]})


def armed(world: World, asked: Mapping[str, Any]) -> Fault:
    """A fault that is as a schema has it, armed behind those that are. Raises InvalidBody if its time is over."""
    must_be_ahead(world, asked)
    where = Where(**asked.get("where", {}))
    own = {name: value for name, value in asked.items() if name not in ("where", "services")}
    own["services"] = tuple(asked.get("services", ()))
    while True:
        unchanged = (("fault", world.version("fault")),)
        number = max((it.number for it in world.faults()), default=0) + 1
        fault = Fault(number, where=where, **own)
        try:
            world.commit(Change(puts=(fault,), unchanged=unchanged, wakes=_wakes(world, fault)))
        except Conflict:
            continue
        return fault


def must_be_ahead(world: World, asked: Mapping[str, Any]) -> None:
    """Raise InvalidBody for a fault whose time is over before it is armed."""
    now = world.clock().now(real_now())
    if asked.get("until", now + 1) <= now:
        raise InvalidBody({"until": [f"The clock shows {format_instant(now)} already."]})


def _wakes(world: World, *faults: Fault) -> tuple[Wake, ...]:
    """Whom symptoms may strike or leave looks again; those that are busy, when they have ended what they do."""
    named = {it.where.environment for it in faults if it.what in SYMPTOMS}
    now = world.clock().now(real_now())
    return tuple(
        Wake("environment", it.id, now)
        for it in world.environments()
        if it.live and (None in named or named & {it.environment_name, it.environment_id})
    )


def arm_file(store: Store, path: Path) -> None:
    """Arm the faults of a YAML or JSON file, a list of what the route takes, each with its `account` and `region`.

    Raises ValueError for what is none, naming the entry, and arms none of them then.
    """
    asked = [_entry(store, number, row) for number, row in enumerate(_rows(path), 1)]
    for world, it in asked:
        armed(world, it)


def _rows(path: Path) -> list[dict[Any, Any]]:
    try:
        rows = yaml.load(path.read_bytes(), InstantsAsText)
    except (yaml.YAMLError, RecursionError) as error:
        raise ValueError(f"it is not YAML: {error}") from None
    if not isinstance(rows, list):
        raise ValueError("it is not a list of faults")
    return rows


def _entry(store: Store, number: int, row: object) -> tuple[World, dict[str, Any]]:
    """A fault of a file, with the world that it is for."""
    if not isinstance(row, dict):
        raise ValueError(f"entry {number}: it is no fault")
    account_id, region = (str(row.get(*it)) for it in (("account", DEFAULT_ACCOUNT), ("region", DEFAULT_REGION)))
    if not ACCOUNT.fullmatch(account_id) or not REGION.fullmatch(region):
        told = f"{account_id} in {region} is no account in a region; quote an account's twelve digits"
        raise ValueError(f"entry {number}: {told}")
    world = store.world(account_id, region)
    try:
        asked = checked(FAULT, {name: value for name, value in row.items() if name not in ("account", "region")})
        must_be_ahead(world, asked)
    except InvalidBody as error:
        raise ValueError(f"entry {number}: {'; '.join(_said(error.reasons))}") from None
    return world, asked


def _said(reasons: object, place: str = "") -> Iterator[str]:
    """What is wrong, each with the place it is wrong at."""
    if isinstance(reasons, Mapping):
        for name, inner in reasons.items():
            yield from _said(inner, f"{place}.{name}" if place else str(name))
    elif isinstance(reasons, list):
        for inner in reasons:
            yield from _said(inner, place)
    else:
        yield f"{place}: {reasons}"


class InstantsAsText(yaml.SafeLoader):
    """YAML whose instants stay as they are written: the schema reads them."""


InstantsAsText.add_constructor("tag:yaml.org,2002:timestamp", lambda _, node: node.value)


def describe(fault: Fault, uncounted: int = 0) -> dict[str, object]:
    """As the route shows it: what was asked, its id, and how often it struck, with or without a limit."""
    said = msgspec.to_builtins(fault)
    members = {name: it for name, it in said.items() if name not in _INNER}
    return {"id": fault.id, **members, "until": format_instant(fault.until), "fired": fault.fired + uncounted}


_INNER = ("number", "tokens", "filled", "asked", "generation", "until", "fired")
