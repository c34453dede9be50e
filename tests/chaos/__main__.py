"""A run by hand, from the folder `tests`: `python -m chaos --seconds 360 --seed 1`."""

import argparse

from chaos.story import run

parser = argparse.ArgumentParser(prog="chaos", description=__doc__)
parser.add_argument("--seconds", type=float, default=60)
parser.add_argument("--seed", type=int, default=1)
arguments = parser.parse_args()
counts, wrong = run(arguments.seconds, arguments.seed)
print(*(f"{number:>9,} {what}" for what, number in sorted(counts.items())), sep="\n")
print(*wrong, sep="\n")
raise SystemExit(bool(wrong))
