"""The routes of faults: list, arm, disarm; and the faults of a file, armed when the server starts.

The schema is imported with the first fault that it checks, so that the server answers soon.
"""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from hashlib import sha256
from http import HTTPStatus
from pathlib import Path
from typing import Any

import msgspec
import yaml
from flask import Response, request

from beanpole.caller.credential import ACCOUNT, DEFAULT_ACCOUNT, DEFAULT_REGION, REGION
from beanpole.control.instants import format_instant
from beanpole.control.problems import InvalidBody, Problem, as_json
from beanpole.control.schemas import body, checked, load
from beanpole.control.scope import Scope
from beanpole.machine.clock import real_now
from beanpole.model.changes.change import Change, Claim, Wake, fault_file_claim
from beanpole.model.faults.fault import Fault, Where
from beanpole.model.faults.symptoms import SYMPTOMS
from beanpole.store.commit import Conflict
from beanpole.store.store import Store
from beanpole.store.world import World
from beanpole.tables import limits
from beanpole.tables.yaml_tables import Unique


def get(scope: Scope) -> Response:
    """The armed faults, each with the count of its hits."""
    unlimited = scope.world.fired()
    return as_json({"faults": [describe(fault, unlimited.get(fault.id, 0)) for fault in scope.world.faults()]})


def arm(scope: Scope) -> Response:
    """Arm a fault; it may fire from now on."""
    from beanpole.control.fault_schema import FAULT

    fault = arm_in(scope.world, load(FAULT, body()))
    assert fault is not None  # it has no claim
    return as_json(describe(fault), HTTPStatus.CREATED)


def disarm(scope: Scope) -> Response:
    """Disarm the fault of that `id`, or all of them."""
    id_ = request.args.get("id")
    faults = [fault for fault in scope.world.faults() if id_ in (None, fault.id)]
    if id_ is not None and not faults:
        raise Problem(HTTPStatus.NOT_FOUND, f"No fault {id_} is armed in {scope.region}.")
    scope.world.commit(Change(deletes=tuple(faults), wakes=_wakes(scope.world, *faults)))
    return as_json({"disarmed": [fault.id for fault in faults]})


def arm_in(world: World, document: Mapping[str, Any], claim: str | None = None) -> Fault | None:
    """Arm a fault, loaded by the schema, after those that are armed; raises InvalidBody if its `until` is past or if
    too many are armed.

    With a claim it is armed once in a world, even if several processes try; None if it was armed before.
    """
    _must_be_ahead(world, document)
    members = _members(document)
    while True:
        if claim is not None and world.holder(claim) is not None:
            return None
        unchanged = (("fault", world.version("fault")),)
        faults = world.faults()
        if len(faults) >= limits.most("armed_faults"):
            raise InvalidBody({"_body": [limits.sentence("armed_faults")]})
        number = max((fault.number for fault in faults), default=0) + 1
        fault = Fault(number, **members)
        try:
            claims = () if claim is None else (Claim(claim, None, fault.id),)
            world.commit(Change(puts=(fault,), unchanged=unchanged, claims=claims, wakes=_wakes(world, fault)))
        except Conflict:
            continue
        return fault


class NoFault(Exception):
    """A fault that the route would not have armed, and why."""


def check(fault: Fault) -> None:
    """Raise NoFault for a fault that the route would not have armed, whatever its count and its end."""
    from beanpole.control.fault_schema import FAULT

    document = describe(fault)
    try:
        checked(FAULT, {name: value for name, value in document.items() if name not in ("id", "until", "fired")})
    except InvalidBody as error:
        raise NoFault(f"{fault.id} is no fault: {'; '.join(_sentences(error.reasons))}") from None


def _members(document: Mapping[str, Any]) -> dict[str, Any]:
    """The members of a Fault; those that say how bad a symptom is are its severity."""
    row = SYMPTOMS.get(document["what"])
    names = row.defaults.keys() & document.keys() if row is not None else set()
    severity = {name: tuple(document[name]) if isinstance(document[name], list) else document[name] for name in names}
    others = {name: value for name, value in document.items() if name not in names}
    return others | {"where": Where(**document.get("where", {})), "severity": severity}


