"""`beanpole demo`: deployments shown live in the terminal, on a server of the demo's own."""

import sys
from functools import partial

from rich.console import Console

from beanpole.catalog import catalog
from beanpole.command.client import Refused, Unreachable
from beanpole.command.demo.chapters import chapters
from beanpole.command.demo.lines import Lines
from beanpole.command.demo.picture import picture
from beanpole.command.demo.server import NoServer, embedded
from beanpole.command.demo.story import TooLong, tell
from beanpole.command.deployment_methods import Method
from beanpole.command.screen import Screen

INTERRUPTED = 130


def run(speed: float = 60, plain: bool | None = None, method: Method | None = None) -> int:
    """Show the whole story, or the deployment by one method; returns the exit status.

    `speed` is that of launches; other chapters are slower, in proportion. `plain` prints lines instead of a picture;
    None chooses by whether the output is a terminal.
    """
    console = Console(highlight=False, soft_wrap=True)
    screen = Lines(console) if plain or (plain is None and not console.is_terminal) else Screen(console, picture)
    write = partial(chapters, method=method, ttl=catalog.load().timings["dns"]["ttl"])
    try:
        with embedded(speed) as service, screen:
            summary = tell(service, speed, screen, write)
    except KeyboardInterrupt:
        console.print("Stopped.")
        return INTERRUPTED
    except (NoServer, Unreachable, Refused, TooLong) as error:
        Console(file=sys.stderr, highlight=False, markup=False, soft_wrap=True).print(f"beanpole demo: {error}")
        return 1
    console.print(summary, markup=False)
    return 0
