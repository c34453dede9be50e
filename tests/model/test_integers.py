"""Options that the code reads as integers: no other value is accepted of any of them."""

import ast
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path

import beanpole
import beanpole_workers
from beanpole.catalog import catalog
from beanpole.model.options import namespaces
from beanpole.model.options.configuration import configuration
from beanpole.model.options.definitions import OptionSetting
from beanpole.model.options.validation import one_by_one

OPTIONS = catalog.load().options
ROOTS = [Path(str(package.__file__)).parent for package in (beanpole, beanpole_workers)]


def reads() -> Iterator[tuple[str, str]]:
    """Namespace and pattern of the name of each option that is read as an integer; `*` stands for what is computed."""
    for root in ROOTS:
        for path in root.rglob("*.py"):
            text = path.read_text()
            if ".integer(" not in text:
                continue
            for node in ast.walk(ast.parse(text)):
                match node:
                    case ast.Call(func=ast.Attribute(attr="integer"), args=[ast.Name(id=namespace), name, *_]):
                        yield str(getattr(namespaces, namespace, namespace)), pattern(name)


def pattern(name: ast.expr) -> str:
    match name:
        case ast.Constant(value=str(text)):
            return text
        case ast.JoinedStr(values=parts):
            return "".join(str(part.value) if isinstance(part, ast.Constant) else "*" for part in parts)
        case _:
            return ""


def test_an_option_that_is_read_as_an_integer_takes_nothing_else() -> None:
    checked = set()
    for namespace, pattern_of_name in reads():
        for definition in OPTIONS.definitions:
            if definition.namespace == namespace and fnmatch(definition.name, pattern_of_name):
                for value in ("x", "1.5", "1e3", "٣", ","):
                    setting = OptionSetting(namespace, definition.name, value)
                    assert one_by_one(configuration(OPTIONS, (setting,), None), (setting,)), setting
                checked.add(definition.name)
    assert {"MinSize", "Timeout", "LowerBreachScaleIncrement", "DBAllocatedStorage"} <= checked
