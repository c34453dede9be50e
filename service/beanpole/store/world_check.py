"""Whether a document is a world that could go on: its parts fit together, and every plan has the steps it needs."""

from collections.abc import Iterable, Iterator

import msgspec

from beanpole.model.changes.change import FAULT_FILE, cname_claim, environment_name_claim
from beanpole.model.clock import LATEST
from beanpole.model.faults.symptoms import Symptom
from beanpole.store.snapshot import Region, Snapshot

WAKEFUL = {"application", "environment", "platform", "version"}  # the kinds that can be due
INSTANTS = (  # the members of entities that are milliseconds
    "date_created",
    "date_updated",
    "due",
    "executed_at",
    "finished_at",
    "sampled_at",
    "settings_updated",
    "terminated_at",
    "until",
)


class Inconsistent(Exception):
    """A document that is no world, and why."""


def decode(blob: bytes, account_id: str) -> Snapshot:
    """A world of that account from JSON; raises Inconsistent with the place and the reason."""
    try:
        snapshot = msgspec.json.decode(blob, type=Snapshot)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Inconsistent(str(error)) from None
    if snapshot.account_id != account_id:
        raise Inconsistent(f"it is the world of account {snapshot.account_id}, not of {account_id}")
    if any(not 0 <= it <= LATEST for it in _instants(snapshot)):
        raise Inconsistent("an instant lies before 1970 or after 2999")
    for name, region in snapshot.regions.items():
        _must_fit_together(account_id, name, region)
    return snapshot


def _instants(snapshot: Snapshot) -> Iterator[int]:
    yield from (snapshot.clock.reading, snapshot.clock.offset, snapshot.draws)
    for region in snapshot.regions.values():
        for entity in (*region.beside_environments, *region.environments):
            yield from (getattr(entity, name, None) or 0 for name in INSTANTS)
        for environment in region.environments:
            yield environment.due or 0
            yield from (it.due for it in environment.log_requests)
            yield from _spans(environment.symptoms)
            if (run := environment.managed_run) is not None:
                yield from (run.executed_at, run.window_start, run.until or 0)
            if environment.activity is not None:
                yield from (environment.activity.started, environment.activity.began)
        fleets = (*region.fleets.values(), *(it.instances for it in region.infos))
        for instance in (it for fleet in fleets for it in fleet):
            yield from (instance.launched_at, instance.deployed_at or 0, instance.began_at or 0)
            yield from (instance.unhealthy_since or 0, *_spans(instance.symptoms))
            yield from (it.at for it in instance.history)
        yield from (it.at for it in region.events)
        yield from (it.at for it in region.wakes)


def _spans(symptoms: Iterable[Symptom]) -> Iterator[int]:
    for it in symptoms:
        yield from (it.since, it.until or 0)


def _must_fit_together(account_id: str, name: str, region: Region) -> None:
    places = {(it.account_id, it.region) for it in region.environments}
    if not places <= {(account_id, name)}:
        raise Inconsistent(f"an environment in {name} says that it is elsewhere")
    known = {it.id for it in region.environments}
    woken = {it.id for it in region.wakes if it.kind == "environment"}
    strays = (region.fleets.keys() | region.plans.keys() | woken) - known
    if strays:
        raise Inconsistent(
            f"{name} has no environment {min(strays)}, to which a fleet, a plan or a due instant belongs"
        )
    if stranger := {it.kind for it in region.wakes} - WAKEFUL:
        raise Inconsistent(f"a {min(stranger)} is due in {name}, which is nothing that anything happens to by itself")
    if lost := {it.id for it in region.versions if it.is_busy != (it.due is not None)}:
        raise Inconsistent(f"version {min(lost)} must be due if, and only if, it is built or processed")
    _names_must_have_holders(name, region)
    _plans_must_be_whole(region)


def _names_must_have_holders(name: str, region: Region) -> None:
    """Each live environment holds its name and its CNAME; beside them only entries of files of faults are held."""
    held = {}
    for it in (it for it in region.environments if it.live):
        for claim in (environment_name_claim(it.environment_name), *([cname_claim(it.cname)] if it.cname else [])):
            if region.claims.get(claim) != it.id:
                raise Inconsistent(f"environment {it.id} is live, but does not hold the claim {claim}")
            held[claim] = it.id
    if spare := {it for it in region.claims if not it.startswith(FAULT_FILE)} - held.keys():
        raise Inconsistent(
            f"no live environment in {name} has the claim {min(spare)}, which {region.claims[min(spare)]} holds"
        )


def _plans_must_be_whole(region: Region) -> None:
    """Whoever plays a plan finds the step at which the environment stands, and every step after it."""
    for it in region.environments:
        if it.activity is None or it.activity.steps == 0:
            continue
        step, steps, planned = it.activity.step, it.activity.steps, len(region.plans.get(it.id, ()))
        if steps != planned:
            raise Inconsistent(f"environment {it.id} has a plan of {planned} steps, but its activity counts {steps}")
        if not 0 <= step < steps:
            raise Inconsistent(f"environment {it.id} stands at step {step} of a plan of {steps}, counted from 0")
