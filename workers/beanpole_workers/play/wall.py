"""Accounts on a wall clock: load a batch of members that are due, advance each, commit all of them in one call."""

from collections.abc import Sequence
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

RENEWED = 500  # milliseconds after which a job renews its leases: it takes far less than the rest of them


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
    """Advance members and commit them in one call; returns the members whose commit conflicted.

    Clocks are read after the entities: entities of an import in between have other generations, and are not committed.
    """
    real = real_now()
    worlds = {member: store.world(*parts(member)[:2]) for member in members}
    entities, conditions = kinds.load_all(store, members, list(dict.fromkeys(worlds.values())))
    rules = {
        world: rules_of(store, world, clock, condition.faults, catalog)
        for world, (clock, condition) in conditions.items()
    }
    ready: list[tuple[str, World, Change]] = []
    for member, world in worlds.items():
        change = _change(store, member, entities.get(member), rules[world], real)
        if change is not None:
            ready.append((member, world, change))
    if not ready:
        return []
    generations = store.commit_all([(world, change) for _, world, change in ready])
    for (member, _, change), generation in zip(ready, generations, strict=True):
        kinds.keep(store, entities.get(member), change, generation)
    return [member for (member, _, _), generation in zip(ready, generations, strict=True) if not generation]


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
