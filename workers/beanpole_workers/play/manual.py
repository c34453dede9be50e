"""Accounts on a manual clock: play what is due before the clock's target, one member at a time, each at its instant.

No account's way may keep others waiting: a worker plays a member of one, then gives way to whatever waits.
"""

from collections import deque
from collections.abc import Callable, Sequence
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
from beanpole_workers.play import kinds, retries, run_queue
from beanpole_workers.play.planner import rules_of
from beanpole_workers.play.retries import ATTEMPTS, LEASE
from beanpole_workers.play.runner import Asking

Run = Callable[[str], None]

TURN = 500  # real milliseconds for which a job moves clocks at most

DRAINER = f"{gethostname()}-{getpid()}"  # one thread of a process works, so it is one drainer

log = log_lines.logger(__name__)


def drain(store: Store, catalog: Catalog, members: Sequence[str], others_wait: Callable[[], bool]) -> None:
    """Move accounts' clocks to their targets in turns, a member each, until others wait or `TURN` is over.

    The clocks that are not there yet are due again at once, those that had their turn last. A clock that another worker
    moves is left to it.
    """
    ends = real_now() + TURN
    moving = deque(each for each in members if store.clocks.begin_draining(parts(each)[3], DRAINER, LEASE))
    while moving:
        member = moving.popleft()
        running: list[str] = []
        if _has_turn(store, catalog, parts(member)[3], running):
            moving.append(member)
        elif running:
            for each in running:
                run_queue.request(store, each)
            store.clocks.end_draining(parts(member)[3], DRAINER)
            store.due.give_back([member], real_now() + run_queue.PAUSE)
        else:
            store.due.release(member)
            store.clocks.end_draining(parts(member)[3], DRAINER)
        if moving and (others_wait() or real_now() > ends):
            break
    for member in moving:
        store.clocks.end_draining(parts(member)[3], DRAINER)
    if moving:
        store.due.give_back(moving, real_now())


def _has_turn(store: Store, catalog: Catalog, account_id: str, running: list[str]) -> bool:
    """Play one member on the way to an account's target; false if it has none. A target that fails is given up.

    False, too, where the clock stands still until the commands of a member have been run, which is then `running`.
    """
    target = store.clocks.target(account_id)
    if target is None:
        return False
    try:
        if _play_next(store, catalog, account_id, target, in_worker=True, running=running):
            return not running
    except RedisError:
        raise
    except Exception:
        log.exception("the clock of account %s could not be moved", account_id)
        store.clocks.finish(account_id, target, "failed")
    store.clocks.finish(account_id, target)
    return True


def advance(store: Store, catalog: Catalog, account_id: str, target: Target, run: Run | None = None) -> None:
    """Move a manual clock to its target, or until an environment has a status, in the process of the caller.

    `run` runs the commands of a member. Raises what a member raises, and Conflict if a member can never be committed.
    """
    target = target.from_reading(store.clocks.get(account_id).reading)
    running: list[str] = []
    while _play_next(store, catalog, account_id, target, in_worker=False, running=running):
        while running and run is not None:
            run(running.pop())
    store.clocks.finish(account_id, target)


def _play_next(
    store: Store, catalog: Catalog, account_id: str, target: Target, in_worker: bool, running: list[str]
) -> bool:
    """Play the next member on the way to a target; false at the target, or if the target is not open any more.

    Members due at one instant are played in the order of their names, so every back end tells the same story.
    """
    moved_for = target if in_worker else None
    for _ in range(ATTEMPTS):
        if _reached(store, account_id, target):
            return False
        clock = store.clocks.get(account_id)
        if clock.mode != "manual":
            return False
        following = store.due.next_manual(account_id, target.to)
        if following is None:
            store.clocks.move(account_id, target.to, moved_for)
            return False
        member, at = following
        if not store.clocks.move(account_id, at, moved_for):
            return False
        play = partial(_play, store, catalog, member, at, clock.reading, running)
        if retries.play_or_reschedule(store, member, at, play) if in_worker else play():
            return True
    raise Conflict(f"{member} cannot be committed")


def _reached(store: Store, account_id: str, target: Target) -> bool:
    if target.environment is None:
        return False
    environments = store.world(account_id, target.region or "").environments()
    named = (each for each in environments if target.environment in (each.environment_name, each.environment_id))
    latest = max(named, key=lambda environment: (environment.live, environment.date_created), default=None)
    return latest is not None and latest.status == target.status


def _play(store: Store, catalog: Catalog, member: str, at: int, reading: int, running: list[str]) -> bool:
    """Play one member, due at an instant; false if its commit conflicted, or if another world is there by now.

    The clock is read after the entity: what an import brings in between has other generations, and is not committed.
    Where its commands are still to be run, it is added to those that are `running`, and due at that instant again.
    """
    account_id, region, _, _ = parts(member)
    world = store.world(account_id, region)
    entity, horizon = kinds.load(store, [member]).get(member), max(at, reading)
    clock = world.clock()
    if clock.mode != "manual" or clock.reading < horizon:
        return False
    rules = rules_of(store, world, clock, catalog)
    change = kinds.change(store, member, entity, rules, horizon)
    if isinstance(rules.runner, Asking) and rules.runner.has_asked():
        running.append(member)
        if change is None:
            return True
    if change is None:
        later = kinds.due(entity)
        if later is not None and later <= at:
            raise ValueError(f"{member} is due at {later}, but nothing happens to it")
        store.due.forget_manual(account_id, member, at, later)
        return True
    generation = store.commit_all([(world, change)])[0]
    kinds.keep(store, entity, change, generation)
    return generation > 0
