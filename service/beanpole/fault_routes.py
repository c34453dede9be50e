"""The control routes of faults: arm, list, disarm; and the faults of a file, armed at the start."""

from collections.abc import Mapping
from http import HTTPStatus
from pathlib import Path
from typing import Any

import msgspec
import yaml
from flask import Response, request

from beanpole.asker import Asker
from beanpole.bodies import FAULT, body, load, shown
from beanpole.caller import ACCOUNT, DEFAULT_ACCOUNT, DEFAULT_REGION, REGION
from beanpole.model.change import Change
from beanpole.model.faults import Fault, Where
from beanpole.problems import Problem, as_json
from beanpole.store.commit import Conflict
from beanpole.store.store import Store
from beanpole.store.world import World


def get(asker: Asker) -> Response:
    """The faults that are armed, with how often each struck."""
    return as_json({"faults": [describe(it) for it in asker.world.faults()]})


def arm(asker: Asker) -> Response:
    """Arm a fault; it strikes from now on."""
    fault = armed(asker.world, load(FAULT, body()))
    return as_json(describe(fault), HTTPStatus.CREATED)


def disarm(asker: Asker) -> Response:
    """Disarm one fault by its id, or all of them."""
    wanted = request.args.get("id")
    doomed = [it for it in asker.world.faults() if wanted in (None, it.id)]
    if wanted is not None and not doomed:
        raise Problem(HTTPStatus.NOT_FOUND, f"No fault {wanted} is armed in {asker.region}.")
    asker.world.commit(Change(deletes=tuple(doomed)))
    return as_json({"disarmed": [it.id for it in doomed]})


def armed(world: World, asked: Mapping[str, Any]) -> Fault:
    """A fault that is as a schema has it, armed behind those that are."""
    where = Where(**asked.get("where", {}))
    own = {name: value for name, value in asked.items() if name != "where"}
    while True:
        unchanged = (("fault", world.version("fault")),)
        number = max((it.number for it in world.faults()), default=0) + 1
        fault = Fault(number, where=where, **own)
        try:
            world.commit(Change(puts=(fault,), unchanged=unchanged))
        except Conflict:
            continue
        return fault


def arm_file(store: Store, path: Path) -> None:
    """Arm the faults of a YAML or JSON file, a list of what the route takes, each with its `account` and `region`.

    Raises ValueError or Wrong for what is none, and arms none of them then.
    """
    rows = yaml.load(path.read_bytes(), InstantsAsText)
    if not isinstance(rows, list) or not all(isinstance(it, dict) for it in rows):
        raise ValueError("it is not a list of faults")
    asked = []
    for row in rows:
        account_id = str(row.pop("account", DEFAULT_ACCOUNT))
        region = str(row.pop("region", DEFAULT_REGION))
        if not ACCOUNT.fullmatch(account_id) or not REGION.fullmatch(region):
            raise ValueError(f"{account_id} in {region} is no account in a region; quote an account's twelve digits")
        asked.append((account_id, region, load(FAULT, msgspec.json.encode(row))))
    for account_id, region, it in asked:
        store.clocks.get(account_id)
        armed(store.world(account_id, region), it)


class InstantsAsText(yaml.SafeLoader):
    """YAML whose instants stay as they are written: the schema reads them."""


InstantsAsText.add_constructor("tag:yaml.org,2002:timestamp", lambda _, node: node.value)


def describe(fault: Fault) -> dict[str, object]:
    """As the route shows it: what was asked, its id, and how often it struck."""
    said = msgspec.to_builtins(fault)
    members = {name: it for name, it in said.items() if name not in _INNER}
    return {"id": fault.id, **members, "until": shown(fault.until), "fired": fault.fired}


_INNER = ("number", "tokens", "filled", "asked", "generation", "until", "fired")
