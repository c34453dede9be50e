"""`beanpole watch`: follows an environment of a running server in the terminal."""

import sys

from rich.console import Console

from beanpole.command.client import Refused, Send, Service, Unreachable
from beanpole.command.watch.screens import Lines, moving
from beanpole.command.watch.watcher import NotThere, Watcher
from beanpole.machine.clock import sleep

INTERRUPTED = 130
_INTERVAL = 0.2  # seconds between two reads
_UNAUTHORIZED = "401"


def run(send: Send, name: str, account_id: str, region: str, token: str | None, once: bool) -> int:
    """Show an environment until it is terminated or the user interrupts, or `once`; returns the exit status."""
    console = Console(highlight=False, soft_wrap=True)
    screen = moving(console) if console.is_terminal else Lines(console)
    try:
        watcher = Watcher(Service(send, account_id, region, token, looks_on=True), name)
        with screen:
            while True:
                sight = watcher.read()
                screen.show(sight)
                if once or sight.is_over:
                    return 0
                sleep(_INTERVAL)
    except KeyboardInterrupt:
        return INTERRUPTED
    except (Unreachable, NotThere) as error:
        return _fail(str(error))
    except Refused as error:
        return _fail(f"{error} Give it with --token." if error.code == _UNAUTHORIZED else str(error))


def _fail(reason: str) -> int:
    Console(file=sys.stderr, highlight=False, markup=False, soft_wrap=True).print(f"beanpole watch: {reason}")
    return 1
