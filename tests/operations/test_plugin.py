"""What the pytest plugin promises: nothing is left running, and worlds know nothing of each other."""

import threading


def test_a_world_leaves_no_thread_behind(fresh_world):
    before = threading.active_count()
    world = fresh_world()
    world.client.create_application(ApplicationName="shop")
    world.advance(60)
    assert threading.active_count() == before


def test_worlds_accounts_and_regions_see_nothing_of_each_other(fresh_world):
    world, other = fresh_world(), fresh_world()
    world.client.create_application(ApplicationName="shop")
    strangers = [other.client, world.clients(region="eu-west-1"), world.clients(account="222222222222")]
    assert [it.describe_applications()["Applications"] for it in strangers] == [[], [], []]
    assert [it.describe_events()["Events"] for it in strangers] == [[], [], []]
