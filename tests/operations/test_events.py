"""DescribeEvents: every filter, the order and the pages."""

from datetime import UTC, datetime, timedelta

import pytest

from beanpole.model.changes.change import Change
from beanpole.model.events.event import Event
from beanpole.store.world import World
from beanpole.testing import ACCOUNT, REGION


def messages_by(world, **parameters):
    return [event["Message"] for event in world.client.describe_events(**parameters)["Events"]]


def test_events_come_newest_first_and_never_share_a_millisecond(shop, launch):
    launch("web1")
    dates = [event["EventDate"] for event in shop.client.describe_events(EnvironmentName="web1")["Events"]]
    assert dates == sorted(set(dates), reverse=True)


def test_every_filter_narrows_the_log(shop, launch):
    answer = launch("web1")
    by_name = shop.client.describe_events(EnvironmentName="web1")["Events"]
    assert shop.client.describe_events(EnvironmentId=answer["EnvironmentId"])["Events"] == by_name
    assert {event["EnvironmentName"] for event in by_name} == {"web1"}
    assert len(messages_by(shop, ApplicationName="shop")) == len(by_name) + 9
    assert len(messages_by(shop, VersionLabel="v2")) == 3
    request_id = by_name[-1]["RequestId"]
    mine = shop.client.describe_events(RequestId=request_id)["Events"]
    assert mine == [event for event in by_name if event.get("RequestId") == request_id]
    assert mine[0]["Message"] == "Successfully launched environment: web1"
    assert set(messages_by(shop, Severity="WARN")) < set(messages_by(shop))
    assert messages_by(shop, Severity="TRACE") == messages_by(shop)


def test_what_nothing_has_gives_no_events(shop):
    for parameters in (
        {"ApplicationName": "nobody"},
        {"EnvironmentName": "nobody"},
        {"EnvironmentId": "e-aaaaaaaaaa"},
        {"VersionLabel": "v9"},
        {"TemplateName": "saved"},
        {"PlatformArn": "arn:x"},
        {"RequestId": "00000000-0000-4000-8000-000000000000"},
        {"Severity": "FATAL"},
    ):
        assert messages_by(shop, **parameters) == []


@pytest.mark.shows("DescribeEvents", "success")
def test_every_member_of_an_event(shop):
    template = Event(
        shop.now + 500, "Created.", "WARN", "shop", version_label="v1", template_name="saved", request_id="r-1"
    )
    platform = Event(shop.now + 1000, "Built.", platform_arn="arn:x")
    shop.store.world(ACCOUNT, REGION).commit(Change(events=(template, platform)))
    built, created = shop.client.describe_events(MaxRecords=2)["Events"]
    assert created == {
        "EventDate": datetime.fromtimestamp(shop.events()[-2].at / 1000, UTC),
        "Message": "Created.",
        "ApplicationName": "shop",
        "VersionLabel": "v1",
        "TemplateName": "saved",
        "RequestId": "r-1",
        "Severity": "WARN",
    }
    assert built.keys() == {"EventDate", "Message", "PlatformArn", "Severity"}
    assert messages_by(shop, TemplateName="saved") == ["Created."]
    assert messages_by(shop, PlatformArn="arn:x") == ["Built."]
    assert messages_by(shop, TemplateName="saved", PlatformArn="arn:x") == []
    assert messages_by(shop, TemplateName="saved", ApplicationName="other") == []
    assert messages_by(shop, TemplateName="saved", VersionLabel="v1", Severity="WARN", RequestId="r-1") == ["Created."]


@pytest.mark.shows("DescribeEvents", "success")
def test_a_severity_lets_itself_and_the_worse_through(shop):
    severities = ("TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL")
    shop.advance(1)
    mark = shop.now / 1000
    events = tuple(Event(shop.now, severity, severity, "shop", "web1") for severity in severities)
    shop.store.world(ACCOUNT, REGION).commit(Change(events=events))
    for least, severity in enumerate(severities):
        for more in ({}, {"EnvironmentName": "web1"}, {"ApplicationName": "shop"}):
            assert messages_by(shop, Severity=severity, StartTime=mark, **more) == list(reversed(severities[least:]))


