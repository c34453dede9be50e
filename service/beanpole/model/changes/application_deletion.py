"""The deletion of an application with all that belongs to it, as one change."""

from collections.abc import Sequence

from msgspec.structs import replace

from beanpole.model import errors
from beanpole.model.applications.application import Application, ApplicationVersion
from beanpole.model.applications.template import ConfigurationTemplate
from beanpole.model.changes.change import Change
from beanpole.model.environment.environment import Environment
from beanpole.model.environment.requests import Terminate
from beanpole.model.environment.transitions import request_termination
from beanpole.model.events import messages
from beanpole.model.events.event import Event, application_event

OPERATION = "deleteApplication"


def deletion(
    application: Application,
    environments: Sequence[Environment],
    content: Sequence[ApplicationVersion | ConfigurationTemplate],
    by_force: bool,
    request_id: str,
    now: int,
) -> Change:
    """Delete the application at once, or first terminate its live environments, which takes `by_force`.

    `content` are its versions and saved configurations. Raises ApplicationBusy if an environment is neither Ready nor
    Terminating [inferred].
    """
    name = application.application_name
    if application.deletion is not None:
        raise errors.ApplicationPendingDeletion(application=name)
    if not environments:
        return _at_once(application, content, by_force, request_id, now)
    if not by_force:
        raise errors.ApplicationHasEnvironments(application=name)
    if any(environment.status not in ("Ready", "Terminating") for environment in environments):
        raise errors.ApplicationBusy(application=name)
    return _terminations(application, environments, request_id, now)


def completion(
    application: Application,
    environments: Sequence[Environment],
    content: Sequence[ApplicationVersion | ConfigurationTemplate],
    now: int,
) -> Change | None:
    """Delete an application once all of its environments are terminated; None until then.

    If one of them could not be terminated, the application stays, and can be deleted again.
    """
    name, deletion = application.application_name, application.deletion
    live = [environment for environment in environments if environment.live and environment.application_name == name]
    if deletion is None or any(environment.activity is not None for environment in live):
        return None
    if live:
        application_after = replace(application, deletion=None, date_updated=now)
        return Change(
            puts=(application_after,),
            events=_events(application, deletion.request_id, now, messages.TERMINATIONS_FAILED()),
        )
    sentences = (messages.TERMINATIONS_DONE(), messages.APPLICATION_DELETED())
    return Change(deletes=(application, *content), events=_events(application, deletion.request_id, now, *sentences))


def _at_once(
    application: Application,
    content: Sequence[ApplicationVersion | ConfigurationTemplate],
    by_force: bool,
    request_id: str,
    now: int,
) -> Change:
    terminations = (messages.INVOKING_TERMINATIONS(), messages.TERMINATIONS_DONE()) if by_force else ()
    sentences = (_starting(), *terminations, messages.APPLICATION_DELETED())
    return Change(deletes=(application, *content), events=_events(application, request_id, now, *sentences))


def _terminations(application: Application, environments: Sequence[Environment], request_id: str, now: int) -> Change:
    """Begin the deletion: terminate the environments; those that are terminating already say no more."""
    terminating = tuple(_terminate(environment, request_id, now) for environment in environments)
    ready = [environment for environment in environments if environment.status == "Ready"]
    events = _events(application, request_id, now, _starting(), messages.INVOKING_TERMINATIONS())
    return Change(
        puts=(application.request_deletion(request_id, now), *terminating),
        events=(*events, *(environment.tell(_starting(), now, request_id) for environment in ready)),
    )


def _terminate(environment: Environment, request_id: str, now: int) -> Environment:
    """Terminate an environment; if it is terminating already, its end wakes the application, too."""
    activity = environment.activity
    if activity is None or not isinstance(activity.request, Terminate):
        return request_termination(environment, OPERATION, request_id, now)
    return replace(environment, activity=replace(activity, request=replace(activity.request, wakes_application=True)))


def _starting() -> messages.Message:
    return messages.OPERATION_STARTING(operation=OPERATION)


def _events(application: Application, request_id: str, now: int, *sentences: messages.Message) -> tuple[Event, ...]:
    name = application.application_name
    return tuple(application_event(sentence, now, request_id, application_name=name) for sentence in sentences)
