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
    files = [it.relative_to(ROOT) for it in ROOT.rglob("*") if it.is_file() and is_ours(it)]
    return {str(above) for it in files for above in it.parents if above != Path()}


def drawn(text: str, root: str) -> set[str]:
    """The folders of the first fenced tree whose first line is `root`, and those above them."""
    fenced = re.findall(r"^```\w*\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
    tree = next(it for it in fenced if it.startswith(f"{root}\n"))
    found: set[str] = set()
    above = [Path()]
    for line in tree.splitlines()[1:]:
        bars, name = re.match(r"([│├└─\s]*)(\S+)", line).groups()
        above[len(bars) // 4 :] = [above[len(bars) // 4 - 1] / name]
        if name.endswith("/"):
            found |= {str(it) for it in (above[-1], *above[-1].parents) if it != Path()}
    return found


def is_ours(path: Path, root: Path = ROOT) -> bool:
    """Whether a path below the root of a tree is no hidden file and nothing that tools have made."""
    parts = path.relative_to(root).parts
    return not any(it.startswith(".") or it in BUILT or it.endswith(".egg-info") for it in parts)
