"""Accounts on a manual clock: play what is due before the clock's target, one member at a time, each at its instant."""

from collections.abc import Callable
from functools import partial
from os import getpid
from socket import gethostname

from redis.exceptions import RedisError

from beanpole import log_lines
from beanpole.catalog import Catalog
from beanpole.clock import real_now
from beanpole.model.clock import Target
from beanpole.store.commit import Conflict
from beanpole.store.due import parts
from beanpole.store.store import Store
from beanpole_workers.play import kinds, retries
from beanpole_workers.play.planner import rules_of
from beanpole_workers.play.retries import ATTEMPTS, LEASE

RENEWED = 1000  # milliseconds after which a long advance renews its lease

DRAINER = f"{gethostname()}-{getpid()}"  # one thread of a process works, so it is one drainer

log = log_lines.logger(__name__)


def drain(store: Store, catalog: Catalog, member: str) -> None:
    """Move an account's clock to its targets in turn, unless another worker does; a target that fails is given up."""
    account_id = parts(member)[3]
    if not store.clocks.begin_draining(account_id, DRAINER, LEASE):
        return
    while (target := store.clocks.target(account_id)) is not None:
        try:
            advance(store, catalog, account_id, target, member)
        except RedisError:
            raise
        except Exception:
            log.exception("the clock of account %s could not be moved", account_id)
            store.clocks.finish(account_id, target, failed=True)
    store.due.release(member)
    store.clocks.end_draining(account_id, DRAINER)


def advance(store: Store, catalog: Catalog, account_id: str, target: Target, member: str | None = None) -> None:
    """Move a manual clock to its target, or until an environment has a status; `member` is a lease to keep.

    Members due at one instant are played in the order of their names, so every back end tells the same story. It ends
    before its time if the target is withdrawn, and with Conflict if a member can never be committed.
    """
    target = target.from_reading(store.clocks.get(account_id).reading)
    renewed, conflicts = real_now(), 0
    while not _reached(store, account_id, target):
        clock = store.clocks.get(account_id)
        if clock.mode != "manual" or (member is not None and not store.clocks.is_pending(account_id, target)):
            break
        following = store.due.next_manual(account_id, target.to)
        if following is None:
            store.clocks.move(account_id, target.to)
            break
        due, at = following
        store.clocks.move(account_id, at)
        play = partial(_play, store, catalog, due, at, clock.reading)
        conflicts = 0 if _played(store, due, at, play, retried=member is not None) else conflicts + 1
        if conflicts == ATTEMPTS:
            raise Conflict(f"{due} cannot be committed")
        if member is not None and real_now() - renewed >= RENEWED:
            renewed = real_now()
            store.due.renew([member], renewed, LEASE)
            store.clocks.keep_draining(account_id, DRAINER, LEASE)
    store.clocks.finish(account_id, target)


def _reached(store: Store, account_id: str, target: Target) -> bool:
    if target.environment is None:
        return False
    environments = store.world(account_id, target.region or "").environments()
    named = (each for each in environments if target.environment in (each.environment_name, each.environment_id))
    latest = max(named, key=lambda environment: (environment.live, environment.date_created), default=None)
    return latest is not None and latest.status == target.status


def _played(store: Store, member: str, at: int, play: Callable[[], bool], retried: bool) -> bool:
    """Play a member; in a worker one that raises is `retried` later, for the caller of an API it raises."""
    return retries.play_or_reschedule(store, member, at, play) if retried else play()


def _play(store: Store, catalog: Catalog, member: str, at: int, reading: int) -> bool:
    """Play one member, due at an instant; false if its commit conflicted."""
    account_id, region, _, _ = parts(member)
    world = store.world(account_id, region)
    entity = kinds.load(store, [member]).get(member)
    change = kinds.change(store, member, entity, rules_of(world, world.clock(), catalog), max(at, reading))
    if change is None:
        later = kinds.due(entity)
        if later is not None and later <= at:
            raise ValueError(f"{member} is due at {later}, but nothing happens to it")
        store.due.forget_manual(account_id, member, at, later)
        return True
    generation = store.commit_all([(world, change)])[0]
    kinds.keep(store, entity, change, generation)
    return generation > 0
