"""An environment: its requested settings, its observed status, and its activity.

A status that follows from a call at once is set by the functions of `transitions`; a status that follows with time is
set by the steps of a plan.
"""

from msgspec import Struct
from msgspec.structs import replace

from beanpole.model import errors
from beanpole.model.environment import requests
from beanpole.model.environment.activity import Activity, Done, LogRequest
from beanpole.model.environment.cnames import FormerCname
from beanpole.model.environment.custom_resources import CustomResources
from beanpole.model.environment.ingress import Ingress
from beanpole.model.environment.link import Link
from beanpole.model.environment.losses import Loss
from beanpole.model.environment.managed_action import ManagedRun
from beanpole.model.environment.resources import Resource, ResourceScope, balancer_of
from beanpole.model.environment.shared_balancer import SharedBalancer
from beanpole.model.environment.status import COLORS, Color, HealthStatus, Status
from beanpole.model.environment.tiers import WEB, Tier
from beanpole.model.events.event import Event
from beanpole.model.events.messages import Message
from beanpole.model.faults.symptoms import Symptom
from beanpole.model.options.configuration import merge
from beanpole.model.options.definitions import OptionSetting
from beanpole.model.options.namespaces import VPC

UNNOTICED = ("swap", "link", "tag", "scale")  # kinds of activity that leave health as it is


