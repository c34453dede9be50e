"""The changes that a call makes to an environment at once: a new status, and an activity for a worker to carry out.

Each function raises the service's error if the status of the environment does not allow the request.
"""

from msgspec.structs import replace

from beanpole.model import errors
from beanpole.model.environment import requests
from beanpole.model.environment.activity import LogRequest
from beanpole.model.environment.cnames import former_cnames
from beanpole.model.environment.environment import Environment
from beanpole.model.environment.environment_info import InfoType


def request_launch(environment: Environment, request: requests.Launch, request_id: str, now: int) -> Environment:
    """Request its resources and its first deployment."""
    return replace(environment.begin(request, "createEnvironment", request_id, now), status="Launching")


def request_update(environment: Environment, update: requests.Configure, request_id: str, now: int) -> Environment:
    """Request another version, other settings, or both; an update with a version alone is a Deploy."""
    environment.must_be_ready()
    request: requests.Request = update
    if update.version_label is not None and not update.changes_configuration:
        request = requests.Deploy(update.version_label, update.extensions)
    return replace(environment.begin(request, "updateEnvironment", request_id, now), status="Updating")


def request_info(environment: Environment, info_type: InfoType, request_id: str, now: int) -> Environment:
    """Request the logs of its instances; a worker fetches them at once."""
    environment.must_be_ready()
    return replace(environment, log_requests=(*environment.log_requests, LogRequest(info_type, request_id, now, now)))


def request_managed_update(
    environment: Environment,
    request_id: str,
    now: int,
    solution_stack_name: str | None = None,
    platform_arn: str | None = None,
) -> Environment:
    """Request another platform version, or an instance refresh on the same one; either is immutable."""
    environment.must_be_ready()
    update = requests.Configure(solution_stack_name=solution_stack_name, platform_arn=platform_arn, immutably=True)
    return replace(environment.begin(update, "applyEnvironmentManagedAction", request_id, now), status="Updating")


def request_abort(environment: Environment, now: int) -> Environment:
    """Request that the running update stop and be rolled back, if its deployment policy has a rollback."""
    activity = environment.abortable
    if activity is None:
        raise errors.NothingToAbort(environment=environment.environment_name)
    return replace(environment, status="Aborting", activity=replace(activity, stop_at=now), date_updated=now)


def request_swap(
    environment: Environment, other: Environment, request_id: str, now: int, until: int, leads: bool = True
) -> Environment:
    """Give an environment the CNAME of another one, which gets its CNAME in the same commit. The source leads.

    `until` is the instant at which the last resolver forgets the address behind the CNAME that it had.
    """
    environment.must_be_ready()
    swap = requests.Swap(other.environment_name, leads)
    swapping = environment.begin(swap, "swapEnvironmentCNAMEs", request_id, now)
    former = former_cnames(environment.former_cnames, environment.cname, now, until)
    return replace(swapping, status="Updating", cname=other.cname, former_cnames=former)


def request_tags(environment: Environment, tags: dict[str, str], request_id: str, now: int) -> Environment:
    """Request new tags of the environment and of its resources."""
    environment.must_be_ready()
    return replace(environment.begin(requests.Tag(tags), "updateTagsForResource", request_id, now), status="Updating")


def request_restart(environment: Environment, request_id: str, now: int) -> Environment:
    """Request a restart of its application servers."""
    environment.must_be_ready()
    return replace(environment.begin(requests.Restart(), "restartAppServer", request_id, now), status="Updating")


def request_rebuild(environment: Environment, request_id: str, now: int) -> Environment:
    """Request the deletion and new creation of its resources, and a deployment of its version."""
    environment.must_be_ready()
    rebuilding = environment.begin(requests.Rebuild(environment.version_label), "rebuildEnvironment", request_id, now)
    return replace(rebuilding, status="Updating", desired=None, bounds=None)


def request_restore(environment: Environment, request_id: str, now: int, refusals: tuple[str, ...] = ()) -> Environment:
    """Request another launch after its termination, with the id, names and settings it had, but no draft."""
    launch = requests.Launch(environment.version_label, refusals)
    launching = environment.begin(launch, "restoreEnvironment", request_id, now)
    fresh = replace(launching, desired=None, group_due=None, bounds=None, losses=(), ingress=())
    return replace(fresh, status="Launching", terminated_at=None, done=None, failed_settings=None)


def request_termination(
    environment: Environment, operation: str, request_id: str, now: int, keeps_resources: bool = False
) -> Environment:
    """Request its termination, with or without its resources; refused while another activity is in progress."""
    if environment.status == "Launching":
        raise errors.CannotTerminateWhileCreating(environment=environment.environment_name)
    if environment.status == "Terminating":
        raise errors.CannotTerminateTwice(environment=environment.environment_name)
    if environment.status != "Ready":
        raise errors.CannotTerminateWhileDeploying(environment=environment.environment_name)
    termination = requests.Terminate(operation == "deleteApplication", keeps_resources)
    return replace(environment.begin(termination, operation, request_id, now), status="Terminating")
