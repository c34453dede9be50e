"""The rules of the house that no linter knows."""

import re
import string
from pathlib import Path

import click

from beanpole.command.cli import main
from beanpole.model.events import failures, messages
from beanpole.model.events.messages import Sentence
from beanpole.model.health import causes
from beanpole.operations import HANDLERS, registry
from beanpole.wire import spec
from house.tree import BUILT, ROOT, source_files

SENTENCES = {name: words for name, words in (vars(messages) | vars(failures)).items() if isinstance(words, Sentence)}
CAUSES = {name: text for name, text in vars(causes).items() if name.isupper() and isinstance(text, str)}
TOP_LEVEL = {
    "pyproject.toml",
    "README.md",
    "service",
    "workers",
    "api-spec",
    "docs",
    "tests",
    "Dockerfile",
    "docker-compose.yml",
} | {
    "LICENSE",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "SECURITY.md",
    "requirements.lock",
}
MODULE_LINES = 300


def test_every_operation_has_a_function() -> None:
    assert all(callable(handler.handle) for handler in HANDLERS.values())
    assert set(registry.HANDLERS) == set(spec.load().operations)


def test_every_event_sentence_is_in_a_golden_timeline() -> None:
    events = set(re.findall(r"^ *[\d.]+  (\w+) +[ *] \S+ +(.*)\|$", _text_of(_stories()), re.MULTILINE))
    missing = [
        name
        for name, sentence in SENTENCES.items()
        for words in [_pattern(sentence.template, ".*")]
        if not any(severity == sentence.severity and words.fullmatch(message) for severity, message in events)
    ]
    assert missing == []


def test_every_cause_is_in_a_golden_timeline_or_a_test_of_health() -> None:
    examples = [*(ROOT / "tests/model").glob("test_health*.py"), *(ROOT / "tests/operations").glob("test_health*.py")]
    texts = _text_of([*_stories(), *examples])
    assert [name for name, template in CAUSES.items() if not _is_in(template, texts)] == []


def test_the_top_level_is_fixed() -> None:
    assert {
        path.name for path in ROOT.iterdir() if not path.name.startswith(".") and path.name not in BUILT
    } == TOP_LEVEL


def test_modules_are_small_rooms() -> None:
    modules = source_files("service", "workers")
    lines = {str(path.relative_to(ROOT)): len(path.read_text().splitlines()) for path in modules}
    assert {name: count for name, count in lines.items() if count > MODULE_LINES} == {}


def test_every_module_opens_with_a_sentence() -> None:
    opened = (ROOT / "service", ROOT / "workers", ROOT / "tests")
    silent = [str(path) for path in source_files(*map(str, opened)) if not path.read_text().startswith('"""')]
    assert silent == []


def test_no_room_is_called_after_nothing() -> None:
    nothing = {"utils", "util", "helpers", "common", "manager", "base", "misc"}
    assert [str(path) for path in source_files("service", "workers", "tests") if path.stem in nothing] == []


def test_every_lint_ignore_carries_its_reason() -> None:
    ignored = re.compile(r"#\s*(?:noqa|type:\s*ignore).*")
    bare = [
        f"{path.relative_to(ROOT)}: {comment}"
        for path in source_files("service", "workers")
        for comment in ignored.findall(path.read_text())
        if not re.search(r"\S +[-#] \S", comment)
    ]
    assert bare == []


def test_every_suppressed_error_is_a_certain_one_and_carries_its_reason() -> None:
    suppressed = re.compile(r"^.*\bsuppress\((.*?)\):(.*)$", re.MULTILINE)
    lines = [match for path in source_files("service", "workers") for match in suppressed.findall(path.read_text())]
    assert len(lines) > 10
    assert [errors for errors, _ in lines if re.search(r"\b(Base)?Exception\b", errors)] == []
    assert [errors for errors, reason in lines if not re.search(r"  # \w", reason)] == []


def test_every_option_of_every_command_says_what_it_is_for() -> None:
    silent = {
        f"{name} {option.opts[0]}"
        for name, command in main.commands.items()
        for option in command.params
        if isinstance(option, click.Option) and not option.help
    }
    assert silent == set()
    assert all(command.help for command in main.commands.values())


def test_namespaces_of_options_are_spelled_in_one_module() -> None:
    spelled = re.compile(r'"aws:[a-z0-9:]+"')
    modules = {path.name for path in source_files("service", "workers") if spelled.search(path.read_text())}
    assert modules == {"namespaces.py"}


def test_objects_are_written_and_changes_committed_by_one_door() -> None:
    written = re.compile(r"(?<!`)\bobjects\.(?:write|delete|make_bucket)\(|\.make_bucket\(")
    assert _modules(written, "service") == {"door.py"}
    assert _modules(written, "workers") == {"build_layers.py"}  # what commands leave that are run comes by no call
    committed = re.compile(r"world\.commit\(")
    assert _modules(committed, "service/beanpole/operations") == {"door.py"}


def test_a_handler_does_not_reach_the_store() -> None:
    assert _modules(re.compile(r"\.store\b(?! import)(?!\.)|import Store\b"), "service/beanpole/operations") == set()


def _stories() -> list[Path]:
    return sorted((ROOT / "tests/scenarios").glob("*.txt"))


def _text_of(files: list[Path]) -> str:
    return "".join(file.read_text(encoding="utf-8") for file in files)


def _is_in(template: str, text: str) -> bool:
    """Tell whether a line of a text has a sentence of that template; most lines have not even its longest words."""
    words, pattern = max((words for words, *_ in string.Formatter().parse(template)), key=len), _pattern(template, ".+")
    at = text.find(words)
    while at >= 0:
        end = text.find("\n", at)
        if pattern.search(text, text.rfind("\n", 0, at) + 1, end if end >= 0 else len(text)):
            return True
        at = text.find(words, end) if end >= 0 else -1
    return False


def _pattern(template: str, slot: str) -> re.Pattern[str]:
    """The texts that a sentence may become, with anything in its slots."""
    parts = string.Formatter().parse(template)
    return re.compile("".join(re.escape(text) + (slot if name else "") for text, name, _, _ in parts))


def _modules(pattern: re.Pattern[str], *folders: str) -> set[str]:
    return {path.name for path in source_files(*folders) if pattern.search(path.read_text())}