class Environment(Struct, frozen=True, omit_defaults=True):
    """The aggregate that owns a fleet and a plan; `generation` guards all three.

    On a custom platform there is no solution stack. `settings` come from API calls and saved configurations,
    `extensions` from the running version's `.ebextensions`; `settings` override them. `failed_settings` are a draft
    that could not be deployed. `deployments` counts the deployments that were begun, `deployment_id` is the number of
    the last one that succeeded, and `traffic` the percentage of requests that go to the new instances while traffic is
    split. `bundle` is the digest of the source bundle of that deployment, if it was read, and `custom` has the
    resources that its configuration files add to the stack.

    `activity` is in progress, `done` is the last one that ended, and `activities` counts all that were begun.
    `managed_due` is the start of the next window with a managed action, `managed_run` is the action that has begun, and
    `managed_runs` counts those that have ended. `desired` is the capacity that Auto Scaling was given, `group_due` the
    instant at which the group compares its size with it, `scaling_due` that of the next scheduled action, `bounds` the
    sizes that one has set, and `losses` the instances terminated lately through EC2 or Auto Scaling. `ingress` are
    rules that EC2 added to its security groups or revoked. `shared_balancer` is one that others use, too.
    `health_due` is the next instant at which health is published: a `health_status` if it is enhanced, else a
    `basic_health`. `symptoms` are its own; `has_symptoms` is true while it or an instance has a record of one.
    """

    environment_id: str
    environment_name: str
    application_name: str
    environment_arn: str
    solution_stack_name: str | None
    platform_arn: str
    date_created: int
    date_updated: int
    account_id: str
    region: str
    tier: Tier = WEB
    description: str | None = None
    version_label: str | None = None
    cname: str | None = None
    former_cnames: tuple[FormerCname, ...] = ()
    endpoint_url: str | None = None
    operations_role: str | None = None
    status: Status = "Launching"
    health_status: HealthStatus | None = None
    basic_health: Color | None = None
    template_name: str | None = None
    group_name: str | None = None
    links: tuple[Link, ...] = ()
    settings: tuple[OptionSetting, ...] = ()
    extensions: tuple[OptionSetting, ...] = ()
    failed_settings: tuple[OptionSetting, ...] | None = None
    settings_updated: int = 0
    tags: dict[str, str] = {}
    resources: tuple[Resource, ...] = ()
    custom: CustomResources | None = None
    shared_balancer: SharedBalancer | None = None
    deployment_id: int = 0
    bundle: str | None = None
    deployments: int = 0
    traffic: int | None = None
    activity: Activity | None = None
    done: Done | None = None
    activities: int = 0
    log_requests: tuple[LogRequest, ...] = ()
    managed_due: int | None = None
    managed_run: ManagedRun | None = None
    managed_runs: int = 0
    desired: int | None = None
    group_due: int | None = None
    scaling_due: int | None = None
    bounds: tuple[int, int] | None = None
    losses: tuple[Loss, ...] = ()
    ingress: tuple[Ingress, ...] = ()
    health_due: int | None = None
    symptoms: tuple[Symptom, ...] = ()
    has_symptoms: bool = False
    terminated_at: int | None = None
    generation: int = 0

    @property
    def id(self) -> str:
        """The key in the store."""
        return self.environment_id

    @property
    def health(self) -> Color:
        """The colour of its health; basic health is Grey during an update."""
        if self.basic_health is None:
            return COLORS.get(self.health_status, "Grey")
        busy = self.activity is not None and self.activity.kind not in UNNOTICED
        return "Grey" if busy else self.basic_health

    @property
    def activity_due(self) -> int | None:
        """The next instant of its activity; None without one, and while it waits for other environments."""
        activity = self.activity
        return None if activity is None or activity.waits_for else activity.wakes_at

    @property
    def due(self) -> int | None:
        """The next instant at which a worker must play it; None if nothing is due."""
        instants = [self.health_due, self.managed_due, self.scaling_due]
        if self.activity is not None:
            instants.append(self.activity_due)
        elif self.status == "Ready":
            instants.append(self.group_due)
        if self.log_requests:
            instants += [log_request.due for log_request in self.log_requests]
        return min([instant for instant in instants if instant is not None], default=None)

    @property
    def option_settings(self) -> tuple[OptionSetting, ...]:
        """All settings; an option without one has its default."""
        return merge(self.extensions, self.settings) if self.extensions else self.settings

    @property
    def live(self) -> bool:
        """Tell whether the environment is not terminated; then it holds its name and its CNAME."""
        return self.status != "Terminated"

    @property
    def is_worker(self) -> bool:
        """Tell whether the environment is of the worker tier."""
        return self.tier.name == "Worker"

    @property
    def is_undeleted(self) -> bool:
        """Tell whether its last termination failed, so that it still has the resources that could not be deleted."""
        return self.done is not None and self.done.kind == "terminate" and self.done.outcome == "failed"

    @property
    def is_unmade(self) -> bool:
        """Tell whether its launch failed before it had a group, so that it answers nowhere."""
        is_idle = self.activity is None or self.activity.kind in UNNOTICED
        return self.live and is_idle and not self.is_undeleted and self.resource("auto-scaling-group") is None

    @property
    def abortable(self) -> Activity | None:
        """The update that can be aborted: not while it waits for others, cleans up, or is rolled back."""
        activity = self.activity
        if self.status != "Updating" or activity is None or activity.kind not in ("deploy", "configure"):
            return None
        return None if activity.closed or activity.waits_for else activity

    @property
    def abortable_operation_in_progress(self) -> bool:
        """Tell whether an update can be aborted."""
        return self.abortable is not None

    def resource(self, kind: str) -> Resource | None:
        """Its resource of that kind, if it has one."""
        return next((resource for resource in self.resources if resource.kind == kind), None)

    @property
    def balancer(self) -> Resource | None:
        """The load balancer before its instances: its own, or the shared one where it has a rule."""
        return balancer_of(self.shared_balancer, self.resources)

    @property
    def resource_scope(self) -> ResourceScope:
        """The scope from which the names of its resources are made."""
        in_vpc = any(
            setting.namespace == VPC and setting.option_name == "VPCId" and setting.value
            for setting in self.option_settings
        )
        return ResourceScope(
            self.region, self.account_id, self.environment_id, self.resources, in_vpc, self.shared_balancer
        )

    def must_be_ready(self) -> None:
        """Raise MustBeReady unless its status is Ready."""
        if self.status != "Ready":
            raise errors.MustBeReady(environment=self.environment_name)

    def tell(self, message: Message, at: int, request_id: str | None) -> Event:
        """The event of a message about this environment."""
        return Event(
            at,
            message.text,
            message.severity,
            application_name=self.application_name,
            environment_name=self.environment_name,
            environment_id=self.environment_id,
            request_id=request_id if message.own_request else None,
        )

    def begin(self, request: requests.Request, operation: str, request_id: str, now: int) -> "Environment":
        """Begin an activity. It is due at once: a worker makes its plan."""
        return replace(
            self,
            activity=Activity(request, operation, request_id, now, self.activities + 1, now, now),
            activities=self.activities + 1,
            date_updated=now,
        )
