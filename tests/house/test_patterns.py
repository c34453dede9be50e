"""No text makes a regular expression slow: each is tried on texts that were made to hurt it, up to a megabyte."""

import ast
import importlib
import re
from collections.abc import Callable, Iterable, Iterator
from functools import cache, partial
from re import _constants as codes
from re import _parser as parser
from time import perf_counter, thread_time
from types import ModuleType
from typing import Any

import pytest
import yaml

from beanpole.catalog import catalog
from beanpole.text.patterns import matcher
from beanpole.wire import spec
from house.tree import ROOT, source_files
from promptness import assert_prompt

SHORT = (*range(8, 41, 4), 320, 2_560)  # letters of texts that give up early what takes exponential time
LETTERS = 1 << 20  # of the longest text: what a body may have
LETTERS_OF_ALL = (
    163_840  # of a text that repeats each part that may be slow; the part that takes longest is repeated for more
)
LETTERS_OF_ALL_PARTS = 20_480  # of a text that repeats each part
LETTERS_OF_ALL_ENDS = 5_120  # with so many, quadratic time is 2,500 times what linear time is
ENDS = ("", "\n", "\x00", "!")
BOUND = 0.25  # seconds of processor time: nothing keeps a process from answering for longer
METHODS = ("match", "fullmatch", "search", "findall", "finditer", "sub", "split")
WHOLE = ("findall", "finditer", "sub", "split")  # look at the whole of a text
CALLS = re.compile(rf"\bre\s*\.\s*(?:{'|'.join(METHODS)})\b")


def _of_data() -> Iterator[tuple[str, str]]:
    shapes = ((name, spec.load().shape(name).pattern) for name in spec.load().shapes)
    definitions = catalog.Catalog().options.definitions
    options = ((f"{option.namespace} {option.name}", option.pattern) for option in definitions)
    yield from ((name, pattern) for name, pattern in (*shapes, *options) if pattern is not None)


def _of_document() -> Iterator[tuple[str, str]]:
    """The patterns of the control routes' OpenAPI document, of which the code has its own."""
    nodes = [("control.yaml", yaml.load((ROOT / "api-spec/control.yaml").read_text(), yaml.CSafeLoader))]
    while nodes:
        name, node = nodes.pop()
        if isinstance(node, dict):
            if isinstance(node.get("pattern"), str):
                yield name, node["pattern"]
            nodes += [(f"{name}/{key}", value) for key, value in node.items()]
        elif isinstance(node, list):
            nodes += [(f"{name}/{index}", value) for index, value in enumerate(node)]


def _of_code() -> Iterator[tuple[str, re.Pattern[Any], str]]:
    """Each expression in the code, with the method by which it is used; one without a name is found by its call."""
    for path in source_files("service", "workers"):
        text = path.read_text()
        if "import re\n" not in text:
            continue
        module = importlib.import_module(".".join(path.relative_to(ROOT).with_suffix("").parts[1:]))
        for name, pattern in _named(module):
            used = [method for method in METHODS if (name, method) in _uses()]
            yield from ((f"{path.stem}.{name}.{method}", pattern, method) for method in used)
        for node in ast.walk(ast.parse(text)) if CALLS.search(text) else ():
            if isinstance(node, ast.Call) and ast.unparse(node.func).partition(".")[0] == "re":
                method = ast.unparse(node.func).partition(".")[2]
                if method in METHODS:
                    pattern = ast.literal_eval(node.args[0])  # one that is put together belongs in a name
                    yield f"{path.stem}:{node.lineno}", re.compile(pattern), method


def _named(module: ModuleType) -> Iterator[tuple[str, re.Pattern[Any]]]:
    for name, value in vars(module).items():
        if isinstance(value, re.Pattern):
            yield name, value


@cache
def _uses() -> frozenset[tuple[str, str]]:
    """Every name on which one of the methods is called anywhere, with the method."""
    called = re.compile(rf"\b(\w+)\.({'|'.join(METHODS)})\b")
    texts = (path.read_text() for path in source_files("service", "workers"))
    return frozenset(use for text in texts for use in called.findall(text))


def test_every_expression_that_is_data_is_matched_in_linear_time() -> None:
    tried = [
        (f"{name}, {'any' if ignore_case else 'its'} case", matcher(pattern, ignore_case=ignore_case), pattern)
        for name, pattern in _of_data()
        for ignore_case in (False, True)
    ]
    assert _slow(tried) == {}


@pytest.mark.slow
@pytest.mark.merge
def test_every_expression_in_code_is_matched_in_linear_time() -> None:
    distinct: dict[tuple[re.Pattern[Any], str], str] = {}
    for name, pattern, method in _of_code():
        way = "sub" if method in WHOLE else method
        distinct[pattern, way] = f"{distinct[pattern, way]}, {name}" if (pattern, way) in distinct else name
    assert _slow((name, *_search(*search)) for search, name in distinct.items()) == {}


def test_every_expression_of_the_control_routes_is_matched_in_linear_time() -> None:
    assert _slow((name, re.compile(pattern).search, pattern) for name, pattern in _of_document()) == {}


def test_an_expression_that_takes_exponential_time_would_be_caught() -> None:
    (error,) = _slow([("exponential", re.compile(r"(a+)+").fullmatch, r"(a+)+")], BOUND / 10).values()
    assert " letters: 'aaaa" in error


@pytest.mark.parametrize("pattern", ["(?=a)b", r"(a)\1", "("])
def test_an_expression_of_a_user_s_catalogue_must_be_one_that_is_linear(pattern: str) -> None:
    rows = {"namespaces": {"aws:autoscaling:asg": {"options": {"MinSize": {"pattern": pattern}}}}}
    with pytest.raises(ValueError, match="is not a regular expression that RE2 accepts"):
        _ = catalog.Catalog(overrides={"configuration-options": rows}).options


