"""A launch that comes to nothing: the environment is Ready, and there is nothing of it."""

from environments import arm as fault
from environments import describe, messages_of


def test_a_launch_without_a_group_is_ready_grey_and_suspended(shop, create):
    fault(shop, what="resource-fails", where={"resource": "load-balancer"})
    create("web1")
    shop.until_ready("web1")
    shop.advance(120)
    described = describe(shop)
    assert (described["Status"], described["Health"], described["HealthStatus"]) == ("Ready", "Grey", "Suspended")
    assert "CNAME" not in described
    assert "EndpointURL" not in described
    assert messages_of(shop)[-1].startswith("Environment health has transitioned from Pending to Suspended. ")


def test_its_cname_is_nobody_elses(shop, create):
    fault(shop, what="resource-fails", where={"resource": "load-balancer"})
    create("web1", CNAMEPrefix="mine")
    shop.until_ready("web1")
    assert shop.client.check_dns_availability(CNAMEPrefix="mine")["Available"] is False


def test_a_rebuild_makes_it_well(shop, create):
    fault(shop, what="resource-fails", where={"resource": "load-balancer"}, times=1)
    create("web1", CNAMEPrefix="mine")
    shop.until_ready("web1")
    shop.client.rebuild_environment(EnvironmentName="web1")
    shop.until_ready("web1")
    shop.advance(120)
    described = describe(shop)
    assert (described["Health"], described["HealthStatus"]) == ("Green", "Ok")
    assert described["CNAME"] == "mine.us-east-1.elasticbeanstalk.com"
