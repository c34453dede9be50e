"""Environments behind a load balancer that they share, as they and clients of Elastic Load Balancing see it."""

from typing import Any
from wsgiref.types import WSGIApplication

import pytest
from botocore.exceptions import ClientError

from beanpole.api.app import create_app
from beanpole.api.handling import CompanionCalls
from beanpole.gateway import balancers
from beanpole.gateway.companion import Companion
from beanpole.testing import ACCOUNT, REGION, Beanstalk
from environments import describe
from neighbours.callers import ENVIRONMENT, SINGLE, instance_ids, launched, neighbour_of, refusal, resources

ALB = ((ENVIRONMENT, "LoadBalancerType", "application"), (ENVIRONMENT, "LoadBalancerIsShared", "true"))
ARN = f"arn:aws:elasticloadbalancing:{REGION}:{ACCOUNT}:loadbalancer/app/everyones/50dc6c495c0c9188"
LISTENER = "aws:elbv2:listener:8080"


def behind(arn: str) -> tuple[tuple[str, str, str], ...]:
    return (*ALB, ("aws:elbv2:loadbalancer", "SharedLoadBalancer", arn))


@pytest.fixture(autouse=True)
def own_app(beanstalk: Beanstalk, monkeypatch: pytest.MonkeyPatch) -> None:
    """The app of the world and its clients, which other tests use, too, are as before after the test."""
    monkeypatch.setattr(beanstalk, "app", beanstalk.app)
    monkeypatch.setattr(beanstalk, "_clients", {})