def _search(pattern: re.Pattern[Any], method: str) -> tuple[Callable[[str], object], str]:
    """The call that tries an expression of the code, and its text; searches of a whole text are tried as `sub`."""
    binary = isinstance(pattern.pattern, bytes)
    through = partial(pattern.sub, b"" if binary else "")
    find = through if method in WHOLE else getattr(pattern, method)
    if binary:
        return lambda text: find(text.encode()), pattern.pattern.decode()
    return find, pattern.pattern


def _slow(tried: Iterable[tuple[str, Callable[[str], object], str]], bound: float = BOUND) -> dict[str, str]:
    """The names of those that take longer than the bound, each with the text for which it does."""
    slow = {}
    for name, match, pattern in tried:
        try:
            _try(match, pattern, bound)
        except AssertionError as error:
            slow[name] = str(error)
    return slow


def _try(match: Callable[[str], object], pattern: str, bound: float) -> None:
    """Try texts that repeat a part of the expression, and one as long as may be of the part that takes longest."""
    tried = [(_try_part(match, part, bound), part) for part in _pumps(pattern)]
    longer = [
        (_seconds(match, _repeat(part, LETTERS_OF_ALL) + end, LETTERS_OF_ALL, bound), part, end)
        for (seconds, end), part in tried
        if _may_pass(bound, seconds, LETTERS_OF_ALL_PARTS)
    ]
    if longer:
        seconds, part, end = max(longer)
        if _may_pass(bound, seconds, LETTERS_OF_ALL):
            _try_one(match, _repeat(part, LETTERS) + end, LETTERS, bound)


def _may_pass(bound: float, seconds: float, length: int) -> bool:
    """Tell whether the longest text may take longer than the bound, if time grows by the square from this length on.

    What grows faster has taken longer than the bound for this length already.
    """
    return seconds * (LETTERS / length) ** 2 >= bound


def _try_part(match: Callable[[str], object], part: str, bound: float) -> tuple[float, str]:
    """Longer and longer texts, so that one which takes exponential time is given up early.

    What takes longer than linear time for one of the ends is seen with few letters; the longer texts have the end that
    took longest. The seconds that it took, and this end.
    """
    for length in SHORT:
        text = _repeat(part, length)
        for end in ENDS:
            _try_one(match, text + end, length, bound)
    text = _repeat(part, LETTERS_OF_ALL_ENDS)
    _, end = max((_seconds(match, text + end, LETTERS_OF_ALL_ENDS, bound), end) for end in ENDS)
    return _seconds(match, _repeat(part, LETTERS_OF_ALL_PARTS) + end, LETTERS_OF_ALL_PARTS, bound), end


def _repeat(part: str, length: int) -> str:
    return (part * (length // len(part) + 1))[:length]


def _seconds(match: Callable[[str], object], text: str, length: int, bound: float) -> float:
    """The seconds of the processor that one text took, held to the bound."""
    begun = thread_time()
    _try_one(match, text, length, bound)
    return thread_time() - begun


def _try_one(match: Callable[[str], object], text: str, length: int, bound: float) -> None:
    """Hold one text to the bound; what kept this thread for less of real time kept it to the bound."""
    begun = perf_counter()
    match(text)
    if perf_counter() - begun >= bound:
        assert_prompt(partial(match, text), bound, f"{length} letters: {text[:40]!r}…{text[length:]!r}")


def _pumps(pattern: str) -> list[str]:
    """The texts that an expression repeats, and every letter and pair of letters in it."""
    tree = parser.parse(pattern)
    letters = list(dict.fromkeys(_letters(tree)))[:6]
    repeated = [text for text in _repeated(tree) if text]
    pairs = [one + other for one in letters for other in letters if one != other]
    return list(dict.fromkeys([*repeated, *letters, *pairs[:12]])) or ["a"]


def _letters(tree: Any) -> Iterator[str]:
    for code, argument in tree:
        yield from _sample(code, argument)
        for inner in _inside(argument):
            yield from _letters(inner)


def _repeated(tree: Any) -> Iterator[str]:
    for code, argument in tree:
        if code in (codes.MAX_REPEAT, codes.MIN_REPEAT):
            yield "".join(_one(argument[2]))
        for inner in _inside(argument):
            yield from _repeated(inner)


def _one(tree: Any) -> Iterator[str]:
    """A text that a part of the expression matches, or nearly."""
    for code, argument in tree:
        sample = list(_sample(code, argument))[:1]
        if sample:
            yield from sample
        elif code is codes.BRANCH:
            yield from _one(argument[1][0])
        else:
            for inner in _inside(argument):
                yield from _one(inner)


def _sample(code: Any, argument: Any) -> Iterator[str]:
    match code:
        case codes.LITERAL:
            yield chr(argument)
        case codes.NOT_LITERAL | codes.ANY:
            yield "a"
        case codes.IN:
            negated = any(kind is codes.NEGATE for kind, _ in argument)
            for kind, value in argument:
                if negated:
                    yield "a"
                    return
                if kind is codes.LITERAL:
                    yield chr(value)
                elif kind is codes.RANGE:
                    yield chr(value[0])
                elif kind is codes.CATEGORY:
                    yield {codes.CATEGORY_DIGIT: "1", codes.CATEGORY_SPACE: " "}.get(value, "a")


def _inside(argument: Any) -> Iterator[Any]:
    if isinstance(argument, parser.SubPattern):
        yield argument
    elif isinstance(argument, tuple | list):
        for part in argument:
            yield from _inside(part)
