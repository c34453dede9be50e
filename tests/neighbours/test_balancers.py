"""Load balancers as a client of an environment sees them, the EB CLI among others."""

from wsgiref.types import WSGIApplication

from beanpole.testing import Beanstalk
from environments import STACK, arm
from neighbours.callers import APPLICATION, CLASSIC, instance_ids, launched, neighbour_of, refusal, resources, status_of

COMMAND = "aws:elasticbeanstalk:command"


def test_a_status_of_the_eb_cli_finds_its_targets_healthy(beanstalk: Beanstalk) -> None:
    launched(beanstalk, "web1", *APPLICATION)
    elbv2 = neighbour_of(beanstalk, "elbv2")
    (balancer,) = resources(beanstalk)["LoadBalancers"]
    (group,) = elbv2.describe_target_groups(LoadBalancerArn=balancer["Name"])["TargetGroups"]
    health = elbv2.describe_target_health(TargetGroupArn=group["TargetGroupArn"])["TargetHealthDescriptions"]
    assert sorted(target["Target"]["Id"] for target in health) == instance_ids(beanstalk)
    assert {target["TargetHealth"]["State"] for target in health} == {"healthy"}
    assert (group["HealthCheckPath"], group["HealthCheckIntervalSeconds"], group["Matcher"]) == (
        "/",
        15,
        {"HttpCode": "200"},
    )


def test_the_load_balancer_and_its_listener_have_the_arns_of_the_environment(beanstalk: Beanstalk) -> None:
    endpoint = launched(beanstalk, "web1", *APPLICATION)["EndpointURL"]
    elbv2 = neighbour_of(beanstalk, "elbv2")
    (own,) = resources(beanstalk)["LoadBalancers"]
    (balancer,) = elbv2.describe_load_balancers()["LoadBalancers"]
    assert (balancer["LoadBalancerArn"], balancer["DNSName"], balancer["Type"]) == (
        own["Name"],
        endpoint,
        "application",
    )
    assert elbv2.describe_load_balancers(Names=[balancer["LoadBalancerName"]])["LoadBalancers"] == [balancer]
    (listener,) = elbv2.describe_listeners(LoadBalancerArn=own["Name"])["Listeners"]
    assert (listener["Port"], listener["Protocol"]) == (80, "HTTP")
    (tags,) = elbv2.describe_tags(ResourceArns=[own["Name"]])["TagDescriptions"]
    assert {"Key": "elasticbeanstalk:environment-name", "Value": "web1"} in tags["Tags"]
    assert refusal(elbv2.describe_load_balancers, Names=["unknown"]) == (
        "LoadBalancerNotFound",
        "Load balancers '[unknown]' not found",
    )
    nobodys = own["Name"].replace("/awseb", "/other")
    assert refusal(elbv2.describe_target_groups, LoadBalancerArn=nobodys)[0] == "LoadBalancerNotFound"
    assert refusal(elbv2.describe_target_health, TargetGroupArn=nobodys)[0] == "TargetGroupNotFound"


def test_a_classic_load_balancer_lists_its_instances(beanstalk: Beanstalk) -> None:
    launched(beanstalk, "web1", *CLASSIC)
    elb = neighbour_of(beanstalk, "elb")
    (own,) = resources(beanstalk)["LoadBalancers"]
    (balancer,) = elb.describe_load_balancers(LoadBalancerNames=[own["Name"]])["LoadBalancerDescriptions"]
    assert sorted(instance["InstanceId"] for instance in balancer["Instances"]) == instance_ids(beanstalk)
    states = elb.describe_instance_health(LoadBalancerName=own["Name"])["InstanceStates"]
    assert sorted((state["InstanceId"], state["State"]) for state in states) == [
        (id_, "InService") for id_ in instance_ids(beanstalk)
    ]
    assert balancer["HealthCheck"]["Interval"] == 10
    assert refusal(elb.describe_instance_health, LoadBalancerName="unknown") == (
        "LoadBalancerNotFound",
        "There is no ACTIVE Load Balancer named 'unknown'",
    )
    assert neighbour_of(beanstalk, "elbv2").describe_load_balancers()["LoadBalancers"] == []