@pytest.mark.shows("DescribeEvents", "errors")
@pytest.mark.parametrize(
    ("parameters", "code", "sentence"),
    [
        ({"NextToken": "nonsense"}, "InvalidParameterValue", "Invalid NextToken: nonsense"),
        ({"NextToken": "MTo6MTo6MQ"}, "InvalidParameterValue", "Invalid NextToken: MTo6MTo6MQ"),
        (
            {"Severity": "BAD"},
            "ValidationError",
            "1 validation error detected: Value 'BAD' at 'severity' failed to satisfy constraint: Member must satisfy "
            "enum value set: [TRACE, DEBUG, INFO, WARN, ERROR, FATAL]",
        ),
        (
            {"MaxRecords": 1001},
            "ValidationError",
            "1 validation error detected: Value '1001' at 'maxRecords' failed to satisfy constraint: Member must have "
            "value less than or equal to 1000",
        ),
        (
            {"EnvironmentName": ""},
            "ValidationError",
            "1 validation error detected: Value '' at 'environmentName' failed to satisfy constraint: Member must have "
            "length greater than or equal to 4",
        ),
    ],
)
def test_what_cannot_be_asked(unchecked, refused, parameters, code, sentence):
    with refused(code, sentence):
        unchecked.describe_events(**parameters)


@pytest.mark.shows("DescribeEvents", "states")
def test_the_story_of_what_is_gone_is_still_told(shop, launch):
    id_ = launch("web1")["EnvironmentId"]
    shop.client.terminate_environment(EnvironmentName="web1")
    shop.until("web1", "Terminated")
    for parameters in ({"EnvironmentId": id_}, {"EnvironmentName": "web1"}):
        assert messages_by(shop, **parameters)[0] == "terminateEnvironment completed successfully."


@pytest.mark.parametrize(
    "parameters",
    [
        {"EnvironmentId": "e-aaaaaaaaaa"},
        {"EnvironmentId": "e-aaaaaaaaaa", "EnvironmentName": "web1"},
    ],
)
def test_what_nothing_can_have_is_answered_without_reading_the_log(shop, monkeypatch, parameters):
    def never(*_):
        raise AssertionError("the log was read")

    monkeypatch.setattr(World, "events", never)
    assert messages_by(shop, **parameters) == []


def test_an_environment_named_by_its_id_is_read_from_its_own_stream(shop, launch, monkeypatch):
    answer = launch("web1")
    filters, events = [], World.events
    monkeypatch.setattr(
        World, "events", lambda world, expectation: filters.append(expectation) or events(world, expectation)
    )
    assert messages_by(shop, EnvironmentId=answer["EnvironmentId"]) == messages_by(shop, EnvironmentName="web1")
    assert [filter_.environment_name for filter_ in filters] == ["web1", "web1"]
    assert messages_by(shop, EnvironmentId=answer["EnvironmentId"], EnvironmentName="nobody") == []


def test_events_are_remembered_for_six_weeks(beanstalk):
    beanstalk.client.create_application(ApplicationName="old")
    old = beanstalk.client.describe_events(MaxRecords=1)["Events"][0]
    beanstalk.advance(old["EventDate"] + timedelta(days=42) - datetime.fromtimestamp(beanstalk.now / 1000, UTC))
    assert messages_by(beanstalk, ApplicationName="old") == [old["Message"]]
    beanstalk.advance(timedelta(days=18))
    beanstalk.client.create_application(ApplicationName="new")
    assert {event.get("ApplicationName") for event in beanstalk.client.describe_events()["Events"]} == {"new"}
    assert messages_by(beanstalk, ApplicationName="old", StartTime=0) == []


def test_a_span_holds_its_start_and_not_its_end(beanstalk):
    beanstalk.client.create_application(ApplicationName="shop")
    newest, middle, oldest = beanstalk.client.describe_events()["Events"]
    assert messages_by(beanstalk, StartTime=middle["EventDate"]) == [newest["Message"], middle["Message"]]
    assert messages_by(beanstalk, EndTime=middle["EventDate"]) == [oldest["Message"]]
    assert messages_by(beanstalk, StartTime=datetime.now(UTC) + timedelta(days=36500)) == []


def test_events_come_in_pages(shop, launch, refused):
    launch("web1")
    pages = shop.client.get_paginator("describe_events").paginate(PaginationConfig={"PageSize": 4})
    paged = [event["Message"] for page in pages for event in page["Events"]]
    assert paged == messages_by(shop)
    assert paged == [event.message for event in reversed(shop.events())]
    with refused("InvalidParameterValue", "Invalid NextToken: nonsense"):
        shop.client.describe_events(NextToken="nonsense")
