"""The pages of the documentation, but for the tables of facts, and their blocks of code."""

import re

from house.tree import ROOT

PAGES = sorted(path for path in (ROOT / "docs").rglob("*.md") if path.name not in ("facts.md", "captures.md"))
FENCE = re.compile(r"^ {0,3}```(\w*)\n(.*?)^ {0,3}```$", re.MULTILINE | re.DOTALL)
