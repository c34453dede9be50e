"""The database of an environment: it comes and goes as the options ask for one."""

import re

import pytest

from beanpole.testing import ACCOUNT, REGION
from operations.descriptions import update_options
from options import DATABASE, ENVIRONMENT, PROPERTIES, SINGLE, option

GREEN = option(PROPERTIES, "COLOUR", "green")


def coupled(name, value):
    return option(DATABASE, name, value)


WITH, WITHOUT = coupled("HasCoupledDatabase", "true"), coupled("HasCoupledDatabase", "false")


def database(world):
    return world.store.world(ACCOUNT, REGION).environment_named("web1").resource("database")


def database_events(world):
    return [event.message.partition(":")[0] for event in world.events("web1") if "RDS database" in event.message]


@pytest.mark.parametrize(
    ("options", "has"),
    [
        ([], False),
        ([WITH], True),
        ([coupled("DBUser", "admin")], True),
        ([WITHOUT, coupled("DBUser", "admin")], False),
    ],
)
def test_a_database_is_launched_where_one_is_asked_for(shop, launch, options, has):
    launch("web1", OptionSettings=[SINGLE, *options])
    assert (database(shop) is not None) == has


def test_a_database_has_a_security_group_of_its_own_and_a_name_in_the_stack(shop, launch):
    launch("web1", OptionSettings=[SINGLE, WITH])
    environment = shop.store.world(ACCOUNT, REGION).environment_named("web1")
    stack = f"awseb-{environment.id}-stack"
    group = environment.resource("database-security-group").name
    assert re.fullmatch(f"{stack}-AWSEBRDSDBSecurityGroup-[A-Za-z0-9]{{12}}", group)
    assert re.fullmatch(f"{stack}-awsebrdsdatabase-[a-z0-9]{{12}}", database(shop).name)
    messages = [event.message for event in shop.events("web1")]
    assert messages.index(f"Created security group named: {group}") < messages.index(
        f"Creating RDS database named: {database(shop).name}. This may take a few minutes."
    )


def test_a_load_balancer_is_there_before_the_database_is(shop, launch):
    launch("web1", OptionSettings=[option(ENVIRONMENT, "LoadBalancerType", "application"), WITH])
    messages = [event.message.partition(" named")[0] for event in shop.events("web1")]
    order = ["Creating RDS database", "Created load balancer", "Created Load Balancer listener", "Created RDS database"]
    assert [event for event in messages if event in order] == order


def test_an_update_brings_a_database_and_takes_it_away(shop, launch):
    launch("web1", OptionSettings=[SINGLE])
    update_options(shop, WITH)
    resources = database(shop)
    assert database_events(shop) == ["Creating RDS database named", "Created RDS database named"]
    update_options(shop, GREEN)
    assert database(shop) == resources
    update_options(shop, WITHOUT)
    assert database(shop) is None
    assert database_events(shop)[2:] == ["Deleted RDS database named"]


def test_an_update_takes_a_database_away_with_the_option(shop, launch):
    launch("web1", OptionSettings=[SINGLE, WITH])
    update_options(shop, OptionsToRemove=[option(DATABASE, "HasCoupledDatabase")])
    assert database(shop) is None


def test_a_database_that_is_retained_goes_without_a_word(shop, launch):
    launch("web1", OptionSettings=[SINGLE, WITH])
    update_options(shop, WITHOUT, coupled("DBDeletionPolicy", "Retain"))
    assert database(shop) is None
    assert "Deleted RDS database named" not in database_events(shop)


@pytest.mark.parametrize("version", [{}, {"VersionLabel": "v2"}])
def test_a_database_goes_with_the_update_that_brought_it_and_failed(shop, launch, version):
    launch("web1", OptionSettings=[SINGLE])
    fault = {"what": "command-fails", "where": {"operation": "UpdateEnvironment"}, "times": 1}
    assert shop.app.test_client().post(f"/_beanpole/faults?account={ACCOUNT}", json=fault).status_code == 201
    update_options(shop, WITH, GREEN, **version)
    assert database(shop) is None
    assert database_events(shop)[-1] == "Deleted RDS database named"


def test_a_database_stays_where_the_update_that_takes_it_away_fails(shop, launch):
    launch("web1", OptionSettings=[SINGLE, WITH])
    resources = database(shop)
    fault = {"what": "command-fails", "where": {"operation": "UpdateEnvironment"}, "times": 1}
    assert shop.app.test_client().post(f"/_beanpole/faults?account={ACCOUNT}", json=fault).status_code == 201
    update_options(shop, WITHOUT, GREEN)
    assert database(shop) == resources