def test_a_batch_leaves_its_target_group_and_comes_back(beanstalk: Beanstalk) -> None:
    options = (*APPLICATION, (COMMAND, "DeploymentPolicy", "Rolling"), (COMMAND, "BatchSize", "34"))
    id_ = launched(beanstalk, "web1", *options)["EnvironmentId"]
    elbv2 = neighbour_of(beanstalk, "elbv2")
    (group,) = elbv2.describe_target_groups()["TargetGroups"]
    beanstalk.client.create_application_version(ApplicationName="shop", VersionLabel="v2")
    beanstalk.client.update_environment(EnvironmentName="web1", VersionLabel="v2")
    ids, away, back = instance_ids(beanstalk), set(), set()
    while status_of(beanstalk, id_) != "Ready":
        beanstalk.advance(1)
        health = elbv2.describe_target_health(TargetGroupArn=group["TargetGroupArn"])["TargetHealthDescriptions"]
        there = {target["Target"]["Id"] for target in health}
        assert len(there) >= 1
        away |= set(ids) - there
        back |= there & away
    assert away == back == set(ids)


def test_a_target_that_fails_its_checks_stays_and_is_unhealthy(beanstalk: Beanstalk) -> None:
    launched(beanstalk, "web1", *APPLICATION)
    arm(beanstalk, what="fails-health-checks", where={"instance": 0})
    beanstalk.advance(60)
    elbv2 = neighbour_of(beanstalk, "elbv2")
    (group,) = elbv2.describe_target_groups()["TargetGroups"]
    health = elbv2.describe_target_health(TargetGroupArn=group["TargetGroupArn"])["TargetHealthDescriptions"]
    assert sorted(target["TargetHealth"]["State"] for target in health) == ["healthy", "healthy", "unhealthy"]


def test_other_load_balancers_come_from_the_companion(beanstalk: Beanstalk, moto: WSGIApplication) -> None:
    launched(beanstalk, "web1", *APPLICATION)
    launched(beanstalk, "web2", *CLASSIC)
    elbv2, elb, ec2 = (neighbour_of(beanstalk, name, moto) for name in ("elbv2", "elb", "ec2"))
    subnets = [subnet["SubnetId"] for subnet in ec2.describe_subnets()["Subnets"]][:2]
    theirs = elbv2.create_load_balancer(Name="theirs", Subnets=subnets)["LoadBalancers"][0]["LoadBalancerArn"]
    ours = resources(beanstalk)["LoadBalancers"][0]["Name"]
    arns = [balancer["LoadBalancerArn"] for balancer in elbv2.describe_load_balancers()["LoadBalancers"]]
    assert sorted(arns) == sorted([ours, theirs])
    both = elbv2.describe_tags(ResourceArns=[ours, theirs])["TagDescriptions"]
    assert sorted(row["ResourceArn"] for row in both) == sorted([ours, theirs])
    assert elbv2.describe_listeners(LoadBalancerArn=theirs)["Listeners"] == []
    listener = {"Protocol": "HTTP", "LoadBalancerPort": 80, "InstancePort": 80}
    elb.create_load_balancer(LoadBalancerName="old", Listeners=[listener], AvailabilityZones=["us-east-1a"])
    names = [balancer["LoadBalancerName"] for balancer in elb.describe_load_balancers()["LoadBalancerDescriptions"]]
    assert sorted(names) == sorted(["old", resources(beanstalk, "web2")["LoadBalancers"][0]["Name"]])


def test_a_worker_has_no_load_balancer(beanstalk: Beanstalk) -> None:
    beanstalk.client.create_application(ApplicationName="shop")
    beanstalk.client.create_environment(
        ApplicationName="shop",
        EnvironmentName="jobs",
        SolutionStackName=STACK,
        Tier={"Name": "Worker", "Type": "SQS/HTTP"},
    )
    beanstalk.until_ready("jobs")
    assert neighbour_of(beanstalk, "elb").describe_load_balancers()["LoadBalancerDescriptions"] == []
    assert neighbour_of(beanstalk, "elbv2").describe_target_groups()["TargetGroups"] == []
