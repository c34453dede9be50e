"""Files that are tables: those of `api-spec`, and a user's own in YAML or JSON; a key is there once in its mapping.

The parser of YAML takes as long as the import of many modules, so a table of `api-spec` is compiled as a module is:
Python keeps it as bytecode beside its file, and reads the file again when its time or its size has changed.
"""

import json
from collections.abc import Hashable
from importlib.machinery import SourceFileLoader
from pathlib import Path
from typing import Any


def own(path: Path) -> Any:
    """The content of a YAML file of `api-spec`, from its bytecode if there is any."""
    content: dict[str, Any] = {}
    exec(_TableLoader(path.stem, str(path)).get_code(path.stem), content)  # type: ignore[arg-type]  # it has code
    return content["CONTENT"]


def read(path: Path) -> Any:
    """The content of a file: JSON by its suffix, else YAML.

    Raises ValueError for a file that is neither, or if a mapping in it has a key twice.
    """
    if path.suffix == ".json":
        return json.loads(path.read_bytes(), object_pairs_hook=_unique, parse_constant=_refuse_constant)
    from beanpole.tables import yaml_tables

    return yaml_tables.parse(path.read_bytes())


class _TableLoader(SourceFileLoader):
    """A loader of modules whose source is YAML: the one name of such a module, CONTENT, has the content."""

    def source_to_code(self, data: Any, path: Any, **_: Any) -> Any:  # type: ignore[override]  # a method, as in Python
        """The code of the module; a table holds texts, numbers, lists and mappings, whose literals are Python's."""
        from beanpole.tables import yaml_tables

        return compile(f"CONTENT = {yaml_tables.parse(data)!r}", path, "exec")


def _unique(members: list[tuple[str, Any]]) -> dict[Hashable, Any]:
    mapping: dict[Hashable, Any] = dict(members)
    if len(mapping) < len(members):
        names = [name for name, _ in members]
        twice = next(name for number, name in enumerate(names) if name in names[:number])
        raise ValueError(f"found the key {twice} twice")
    return mapping


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is no number of JSON")
