"""Commands that would take long, or much memory, if they were carried out; each is recorded in good time instead."""

import tracemalloc

import pytest

from beanpole.model.bundles.directory import Directory, Entry
from beanpole.model.instance.nodes import Mount
from beanpole.model.instance.progress import MOST_WORK
from beanpole.model.instance.shell import script
from beanpole.model.instance.shell.session import Budget
from beanpole.model.instance.tree import fresh
from promptness import assert_prompt

MANY = Directory(tuple(Entry(f"{number:06}", "file", 0o644, 1, 0, 1, 0) for number in range(30_000)))
SECONDS = 10  # on a slow machine
MEMORY = 100_000_000  # bytes


LINES = [
    "A=xxxxxxxxxx;" + "A=$A$A;" * 40 + "echo $A > /srv/a",
    f"A={'x' * 50_000}; echo " + '"' + "$A" * 5_000 + '"',
    "echo " + "x" * 50_000 + "{a,b}" * 9,
    "echo " + "{a,b}" * 30,
    "echo x > /srv/a;" + "cat /srv/a /srv/a > /srv/b; cat /srv/b /srv/b > /srv/a;" * 40,
    f"ln -s {'d/../' * 800}d /srv/l; mkdir /srv/d; cd /srv; " + "touch l/x;" * 5_000,
    "cd /srv; " + "touch x; rm x;" * 20_000,
    "echo /var/app/current/*;" * 5_000,
    "mkdir /srv/x;" + "rmdir /var/app/current;" * 5_000,
    "cp -r /var/app/current/. /srv;" * 5_000,
    "chmod -R 700 /var/app/current;" * 5_000,
    "printf '" + "%s" * 20_000 + "' " + "x " * 20_000,
    f"echo {'a' * 30_000} > /srv/a;" + "sed -i s/a/aa/g /srv/a;" * 200,
    "test " + "! " * 50_000 + "x",
    "cat <<E\n" + "x\n" * 100_000 + "E",
]
QUICK = [line for line in LINES if line.startswith(("A=", "test ")) or "{a,b}" in line]


def enact(line: str) -> None:
    tree = fresh({"d1": MANY}.get).put("/var/app/current", Mount("d1"))
    assert_prompt(lambda: script.enact(tree, line, "/", {}, Budget(MOST_WORK)), SECONDS, line[:40])


@pytest.mark.merge
@pytest.mark.parametrize("line", QUICK, ids=lambda line: line[:24])
def test_commands_that_would_take_much_memory_are_bounded(line: str) -> None:
    tracemalloc.start()
    enact(line)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < MEMORY


@pytest.mark.merge
@pytest.mark.parametrize("line", LINES, ids=lambda line: line[:24])
def test_commands_that_would_take_long_are_bounded(line: str) -> None:
    enact(line)
