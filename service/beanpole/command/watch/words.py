"""A step of a plan in words, made from the members of the step, so that a new step has words too."""

from collections.abc import Mapping
from typing import Any


def words(step: Mapping[str, Any]) -> str:
    """The words for a step of the fleet route: `deploy v2 on 3 instances`."""
    if "message" in step:
        return f"say: {step['message']['text'].strip()}"
    parts = [step["does"].replace("-", " ")]
    parts += [str(step[name]).replace("-", " ") for name in ("kind", "version_label") if step.get(name) is not None]
    if "why" in step:
        parts.append(f"for {step['why']}")
    if step.get("percent") is not None:
        parts.append(f"{step['percent']} %")
    if "instances" in step:
        parts.append(_counted(parts[0], len(step["instances"])))
    if step.get("outcome", "done") != "done":
        parts.append(step["outcome"])
    return " ".join(parts)


def _counted(name: str, number: int) -> str:
    """The number of instances: `on 3 instances`, or `(3)` after a step such as `terminate instances`."""
    if name.endswith(" instances"):
        return f"({number})"
    return f"on {number} instance" + ("" if number == 1 else "s")
