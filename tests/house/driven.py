"""The commands that each client is driven with, as the marks `drives(client, …)` of `tests/clients` say."""

import ast
from collections import defaultdict

from house.tree import ROOT

FOLDER = ROOT / "tests" / "clients"
PAGES = ROOT / "docs" / "clients"


def by_client() -> dict[str, set[str]]:
    """The commands, or what else a client is used for, by the client's name."""
    commands_of: dict[str, set[str]] = defaultdict(set)
    for file in sorted(FOLDER.glob("test_*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "pytest.mark.drives":
                client, *commands = (ast.literal_eval(argument) for argument in node.args)
                commands_of[client] |= set(commands)
    return commands_of
