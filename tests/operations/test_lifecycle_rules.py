"""The rules by which the versions of an application go."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from beanpole.files.object_store import Shelf, Unreadable
from beanpole.model.applications.application import ApplicationVersion
from beanpole.model.changes.change import Change
from beanpole.store.world import World
from beanpole.testing import ACCOUNT, REGION

ROLE = "arn:aws:iam::123456789012:role/service"
DAY = timedelta(days=1)
OFF = {
    "MaxCountRule": {"Enabled": False, "MaxCount": 200, "DeleteSourceFromS3": False},
    "MaxAgeRule": {"Enabled": False, "MaxAgeInDays": 180, "DeleteSourceFromS3": False},
}


def rules(**parameters):
    return {"VersionLifecycleConfig": parameters}


def count_rule(most, role=ROLE, **more):
    return rules(MaxCountRule={"Enabled": True, "MaxCount": most, **more}) | ({"ServiceRole": role} if role else {})


def age_rule(days, **more):
    return rules(MaxAgeRule={"Enabled": True, "MaxAgeInDays": days, **more}) | {"ServiceRole": ROLE}


@pytest.fixture
def thinned(beanstalk):
    """`thinned(config)` is a world with the application shop under that rule."""

    def thinned(config):
        beanstalk.client.create_application(ApplicationName="shop", ResourceLifecycleConfig=config)
        return beanstalk

    return thinned


def update(world, config):
    answer = world.client.update_application_resource_lifecycle(ApplicationName="shop", ResourceLifecycleConfig=config)
    assert answer.keys() == {"ApplicationName", "ResourceLifecycleConfig", "ResponseMetadata"}
    assert answer["ApplicationName"] == "shop"
    application = world.client.describe_applications(ApplicationNames=["shop"])["Applications"][0]
    assert application["ResourceLifecycleConfig"] == answer["ResourceLifecycleConfig"]
    return answer["ResourceLifecycleConfig"]


def create(world, *labels, **more):
    for label in labels:
        world.client.create_application_version(ApplicationName="shop", VersionLabel=label, **more)


def labels(world, application="shop"):
    versions = world.client.describe_application_versions(ApplicationName=application)["ApplicationVersions"]
    return [version["VersionLabel"] for version in versions]


@pytest.mark.shows("CreateApplication", "success")
def test_a_new_application_may_bring_its_rules(thinned):
    config = thinned(count_rule(3)).client.describe_applications()["Applications"][0]["ResourceLifecycleConfig"]
    assert config["ServiceRole"] == ROLE
    assert config["VersionLifecycleConfig"] == OFF | {
        "MaxCountRule": {"Enabled": True, "MaxCount": 3, "DeleteSourceFromS3": False}
    }


@pytest.mark.shows("UpdateApplicationResourceLifecycle", "success")
def test_what_is_left_out_stays_as_it_is(shop):
    first = update(shop, count_rule(3, DeleteSourceFromS3=True))
    count = {"Enabled": True, "MaxCount": 3, "DeleteSourceFromS3": True}
    assert first == {"ServiceRole": ROLE, "VersionLifecycleConfig": OFF | {"MaxCountRule": count}}
    second = update(shop, rules(MaxCountRule={"Enabled": False}))
    assert second == {
        "ServiceRole": ROLE,
        "VersionLifecycleConfig": OFF | {"MaxCountRule": count | {"Enabled": False}},
    }
    age = {"Enabled": True, "MaxAgeInDays": 9, "DeleteSourceFromS3": False}
    third = update(shop, rules(MaxAgeRule={"Enabled": True, "MaxAgeInDays": 9}))
    assert third["VersionLifecycleConfig"]["MaxAgeRule"] == age
    other = ROLE.replace("service", "other/path")
    assert update(shop, {"ServiceRole": other}) == third | {"ServiceRole": other}


@pytest.mark.shows("UpdateApplicationResourceLifecycle", "success")
def test_a_role_is_there_for_good_and_rules_that_are_off_need_none(shop):
    off = rules(MaxCountRule={"Enabled": False}, MaxAgeRule={"Enabled": False})
    assert update(shop, off) == {"VersionLifecycleConfig": OFF}
    update(shop, count_rule(3))
    assert update(shop, off)["ServiceRole"] == ROLE
    assert update(shop, count_rule(4, role=None))["ServiceRole"] == ROLE


def test_an_update_is_told(shop):
    answer = shop.client.update_application_resource_lifecycle(
        ApplicationName="shop", ResourceLifecycleConfig=count_rule(3)
    )
    events = shop.events()[-2:]
    assert [event.message for event in events] == [
        "updateApplicationResourceLifecycle is starting.",
        "updateApplicationResourceLifecycle completed successfully.",
    ]
    assert {event.request_id for event in events} == {answer["ResponseMetadata"]["RequestId"]}


REFUSALS = [
    *(
        ({"ServiceRole": role}, "Parameter ServiceRole is invalid. Must be a valid IAM Role ARN.")
        for role in ("", "service", "arn:aws:iam::123456789012:user/someone", "arn:aws:iam::1:role/x", f"{ROLE}\n")
    ),
    *(
        (count_rule(most), "Parameter 'MaxCount' is invalid. Must be a non-zero positive number.")
        for most in (0, -1, -(1 << 31))
    ),
    (age_rule(0), "Parameter 'MaxAgeInDays' is invalid. Must be a non-zero positive number."),
    (
        rules(MaxAgeRule={"Enabled": False, "MaxAgeInDays": -1}),
        "Parameter 'MaxAgeInDays' is invalid. Must be a non-zero positive number.",
    ),
    (
        count_rule(3) | rules(MaxCountRule={"Enabled": True}, MaxAgeRule={"Enabled": True}),
        "Only one of MaxCountRule and MaxAgeRule can be enabled.",
    ),
    (count_rule(3, role=None), "ServiceRole is required to enable a version lifecycle rule."),
]


@pytest.mark.shows("CreateApplication", "errors")
@pytest.mark.shows("UpdateApplicationResourceLifecycle", "errors")
@pytest.mark.parametrize(("config", "sentence"), REFUSALS)
def test_rules_that_make_no_sense_are_refused(beanstalk, refused, config, sentence):
    with refused("InvalidParameterValue", sentence):
        beanstalk.client.create_application(ApplicationName="shop", ResourceLifecycleConfig=config)
    beanstalk.client.create_application(ApplicationName="shop")
    with refused("InvalidParameterValue", sentence):
        beanstalk.client.update_application_resource_lifecycle(ApplicationName="shop", ResourceLifecycleConfig=config)


@pytest.mark.shows("UpdateApplicationResourceLifecycle", "errors")
def test_a_second_rule_waits_until_the_first_is_off(shop, refused):
    update(shop, count_rule(3))
    with refused("InvalidParameterValue", "Only one of MaxCountRule and MaxAgeRule can be enabled."):
        update(shop, age_rule(9))
    update(shop, age_rule(9) | rules(MaxCountRule={"Enabled": False}, MaxAgeRule={"Enabled": True}))


@pytest.mark.shows("UpdateApplicationResourceLifecycle", "errors")
def test_a_rule_says_whether_it_holds(shop, unchecked, refused):
    with refused(
        "ValidationError",
        "1 validation error detected: Value null at "
        "'resourceLifecycleConfig.versionLifecycleConfig.maxCountRule.enabled' failed to satisfy "
        "constraint: Member must not be null",
    ):
        unchecked.update_application_resource_lifecycle(
            ApplicationName="shop", ResourceLifecycleConfig=rules(MaxCountRule={"MaxCount": 3})
        )


def test_by_count_the_oldest_go_and_the_new_one_is_not_counted(thinned):
    world = thinned(count_rule(2))
    create(world, "v1", "v2", "v3")
    assert labels(world) == ["v3", "v2", "v1"]
    create(world, "v4")
    assert labels(world) == ["v4", "v3", "v2"]
    create(world, "v5")
    assert labels(world) == ["v5", "v4", "v3"]


def test_a_rule_looks_at_its_own_application_only(thinned):
    world = thinned(count_rule(1))
    for label in ("v1", "v2", "v3"):
        world.client.create_application_version(ApplicationName="other", VersionLabel=label, AutoCreateApplication=True)
    create(world, "v1", "v2", "v3")
    assert labels(world, "other") == ["v3", "v2", "v1"]
    assert labels(world) == ["v3", "v2"]


def test_by_age_the_old_go_when_a_new_one_comes(thinned):
    world = thinned(age_rule(10))
    create(world, "v1")
    world.advance(9 * DAY)
    create(world, "v2")
    world.advance(2 * DAY)
    assert labels(world) == ["v2", "v1"]
    create(world, "v3")
    assert labels(world) == ["v3", "v2"]


def test_without_a_rule_nothing_goes(shop):
    shop.advance(1000 * DAY)
    create(shop, *(f"w{number}" for number in range(10)))
    assert len(labels(shop)) == 12


def test_a_hundred_go_at_most(thinned, beanstalk):
    world = thinned(rules())
    create(world, *(f"v{number:03}" for number in range(120)))
    update(world, count_rule(1))
    create(world, "new")
    assert labels(world) == ["new", *(f"v{number:03}" for number in range(119, 99, -1))]
    create(world, "newer")
    assert labels(world) == ["newer", "new"]


def test_every_deletion_is_told_under_the_call_that_brought_it(thinned):
    world = thinned(count_rule(1))
    create(world, "v1", "v2")
    answer = world.client.create_application_version(ApplicationName="shop", VersionLabel="v3")
    events = world.events()[-4:]
    assert [(event.version_label, event.message) for event in events] == [
        ("v3", "createApplicationVersion is starting."),
        ("v3", "Created new Application Version: v3"),
        ("v3", "createApplicationVersion completed successfully."),
        ("v1", "Deleted Application Version: v1"),
    ]
    assert {event.request_id for event in events} == {answer["ResponseMetadata"]["RequestId"]}


def test_what_is_deployed_or_about_to_be_is_spared_and_keeps_no_other(shop, launch):
    launch("web1")
    shop.client.update_environment(EnvironmentName="web1", VersionLabel="v2")
    update(shop, count_rule(1))
    create(shop, "v3", "v4", "v5")
    assert labels(shop) == ["v5", "v4", "v2", "v1"]
    shop.until_ready("web1")
    create(shop, "v6")
    assert labels(shop) == ["v6", "v5", "v2"]


def test_what_ran_ten_weeks_ago_is_spared_no_more(shop, launch):
    launch("web1")
    shop.client.terminate_environment(EnvironmentName="web1")
    shop.until("web1", "Terminated")
    update(shop, count_rule(1))
    shop.advance(69 * DAY)
    create(shop, "v3", "v4")
    assert labels(shop) == ["v4", "v3", "v1"]
    shop.advance(2 * DAY)
    create(shop, "v5")
    assert labels(shop) == ["v5", "v4"]


def test_what_is_being_processed_is_spared(thinned):
    world = thinned(count_rule(1))
    create(world, "v1", Process=True)
    create(world, "v2", "v3")
    assert labels(world) == ["v3", "v2", "v1"]
    world.advance(60)
    create(world, "v4")
    assert labels(world) == ["v4", "v3"]


@pytest.mark.shows("CreateApplicationVersion", "errors")
def test_at_the_quota_nothing_is_created_and_nothing_goes(thinned, limited, refused):
    world = thinned(rules())
    create(world, "v1", "v2", "v3")
    update(world, count_rule(1))
    limited(application_versions=3)
    with refused(
        "TooManyApplicationVersionsException",
        "You cannot have more than 3 Application Versions. Either remove some Application Versions or request a limit "
        "increase.",
    ):
        create(world, "v4")
    assert labels(world) == ["v3", "v2", "v1"]
    limited(application_versions=4)
    create(world, "v4")
    assert labels(world) == ["v4", "v3"]


def test_a_deployment_that_begins_meanwhile_spares_its_version(shop, launch, monkeypatch):
    """The rule looks before the deployment and would write after it."""
    launch("web1")
    update(shop, count_rule(1))
    create(shop, "v3")
    commit, turns = World.commit, []

    def in_between(world, change):
        if change.deletes and not turns:
            turns.append(change.deletes)
            shop.client.update_environment(EnvironmentName="web1", VersionLabel="v2")
        commit(world, change)

    monkeypatch.setattr(World, "commit", in_between)
    create(shop, "v4")
    assert [[version.version_label for version in turn] for turn in turns] == [["v2"]]
    assert labels(shop) == ["v4", "v3", "v2", "v1"]


def test_two_that_create_at_once_delete_each_version_once(thinned, monkeypatch):
    world = thinned(count_rule(2))
    create(world, "v1", "v2", "v3")
    commit, turns = World.commit, []

    def in_between(inside, change):
        if change.deletes and not turns:
            turns.append(change.deletes)
            create(world, "v4")
        commit(inside, change)

    monkeypatch.setattr(World, "commit", in_between)
    create(world, "v5")
    assert labels(world) == ["v5", "v4", "v3"]
    messages = [event.message for event in world.events() if event.message.startswith("Deleted")]
    assert messages == ["Deleted Application Version: v1", "Deleted Application Version: v2"]


@pytest.mark.parametrize("stays", [True, False])
def test_the_source_bundle_is_kept_or_goes_too(beanstalk_with_objects, stays):
    world = beanstalk_with_objects
    world.client.create_application(
        ApplicationName="shop", ResourceLifecycleConfig=count_rule(1, DeleteSourceFromS3=not stays)
    )
    for label in ("v1", "v2", "v3"):
        world.objects.write("bucket", label, b"content")
        create(world, label, SourceBundle={"S3Bucket": "bucket", "S3Key": label})
    assert labels(world) == ["v3", "v2"]
    assert world.objects.read("bucket", "v2")
    if stays:
        assert world.objects.read("bucket", "v1")
    else:
        with pytest.raises(Unreadable):
            world.objects.read("bucket", "v1")


def test_a_source_bundle_that_the_store_does_not_let_go_is_told_of(beanstalk_with_objects, monkeypatch):
    world = beanstalk_with_objects
    world.client.create_application(
        ApplicationName="shop", ResourceLifecycleConfig=count_rule(1, DeleteSourceFromS3=True)
    )

    def locked(shelf, bucket, key):
        raise Unreadable("Forbidden")

    monkeypatch.setattr(Shelf, "delete", locked)
    world.objects.write("bucket", "v", b"content")
    create(world, "v1", "v2", "v3", SourceBundle={"S3Bucket": "bucket", "S3Key": "v"})
    assert labels(world) == ["v3", "v2"]
    last = world.events()[-1]
    assert (last.severity, last.version_label, last.message) == (
        "WARN",
        "v1",
        "Unable to delete the source bundle of Application Version v1 from S3. Reason: Forbidden",
    )


def test_a_description_that_is_changed_makes_no_version_younger(thinned):
    world = thinned(count_rule(1))
    create(world, "v1", "v2")
    world.client.update_application_version(ApplicationName="shop", VersionLabel="v1", Description="still old")
    create(world, "v3")
    assert labels(world) == ["v3", "v2"]


def test_a_restored_environment_goes_on_sparing_its_version(shop, launch):
    launch("web1")
    update(shop, count_rule(1))
    world = shop.store.world(ACCOUNT, REGION)
    (environment,) = world.environments()
    world.commit(Change(puts=(replace(environment, terminated_at=shop.now),)))
    shop.advance(100 * DAY)
    create(shop, "v3", "v4")
    assert labels(shop) == ["v4", "v3", "v1"]


def test_a_thousand_versions_are_paged_while_the_rule_thins_them_out(thinned, refused):
    """At the quota nothing more is created; below it the hundred oldest go, and pages miss and repeat nothing else."""
    world = thinned(count_rule(850))
    inside = world.store.world(ACCOUNT, REGION)
    versions = [
        ApplicationVersion("shop", f"v{number:04}", "arn", world.now + number, world.now + number)
        for number in range(1_000)
    ]
    inside.commit(Change(puts=tuple(versions)))
    with refused(
        "TooManyApplicationVersionsException",
        "You cannot have more than 1000 Application Versions. Either remove some Application Versions or request a "
        "limit increase.",
    ):
        create(world, "one-too-many")
    world.client.delete_application_version(ApplicationName="shop", VersionLabel="v0500")
    first = world.client.describe_application_versions(ApplicationName="shop", MaxRecords=100)
    create(world, "new")
    pages, token = [first["ApplicationVersions"]], first["NextToken"]
    while token:
        page = world.client.describe_application_versions(ApplicationName="shop", MaxRecords=100, NextToken=token)
        pages.append(page["ApplicationVersions"])
        token = page.get("NextToken")
    remaining = [f"v{number:04}" for number in range(999, 99, -1) if number != 500]
    assert [version["VersionLabel"] for page in pages for version in page] == remaining
    assert [len(page) for page in pages] == [100] * 8 + [99]
    assert labels(world) == ["new", *remaining]
    (application,) = world.client.describe_applications()["Applications"]
    assert application["Versions"] == ["new", *remaining]
