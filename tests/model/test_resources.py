"""The names of resources: as the service makes them, each of one thing, and those that name another name its own."""

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beanpole.model.environment.resources import KINDS, Resource, ResourceScope, create
from beanpole.model.environment.shared_balancer import SharedBalancer, invented
from beanpole.model.names.ids import Ids

REGION, ACCOUNT, ENVIRONMENT = "eu-central-1", "123456789012", "e-pu6srhfmug"
FORMS = {  # as captured in 2025 on Amazon Linux 2023, but for the ids
    "security-group": r"awseb-e-pu6srhfmug-stack-AWSEBSecurityGroup-[A-Za-z0-9]{12}",
    "load-balancer-security-group": r"sg-[0-9a-f]{17}",
    "auto-scaling-group": r"awseb-e-pu6srhfmug-stack-AWSEBAutoScalingGroup-[A-Za-z0-9]{12}",
    "application-load-balancer": (
        r"arn:aws:elasticloadbalancing:eu-central-1:123456789012:loadbalancer/app/awseb--AWSEB-[A-Za-z0-9]{12}/[0-9a-f]{16}"
    ),
    "target-group": (
        r"arn:aws:elasticloadbalancing:eu-central-1:123456789012:targetgroup/awseb--AWSEB-[A-Za-z0-9]{12}/[0-9a-f]{16}"
    ),
    "classic-load-balancer": r"awseb-e-p-AWSEBLoa-[A-Z0-9]{12}",
}


BALANCER = f"arn:aws:elasticloadbalancing:{REGION}:{ACCOUNT}:loadbalancer/app/everyones/50dc6c495c0c9188"
FACTS = invented(BALANCER, None)
SHARED = SharedBalancer(BALANCER, FACTS.dns_name, FACTS.listeners[80], 1)


def scope(*resources: Resource, **more: Any) -> ResourceScope:
    return ResourceScope(REGION, ACCOUNT, ENVIRONMENT, resources, **more)


@pytest.mark.parametrize("kind", FORMS)
def test_names_are_as_the_service_makes_them(kind):
    assert re.fullmatch(FORMS[kind], create(kind, scope(), Ids(1, kind)).name)


@pytest.mark.parametrize("kind", ["security-group", "load-balancer-security-group"])
def test_security_groups_in_a_vpc_are_named_by_their_ids(kind):
    assert re.fullmatch(r"sg-[0-9a-f]{17}", create(kind, scope(in_vpc=True), Ids(1, kind)).name)


@pytest.mark.parametrize("type_", ["application", "network"])
@given(seed=st.integers())
def test_a_listener_has_the_path_of_its_load_balancer(type_, seed):
    balancer = create(f"{type_}-load-balancer", scope(), Ids(seed, 1))
    listener = create(f"{type_}-listener", scope(balancer), Ids(seed, 2))
    own = listener.name.replace(":listener/", ":loadbalancer/")
    assert own.rpartition("/")[0] == balancer.name
    assert own != balancer.name


@given(seed=st.integers())
def test_a_policy_names_its_group(seed):
    group = create("auto-scaling-group", scope(), Ids(seed, 1))
    policy = create("scale-up-policy", scope(group), Ids(seed, 2))
    assert f":autoScalingGroupName/{group.name}:policyName/" in policy.name


@pytest.mark.parametrize("kind", ["application-listener", "scale-up-policy", "listener-rule"])
def test_what_names_another_resource_is_not_made_without_it(kind):
    with pytest.raises(ValueError, match="that another resource could name"):
        create(kind, scope(), Ids(1))


@given(seed=st.integers())
def test_a_rule_has_the_path_of_its_listener_and_answers_at_the_load_balancer(seed):
    rule = create("listener-rule", scope(shared=SHARED), Ids(seed))
    assert rule.name.replace(":listener-rule/", ":listener/").rpartition("/")[0] == SHARED.listener
    assert rule.endpoint == SHARED.dns_name


def test_every_kind_has_a_name_of_its_own():
    there = [create(kind, scope(), Ids(1, kind)) for kind in ("auto-scaling-group", "application-load-balancer")]
    named = [create(kind, scope(*there, shared=SHARED), Ids(1, kind, "made")).name for kind in KINDS]
    assert len({*named, *(resource.name for resource in there)}) == len(named) + len(there)
