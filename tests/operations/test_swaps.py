"""SwapEnvironmentCNAMEs: two environments change places, or nothing changes at all."""

import pytest

from options import SINGLE

MUST_BE_READY = "Environment named {} is in an invalid state for this operation. Must be Ready."
MISSING = "Both SourceEnvironment and DestinationEnvironment must be specified."
MIXED = "The SourceEnvironment and DestinationEnvironment must be given both by id or both by name."
EQUAL = "The SourceEnvironment and DestinationEnvironment must not be the same environment."
NOBODY = "No Environment found for EnvironmentName = 'nobody'."


@pytest.fixture
def pair(launch):
    """A blue and a green environment, as they are described."""
    return [launch(name, CNAMEPrefix=f"{name}-shop", OptionSettings=[SINGLE]) for name in ("blue", "green")]


def environments_by_name(world):
    return {
        environment["EnvironmentName"]: environment
        for environment in world.client.describe_environments()["Environments"]
    }


def cnames(world):
    return {
        name: environment.get("CNAME", "").partition(".")[0]
        for name, environment in environments_by_name(world).items()
    }


@pytest.mark.shows("SwapEnvironmentCNAMEs", "success")
@pytest.mark.parametrize("by", ["Name", "Id"])
@pytest.mark.parametrize("places", [(0, 1), (1, 0)])
def test_the_names_change_places_and_nothing_else(shop, pair, by, places):
    source, destination = (pair[place][f"Environment{by}"] for place in places)
    answer = shop.client.swap_environment_cnames(
        **{f"SourceEnvironment{by}": source, f"DestinationEnvironment{by}": destination}
    )
    assert answer.keys() == {"ResponseMetadata"}
    assert cnames(shop) == {"blue": "green-shop", "green": "blue-shop"}
    shop.until_ready("blue")
    shop.until_ready("green")
    request_id = answer["ResponseMetadata"]["RequestId"]
    names = [pair[place]["EnvironmentName"] for place in places]
    for environment in shop.client.describe_environments()["Environments"]:
        before = next(one for one in pair if one["EnvironmentName"] == environment["EnvironmentName"])
        other = next(one for one in pair if one is not before)
        same = before.keys() - {"CNAME", "DateUpdated", "Health", "HealthStatus"}
        assert {name: environment[name] for name in same} == {name: before[name] for name in same}
        assert environment["CNAME"] == other["CNAME"]
        events = shop.client.describe_events(EnvironmentName=environment["EnvironmentName"], MaxRecords=4)["Events"]
        lines = [
            "swapEnvironmentCNAMEs is starting.",
            f"Swapping CNAMEs for environments '{names[0]}' and '{names[1]}'.",
            f"'{environment['CNAME']}' now points to '{environment['EndpointURL']}'.",
            f"Completed swapping CNAMEs for environments '{names[0]}' and '{names[1]}'.",
        ]
        assert [line["Message"] for line in reversed(events)] == lines
        under_request = shop.client.describe_events(RequestId=request_id)["Events"]
        assert {line["EnvironmentName"] for line in under_request} == {names[0]}
        assert len(under_request) == len(lines)  # as `eb swap` prints them


def test_a_swap_back_brings_back_what_was(shop, pair):
    for source, destination in (("blue", "green"), ("blue", "green")):
        shop.client.swap_environment_cnames(SourceEnvironmentName=source, DestinationEnvironmentName=destination)
        shop.until_ready("blue")
        shop.until_ready("green")
    assert cnames(shop) == {"blue": "blue-shop", "green": "green-shop"}


