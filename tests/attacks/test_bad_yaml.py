"""Bad YAML in a bundle costs little, however much there is of it, and others are answered meanwhile."""

import io
import tracemalloc
from collections.abc import Callable
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
import yaml

from beanpole.files.bundle import archive, documents, parser_words
from beanpole.files.bundle.parser_words import Budget, Malformed
from promptness import assert_prompt, longest_pause, shortest

LONG = 32_000  # bytes of a file
BOUND = 4  # seconds of processor time on a slow machine, where it was a minute before
PAUSE = 250  # milliseconds for which others wait
BAD: dict[str, Callable[[int], bytes]] = {
    "a list": lambda size: b"- a\n" * (size // 4) + b"\t x",
    "a map": lambda size: b"a: b\n" * (size // 5) + b"\tz",
    "a flow": lambda size: b"a: [" + b"x," * (size // 2),
    "dashes": lambda size: (b"- " * 90 + b"\n") * (size // 181) + b"\t@",
    "deep flows": lambda size: b"[" * 90 + b"a," * (size // 2),
    "tags": lambda size: b"a: b\n" * (size // 5) + b"c: !x d",
    "a text": lambda size: b'"' + b"a\\n" * (size // 3),
    "keys": lambda size: b"? a\n: b\n" * (size // 8) + b"\t@",
}


def bundle(files: int, content: bytes) -> io.BytesIO:
    file = io.BytesIO()
    with ZipFile(file, "w", ZIP_DEFLATED) as packed:
        for number in range(files):
            packed.writestr(f".ebextensions/{number:03}.config", content)
    return file


@pytest.mark.parametrize("kind", BAD)
@pytest.mark.parametrize("size", [500, *(pytest.param(size, marks=pytest.mark.merge) for size in (8_000, LONG))])
def test_thirty_bad_files_cost_little_more_than_good_ones_would(kind: str, size: int) -> None:
    """One such file took more than a second before, and thirty half a minute."""
    file = bundle(30, BAD[kind](size))
    read = assert_prompt(lambda: archive.read("shop.zip", file), BOUND)
    assert len(read.contents.problems) == 30
    assert all(problem.yaml and problem.json for problem in read.contents.problems)


@pytest.mark.parametrize("kind", BAD)
def test_a_long_file_is_explained_with_the_place_of_its_error(kind: str) -> None:
    with pytest.raises(Malformed) as caught:
        documents.load(BAD[kind](LONG))
    assert " in 'reader', line " in caught.value.yaml
    assert "^" in caught.value.yaml


def test_an_error_at_the_beginning_of_a_long_file_is_explained_as_in_a_short_one() -> None:
    short = b"a: b\nfirst: 1: 2\n"
    with pytest.raises(Malformed) as explained:
        documents.load(short)
    with pytest.raises(Malformed) as caught:
        documents.load(short + b"c: d\n" * 20_000)
    assert caught.value.yaml == explained.value.yaml


def test_a_budget_that_is_used_up_leaves_the_words_of_the_fast_parser() -> None:
    budget, content = Budget(), b"a: b\n" * 1_000 + b"x: y: z"
    words = []
    for _ in range(5):
        with pytest.raises(Malformed) as caught:
            documents.load(content, budget)
        words.append(caught.value.yaml)
    assert "mapping values are not allowed here" in words[0]
    assert "mapping values are not allowed in this context" in words[-1]
    assert words[0].count("line 1001, column 5:\n    x: y: z\n        ^") == 1
    assert words[-1].count("line 1001, column 5:\n    x: y: z\n        ^") == 1


def test_others_go_on_while_a_bundle_is_read() -> None:
    content = bundle(30, BAD["dashes"](LONG))
    assert shortest(lambda: longest_pause(lambda: archive.read("shop.zip", content)), PAUSE) < PAUSE


@pytest.mark.merge
@pytest.mark.parametrize(
    "content",
    [b"[" + b"[]," * 43_000 + b"]", b"".join(b"a%d: b\n" % number for number in range(13_000))],
)
def test_reading_a_bundle_takes_memory_by_its_bound(content: bytes) -> None:
    """A file is looked into alone, and what is kept of all is bounded: 128 kB become some tens of MB."""
    file = bundle(1, content[:131_000])
    tracemalloc.start()
    archive.read("shop.zip", file)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 48 << 20


def test_words_of_files_of_real_size_are_those_of_the_slow_loader() -> None:
    for kind, make in BAD.items():
        content = make(2_000)
        with pytest.raises(yaml.MarkedYAMLError) as slow:
            yaml.load(content, documents._Explainer)
        with pytest.raises(Malformed) as caught:
            documents.load(content)
        assert caught.value.yaml == parser_words._bounded(parser_words._marked(slow.value)), kind
