"""Accounts on a manual clock: play members that are due before the clock's target, one at a time, each at its instant.

A member is played from one of its instants to the next until another member of its account is due, and this stretch is
one commit: most accounts of tests have one environment with an activity. The events are the same as with a commit for
each instant.

No account may delay others: a worker plays a stretch of one account, and the stretch ends when others wait.
"""

from collections import deque
from collections.abc import Callable, Sequence
from os import getpid
from socket import gethostname
from typing import NamedTuple

from msgspec.structs import replace
from redis.exceptions import RedisError

from beanpole.catalog.catalog import Catalog
from beanpole.machine.clock import real_now
from beanpole.model.changes.change import Move
from beanpole.model.time.clock import Clock, Target
from beanpole.store import conditions
from beanpole.store.commit import Conflict
from beanpole.store.due import Following, parts
from beanpole.store.store import Store
from beanpole.text import log_lines
from beanpole_workers.engine.advance import Stretch
from beanpole_workers.play import kinds, retries, run_queue
from beanpole_workers.play.planner import rules_of
from beanpole_workers.play.retries import ATTEMPTS, LEASE
from beanpole_workers.play.runner import Asking

Run = Callable[[str], None]

TURN = 500  # real milliseconds for which a job moves clocks at most
INSTANTS = 100  # of one stretch: a commit of more would not be cheaper, and a conflict would cost more

log = log_lines.logger(__name__)


def drain(store: Store, catalog: Catalog, members: Sequence[str], others_wait: Callable[[], bool]) -> None:
    """Move accounts' clocks to their targets in turns, a member each, until others wait or `TURN` is over.

    Clocks before their targets are due again at once, those that had their turn last. A clock that another worker moves
    is skipped.
    """
    ends, drainer = real_now() + TURN, _drainer()

    def must_end() -> bool:
        return others_wait() or real_now() > ends

    moving = deque(member for member in members if store.clocks.begin_draining(parts(member)[3], drainer, LEASE))
    while moving:
        member = moving.popleft()
        running: list[str] = []
        if _has_turn(Player(store, catalog, parts(member)[3], running, must_end)):
            moving.append(member)
        else:
            _leave(store, member, running, drainer)
        if moving and must_end():
            break
    for member in moving:
        store.clocks.end_draining(parts(member)[3], drainer)
    if moving:
        store.due.give_back(moving, real_now())


def _leave(store: Store, member: str, running: Sequence[str], drainer: str) -> None:
    """Let a clock stand: at its target, or until the commands of the members in `running` have been run."""
    for name in running:
        run_queue.request(store, name)
    if not running:
        store.due.release(member)
    store.clocks.end_draining(parts(member)[3], drainer)
    if running:
        store.due.give_back([member], real_now() + run_queue.PAUSE)


def _drainer() -> str:
    """The name of this process as the holder of locks; one of its threads works. A fork has another name."""
    return f"{gethostname()}-{getpid()}"


class Player(NamedTuple):
    """The player that moves the clock of an account; in a worker it ends its turn when it `must_end`.

    The clock stands still for members whose commands are to be run; they are added to `running`.
    """

    store: Store
    catalog: Catalog
    account_id: str
    running: list[str]
    must_end: Callable[[], bool] | None = None

    @property
    def is_worker(self) -> bool:
        """Tell whether the player is in a worker: a failure is retried later, and a target may be withdrawn."""
        return self.must_end is not None

    def stretch(self, following: Following, target: Target) -> Stretch:
        """The stretch of a member: to the target, or until another member is due, with at most `INSTANTS` instants."""
        until = target.to if following.others_at is None else following.others_at - 1
        left = iter(range(INSTANTS - 1))
        must_end = self.must_end
        return Stretch(until, lambda: next(left, None) is not None and not (must_end and must_end()))


def _has_turn(player: Player) -> bool:
    """Play one member on the way to an account's target; false without a target. A target that fails is ended.

    False also if the clock stands still until the commands of a member have been run, which is then in `running`.
    """
    clocks, account_id = player.store.clocks, player.account_id
    target = clocks.target(account_id)
    if target is None:
        return False
    try:
        if _play_next(player, target):
            return not player.running
    except RedisError:
        raise
    except Exception:
        log.exception("the clock of account %s could not be moved", account_id)
        clocks.finish(account_id, target, "failed")
    clocks.finish(account_id, target)
    return True