@pytest.mark.shows("SwapEnvironmentCNAMEs", "errors")
@pytest.mark.parametrize(
    ("parameters", "code", "sentence"),
    [
        ({}, "MissingRequiredParameter", MISSING),
        ({"SourceEnvironmentName": "blue"}, "MissingRequiredParameter", MISSING),
        ({"DestinationEnvironmentName": "blue"}, "MissingRequiredParameter", MISSING),
        ({"SourceEnvironmentName": "blue", "SourceEnvironmentId": "BLUE"}, "MissingRequiredParameter", MISSING),
        ({"SourceEnvironmentId": "BLUE", "DestinationEnvironmentName": "green"}, "InvalidParameterValue", MIXED),
        ({"SourceEnvironmentName": "blue", "DestinationEnvironmentId": "GREEN"}, "InvalidParameterValue", MIXED),
        ({"SourceEnvironmentName": "blue", "DestinationEnvironmentName": "blue"}, "InvalidParameterValue", EQUAL),
        ({"SourceEnvironmentId": "BLUE", "DestinationEnvironmentId": "BLUE"}, "InvalidParameterValue", EQUAL),
        ({"SourceEnvironmentName": "nobody", "DestinationEnvironmentName": "blue"}, "InvalidParameterValue", NOBODY),
        ({"SourceEnvironmentName": "blue", "DestinationEnvironmentName": "nobody"}, "InvalidParameterValue", NOBODY),
        (
            {"SourceEnvironmentId": "BLUE", "DestinationEnvironmentId": "e-aaaaaaaaaa"},
            "InvalidParameterValue",
            "No Environment found for EnvironmentId = 'e-aaaaaaaaaa'.",
        ),
        (
            {
                "SourceEnvironmentId": "BLUE",
                "SourceEnvironmentName": "green",
                "DestinationEnvironmentId": "GREEN",
                "DestinationEnvironmentName": "green",
            },
            "InvalidParameterValue",
            "No Environment found for EnvironmentId = 'BLUE'.",
        ),
    ],
)
def test_what_cannot_be_swapped(shop, pair, refused, parameters, code, sentence):
    ids = {environment["EnvironmentName"].upper(): environment["EnvironmentId"] for environment in pair}
    for word, id_ in ids.items():
        sentence = sentence.replace(word, id_)
    before = shop.events()
    with refused(code, sentence):
        shop.client.swap_environment_cnames(**{member: ids.get(value, value) for member, value in parameters.items()})
    assert shop.events() == before
    assert cnames(shop) == {"blue": "blue-shop", "green": "green-shop"}


@pytest.mark.shows("SwapEnvironmentCNAMEs", "errors")
def test_a_worker_has_no_name_to_give_or_to_take(shop, launch, refused):
    launch("blue", OptionSettings=[SINGLE])
    launch("jobs", Tier={"Name": "Worker", "Type": "SQS/HTTP"})
    for source, destination in (("blue", "jobs"), ("jobs", "blue")):
        with refused("InvalidParameterValue", "Environment does not support a cname"):
            shop.client.swap_environment_cnames(SourceEnvironmentName=source, DestinationEnvironmentName=destination)


@pytest.mark.shows("SwapEnvironmentCNAMEs", "states")
@pytest.mark.parametrize("places", [("blue", "green"), ("green", "blue")])
def test_both_must_be_ready(shop, pair, refused, places):
    def swap():
        shop.client.swap_environment_cnames(SourceEnvironmentName=places[0], DestinationEnvironmentName=places[1])

    for busy in (
        lambda: shop.client.update_environment(EnvironmentName="green", VersionLabel="v2"),
        lambda: shop.client.restart_app_server(EnvironmentName="green"),
    ):
        busy()
        with refused("InvalidParameterValue", MUST_BE_READY.format("green")):
            swap()
        shop.until_ready("green")
    swap()
    with refused("InvalidParameterValue", MUST_BE_READY.format(places[0])):
        swap()
    shop.until_ready("blue")
    shop.until_ready("green")
    shop.client.terminate_environment(EnvironmentName="green")
    with refused("InvalidParameterValue", MUST_BE_READY.format("green")):
        swap()
    shop.until("green", "Terminated")
    with refused("InvalidParameterValue", "No Environment found for EnvironmentName = 'green'."):
        swap()