class Shared:
    """A world with moto, and a load balancer of a user in it."""

    def __init__(self, world: Beanstalk, moto: WSGIApplication, *ports: int) -> None:
        calls = CompanionCalls(find_balancer=balancers.finder(Companion(moto)))
        world.app = create_app(world.store, world.catalog, companion=calls)
        self.world = world
        self.elbv2, self.ec2 = (neighbour_of(world, name, moto) for name in ("elbv2", "ec2"))
        subnets = [subnet["SubnetId"] for subnet in self.ec2.describe_subnets()["Subnets"]][:2]
        self.group = self.ec2.create_security_group(GroupName="front", Description="front")["GroupId"]
        answer = self.elbv2.create_load_balancer(Name="everyones", Subnets=subnets, SecurityGroups=[self.group])
        (self.balancer,) = answer["LoadBalancers"]
        self.arn = self.balancer["LoadBalancerArn"]
        fixed = {"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "404"}}
        self.listeners = {port: self._listener(port, fixed) for port in ports}
        for listener in self.listeners.values():
            condition = {"Field": "path-pattern", "Values": ["/own"]}
            self.elbv2.create_rule(ListenerArn=listener, Priority=7, Conditions=[condition], Actions=[fixed])

    def _listener(self, port: int, action: dict[str, Any]) -> str:
        listener = self.elbv2.create_listener(
            LoadBalancerArn=self.arn, Protocol="HTTP", Port=port, DefaultActions=[action]
        )
        return str(listener["Listeners"][0]["ListenerArn"])

    def rules(self, port: int) -> dict[str, dict[str, Any]]:
        rules = self.elbv2.describe_rules(ListenerArn=self.listeners[port])["Rules"]
        return {rule["Priority"]: rule for rule in rules}


def test_environments_add_their_rules_and_target_groups_to_a_shared_load_balancer(
    beanstalk: Beanstalk, moto: WSGIApplication
) -> None:
    shared = Shared(beanstalk, moto, 80)
    web1, web2 = (launched(beanstalk, name, *behind(shared.arn)) for name in ("web1", "web2"))
    assert [balancer["LoadBalancerArn"] for balancer in shared.elbv2.describe_load_balancers()["LoadBalancers"]] == [
        shared.arn
    ]
    assert resources(beanstalk)["LoadBalancers"] == [{"Name": shared.arn}]
    assert web1["EndpointURL"] == web2["EndpointURL"] == shared.balancer["DNSName"]
    rules = shared.rules(80)
    assert sorted(rules) == ["7", "8", "9", "default"]
    assert [rules[priority]["Conditions"][0]["Values"] for priority in ("8", "9")] == [[web1["CNAME"]], [web2["CNAME"]]]
    groups = shared.elbv2.describe_target_groups(LoadBalancerArn=shared.arn)["TargetGroups"]
    own = rules["8"]["Actions"][0]["TargetGroupArn"]
    assert own in [group["TargetGroupArn"] for group in groups]
    assert [group["LoadBalancerArns"] for group in groups] == [[shared.arn]] * 2
    health = shared.elbv2.describe_target_health(TargetGroupArn=own)["TargetHealthDescriptions"]
    assert [(target["Target"]["Id"], target["TargetHealth"]["State"]) for target in health] == [
        (id_, "healthy") for id_ in instance_ids(beanstalk)
    ]
    (one,) = shared.elbv2.describe_rules(RuleArns=[rules["9"]["RuleArn"]])["Rules"]
    assert one == rules["9"]
    assert refusal(shared.elbv2.delete_rule, RuleArn=one["RuleArn"])[0] == "OperationNotPermitted"


def test_a_target_group_of_the_user_is_listed_with_those_of_environments(
    beanstalk: Beanstalk, moto: WSGIApplication
) -> None:
    shared = Shared(beanstalk, moto, 80)
    launched(beanstalk, "web1", *behind(shared.arn))
    vpc = shared.balancer["VpcId"]
    theirs = shared.elbv2.create_target_group(Name="theirs", Protocol="HTTP", Port=80, VpcId=vpc)["TargetGroups"][0]
    forward = {"Type": "forward", "TargetGroupArn": theirs["TargetGroupArn"]}
    condition = {"Field": "path-pattern", "Values": ["/theirs"]}
    shared.elbv2.create_rule(ListenerArn=shared.listeners[80], Priority=3, Conditions=[condition], Actions=[forward])
    groups = shared.elbv2.describe_target_groups(LoadBalancerArn=shared.arn)["TargetGroups"]
    assert len(groups) == 2
    assert "theirs" in [group["TargetGroupName"] for group in groups]


def test_only_the_load_balancer_reaches_the_instances(beanstalk: Beanstalk, moto: WSGIApplication) -> None:
    shared = Shared(beanstalk, moto, 80)
    launched(beanstalk, "web1", *behind(shared.arn))
    names = [{"Name": "tag:elasticbeanstalk:environment-name", "Values": ["web1"]}]
    (group,) = shared.ec2.describe_security_groups(Filters=names)["SecurityGroups"]
    (permission,) = group["IpPermissions"]
    assert [pair["GroupId"] for pair in permission["UserIdGroupPairs"]] == [shared.group]
    assert permission["IpRanges"] == []


def test_a_shared_load_balancer_is_deleted_after_its_environments(beanstalk: Beanstalk, moto: WSGIApplication) -> None:
    shared = Shared(beanstalk, moto, 80)
    launched(beanstalk, "web1", *behind(shared.arn))
    listener = shared.listeners[80]
    assert refusal(shared.elbv2.delete_load_balancer, LoadBalancerArn=shared.arn) == (
        "ResourceInUse",
        f"Load balancer '{shared.arn}' is currently in use by web1",
    )
    assert refusal(shared.elbv2.delete_listener, ListenerArn=listener)[0] == "ResourceInUse"
    beanstalk.client.terminate_environment(EnvironmentName="web1")
    beanstalk.until("web1", "Terminated")
    assert sorted(shared.rules(80)) == ["7", "default"]
    shared.elbv2.delete_listener(ListenerArn=listener)
    shared.elbv2.delete_load_balancer(LoadBalancerArn=shared.arn)
    assert shared.elbv2.describe_load_balancers()["LoadBalancers"] == []


def test_the_option_of_a_listener_says_which_one_has_the_rule(beanstalk: Beanstalk, moto: WSGIApplication) -> None:
    shared = Shared(beanstalk, moto, 80, 8080)
    launched(beanstalk, "web1", *behind(shared.arn), (LISTENER, "Rules", "default"))
    assert sorted(shared.rules(80)) == ["7", "default"]
    assert sorted(shared.rules(8080)) == ["7", "8", "default"]


@pytest.mark.parametrize(
    ("ports", "arn", "reason"),
    [
        ((80,), ARN, "The shared load balancer does not exist"),
        ((80,), "arn:x", "The shared load balancer does not exist"),
        ((), None, "The shared load balancer has no listener for the default rule"),
    ],
)
def test_a_load_balancer_that_cannot_be_shared_is_refused(
    beanstalk: Beanstalk, moto: WSGIApplication, ports: tuple[int, ...], arn: str | None, reason: str
) -> None:
    shared = Shared(beanstalk, moto, *ports)
    name = arn or shared.arn
    with pytest.raises(ClientError) as refused:
        launched(beanstalk, "web1", *behind(name))
    assert refused.value.response["Error"]["Code"] == "ConfigurationValidationException"
    assert refused.value.response["Error"]["Message"] == (
        f"Configuration validation exception: Invalid option value: '{name}' (Namespace: 'aws:elbv2:loadbalancer', "
        f"OptionName: 'SharedLoadBalancer'): {reason}"
    )
    assert beanstalk.client.describe_environments()["Environments"] == []


def test_a_companion_that_cannot_say_leaves_the_arn_alone(beanstalk: Beanstalk) -> None:
    def broken(environ: Any, start_response: Any) -> list[bytes]:
        start_response("502 Bad Gateway", [])
        return [b"no"]

    calls = CompanionCalls(find_balancer=balancers.finder(Companion(broken)))
    beanstalk.app = create_app(beanstalk.store, beanstalk.catalog, companion=calls)
    launched(beanstalk, "web1", *behind(ARN))
    assert resources(beanstalk)["LoadBalancers"] == [{"Name": ARN}]
    assert balancers.finder(Companion()) is None


def test_without_a_companion_the_stack_has_a_rule_and_no_load_balancer(beanstalk: Beanstalk) -> None:
    id_ = launched(beanstalk, "web1", *behind(ARN))["EnvironmentId"]
    cloudformation, elbv2 = (neighbour_of(beanstalk, name) for name in ("cloudformation", "elbv2"))
    rows = cloudformation.describe_stack_resources(StackName=f"awseb-{id_}-stack")["StackResources"]
    types = {row["LogicalResourceId"]: row["ResourceType"] for row in rows}
    assert types["AWSEBV2LoadBalancerListenerRule"] == "AWS::ElasticLoadBalancingV2::ListenerRule"
    assert "AWSEBV2LoadBalancerTargetGroup" in types
    assert types.keys().isdisjoint(
        ("AWSEBV2LoadBalancer", "AWSEBV2LoadBalancerListener", "AWSEBLoadBalancerSecurityGroup")
    )
    assert len(elbv2.describe_target_groups(LoadBalancerArn=ARN)["TargetGroups"]) == 1
    (rule,) = elbv2.describe_rules()["Rules"]
    assert rule["Priority"] == "1"
    (tags,) = elbv2.describe_tags(ResourceArns=[rule["RuleArn"]])["TagDescriptions"]
    assert {"Key": "elasticbeanstalk:environment-name", "Value": "web1"} in tags["Tags"]


def test_a_rebuilt_environment_has_its_rule_again(beanstalk: Beanstalk) -> None:
    endpoint = launched(beanstalk, "web1", *behind(ARN))["EndpointURL"]
    beanstalk.client.rebuild_environment(EnvironmentName="web1")
    beanstalk.until_ready("web1")
    assert describe(beanstalk)["EndpointURL"] == endpoint
    assert resources(beanstalk)["LoadBalancers"] == [{"Name": ARN}]


def test_a_single_instance_gets_behind_its_shared_load_balancer_and_back(beanstalk: Beanstalk) -> None:
    launched(beanstalk, "web1", *SINGLE, *behind(ARN))
    assert resources(beanstalk)["LoadBalancers"] == []

    def become(type_: str) -> None:
        setting = {"Namespace": ENVIRONMENT, "OptionName": "EnvironmentType", "Value": type_}
        beanstalk.client.update_environment(EnvironmentName="web1", OptionSettings=[setting])
        beanstalk.until_ready("web1")

    become("LoadBalanced")
    assert resources(beanstalk)["LoadBalancers"] == [{"Name": ARN}]
    assert str(describe(beanstalk)["EndpointURL"]).startswith("everyones-")
    become("SingleInstance")
    assert resources(beanstalk)["LoadBalancers"] == []
    assert str(describe(beanstalk)["EndpointURL"]).startswith("198.")
