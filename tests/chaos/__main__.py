"""A run by hand, from the folder `tests`.

`python -m chaos storm --seconds 360` kills, cuts, freezes and fills while clients call;
`python -m chaos fuzz --number 100000 --front serve` sends garbage to a server;
`python -m chaos races --number 10000` calls with the same names from several connections at once;
`python -m chaos kept --number 200` kills a server that keeps its state in a directory;
`python -m chaos redis --number 200` kills a Redis, a server and workers, as the composition names them.
"""

import argparse
import signal
import tempfile
from collections import Counter
from pathlib import Path

from chaos import composed, fuzz, kept, races, storm

KILLINGS = {"kept": kept.run, "redis": composed.run}
FRONTS = (*fuzz.EMBEDDED, "serve", "gunicorn")


def main() -> int:
    """Run what was named, print what was counted and what went wrong; 1 if anything did."""
    parser = argparse.ArgumentParser(prog="chaos", description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("what", choices=["storm", "fuzz", "races", "kept", "redis"], nargs="?", default="storm")
    parser.add_argument("--seconds", type=float, default=60, help="of a storm")
    parser.add_argument("--number", type=int, default=10_000, help="of fuzzed requests, races or kills")
    parser.add_argument("--front", choices=FRONTS, default="embedded", help="what a fuzz calls")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: (_ for _ in ()).throw(SystemExit(1)))  # so that no process is left behind
    if arguments.what == "storm":
        counts, wrong = storm.run(arguments.seconds, arguments.seed)
    elif arguments.what == "fuzz":
        counts, wrong = fuzz.run(arguments.front, arguments.number, arguments.seed)
    elif arguments.what in KILLINGS:
        with tempfile.TemporaryDirectory(prefix="beanpole-kills-") as folder:
            killing_run = KILLINGS[arguments.what](Path(folder), arguments.number, arguments.seed)
        for victim, recoveries in killing_run.recoveries.items():
            print(f"{max(recoveries, default=0):>12.2f}  seconds of the longest recovery after a kill of {victim}")
        counts, wrong = killing_run.counts, killing_run.wrong
    else:
        counts, wrong = races.run(arguments.number, arguments.seed)
    print(table(counts, wrong))
    return bool(wrong)


def table(counts: Counter[str], wrong: list[str]) -> str:
    """A row for each count, and then a line for each violation."""
    rows = [*sorted(counts.items()), ("violations", len(wrong))]
    return "\n".join([*(f"{number:>12,}  {what}" for what, number in rows), *wrong])


raise SystemExit(main())
