"""Retries with backoff: a member that cannot be played is retried, with doubled waits, and delays no other.

Each failure is logged once, with the time of the next try. An error of Redis concerns every member, so it is raised.
"""

from collections.abc import Callable, Sequence

from redis.exceptions import RedisError

from beanpole.machine.clock import real_now
from beanpole.store.due import parts
from beanpole.store.store import Store
from beanpole.text import log_lines

LEASE = 2000  # milliseconds until another worker may take a member that a worker does not finish
ATTEMPTS = 20  # to commit a change that conflicts with others
FIRST = 2000  # milliseconds until a member is tried for the second time
MOST = 60_000  # real milliseconds between two tries, at most
DOUBLED = 24  # times at most; on a manual clock that is more than a year

Play = Callable[[Sequence[str]], list[str]]

log = log_lines.logger(__name__)


def play_separately(store: Store, play: Play, members: Sequence[str]) -> list[str]:
    """Play members together; if that raises, each by itself. Returns the members that are still to be played."""
    try:
        return play(members)
    except RedisError:
        raise
    except Exception:  # noqa: BLE001 - whatever it is, it is logged and retried later
        if len(members) == 1:
            retry_later(store, members[0])
            return []
    return [left for member in members for left in play_separately(store, play, [member])]


def retry_later(store: Store, member: str) -> None:
    """Retry a member of a wall clock: its lease is longer each time, until a commit changes the entity."""
    times = store.due.count_retry(member)
    wait = min(MOST, FIRST * 2 ** min(times - 1, DOUBLED))
    store.due.renew([member], real_now(), wait)
    _log(member, times, wait)


def play_or_reschedule(store: Store, member: str, at: int, play: Callable[[], bool]) -> bool:
    """Play a member of a manual account, due at an instant of its clock; false if its commit conflicted.

    If that raises, the member is due again later.
    """
    try:
        return play()
    except RedisError:
        raise
    except Exception:  # noqa: BLE001 - whatever it is, it is logged and retried later
        times = store.due.count_retry(member)
        wait = FIRST * 2 ** min(times - 1, DOUBLED)
        store.due.forget_manual(parts(member)[0], member, at, at + wait)
        _log(member, times, wait, " of its account's clock")
        return True


def _log(member: str, times: int, wait: int, whose: str = "") -> None:
    """Log a failure, with the traceback of the present exception."""
    text = "%s could not be advanced (%d in a row): it is tried again in %d s%s"
    log.exception(text, member, times, wait // 1000, whose)
