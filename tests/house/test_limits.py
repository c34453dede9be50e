"""Every bound on what others send stands in `api-spec/catalog/limits.yaml`, and nowhere else.

A new bound is a row there, `limits.most("…")` in code, and a crossing in `tests/attacks`; one that nobody who sends
something can reach is named below, with what it bounds.
"""

import ast
import re
from collections.abc import Iterator
from importlib import import_module

import pytest

from beanpole.tables import limits
from beanpole.wire import spec
from house.tree import ROOT, source_files

BOUNDING = re.compile(r"(?:\b|_)(?:MAX|MAXIMUM|MOST|LONGEST|LARGEST|BIGGEST|DEEPEST|LIMIT|BOUND)(?:\b|_)")
MODEL = "beanpole.model.instance"  # it reads no files, so it has its bounds again
REPEATED = {
    "content.MOST_EDITED": "sed_file",
    "content.MOST_EDITS": "sed_changes",
    "disk.MOST_BYTES": "disk_bytes",
    "disk.MOST_NODES": "disk_nodes",
    "outcomes.MOST_OUTPUT": "outcome_output",
    "outcomes.MOST_PRINTED": "printed_output",
    "progress.MOST_LINE": "outcome_line",
    "progress.MOST_WORK": "deployment_work",
    "shell.expansion._MOST_WORDS": "shell_words",
    "shell.session.MOST_OUTPUT": "shell_output",
    "substitution.MOST_COMMANDS": "sed_commands",
}
OF_SHAPES = {
    "health.causes.LONGEST": "Cause",
    "calls.tags.LONGEST_KEY": "TagKey",
    "calls.tags.LONGEST_VALUE": "TagValue",
}  # bounds of the service, by the shapes that have them
OURS = {  # bounds on what the code does by itself, which nobody who sends something can reach
    "recorded_world.LONGEST": "simulated time of a comparison",
    "story.LONGEST": "simulated time of a demo",
    "picture._MOST_STEPS": "rows on a screen",
    "svg._TICKS_AT_MOST": "marks on an axis",
    "machine.MOST_CHANGED": "what is taken at once from a sandbox, which is bounded itself",
    "machine.MOST_LINK": "bound of Linux",
    "sandbox.MOST_ANSWERED": "what our own process in a sandbox answers",
    "names.LONGEST_NAME": "bound of Linux",
    "valkey.LONGEST_PATH": "bound of Linux",
    "validation._MOST_DIGITS": "how an integer is compared, whose bounds are those of its option",
    "queues.MOST_AT_ONCE": "bound of SQS",
    "publishing.MOST_ENTRIES": "bound of EventBridge",
    "mails.LONGEST": "bound of SNS",
    "notices.LONGEST_PAUSE": "pause between two tries",
    "schedules.MOST_DAYS": "how far the next instant is looked for",
    "schedules.MOST_MINUTES": "how far a clock that has jumped is followed back",
    "retries.MOST": "pause between two tries",
    "timekeeper.LARGEST": "members of one job",
    "timekeeper.LONGEST": "pause between two looks",
    "tries.LONGEST": "pause between two tries",
    "web_processes.MOST": "sandboxes that are kept for the next call",
}


def constants() -> Iterator[tuple[str, ast.expr]]:
    """Every constant of a module that bounds something, with its value."""
    for path in source_files("service", "workers"):
        text = path.read_text(encoding="utf-8")
        for node in ast.parse(text).body if BOUNDING.search(text) else ():
            if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
                targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                for name, value in zip(*_pairs(targets[0], node.value), strict=True):
                    if isinstance(name, ast.Name) and BOUNDING.search(name.id):
                        yield f"{path.stem}.{name.id}", value


def _pairs(target: ast.expr, value: ast.expr) -> tuple[list[ast.expr], list[ast.expr]]:
    if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
        return target.elts, value.elts
    return [target], [value]


def is_number(value: ast.expr) -> bool:
    """Tell whether an expression is a number that is written down, or reckoned from such numbers."""
    parts = [node for node in ast.walk(value) if isinstance(node, ast.Constant)]
    written = not any(isinstance(node, ast.Call) for node in ast.walk(value))
    return written and bool(parts) and all(isinstance(part.value, int | float) for part in parts)


def test_no_bound_is_written_down_in_code() -> None:
    repeated = {".".join(name.split(".")[-2:]) for name in (*REPEATED, *OF_SHAPES)}
    assert {name for name, value in constants() if is_number(value)} == {*OURS, *repeated}


@pytest.mark.parametrize("name", REPEATED)
def test_a_bound_that_the_model_repeats_is_the_limit(name: str) -> None:
    module, _, constant = name.rpartition(".")
    assert getattr(import_module(f"{MODEL}.{module}"), constant) == limits.most(REPEATED[name])


@pytest.mark.parametrize("name", OF_SHAPES)
def test_a_bound_that_the_model_repeats_is_that_of_its_shape(name: str) -> None:
    module, _, constant = name.rpartition(".")
    assert getattr(import_module(f"beanpole.model.{module}"), constant) == spec.load().shape(OF_SHAPES[name]).max


@pytest.mark.parametrize(
    ("code", "is_one"),
    [("1 << 20", True), ("4 * MIB", True), ("1_000", True), ("limits.most('x')", False), ("'text'", False)],
)
def test_a_number_that_is_written_down_is_found(code: str, is_one: bool) -> None:
    assert is_number(ast.parse(code, mode="eval").body) is is_one


def test_every_limit_is_read_by_code_and_no_other_is() -> None:
    used = re.compile(r"limits\.(?:most|sentence)\(\"(\w+)\"\)|\blimit=\"(\w+)\"")
    texts = [path.read_text(encoding="utf-8") for path in source_files("service", "workers")]
    read = {name for text in texts for names in used.findall(text) for name in names if name}
    assert read | set(REPEATED.values()) == set(limits.load())


def test_every_limit_says_what_happens_beyond_it() -> None:
    for name, limit in limits.load().items():
        assert limit.sentence or limit.effect, name
        assert limit.most > 0, name


def test_every_number_in_a_sentence_of_the_table_is_the_limit() -> None:
    """So that a sentence cannot name a bound that has changed since."""
    for name, limit in limits.load().items():
        rest = re.sub(r"\b(?:0\.001|0|1|503)\b", "", f"{limit.sentence or ''} {limit.effect or ''}")
        assert not re.search(r"\d", rest), name


def test_the_document_of_the_control_routes_has_the_same_bounds() -> None:
    """The bounds that the document must repeat, since other tools read it."""
    text = (ROOT / "api-spec/control.yaml").read_text(encoding="utf-8")
    for name, form in (
        ("clock_speed", "{type: number, minimum: 0.001, maximum: %d}"),
        ("clock_seed", "Seed: {type: integer, minimum: 0, maximum: %d}"),
        ("fault_times", "times: {type: integer, minimum: 1, maximum: %d,"),
    ):
        assert form % limits.most(name) in text, name
