"""Accounts on a wall clock: load a batch of members that are due, advance each, commit all of them.

A batch with many events is committed in portions: while Redis writes one, the next is played.
"""

from collections import deque
from collections.abc import Iterator, Sequence
from functools import partial

from beanpole.catalog.catalog import Catalog
from beanpole.machine.clock import real_now
from beanpole.model.changes.change import Change
from beanpole.model.plan.rules import Rules
from beanpole.store.due import parts
from beanpole.store.store import Store
from beanpole.store.world import World
from beanpole_workers.play import kinds, retries, run_queue
from beanpole_workers.play.planner import rules_of
from beanpole_workers.play.runner import Asking

PORTION = 100  # events of a batch that are committed together, while the next are played
RENEWED = 500  # milliseconds after which a job renews its leases: it takes far less than the rest of them


_Played = tuple[str, World, Change]  # a member, its world and its change


def play(store: Store, catalog: Catalog, members: Sequence[str], leased_at: int = 0) -> None:
    """Play these members as far as they are due; a member that fails is retried later, and stops no other.

    A member whose lease ends is played twice, so leases begin anew if the job has waited for long since then.
    """
    waiting = list(members)
    for _ in range(retries.ATTEMPTS):
        if not waiting:
            break
        now = real_now()
        if not leased_at <= now <= leased_at + RENEWED:
            store.due.renew(waiting, now, retries.LEASE)
            leased_at = now
        waiting = retries.play_separately(store, partial(_play_once, store, catalog), waiting)


def _play_once(store: Store, catalog: Catalog, members: Sequence[str]) -> list[str]:
    """Advance members and commit them; returns the members whose commit conflicted.

    Clocks are read after the entities: entities of an import in between have other generations, and are not committed.
    """
    real = real_now()
    worlds = {member: store.world(*parts(member)[:2]) for member in members}
    entities, conditions = kinds.load_all(store, members, list(dict.fromkeys(worlds.values())))
    rules = {
        world: rules_of(store, world, clock, condition.faults, catalog)
        for world, (clock, condition) in conditions.items()
    }
    played = (
        (member, world, change)
        for member, world in worlds.items()
        if (change := _change(store, member, entities.get(member), rules[world], real)) is not None
    )
    portions: deque[list[_Played]] = deque()
    play_on = partial(_play_portion, played, portions)
    play_on()
    left: list[str] = []
    while portions:
        portion = portions.popleft()
        generations = store.commit_all([(world, change) for _, world, change in portion], meanwhile=play_on)
        for (member, _, change), generation in zip(portion, generations, strict=True):
            kinds.keep(store, entities.get(member), change, generation)
            left += [] if generation else [member]
    return left


def _play_portion(played: Iterator[_Played], portions: deque[list[_Played]]) -> None:
    """Play members until they have many events, and add them as a portion; nothing is added once all are played."""
    portion: list[_Played] = []
    events = 0
    for entry in played:
        portion.append(entry)
        events += len(entry[2].events)
        if events >= PORTION:
            break
    if portion:
        portions.append(portion)


def _change(store: Store, member: str, entity: kinds.Playable | None, rules: Rules, real: int) -> Change | None:
    """The change of a member by now; without one its lease ends, and it is due at the instant of its entity."""
    if rules.clock.mode != "wall":
        store.due.release(member)
        return None
    change = kinds.change(store, member, entity, rules, rules.clock.now(real))
    if isinstance(rules.runner, Asking) and rules.runner.has_missing_results():
        run_queue.request(store, member)
        if change is None:
            store.due.release(member, real + run_queue.PAUSE)
            return None
    if change is None:
        later = kinds.due(entity)
        store.due.release(member, None if later is None else later - rules.clock.offset)
    return change
