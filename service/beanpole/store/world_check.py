"""Checks an imported world: its parts must be consistent, and every plan must have all its remaining steps."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

import msgspec
from msgspec import Raw
from msgspec.structs import replace

from beanpole.model.changes.change import FAULT_FILE, cname_claim, environment_name_claim
from beanpole.model.environment.environment import Environment
from beanpole.model.environment.instance import Instance
from beanpole.model.faults.symptoms import Symptom
from beanpole.model.instance import content, disk, outcomes
from beanpole.model.plan import plan, playability
from beanpole.model.plan.plan import Scheduled
from beanpole.model.time.clock import LATEST
from beanpole.store import world_document
from beanpole.store.snapshot import Region, Snapshot
from beanpole.store.world_forms import misfits
from beanpole.tables import limits

DUE_KINDS = {"application", "environment", "platform", "version"}  # the kinds that can be due
INSTANTS = (  # the members of entities that are milliseconds
    "date_created",
    "date_updated",
    "due",
    "executed_at",
    "finished_at",
    "group_due",
    "sampled_at",
    "scaling_due",
    "settings_updated",
    "terminated_at",
    "until",
)


class Inconsistent(Exception):
    """A document that is not a consistent world, and the reason."""


def decode(blob: bytes, account_id: str) -> Snapshot:
    """A world of that account from JSON; raises Inconsistent with the member and the reason."""
    try:
        snapshot = world_document.decode(blob)
    except world_document.Undecodable as error:
        raise Inconsistent(str(error)) from None
    if snapshot.account_id != account_id:
        raise Inconsistent(f"it is the world of account {snapshot.account_id}, not of {account_id}")
    if any(not 0 <= instant <= LATEST for instant in _instants(snapshot)):
        raise Inconsistent("an instant lies before 1970 or after 2999")
    for member, reason in misfits("world", snapshot):
        raise Inconsistent(f"{member} {reason}")
    for name, region in snapshot.regions.items():
        if len(region.faults) > limits.most("armed_faults"):
            raise Inconsistent(f"too many faults in {name}. {limits.sentence('armed_faults')}".removesuffix("."))
        _check_ids(name, region)
        _check_region(account_id, name, region)
    return snapshot


def _instants(snapshot: Snapshot) -> Iterator[int]:
    yield from (snapshot.clock.reading, snapshot.clock.offset, snapshot.draws)
    for region in snapshot.regions.values():
        for entity in (*region.beside_environments, *region.environments):
            yield from (getattr(entity, name, None) or 0 for name in INSTANTS)
        for environment in region.environments:
            yield environment.due or 0
            yield from (request.due for request in environment.log_requests)
            yield from (loss.at for loss in environment.losses)
            yield from _spans(environment.symptoms)
            if (run := environment.managed_run) is not None:
                yield from (run.executed_at, run.window_start, run.until or 0)
            if environment.activity is not None:
                yield from (environment.activity.started, environment.activity.began)
        fleets = (*region.fleets.values(), *(sample.instances for sample in region.infos))
        for instance in (instance for fleet in fleets for instance in fleet):
            yield from (instance.launched_at, instance.deployed_at or 0, instance.began_at or 0)
            yield from (instance.unhealthy_since or 0, *_spans(instance.symptoms))
            yield from (record.at for record in instance.history)
        yield from (event.at for event in region.events)
        yield from (wake.at for wake in region.wakes)
        yield from (sighting.at for those in region.sightings.values() for sighting in those)


def _spans(symptoms: Iterable[Symptom]) -> Iterator[int]:
    for symptom in symptoms:
        yield from (symptom.since, symptom.until or 0)


def _check_ids(name: str, region: Region) -> None:
    for kind in {type(entity) for entity in region.entities}:
        count = Counter(entity.id for entity in region.entities if isinstance(entity, kind))
        if repeated := [id_ for id_, times in count.items() if times > 1]:
            raise Inconsistent(f"{name} has {kind.__name__} {min(repeated)!a} more than once")


def _check_region(account_id: str, name: str, region: Region) -> None:
    scopes = {(environment.account_id, environment.region) for environment in region.environments}
    if not scopes <= {(account_id, name)}:
        raise Inconsistent(f"an environment in {name} says that it is elsewhere")
    _check_parts(name, region)
    _check_versions(name, region)
    _check_claims(name, region)
    _check_plans(region)
    for environment in region.environments:
        _check_phase(environment)
        owner = f"environment {environment.id}"
        _check_files(owner, region.fleets.get(environment.id, ()), region.files.get(environment.id, {}))
    for sample in region.infos:
        bare = tuple(replace(instance, disk=None) for instance in sample.instances)
        _check_files(f"log sample {sample.id}", bare, sample.reports)


def _check_parts(name: str, region: Region) -> None:
    """Check that each part belongs to an environment, and that only what can be due is due."""
    ids = {environment.id for environment in region.environments}
    woken_ids = {wake.id for wake in region.wakes if wake.kind == "environment"}
    with_parts = region.fleets.keys() | region.plans.keys() | region.files.keys() | region.sightings.keys()
    strays = (with_parts | woken_ids) - ids
    if strays:
        raise Inconsistent(
            f"{name} has no environment {min(strays)}, "
            "to which a fleet, a plan, a file, a sighting or a due instant belongs"
        )
    if stranger := {wake.kind for wake in region.wakes} - DUE_KINDS:
        raise Inconsistent(f"a {min(stranger)} is due in {name}, which is no kind that can be due")


def _check_versions(name: str, region: Region) -> None:
    """Check that versions are due exactly while they are built or processed, and that their bundles are there."""
    if not_due := {version.id for version in region.versions if version.is_busy != (version.due is not None)}:
        raise Inconsistent(f"version {min(not_due)} must be due if, and only if, it is built or processed")
    digests = {version.digest for version in region.versions if version.digest is not None}
    if unknown := digests - {bundle.digest for bundle in region.bundles}:
        raise Inconsistent(f"{name} has no bundle with the digest {min(unknown)!a}, which a version has")


def _check_files(owner: str, fleet: Sequence[Instance], files: Mapping[str, bytes]) -> None:
    """Check that each disk and each report that instances name exists; other files are of terminated instances."""
    for digest, encoded in files.items():
        if content.digest(encoded) != digest:
            raise Inconsistent(f"file {digest[:64]!a} of {owner} has the digest {content.digest(encoded)}")
    named: dict[str, Callable[[bytes], object]] = {
        instance.disk: disk.decode for instance in fleet if instance.disk is not None
    }
    named |= {
        record.report: outcomes.decode for instance in fleet for record in instance.history if record.report is not None
    }
    for digest, decode in named.items():
        try:
            decode(files.get(digest, b""))
        except ValueError as error:
            raise Inconsistent(f"file {digest[:64]!a}, which an instance of {owner} names, is none: {error}") from None


def _check_claims(name: str, region: Region) -> None:
    """Check that live environments hold their names and CNAMEs, and that all other claims are of files of faults."""
    holders = {}
    for environment in region.environments:
        for claim in _claims(environment) if environment.live else ():
            if region.claims.get(claim) != environment.id:
                raise Inconsistent(f"environment {environment.id} is live, but does not hold the claim {claim}")
            holders[claim] = environment.id
    if spare := {claim for claim in region.claims if not claim.startswith(FAULT_FILE)} - holders.keys():
        raise Inconsistent(
            f"no live environment in {name} has the claim {min(spare)}, which {region.claims[min(spare)]} holds"
        )


def _claims(environment: Environment) -> Iterator[str]:
    yield environment_name_claim(environment.environment_name)
    if environment.cname:
        yield cname_claim(environment.cname)


def _check_phase(environment: Environment) -> None:
    """Check that an environment is Ready or Terminated exactly if no activity but that of its group is in progress."""
    activity, status = environment.activity, environment.status
    is_idle = activity is None or activity.kind == "scale"
    if is_idle != (status in ("Ready", "Terminated")):
        what = "it has no activity" if activity is None else f"its {activity.kind} is in progress"
        raise Inconsistent(f"environment {environment.id} is {status}, but {what}")


def _check_plans(region: Region) -> None:
    """Check that a plan has the environment's present step, and every step after it."""
    for environment in region.environments:
        id_, activity = environment.id, environment.activity
        if activity is None or activity.steps == 0:
            continue
        step, steps, planned = activity.step, activity.steps, len(region.plans.get(id_, ()))
        if steps != planned:
            raise Inconsistent(f"environment {id_} has a plan of {planned} steps, but its activity counts {steps}")
        if not 0 <= step < steps:
            raise Inconsistent(f"environment {id_} stands at step {step} of a plan of {steps}, counted from 0")
    for id_, steps_ in region.plans.items():
        _check_plan(next(environment for environment in region.environments if environment.id == id_), steps_)


def _check_plan(environment: Environment, steps: Sequence[Raw]) -> None:
    """Check that each step is one of the vocabulary, and that its turn finds all that it needs."""
    decoded = []
    for index, step in enumerate(steps):
        try:
            decoded.append(plan.decode(bytes(step)))
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            reason = ascii(str(error))
            raise Inconsistent(f"step {index} of the plan of environment {environment.id} is none: {reason}") from None
        _check_step(environment, index, decoded[-1])
    if refusal := playability.unplayable(environment, decoded):
        index, reason = refusal
        raise Inconsistent(f"step {index} of the plan of environment {environment.id} cannot be played: {reason}")


def _check_step(environment: Environment, index: int, scheduled: Scheduled) -> None:
    for member, reason in misfits("step", scheduled):
        raise Inconsistent(f"step {index} of the plan of environment {environment.id}: {member} {reason}")
    if not 0 <= scheduled.lasts <= LATEST / 1000:
        raise Inconsistent(f"step {index} of the plan of environment {environment.id} lasts {scheduled.lasts} s")
