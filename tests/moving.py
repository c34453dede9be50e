"""Which tests move a clock: read from the code that a test, its fixtures and its parameters can reach.

The look is at names alone, so it may say yes of a test that moves none. It must never say no of one that does, and such
a test fails: `held_still` refuses what moves the clock of its world.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import Any

import pytest

from beanpole.testing import Beanstalk

TESTS = str(Path(__file__).parent)
ROOMS = ("operations", "neighbours")
RACES = "races"  # is in the name of a file whose tests are about several calls at once
WORLDS = ("beanstalk", "beanstalk_with_objects")  # fixtures
MOVES = {"advance", "until", "until_ready", "waiting", "begin_at", "_play"}  # attributes of a world
ROUTE = re.compile(r"(^|/)clock\b")  # in the path of each route that sets or moves a clock
DEPTH = 8  # of what is looked into
CLOCKS = ("advance", "set", "move")  # methods of the clocks of a store
FOLDERS = {"tests", *(path.stem for path in Path(TESTS).iterdir())}  # first parts of the names of modules of tests

_moves: dict[CodeType, bool] = {}


def stays_still(test: pytest.Function) -> bool:
    """Tell whether a test of an operation, ours or a neighbour's, moves no clock and races with nobody."""
    if test.path.parent.name not in ROOMS or RACES in test.path.stem:
        return False
    fixtures = test._fixtureinfo.name2fixturedefs  # pytest shows them nowhere else
    return not moves(test.obj, [one.func for name in fixtures if name not in WORLDS for one in fixtures[name]])


def moves(test: Any, fixtures: Iterable[Callable[..., object]]) -> bool:
    """Tell whether a test may move a clock, by itself or by one of its fixtures."""
    parameters = [mark.args for mark in getattr(test, "pytestmark", ())]
    return any(_moves_by(function) for function in _functions([test, *fixtures, *parameters]))


@contextmanager
def held_still(world: Beanstalk) -> Iterator[None]:
    """Inside, a call that sets or moves a clock of the world fails."""

    def refuse(*_: object, **__: object) -> None:
        pytest.fail("this test moves a clock, and tests/moving.py does not see it")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(world, "_play", refuse)
        for name in CLOCKS:
            patch.setattr(world.store.clocks, name, refuse)
        yield


def _moves_by(function: FunctionType) -> bool:
    """Tell whether a function of the tests, or one that it names, names what moves a clock."""
    code = function.__code__
    if code not in _moves:
        _moves[code] = False  # until it is known: functions may name each other in a circle
        names, texts = _words(code)
        values = [function.__globals__[name] for name in names if name in function.__globals__]
        values += [vars(value).get(name) for value in values if isinstance(value, ModuleType) for name in names]
        values += [cell.cell_contents for cell in function.__closure__ or () if cell != type(cell)()]
        _moves[code] = (
            not MOVES.isdisjoint(names)
            or any(map(ROUTE.search, texts))
            or any(_moves_by(named) for named in _functions(values))
        )
    return _moves[code]


def _words(code: CodeType) -> tuple[set[str], set[str]]:
    """The names and the texts of some code, and of the functions inside it."""
    names, texts = set(code.co_names), {constant for constant in code.co_consts if isinstance(constant, str)}
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            inner_names, inner_texts = _words(constant)
            names |= inner_names
            texts |= inner_texts
    return names, texts


def _functions(values: Iterable[Any], depth: int = 0) -> Iterator[FunctionType]:
    """The functions of the tests among some values: in collections, behind decorators, and in classes of the tests.

    A kind of world is no such class: who moves its clock names the method.
    """
    for value in values if depth < DEPTH else ():
        inside: Iterable[Any] = ()
        if isinstance(value, FunctionType):
            if value.__code__.co_filename.startswith(TESTS):
                yield value
            inside = (
                getattr(value, "__wrapped__", None),
                getattr(getattr(value, "hypothesis", None), "inner_test", None),
            )
        elif isinstance(value, type):
            is_ours = value.__module__.partition(".")[0] in FOLDERS and not issubclass(value, Beanstalk)
            inside = vars(value).values() if is_ours else ()
        elif isinstance(value, staticmethod | classmethod | property | partial):
            inside = [getattr(value, name, None) for name in ("__func__", "fget", "func", "args")]
        elif isinstance(value, Mapping):
            inside = value.values()
        elif isinstance(value, list | tuple | set | frozenset):
            inside = value
        yield from _functions(inside, depth + 1)
