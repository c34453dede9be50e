"""Every kind of update: what is set before, what is asked for, and what is left."""

from beanpole_workers.plans import policies
from options import COMMAND, ENVIRONMENT, GROUP, LAUNCH, PROPERTIES, ROLLING_UPDATE, option_settings

POLICIES = tuple(policies.POLICIES)


def by_policy(policy, size, batch):
    command = option_settings(COMMAND, DeploymentPolicy=policy, BatchSize=batch, BatchSizeType="Fixed")
    return [*command, *option_settings(GROUP, MinSize=size, MaxSize=13)]


CHANGES = {
    "in place": option_settings(PROPERTIES, COLOUR="green"),
    "nothing runs": option_settings(COMMAND, Timeout="900"),
    "replaces": option_settings(LAUNCH, InstanceType="m5.large"),
    "more": option_settings(GROUP, MinSize=6),
    "fewer": option_settings(GROUP, MinSize=1),
    "more, replaced": [*option_settings(GROUP, MinSize=6), *option_settings(LAUNCH, InstanceType="m5.large")],
    "single": option_settings(ENVIRONMENT, EnvironmentType="SingleInstance"),
}


WAYS = {
    "at once": [],
    "by time": option_settings(ROLLING_UPDATE, RollingUpdateEnabled="true"),
    "by health": option_settings(
        ROLLING_UPDATE, RollingUpdateEnabled="true", RollingUpdateType="Health", MaxBatchSize="2"
    ),
    "immutable": option_settings(ROLLING_UPDATE, RollingUpdateEnabled="true", RollingUpdateType="Immutable"),
}


def is_whole(world, size):
    """Nothing is left over, nothing is missing, and the environment does not say what is not so."""
    environment = world.environment
    assert environment.status == "Ready"
    assert environment.traffic is None
    assert world.plan == ()
    assert environment.resource("temporary-group") is None
    assert len(world.fleet) == size
    groups = {instance.group for instance in world.fleet.values()}
    assert groups == {environment.resource("auto-scaling-group").name}
    assert {instance.state for instance in world.fleet.values()} == {"running"}
    running = (environment.version_label, environment.deployment_id)
    runs = all((instance.version_label, instance.deployment_id) == running for instance in world.fleet.values())
    serves = all(instance.in_service == instance.passes_health_checks for instance in world.fleet.values())
    assert (runs and serves) or environment.done.outcome != "done"


SIZE = 3
BALANCED = option_settings(ENVIRONMENT, EnvironmentType="LoadBalanced", LoadBalancerType="application")


# The shape, the settings before, the version and the settings that are asked for.
UPDATES = {
    **{f"deployed {policy}": ("application", by_policy(policy, SIZE, "2"), "v2", ()) for policy in POLICIES},
    "deployed immutably on one": ("single", by_policy("Immutable", 1, "1"), "v2", ()),
    "deployed on workers": ("worker", by_policy("Rolling", SIZE, "2"), "v2", ()),
    **{
        f"replaced {way}": (
            "application",
            [*option_settings(GROUP, MinSize=SIZE), *WAYS[way]],
            None,
            CHANGES["replaces"],
        )
        for way in WAYS
    },
    **{
        change: ("application", option_settings(GROUP, MinSize=SIZE, MaxSize=8), version, CHANGES[change])
        for change, version in {"in place": None, "more": "v2", "fewer": "v2", "more, replaced": "v2"}.items()
    },
    "to a single instance": ("application", option_settings(GROUP, MinSize=SIZE, MaxSize=8), None, CHANGES["single"]),
    "to a load balancer": ("single", [], None, [*BALANCED, *option_settings(GROUP, MinSize=3)]),
    "to a load balancer with a version": ("single", [], "v2", [*BALANCED, *option_settings(GROUP, MinSize=3)]),
    "to a load balancer with a property": ("single", [], None, [*BALANCED, *CHANGES["in place"]]),
}
