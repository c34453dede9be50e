"""The page about the architecture is true: its tree, its modules and functions, its files, its keys."""

import re
from importlib import import_module
from importlib.util import find_spec

import pytest

from beanpole.store import keys
from beanpole.store.keys import WorldKeys
from house.tree import ROOT, drawn, folders, source_files

PAGE = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")
PACKAGES = ("beanpole", "beanpole_workers")
WORLD = WorldKeys("ACCOUNT", "REGION")

# Each key as the store spells it, with a name in capitals for whatever varies.
KEYS = {
    keys.RESCHEDULED,
    keys.DAEMON,
    keys.NOTIFIER,
    keys.COUNTERS,
    keys.DUE,
    keys.LEASED,
    keys.GENERATION,
    keys.FORMAT,
    keys.ACCOUNTS,
    keys.PROCESSES,
    keys.WORLDS,
    keys.NUDGE,
    keys.CHANGES,
    keys.snapshots("ACCOUNT"),
    keys.snapshots_about("ACCOUNT"),
    keys.journal("ACCOUNT"),
    keys.journal_count("ACCOUNT"),
    keys.COMPANION_ABOUT,
    keys.COMPANION_BUCKETS,
    keys.companion("ACCOUNT"),
    keys.companion_objects("ACCOUNT", "BUCKET"),
    keys.PROBE,
    keys.WORKERS,
    f"{keys.SENT}ID",
    keys.clock("ACCOUNT"),
    keys.targets("ACCOUNT"),
    keys.target("ACCOUNT", "TARGET"),
    keys.repeated_advance("ACCOUNT", "DIGEST"),
    keys.account(keys.aside("ACCOUNT", "ID")),
    keys.draining("ACCOUNT"),
    keys.manual_due("ACCOUNT"),
    keys.retries("ACCOUNT"),
    keys.requested_runs("ACCOUNT", "MEMBER"),
    keys.running("ACCOUNT", "MEMBER"),
    WORLD.versions,
    WORLD.claims,
    WORLD.bundles,
    WORLD.fired,
    WORLD.chains,
    WORLD.events,
    WORLD.queues,
    WORLD.requests,
    WORLD.notices,
    WORLD.entities("KIND"),
    WORLD.generations("KIND"),
    WORLD.fleet("ENV"),
    WORLD.plan("ENV"),
    WORLD.answer("CALL"),
    WORLD.sightings("ENV"),
    WORLD.accesses("ENV"),
    WORLD.statuses("ENV"),
    WORLD.outputs("ENV"),
    WORLD.periodic("ENV"),
    WORLD.files("ENV"),
    WORLD.log("INDEX", "VALUE"),
}
NO_KEYS = {
    "LATEST_CHANGES",
    "PREFIX",
    "NOTICED",
    "MAILED",
    "BUSSED",
    "JOURNAL",
    "SNAPSHOTS",
    "COMPANION",
    "RUN",
    "account",
    "account_id",
    "region",
    "prefix",
    "WorldKeys",
}  # parts of keys, and their class


def names() -> list[str]:
    """Every dotted name between backquotes, such as `store.world.World.commit`."""
    return sorted(name for name in set(re.findall(r"`([a-z_]+(?:\.\w+)+)`", PAGE)) if not (ROOT / name).is_file())


def exists(name: str) -> bool:
    """Tell whether a module of ours, or something in one, has that name."""
    full = [name] if name.startswith(PACKAGES) else [f"{package}.{name}" for package in PACKAGES]
    return any(_resolves(name.split(".")) for name in full)


def _resolves(parts: list[str]) -> bool:
    for end in range(len(parts), 0, -1):
        if _is_module(".".join(parts[:end])):
            node: object = import_module(".".join(parts[:end]))
            for attribute in parts[end:]:
                node = getattr(node, attribute, None)
            return node is not None
    return False


def _is_module(name: str) -> bool:
    try:
        return find_spec(name) is not None
    except ModuleNotFoundError:
        return False


def test_the_tree_of_the_page_is_the_one_on_disk() -> None:
    assert drawn(PAGE, "beanpole/") == folders()


def test_every_module_and_function_that_the_page_names_exists() -> None:
    assert len(names()) > 30
    assert [name for name in names() if not exists(name)] == []


@pytest.mark.parametrize("name", ["store.nowhere.commit", "store.world.World.forgotten", "nowhere.at_all"])
def test_a_name_that_does_not_exist_is_found(name: str) -> None:
    assert not exists(name)


def test_every_file_that_the_page_names_exists() -> None:
    files = re.findall(r"`((?:api-spec|docs|service|tests|workers)/[\w./-]*)`", PAGE)
    assert files != []
    assert [file for file in files if not (ROOT / file).exists()] == []


def test_the_page_lists_every_key_and_no_other() -> None:
    assert set(re.findall(r"^\| `(beanpole:[^`]*)`", PAGE, re.MULTILINE)) == KEYS


def test_every_key_of_the_store_is_listed() -> None:
    spelled = {name for name in (*vars(keys), *vars(WORLD), *vars(WorldKeys)) if name.isidentifier() and name[0] != "_"}
    assert len(spelled - NO_KEYS) == len(KEYS)


def test_every_module_with_a_cache_is_in_the_table_of_caches() -> None:
    table = PAGE[PAGE.index("## Caches") :]
    named = re.findall(r"^\| `([\w.]+)`", table, re.MULTILINE)
    keeps = re.compile(
        r"^@(?:cache|lru_cache)\b|\bWeakKeyDictionary\(|\(SourceFileLoader\)"
        r"|^class (?:\w*Cache|Mirror|Fragments|RunningCensus)\b",
        re.M,
    )
    modules = {
        ".".join(path.relative_to(ROOT).with_suffix("").parts[2:])
        for path in source_files("service", "workers")
        if keeps.search(path.read_text(encoding="utf-8"))
    }
    assert modules == {
        module for module in modules if any(name == module or name.startswith(f"{module}.") for name in named)
    }
    assert len(modules) == len(named)
