"""DescribeEvents: every filter, the order and the pages."""

from datetime import UTC, datetime, timedelta


def told(world, **asked):
    return [it["Message"] for it in world.client.describe_events(**asked)["Events"]]


def test_events_come_newest_first_and_never_share_a_millisecond(shop, launch):
    launch("web1")
    dates = [it["EventDate"] for it in shop.client.describe_events(EnvironmentName="web1")["Events"]]
    assert dates == sorted(set(dates), reverse=True)


def test_every_filter_narrows_the_log(shop, launch):
    made = launch("web1")
    by_name = shop.client.describe_events(EnvironmentName="web1")["Events"]
    assert shop.client.describe_events(EnvironmentId=made["EnvironmentId"])["Events"] == by_name
    assert {it["EnvironmentName"] for it in by_name} == {"web1"}
    assert len(told(shop, ApplicationName="shop")) == len(by_name) + 9
    assert len(told(shop, VersionLabel="v2")) == 3
    request_id = by_name[-1]["RequestId"]
    mine = shop.client.describe_events(RequestId=request_id)["Events"]
    assert mine == [it for it in by_name if it.get("RequestId") == request_id]
    assert mine[0]["Message"] == "Successfully launched environment: web1"
    assert set(told(shop, Severity="WARN")) < set(told(shop))
    assert told(shop, Severity="TRACE") == told(shop)


def test_what_nothing_has_gives_no_events(shop):
    for asked in (
        {"ApplicationName": "nobody"},
        {"EnvironmentName": "nobody"},
        {"EnvironmentId": "e-aaaaaaaaaa"},
        {"VersionLabel": "v9"},
        {"TemplateName": "saved"},
        {"PlatformArn": "arn:x"},
        {"RequestId": "00000000-0000-4000-8000-000000000000"},
        {"Severity": "FATAL"},
    ):
        assert told(shop, **asked) == []


def test_a_span_holds_its_start_and_not_its_end(beanstalk):
    beanstalk.client.create_application(ApplicationName="shop")
    newest, middle, oldest = beanstalk.client.describe_events()["Events"]
    assert told(beanstalk, StartTime=middle["EventDate"]) == [newest["Message"], middle["Message"]]
    assert told(beanstalk, EndTime=middle["EventDate"]) == [oldest["Message"]]
    assert told(beanstalk, StartTime=datetime.now(UTC) + timedelta(days=36500)) == []


def test_events_come_in_pages(shop, launch, refused):
    launch("web1")
    pages = shop.client.get_paginator("describe_events").paginate(PaginationConfig={"PageSize": 4})
    paged = [it["Message"] for page in pages for it in page["Events"]]
    assert paged == told(shop)
    assert paged == [it.message for it in reversed(shop.events())]
    with refused("InvalidParameterValue", "Invalid NextToken: nonsense"):
        shop.client.describe_events(NextToken="nonsense")
