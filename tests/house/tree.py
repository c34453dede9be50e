"""The checkout, as the rules of the house look at it."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
BUILT = {"__pycache__", "build", "dist", "node_modules"}


def source_files(*rooms: str) -> list[Path]:
    """Every Python file of some rooms of the top level."""
    return [path for room in rooms for path in sorted((ROOT / room).rglob("*.py")) if is_ours(path)]


def folders() -> set[str]:
    """Every folder that holds a file of ours, and those above it; without the hidden ones."""
    files = [path.relative_to(ROOT) for path in ROOT.rglob("*") if path.is_file() and is_ours(path)]
    return {str(above) for path in files for above in path.parents if above != Path()}


def drawn(text: str, root: str) -> set[str]:
    """The folders of the first fenced tree whose first line is `root`, and those above them."""
    fenced = re.findall(r"^```\w*\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
    tree = next(block for block in fenced if block.startswith(f"{root}\n"))
    names: set[str] = set()
    above = [Path()]
    for line in tree.splitlines()[1:]:
        bars, name = re.match(r"([│├└─\s]*)(\S+)", line).groups()
        above[len(bars) // 4 :] = [above[len(bars) // 4 - 1] / name]
        if name.endswith("/"):
            names |= {str(path) for path in (above[-1], *above[-1].parents) if path != Path()}
    return names


def is_ours(path: Path, root: Path = ROOT) -> bool:
    """Tell whether a path below the root of a tree is no hidden file and nothing that tools have made."""
    parts = path.relative_to(root).parts
    return not any(part.startswith(".") or part in BUILT or part.endswith(".egg-info") for part in parts)
