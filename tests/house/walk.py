"""The edits of a contributor who follows CONTRIBUTING.md: a sixth deployment policy, and a new symptom.

Each edit puts text before a line of a file. The files that a test rewrites are not edited by hand.
"""

from pathlib import Path
from typing import NamedTuple

from beanpole import __version__

RELEASE = f"## [{__version__}]"  # the last one: what follows in the changelog is unreleased no more


class Edit(NamedTuple):
    """Put `text` before the line of a file that begins with `line`, or in the place of the text `line` if `replaces`.

    `file` may be a pattern, for whichever file has the line.
    """

    file: str
    line: str
    text: str
    replaces: bool = False

    def apply(self, root: Path) -> str:
        """Change the file, and return its name; raises ValueError unless one file has such a line, once."""
        mark = self.line if self.replaces else f"\n{self.line}"
        paths = [path for path in sorted(root.glob(self.file)) if path.read_text(encoding="utf-8").count(mark) == 1]
        if len(paths) != 1:
            raise ValueError(f"{len(paths)} files {self.file} have the line {self.line!r} once")
        before = paths[0].read_text(encoding="utf-8")
        after = before.replace(mark, self.text if self.replaces else f"\n{self.text}{self.line}")
        paths[0].write_text(after, encoding="utf-8")
        return str(paths[0].relative_to(root))


POLICY = (
    Edit(
        "api-spec/catalog/configuration-options.yaml",
        "Immutable, TrafficSplitting]",
        "Immutable, TrafficSplitting, Canary]",
        replaces=True,
    ),
    Edit(
        "api-spec/catalog/timings.yaml",
        "      healthy-worker: 206    # inferred",
        "      evaluated: 300         # inferred: the default of traffic splitting\n",
    ),
    Edit(
        "workers/beanpole_workers/plans/policies.py",
        "def leave_as_is(",
        '''def canary(deployment: Deployment) -> Iterator[Timed]:
    """One batch, which is then watched for a while; the other instances follow at the same time."""
    first, *others = deployment.batches
    total = len(deployment.instances)
    yield from _batch_deployed(deployment, (1, first, len(first)), total)
    if others:
        yield Wait("the first batch to be evaluated"), after("rolling.evaluated")
        rest = tuple(instance for batch in others for instance in batch)
        yield from _batch_deployed(deployment, (2, rest, total), total)
    yield Close(), instantly


''',
    ),
    Edit(
        "workers/beanpole_workers/plans/policies.py",
        '    "Immutable": Policy(',
        """    "Canary": Policy(
        canary, leave_as_is, after("rolling.deployed"), opening=after("rolling.deploying"), batches=True
    ),
""",
    ),
    Edit(
        "service/beanpole/command/deployment_methods.py",
        '    Method("blue-green"',
        '    Method("canary", "Canary", "Canary", _BATCHES),\n',
    ),
    Edit(
        "tests/engine/laws.py",
        '            case "RollingWithAdditionalBatch":',
        """            case "Canary":
                rest = len(self.served) - self.batch
                assert len(self.served - serving) <= max(self.batch, rest), "more than the rest is out"
""",
    ),
    Edit(
        "tests/scenarios/*.py",
        '    "deploy-immutable": [',
        '    "deploy-canary": [THREE, policy("Canary")],\n',
    ),
    Edit(
        "tests/comparison/test_compare.py",
        '    "blue-green": (True',
        '    "canary": (True, False, "redeploy", {"existing"}),\n',
    ),
    Edit(
        "tests/operations/test_configuration_options.py",
        '        "TrafficSplitting",\n',
        '        "TrafficSplitting",\n        "Canary",\n',
        replaces=True,
    ),
    Edit("README.md", "`traffic-splitting` and `blue-green`", "`traffic-splitting`, `canary` and `blue-green`", True),
    Edit("CHANGELOG.md", RELEASE, "### Added\n\n- The deployment policy Canary.\n\n"),
)
SYMPTOM = (
    Edit(
        "service/beanpole/model/faults/symptoms.py",
        '    "fails-health-checks": SymptomRow(',
        """    # [inferred]
    "memory-low": SymptomRow("Its memory is low.", defaults={"percent": 97.0}, status="Warning"),
""",
    ),
    Edit(
        "service/beanpole/model/health/causes.py",
        "# The sentence of each symptom",
        'MEMORY_LOW = "{percent:.0f} % of memory is in use."  # [I]\n\n',
    ),
    Edit(
        "service/beanpole/model/health/causes.py",
        '    "fails-health-checks": ',
        '    "memory-low": MEMORY_LOW,\n',
    ),
    Edit(
        "docs/captures.md",
        "| `causes.PROCESS_UNHEALTHY` |",
        "| `causes.MEMORY_LOW` | - | I | `tests/scenarios/symptom-memory-low.txt` |\n",
    ),
    Edit(
        "tests/scenarios/*.py",
        '(TWO, [{"what": "no-data"}]),\n',
        '(TWO, [{"what": "no-data"}]),\n    "symptom-memory-low": (SINGLE, [{"what": "memory-low"}]),\n',
        replaces=True,
    ),
    Edit("CHANGELOG.md", RELEASE, "- The fault `memory-low`.\n\n"),
)
