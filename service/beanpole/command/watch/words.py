"""A step of a plan in words: from what the step says of itself, so that every new step has some."""

from collections.abc import Mapping
from typing import Any


def words(step: Mapping[str, Any]) -> str:
    """A step as the fleet route shows it, in words: `deploy v2 on 3 instances`."""
    if "message" in step:
        return f"say: {step['message']['text'].strip()}"
    said = [step["does"].replace("-", " ")]
    said += [str(step[name]).replace("-", " ") for name in ("kind", "version_label") if step.get(name) is not None]
    if "why" in step:
        said.append(f"for {step['why']}")
    if step.get("percent") is not None:
        said.append(f"{step['percent']} %")
    if "instances" in step:
        said.append(_counted(said[0], len(step["instances"])))
    if step.get("outcome", "done") != "done":
        said.append(step["outcome"])
    return " ".join(said)


def _counted(does: str, number: int) -> str:
    """`terminate instances` names them already."""
    if does.endswith(" instances"):
        return f"({number})"
    return f"on {number} instance" + ("" if number == 1 else "s")
