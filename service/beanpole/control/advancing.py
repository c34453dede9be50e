"""Advances of a manual clock: the caller waits, renews its target meanwhile, and withdraws it if something fails.

So no target outlives its caller. If the process of the caller dies, the target is not renewed, and no worker plays it
any more; where Redis is away, the answer waits until the target is withdrawn or not renewed for too long.
"""

from http import HTTPStatus

from flask import request

from beanpole.control import waiting
from beanpole.control.presence import has_left
from beanpole.control.problems import Problem
from beanpole.control.scope import Scope
from beanpole.machine.clock import real_now, sleep
from beanpole.model.time.clock import Target
from beanpole.store.clocks import TARGET_LEASE
from beanpole.store.connection import StoreError

POLL = 0.002  # seconds of real time between two looks at whether the target is reached
RENEWAL = 500  # milliseconds of real time between two renewals of the target
PAUSE = 0.1  # seconds between two tries to withdraw the target


def play(scope: Scope, target: Target) -> None:
    """Hand the target to the workers and wait until they have finished with it.

    Raises Problem with 504 if that takes too long, or if the caller does not wait any more, and with 503 if too many
    calls wait in this process.
    """
    with waiting.seat() as may_wait:
        if not may_wait:
            raise waiting.too_many()
        try:
            _play(scope, target)
        except Exception:
            _withdraw(scope, target)
            raise


def _play(scope: Scope, target: Target) -> None:
    clocks, start = scope.store.clocks, real_now()
    clocks.advance(scope.account_id, target)
    renewal = start
    while clocks.is_pending(scope.account_id, target):
        now = real_now()
        if now - start > scope.timeout * 1000:
            detail = f"No worker played the clock to its target within {scope.timeout} s of real time."
            raise Problem(HTTPStatus.GATEWAY_TIMEOUT, detail)
        if now - renewal >= RENEWAL:
            if has_left(request.environ):
                raise Problem(HTTPStatus.GATEWAY_TIMEOUT, "The caller closed its connection before the answer.")
            clocks.renew(scope.account_id, target)
            renewal = now
        sleep(POLL)


def _withdraw(scope: Scope, target: Target) -> None:
    """Withdraw the target; without Redis, wait until it is not renewed for so long that no worker plays it."""
    start = real_now()
    while True:
        try:
            scope.store.clocks.finish(scope.account_id, target, "withdrawn")
        except StoreError:
            if real_now() - start >= TARGET_LEASE:
                return
            sleep(PAUSE)
        else:
            return