def advance(store: Store, catalog: Catalog, account_id: str, target: Target, run: Run | None = None) -> None:
    """Move a manual clock to its target, or until an environment has a status, in the process of the caller.

    `run` runs the commands of a member. Raises what a member raises, and Conflict if a member can never be committed.
    """
    target = target.from_reading(store.clocks.get(account_id).reading)
    player = Player(store, catalog, account_id, [])
    while _play_next(player, target):
        while player.running and run is not None:
            run(player.running.pop())
    store.clocks.finish(account_id, target)


def _play_next(player: Player, target: Target) -> bool:
    """Play the next member on the way to a target; false at the target, or if the target is no longer pending.

    Members due at one instant are played in the order of their names, so every back end has the same events.
    """
    store, account_id = player.store, player.account_id
    for _ in range(ATTEMPTS):
        if _reached(store, account_id, target):
            return False
        clock = store.clocks.get(account_id)
        if clock.mode != "manual":
            return False
        following = store.due.next_manual(account_id, target.to)
        if following is None:
            store.clocks.move(account_id, target.to, target if player.is_worker else None)
            return False
        play = _Turn(player, target, clock, following).play
        if retries.play_or_reschedule(store, following.name, following.at, play) if player.is_worker else play():
            return True
        if player.is_worker and not store.clocks.is_pending(account_id, target):
            return False
    raise Conflict(f"the clock of account {account_id} cannot be moved: the commits of its members conflict each time")


def _reached(store: Store, account_id: str, target: Target) -> bool:
    if target.environment is None:
        return False
    environments = store.world(account_id, target.region or "").environments()
    named = (
        environment
        for environment in environments
        if target.environment in (environment.environment_name, environment.environment_id)
    )
    latest = max(named, key=lambda environment: (environment.live, environment.date_created), default=None)
    return latest is not None and latest.status == target.status


class _Turn(NamedTuple):
    """The turn of a due member on the way to a target, with the clock that was read before."""

    player: Player
    target: Target
    clock: Clock
    following: Following

    def play(self) -> bool:
        """Play a stretch of the member; false if its commit conflicted, or if the world was replaced.

        If a stretch fails, the clock is moved to its first instant, which is played alone. So all instants before the
        failing one are committed, and the clock shows the failing instant.
        """
        stretch = self.player.stretch(self.following, self.target)
        try:
            return self._play(stretch)
        except RedisError:
            raise
        except Exception:  # noqa: BLE001 - whatever it is, it is raised again by the instant that fails
            if not self._move():
                return False
        reading = max(self.following.at, self.clock.reading)
        return self._replace(clock=replace(self.clock, reading=reading))._play(None)

    def _play(self, stretch: Stretch | None) -> bool:
        """Play the member; false if its commit conflicted, or if the world was replaced.

        If its commands are still to be run, it is added to `running`, and due at the same instant again.
        """
        store, (member, at, _) = self.player.store, self.following
        account_id, region, kind, id_ = parts(member)
        world = store.world(account_id, region)
        present = conditions.read(store.redis, world)
        entity, horizon = kinds.load(store, member), max(at, self.clock.reading)
        rules = rules_of(store, world, self.clock, present.faults, self.player.catalog)
        change = kinds.change(store, member, entity, rules, horizon, stretch)
        must_run = isinstance(rules.runner, Asking) and rules.runner.has_missing_results()
        if must_run:
            self.player.running.append(member)
        if change is None:
            return self._move_alone(entity, must_run)
        target = self.target.id if self.player.is_worker else None
        move = Move(kind, id_, at, max(horizon, change.reached), self.clock, target)
        change = replace(change, move=move, unchanged=(*change.unchanged, *present.unchanged))
        generation = store.commit_all([(world, change)])[0]
        kinds.keep(store, entity, change, generation)
        return generation > 0

    def _move_alone(self, entity: kinds.Playable | None, must_run: bool) -> bool:
        """Move the clock to an instant without a change; false if the clock was replaced.

        The member is due again at the instant of its entity.
        """
        store, (member, at, _) = self.player.store, self.following
        if not self._move():
            return False
        if must_run:
            return True
        later = kinds.due(entity)
        if later is not None and later <= at:
            raise ValueError(f"{member} is due at {later}, but has no change")
        store.due.forget_manual(self.player.account_id, member, at, later)
        return True

    def _move(self) -> bool:
        """Move the clock to the due instant of the member; false if the clock was replaced."""
        target = self.target if self.player.is_worker else None
        return self.player.store.clocks.move(self.player.account_id, self.following.at, target)
