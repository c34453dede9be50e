"""A simulated EC2 instance: the version that it runs, and its state as the load balancer and health see it."""

from typing import Literal, get_args

from msgspec import Struct
from msgspec.structs import fields, replace

from beanpole.model.events.failures import ENGINE_ERROR, Defect
from beanpole.model.faults.members import FailedHealth
from beanpole.model.faults.symptoms import SYMPTOMS, Symptom

State = Literal["pending", "running", "deploying", "terminating"]
CommandName = Literal["boot", "deploy", "configure", "restart"]

HISTORY_LENGTH = 20  # records

# The share of requests that an instance answers with 4xx, by the health that a command or a fault left; with any other
# health it does not pass the checks of its load balancer.
CLIENT_ERRORS: dict[FailedHealth | None, float] = {None: 0.0, "Warning": 0.12, "Degraded": 0.2}
_SEVERITIES: tuple[FailedHealth, ...] = get_args(FailedHealth)  # from bad to worse


class CommandRecord(Struct, frozen=True, omit_defaults=True, array_like=True):
    """A command that ended `at` an instant on an instance; the instance's logs are written from its records.

    `cause` names the platform's sentence about a failure, where the source bundle is the reason; a fault may say
    another as `message`, and the `exit_status` and the `output` of the failed command. `report` is the digest of the
    report of what was carried out; None where nothing of a bundle was. `timed_out`: the instance did not respond.
    """

    at: int
    command: CommandName
    version_label: str | None = None
    deployment_id: int = 0
    failed: bool = False
    began: int | None = None
    cause: Defect | None = None
    exit_status: int = 1
    output: str = ENGINE_ERROR
    message: str | None = None
    report: str | None = None
    timed_out: bool = False