def _must_be_ahead(world: World, document: Mapping[str, Any]) -> None:
    """Raise InvalidBody for a fault that ends before it is armed."""
    now = world.clock().now(real_now())
    if document.get("until", now + 1) <= now:
        raise InvalidBody({"until": [f"The clock shows {format_instant(now)} already."]})


def _wakes(world: World, *faults: Fault) -> tuple[Wake, ...]:
    """Wake the environments in which symptoms may begin or end; a busy one looks at the faults when it is done."""
    named = {fault.where.environment for fault in faults if fault.kind == "symptom"}
    now = world.clock().now(real_now())
    return tuple(
        Wake("environment", environment.id, now)
        for environment in world.environments()
        if environment.live and (None in named or named & {environment.environment_name, environment.environment_id})
    )


def arm_file(store: Store, path: Path) -> None:
    """Arm the faults of a YAML or JSON file, a list of what the route takes, each with its `account` and `region`.

    An entry is armed once in a world: several processes may start with the same file, and start again. An entry that
    has changed counts as a new one. Raises ValueError, with the number of the entry, if an entry is no fault; then none
    is armed.
    """
    rows = _rows(path)
    entries = [_entry(store, number, row) for number, row in enumerate(rows, 1)]
    equal: Counter[str] = Counter()
    for row, (world, document) in zip(rows, entries, strict=True):
        digest = sha256(json.dumps(row, sort_keys=True, default=str).encode()).hexdigest()
        equal[digest] += 1
        try:
            arm_in(world, document, fault_file_claim(f"{digest}/{equal[digest]}"))
        except InvalidBody as error:
            raise ValueError("; ".join(_sentences(error.reasons))) from None


def _rows(path: Path) -> list[dict[Any, Any]]:
    try:
        rows = yaml.load(path.read_bytes(), InstantsAsText)
    except (yaml.YAMLError, RecursionError) as error:
        raise ValueError(f"it is not YAML: {error}") from None
    if not isinstance(rows, list):
        raise ValueError("it is not a list of faults")
    return rows


def _entry(store: Store, number: int, row: object) -> tuple[World, dict[str, Any]]:
    """A fault of a file, loaded by the schema, and the world to arm it in."""
    from beanpole.control.fault_schema import FAULT

    if not isinstance(row, dict):
        raise ValueError(f"entry {number}: it is no fault")
    account_id, region = str(row.get("account", DEFAULT_ACCOUNT)), str(row.get("region", DEFAULT_REGION))
    if not ACCOUNT.fullmatch(account_id) or not REGION.fullmatch(region):
        reason = f"{account_id} in {region} is no account in a region; quote an account's twelve digits"
        raise ValueError(f"entry {number}: {reason}")
    world = store.world(account_id, region)
    try:
        document = checked(FAULT, {name: value for name, value in row.items() if name not in ("account", "region")})
        _must_be_ahead(world, document)
    except InvalidBody as error:
        raise ValueError(f"entry {number}: {'; '.join(_sentences(error.reasons))}") from None
    return world, document


def _sentences(reasons: object, path: str = "") -> Iterator[str]:
    """Every reason, with the path of the member that it is about."""
    if isinstance(reasons, Mapping):
        for name, inner in reasons.items():
            yield from _sentences(inner, f"{path}.{name}" if path else str(name))
    elif isinstance(reasons, list):
        for inner in reasons:
            yield from _sentences(inner, path)
    else:
        yield f"{path}: {reasons}"


class InstantsAsText(Unique, yaml.SafeLoader):
    """YAML whose instants stay text: the schema reads them."""


InstantsAsText.add_constructor("tag:yaml.org,2002:timestamp", lambda _, node: node.value)


def describe(fault: Fault, unlimited: int = 0) -> dict[str, object]:
    """A fault as the routes show it: its id, its members, and the count of its hits, with or without a limit."""
    document = msgspec.to_builtins(fault)
    members = {name: value for name, value in document.items() if name not in _INNER} | document.get("severity", {})
    return {"id": fault.id, **members, "until": format_instant(fault.until), "fired": fault.fired + unlimited}


_INNER = ("number", "severity", "tokens", "filled", "matched", "generation", "until", "fired")
