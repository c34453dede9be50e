"""One simulated EC2 instance: what it runs, and whether it serves."""

from typing import Literal, get_args

from msgspec import Struct
from msgspec.structs import fields, replace

from beanpole.model.events.failures import Defect
from beanpole.model.faults.members import FailedHealth
from beanpole.model.faults.symptoms import SYMPTOMS, Symptom

State = Literal["pending", "running", "deploying", "terminating"]
CommandName = Literal["boot", "deploy", "configure", "restart"]

REMEMBERED = 20  # records

# Those that pass the checks of a load balancer, and the share of requests that they answer with 4xx, by how ill they
# are; whoever is worse does not pass them.
ERRING: dict[FailedHealth | None, float] = {None: 0.0, "Warning": 0.2, "Degraded": 0.4}
_ILLNESSES: tuple[FailedHealth, ...] = get_args(FailedHealth)  # from bad to worse


class CommandRecord(Struct, frozen=True, omit_defaults=True, array_like=True):
    """Something that was done on an instance, when it began and ended; its logs are written from these.

    `cause` names what the platform said of a failure, where the source bundle is the reason.
    """

    at: int
    does: CommandName
    version_label: str | None = None
    deployment_id: int = 0
    failed: bool = False
    began: int | None = None
    cause: Defect | None = None


class Instance(Struct, frozen=True, omit_defaults=True):
    """`group` names its Auto Scaling group; `deployment_id` counts the environment's deployments from 1.

    `began_at` is when the command that runs on it began; `failed` says that its last one did not end well. `serial` is
    the activity that launched it. `announced` says that the log has told of its coming. `history` holds its latest
    records, oldest first.

    What health sees of it beside that: whether it passes the checks of its load balancer, whether its agent sends data,
    whether it is `unseen` because nobody can ask the load balancer, the shares of requests that it answers with 4xx and
    5xx, whether it gets too few to judge by, the percentage of its processor that is in use and how much of that waits
    for I/O (0 where it is no more than usual), the services that do not run, and since when it ails. All this comes
    from `symptoms`, or from a plan, after which it has an `illness` until a command ends well.
    """

    id: str
    launched_at: int
    group: str
    state: State = "pending"
    in_service: bool = False
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
    unseen: bool = False
    ailing_since: int | None = None
    symptoms: tuple[Symptom, ...] = ()
    illness: FailedHealth | None = None
    serial: int = 0
    announced: bool = False
    history: tuple[CommandRecord, ...] = ()

    def join(self, now: int) -> "Instance":
        """It has booted and belongs to the environment."""
        return replace(self._remember(CommandRecord(now, "boot")), state="running")

    def begin_command(self, now: int) -> "Instance":
        """A command runs on it, and for as long as that lasts it does not serve."""
        return replace(self, state="deploying", in_service=False, began_at=now)

    def finish_command(self, deed: CommandRecord, serves: bool = True, ill: FailedHealth | None = None) -> "Instance":
        """The command ended well: it runs the deed's version; how ill it is is seen from now on.

        A restart leaves its deployment as it was, and no command cures what ails it.
        """
        passes = ill in ERRING and not self._ails("fails-health-checks")
        return replace(
            self._remember(deed),
            state="running",
            in_service=serves and passes,
            version_label=deed.version_label,
            deployment_id=deed.deployment_id,
            deployed_at=self.deployed_at if deed.does == "restart" else deed.at,
            began_at=None,
            failed=False,
            passes_health_checks=passes,
            client_errors=self._erring(ill),
            illness=ill,
            ailing_since=self.ailing_since if self._present() else None if passes else deed.at,
        )

    def fail_command(self, deed: CommandRecord) -> "Instance":
        """The command ended badly: it is left with the version it had, and it does not serve."""
        after = self._remember(replace(deed, failed=True))
        return replace(after, state="running", in_service=False, began_at=None, failed=True)

    def leave_service(self) -> "Instance":
        """The load balancer sends it nothing more."""
        return replace(self, in_service=False)

    def enter_service(self) -> "Instance":
        """The load balancer sends it requests, if it passes its checks."""
        return replace(self, in_service=self.state == "running" and self.passes_health_checks and not self.failed)

    def fail_checks(self, how: FailedHealth, now: int) -> "Instance":
        """It errs, no less than what ails it has it err; or it fails its checks, so nobody sends it requests."""
        illness: FailedHealth = how if self.illness is None else max(how, self.illness, key=_ILLNESSES.index)
        after = replace(self, illness=illness, client_errors=self._erring(illness))
        if how in ERRING:
            return after
        since = self.ailing_since if not self.passes_health_checks or self._present() else now
        return replace(after, passes_health_checks=False, in_service=False, ailing_since=since or now)

    def with_symptoms(self, symptoms: tuple[Symptom, ...]) -> "Instance":
        """It has these symptoms, beside the health that a plan left; once it passes its checks it serves again."""
        present = [symptom for symptom in symptoms if not symptom.over]
        shown = dict(WITHOUT_SYMPTOMS)
        for symptom in present:
            shown |= symptom.shown
        after = replace(self, symptoms=symptoms, **shown)
        after = replace(after, client_errors=after._erring(self.illness))
        since = min((symptom.since for symptom in present), default=None)
        if any(symptom.what == "fails-health-checks" for symptom in present):
            return replace(after, passes_health_checks=False, in_service=False, ailing_since=since)
        if self._ails("fails-health-checks") and self.illness != "Severe":
            return replace(after, passes_health_checks=True, ailing_since=since).enter_service()
        return replace(after, ailing_since=since if self.passes_health_checks else self.ailing_since)

    def change_group(self, group: str) -> "Instance":
        """Another Auto Scaling group looks after it."""
        return replace(self, group=group)

    def begin_termination(self) -> "Instance":
        """It is out of service and on its way out."""
        return replace(self, state="terminating", in_service=False)

    def _ails(self, what: str) -> bool:
        """It suffers from something that no plan is the reason of."""
        return bool(self._present(what))

    def _erring(self, ill: FailedHealth | None) -> float:
        """The share that it answers with 4xx: the greater of what a plan leads to and of what its symptoms say."""
        shares = (symptom.number("share") for symptom in self._present("client-errors"))
        return max(ERRING.get(ill, 0.0), *shares, 0.0)

    def _present(self, what: str | None = None) -> list[Symptom]:
        return [it for it in self.symptoms if not it.over and what in (None, it.what)]

    def _remember(self, record: CommandRecord) -> "Instance":
        ended = replace(record, began=self.began_at)
        return replace(self, history=(*self.history, ended)[-REMEMBERED:])


# What symptoms set, as it is where there are none.
WITHOUT_SYMPTOMS = {
    member.name: member.default
    for member in fields(Instance)
    if any(member.name in row.shows for row in SYMPTOMS.values())
}