class Instance(Struct, frozen=True, omit_defaults=True):
    """`group` names its Auto Scaling group; `deployment_id` counts the environment's deployments from 1.

    `registered`: its load balancer knows it, in service or not. `began_at` is the start of the running command;
    `failed`: the last command failed. `serial` is that of the activity that launched it. `announced`: an event has
    named it; `silent`: it has not said a word since its boot.
    `history` holds its latest records, oldest first. `disk` is the digest of its disk; None where nothing of a bundle
    is on it.

    The other members are for health: `client_errors` and `server_errors` are the shares of requests that it answers
    with 4xx and 5xx, `few_requests`: too few to judge by; `processor` is the percentage in use and `io_wait` the part
    of it that waits for I/O, both 0 for the usual load; `balancer_unavailable`: its state in the load balancer cannot
    be read; `unhealthy_since` is an instant. They follow from its `symptoms` and from `failed_health`, which a plan
    leaves until a command ends well.
    """

    id: str
    launched_at: int
    group: str
    state: State = "pending"
    in_service: bool = False
    registered: bool = False
    version_label: str | None = None
    deployment_id: int = 0
    deployed_at: int | None = None
    availability_zone: str = ""
    instance_type: str = "t3.micro"
    began_at: int | None = None
    failed: bool = False
    passes_health_checks: bool = True
    sends_data: bool = True
    client_errors: float = 0.0
    server_errors: float = 0.0
    few_requests: bool = False
    processor: float = 0.0
    io_wait: float = 0.0
    stopped_services: tuple[str, ...] = ()
    balancer_unavailable: bool = False
    unhealthy_since: int | None = None
    symptoms: tuple[Symptom, ...] = ()
    failed_health: FailedHealth | None = None
    serial: int = 0
    announced: bool = False
    silent: bool = False
    history: tuple[CommandRecord, ...] = ()
    disk: str | None = None

    def join(self, now: int) -> "Instance":
        """Become part of the environment after the boot."""
        return replace(self._remember(CommandRecord(now, "boot")), state="running")

    def stay_silent(self, now: int, silent: bool) -> "Instance":
        """Be part of the environment after the boot, out of service; if it is silent, without a word to anybody."""
        joined = replace(self.join(now), in_service=False, silent=silent)
        return replace(joined, sends_data=False, unhealthy_since=now) if silent else joined

    def begin_command(self, now: int) -> "Instance":
        """Run a command, out of service until it ends."""
        return replace(self, state="deploying", in_service=False, registered=self.is_registered, began_at=now)

    def finish_command(
        self, record: CommandRecord, serves: bool = True, health: FailedHealth | None = None
    ) -> "Instance":
        """Run the version of the record, and enter service if it `serves` and passes its checks with this health.

        A restart leaves the deployment as it was. Symptoms stay.
        """
        passes = health in CLIENT_ERRORS and not self._present("fails-health-checks")
        return replace(
            self._remember(record),
            state="running",
            in_service=serves and passes,
            registered=serves or self.registered,
            version_label=record.version_label,
            deployment_id=record.deployment_id,
            deployed_at=self.deployed_at if record.command == "restart" else record.at,
            began_at=None,
            failed=False,
            silent=False,
            sends_data=self.sends_data or (self.silent and not self._keeps_quiet),
            passes_health_checks=passes,
            client_errors=self._client_errors(health),
            failed_health=health,
            unhealthy_since=self.unhealthy_since if self._present() else None if passes else record.at,
        )

    def fail_command(self, record: CommandRecord) -> "Instance":
        """Keep the version it had, out of service, after a command that failed."""
        after = self._remember(replace(record, failed=True))
        return replace(after, state="running", in_service=False, began_at=None, failed=True)

    def leave_service(self) -> "Instance":
        """Be deregistered from the load balancer."""
        return replace(self, in_service=False, registered=False)

    def enter_service(self) -> "Instance":
        """Be registered with the load balancer, which sends it requests if it passes its checks."""
        serves = self.state == "running" and self.passes_health_checks and not self.failed
        return replace(self, in_service=serves, registered=True)

    def fail_checks(self, health: FailedHealth, now: int) -> "Instance":
        """Have this health, or the worse one it has already: it answers with errors, or fails its checks."""
        before = self.failed_health
        worse: FailedHealth = health if before is None else max(health, before, key=_SEVERITIES.index)
        after = replace(self, failed_health=worse, client_errors=self._client_errors(worse))
        if health in CLIENT_ERRORS:
            return after
        since = self.unhealthy_since if not self.passes_health_checks or self._present() else now
        out = replace(after, in_service=False, registered=self.is_registered)
        return replace(out, passes_health_checks=False, unhealthy_since=since or now)

    def with_symptoms(self, symptoms: tuple[Symptom, ...]) -> "Instance":
        """Have these symptoms, beside the health that a plan left; once it passes its checks it is in service again."""
        present = [symptom for symptom in symptoms if not symptom.over]
        members = dict(WITHOUT_SYMPTOMS)
        for symptom in present:
            members |= symptom.instance_members
        members["sends_data"] = bool(members["sends_data"]) and not self.silent
        after = replace(self, symptoms=symptoms, **members)
        after = replace(after, client_errors=after._client_errors(self.failed_health))
        since = min((symptom.since for symptom in present), default=None)
        if any(symptom.what == "fails-health-checks" for symptom in present):
            out = replace(after, in_service=False, registered=self.is_registered)
            return replace(out, passes_health_checks=False, unhealthy_since=since)
        if self._present("fails-health-checks") and self.failed_health != "Severe":
            well = replace(after, passes_health_checks=True, unhealthy_since=since)
            return well.enter_service() if well.registered else well
        return replace(after, unhealthy_since=since if self.passes_health_checks else self.unhealthy_since)

    def change_group(self, group: str) -> "Instance":
        """Move to another Auto Scaling group."""
        return replace(self, group=group)

    def begin_termination(self) -> "Instance":
        """Begin to terminate, out of service."""
        return replace(self, state="terminating", in_service=False, registered=False)

    @property
    def is_registered(self) -> bool:
        """Tell whether its load balancer knows it; a world of an earlier version says it only of what is in service."""
        return self.registered or self.in_service

    @property
    def runs_nothing(self) -> bool:
        """Tell whether no version was ever deployed to it, and none failed there."""
        return self.deployment_id == 0 and not self.failed

    @property
    def digests(self) -> set[str]:
        """The digests of its disk and of the reports in its history."""
        reports = {record.report for record in self.history if record.report is not None}
        return reports if self.disk is None else reports | {self.disk}

    @property
    def _keeps_quiet(self) -> bool:
        """Tell whether a symptom keeps its agent from sending data."""
        return any("sends_data" in symptom.row.sets for symptom in self._present())

    def _client_errors(self, health: FailedHealth | None) -> float:
        """The share of requests answered with 4xx: the greatest of that of the health and those of its symptoms."""
        shares = (symptom.number("share") for symptom in self._present("client-errors"))
        return max(CLIENT_ERRORS.get(health, 0.0), *shares, 0.0)

    def _present(self, what: str | None = None) -> list[Symptom]:
        return [symptom for symptom in self.symptoms if not symptom.over and what in (None, symptom.what)]

    def _remember(self, record: CommandRecord) -> "Instance":
        ended = replace(record, began=self.began_at)
        return replace(self, history=(*self.history, ended)[-HISTORY_LENGTH:])


# The members that symptoms set, with their values where there are none.
WITHOUT_SYMPTOMS = {
    member.name: member.default
    for member in fields(Instance)
    if any(member.name in row.sets for row in SYMPTOMS.values())
}
