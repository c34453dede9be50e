"""An application that waits for the end of its environments is deleted after the last of them."""

import pytest
from msgspec.structs import replace

from beanpole.model.applications.application import Application, ApplicationVersion
from beanpole.model.changes.application_deletion import completion
from beanpole.model.environment.requests import Terminate
from engine.stories import World

APPLICATION = Application("shop", "arn:shop", 1, 1).request_deletion("request-1", 2)
INSIDE = (ApplicationVersion("shop", "v1", "arn:v1", 1, 1),)


def environment(**members):
    """An environment on its way out, unless its status is another."""
    going = World().environment.begin(Terminate(True), "deleteApplication", "request-1", 2)
    live = {"application_name": "shop", "status": "Terminating"} | members
    return replace(going if live["status"] == "Terminating" else World().environment, **live)


@pytest.mark.parametrize("others", [[], [environment(status="Terminated")], [environment(application_name="blog")]])
def test_it_goes_with_all_that_is_in_it_once_none_of_its_environments_is_live(others):
    change = completion(APPLICATION, others, INSIDE, 7)
    assert change.deletes == (APPLICATION, *INSIDE)
    assert [(event.at, event.message, event.request_id) for event in change.events] == [
        (7, "The environment termination step is done.", "request-1"),
        (7, "The application has been deleted successfully.", "request-1"),
    ]


def test_it_waits_for_the_last_of_its_environments():
    assert completion(APPLICATION, [environment(status="Terminated"), environment()], INSIDE, 7) is None


def test_it_stays_if_one_of_them_could_not_be_terminated():
    environments = [environment(status="Terminated"), environment(status="Ready")]
    change = completion(APPLICATION, environments, INSIDE, 7)
    assert (change.puts[0].deletion, change.deletes) == (None, ())
    assert [event.message for event in change.events] == [
        "The environment termination step failed because at least one of the environment termination workflows failed."
    ]
    assert completion(APPLICATION, [*environments, environment()], INSIDE, 7) is None


def test_it_stays_if_nothing_asked_for_its_end():
    assert completion(replace(APPLICATION, deletion=None), [], INSIDE, 7) is None
