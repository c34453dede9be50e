"""What has no like in moto: one environment of a thousand instances, described."""

from collections.abc import Iterator
from statistics import median
from time import process_time

from beanpole.testing import Beanstalk
from bench.processes import APPLICATION, HEADERS, form
from bench.row import Row

_SIZE = 1_000
_NAME = "great"
_ROUNDS = 30
_ALL = {"AttributeNames.member.1": "All"}
# By what is asked for: the action, its parameters, and the most milliseconds of the processor.
_CALLS: dict[str, tuple[str, dict[str, str], float]] = {
    "a page of instances' health, whole": ("DescribeInstancesHealth", _ALL, 15),
    "a page of instances' statuses": ("DescribeInstancesHealth", {"AttributeNames.member.1": "HealthStatus"}, 10),
    "health, whole": ("DescribeEnvironmentHealth", _ALL, 15),
    "resources": ("DescribeEnvironmentResources", {}, 15),
}


def health_of_1000_instances() -> Iterator[Row]:
    """One call in process, with everything that can be asked for: a page of health, the whole's, and the resources."""
    client, spent = _launched(), {work: [] for work in _CALLS}  # type: ignore[var-annotated]
    for _ in range(_ROUNDS):
        for work, (action, parameters, _) in _CALLS.items():
            body, began = form(action, EnvironmentName=_NAME, **parameters), process_time()
            answer = client.post("/", data=body, headers=HEADERS)
            spent[work].append((process_time() - began) * 1000)
            assert answer.status_code == 200, answer.text
    for work, (_, _, target) in _CALLS.items():
        took = median(spent[work])
        yield Row(f"{work}, {_SIZE:,} instances", f"{took:.1f} ms", "", took, target, "ms", most=True)
    page, whole = (median(spent[work]) for work in ("a page of instances' health, whole", "health, whole"))
    figure, beside = f"{whole:.1f} ms", f"{page:.1f} ms a page of instances"
    yield Row(f"health, whole, {_SIZE:,} instances", figure, beside, whole / page, 1, "x", most=True)


def _launched():  # type: ignore[no-untyped-def]  # a client of flask's
    world = Beanstalk()
    group, balancer = "aws:autoscaling:asg", "aws:elasticbeanstalk:environment"
    world.client.create_application(ApplicationName=APPLICATION)
    world.client.create_environment(
        ApplicationName=APPLICATION,
        EnvironmentName=_NAME,
        SolutionStackName=next(stack.name for stack in world.catalog.platforms.stacks if "Python 3" in stack.name),
        OptionSettings=[
            {"Namespace": group, "OptionName": "MinSize", "Value": str(_SIZE)},
            {"Namespace": group, "OptionName": "MaxSize", "Value": str(_SIZE)},
            {"Namespace": balancer, "OptionName": "LoadBalancerType", "Value": "application"},
        ],
    )
    world.until_ready(_NAME)
    return world.app.test_client()
