"""The members of an environment with their types, for functions that take any of them as keyword arguments.

A type checker refuses a name or a value that is not here. A test holds the list to the members of `Environment`.
"""

from typing import TypedDict

from beanpole.model.environment.activity import Activity, Done, LogRequest
from beanpole.model.environment.cnames import FormerCname
from beanpole.model.environment.custom_resources import CustomResources
from beanpole.model.environment.ingress import Ingress
from beanpole.model.environment.link import Link
from beanpole.model.environment.losses import Loss
from beanpole.model.environment.managed_action import ManagedRun
from beanpole.model.environment.resources import Resource
from beanpole.model.environment.shared_balancer import SharedBalancer
from beanpole.model.environment.status import Color, HealthStatus, Status
from beanpole.model.environment.tiers import Tier
from beanpole.model.faults.symptoms import Symptom
from beanpole.model.options.definitions import OptionSetting


class EnvironmentMembers(TypedDict, total=False):
    """Some members of an environment."""

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
    tier: Tier
    description: str | None
    version_label: str | None
    cname: str | None
    former_cnames: tuple[FormerCname, ...]
    endpoint_url: str | None
    operations_role: str | None
    status: Status
    health_status: HealthStatus | None
    basic_health: Color | None
    template_name: str | None
    group_name: str | None
    links: tuple[Link, ...]
    settings: tuple[OptionSetting, ...]
    extensions: tuple[OptionSetting, ...]
    failed_settings: tuple[OptionSetting, ...] | None
    settings_updated: int
    tags: dict[str, str]
    resources: tuple[Resource, ...]
    shared_balancer: SharedBalancer | None
    custom: CustomResources | None
    deployment_id: int
    bundle: str | None
    deployments: int
    traffic: int | None
    activity: Activity | None
    done: Done | None
    activities: int
    log_requests: tuple[LogRequest, ...]
    managed_due: int | None
    managed_run: ManagedRun | None
    managed_runs: int
    desired: int | None
    group_due: int | None
    scaling_due: int | None
    bounds: tuple[int, int] | None
    losses: tuple[Loss, ...]
    ingress: tuple[Ingress, ...]
    health_due: int | None
    symptoms: tuple[Symptom, ...]
    has_symptoms: bool
    terminated_at: int | None
    generation: int
