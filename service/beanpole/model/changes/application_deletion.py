"""What the deletion of an application takes with it, as one change."""

from collections.abc import Sequence

from msgspec.structs import replace

from beanpole.model import errors
from beanpole.model.applications.application import Application, ApplicationVersion
from beanpole.model.applications.template import ConfigurationTemplate
from beanpole.model.changes.change import Change
from beanpole.model.environment.environment import Environment
from beanpole.model.environment.requests import Terminate
from beanpole.model.events import messages
from beanpole.model.events.event import Event, told

OPERATION = "deleteApplication"


def deletion(
    application: Application,
    environments: Sequence[Environment],
    inside: Sequence[ApplicationVersion | ConfigurationTemplate],
    by_force: bool,
    request_id: str,
    now: int,
) -> Change:
    """Delete it at once, or ask its live environments to go first, which takes force.

    An environment that is neither Ready nor on its way out refuses the whole [inferred].
    """
    name = application.application_name
    if application.deletion is not None:
        raise errors.ApplicationPendingDeletion(application=name)
    if not environments:
        return _at_once(application, inside, by_force, request_id, now)
    if not by_force:
        raise errors.ApplicationHasEnvironments(application=name)
    if any(it.status not in ("Ready", "Terminating") for it in environments):
        raise errors.ApplicationBusy(application=name)
    going = tuple(_go(it, request_id, now) for it in environments)
    return Change(
        puts=(application.request_deletion(request_id, now), *going),
        events=(
            *_told(application, request_id, now, _starting(), messages.INVOKING_TERMINATIONS()),
            *(it.tell(_starting(), now, request_id) for it in environments if it.status == "Ready"),
        ),
    )


def completion(
    application: Application,
    environments: Sequence[Environment],
    inside: Sequence[ApplicationVersion | ConfigurationTemplate],
    now: int,
) -> Change | None:
    """Delete an application that waits for the end of its environments; None as long as one of them is live."""
    name, waiting = application.application_name, application.deletion
    live = [each for each in environments if each.live and each.application_name == name]
    if waiting is None or live:
        return None
    sentences = (messages.TERMINATIONS_DONE(), messages.APPLICATION_DELETED())
    return Change(deletes=(application, *inside), events=_told(application, waiting.request_id, now, *sentences))


def _at_once(
    application: Application,
    inside: Sequence[ApplicationVersion | ConfigurationTemplate],
    by_force: bool,
    request_id: str,
    now: int,
) -> Change:
    terminations = (messages.INVOKING_TERMINATIONS(), messages.TERMINATIONS_DONE()) if by_force else ()
    said = (_starting(), *terminations, messages.APPLICATION_DELETED())
    return Change(deletes=(application, *inside), events=_told(application, request_id, now, *said))


def _go(environment: Environment, request_id: str, now: int) -> Environment:
    """Terminate it; one that is terminating already goes on, and wakes the application when it is gone."""
    activity = environment.activity
    if activity is None or not isinstance(activity.request, Terminate):
        return environment.request_termination(OPERATION, request_id, now)
    return replace(environment, activity=replace(activity, request=replace(activity.request, wakes_application=True)))


def _starting() -> messages.Message:
    return messages.OPERATION_STARTING(operation=OPERATION)


def _told(application: Application, request_id: str, now: int, *said: messages.Message) -> tuple[Event, ...]:
    return tuple(told(it, now, request_id, application_name=application.application_name) for it in said)
