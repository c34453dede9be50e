"""The symptoms that a fault can cause, one row each, and the record that it leaves where it hit.

Nothing is done to the environment: a symptom is there so that health has a cause to name. It begins and ends at a tick
of health while no activity is in progress; it stays on record after its end as long as its fault is armed, so that a
fault causes a symptom at most once in each place.

From a row follow the members of the fault, their defaults, the health that the symptom leads to and its row in
`docs/faults.md`; the sentence of its cause is `CAUSES[name]` in `model/health/causes.py`.
"""

from collections.abc import Mapping
from typing import Literal

from msgspec import Struct

from beanpole.model.faults.members import FailedHealth, Value

Holder = Literal["instance", "environment", "queue", "balancer"]  # only a worker has a queue


class SymptomRow(Struct, frozen=True):
    """`defaults` are the members that say how bad it is, as they are unless the fault gives them.

    `sets` names members of an Instance, each with its value: a constant, or the name of one of the symptom's members.
    `status` is its health wherever it is present; None where a function of health judges by the members that it `sets`.
    A symptom of an environment that `reaches_instances` is a symptom of its instances, too.
    """

    meaning: str
    holder: Holder = "instance"
    defaults: Mapping[str, Value] = {}
    sets: Mapping[str, bool | str] = {}
    status: FailedHealth | None = None
    reaches_instances: bool = False


SYMPTOMS: Mapping[str, SymptomRow] = {
    "no-data": SymptomRow("Its agent sends no data.", sets={"sends_data": False}),
    "client-errors": SymptomRow("It answers requests with 4xx.", defaults={"share": 1.0}),
    "server-errors": SymptomRow(
        "It answers requests with 5xx.", defaults={"share": 1.0}, sets={"server_errors": "share"}
    ),
    "balancer-client-errors": SymptomRow(
        "Its load balancer itself answers requests with 4xx, as a firewall does.",
        holder="balancer",
        defaults={"share": 1.0},
    ),
    "balancer-server-errors": SymptomRow(
        "Its load balancer itself answers requests with 5xx.", holder="balancer", defaults={"share": 1.0}
    ),
    "few-requests": SymptomRow("It gets too few requests to judge by.", sets={"few_requests": True}),
    "high-cpu": SymptomRow(
        "Its processor is busy.",
        defaults={"percent": 95.0, "io_wait": 0.0},
        sets={"processor": "percent", "io_wait": "io_wait"},
    ),
    "stopped-services": SymptomRow(
        "Services on it do not run.",
        defaults={"services": ("proxy",)},
        sets={"stopped_services": "services"},
        status="Severe",
    ),
    "fails-health-checks": SymptomRow("It fails the checks of the load balancer."),
    # The guide calls a role that cannot be assumed severe; no instance can be seen without it.
    "no-service-role": SymptomRow(
        "Its service role cannot be assumed.",
        holder="environment",
        sets={"sends_data": False, "balancer_unavailable": True},
        status="Severe",
        reaches_instances=True,
    ),
    # Many messages were seen to make a worker yellow (eb_deployer#66).
    "messages-waiting": SymptomRow(
        "Messages wait in its queue.", holder="queue", defaults={"messages": 20}, status="Warning"
    ),
    # [inferred] from the row above
    "dead-letters": SymptomRow(
        "Messages are in its dead-letter queue.", holder="queue", defaults={"messages": 20}, status="Warning"
    ),
}


class Symptom(Struct, frozen=True, omit_defaults=True):
    """`fault` is the id of the fault that caused it, `since` when, `until` when it ends by itself; then it is `over`.

    `severity` are the members that say how bad it is.
    """

    fault: str
    what: str
    since: int
    until: int | None = None
    over: bool = False
    severity: dict[str, Value] = {}

    def __post_init__(self) -> None:
        if self.what not in SYMPTOMS:
            raise ValueError(f"there is no symptom {self.what}")

    @property
    def row(self) -> SymptomRow:
        """Its row of the table."""
        return SYMPTOMS[self.what]

    @property
    def members(self) -> dict[str, Value]:
        """Every member that says how bad it is, by default as the row has it."""
        return {name: self.severity.get(name, default) for name, default in self.row.defaults.items()}

    def number(self, name: str) -> float:
        """A member that is a number; raises TypeError for any other."""
        value = self.members[name]
        if isinstance(value, tuple):
            raise TypeError(f"{name} of {self.what} is no number")
        return value

    @property
    def instance_members(self) -> dict[str, bool | Value]:
        """The members that it sets on an Instance."""
        members = self.members
        return {name: members[its] if isinstance(its, str) else its for name, its in self.row.sets.items()}
