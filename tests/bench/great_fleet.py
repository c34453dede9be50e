"""What has no like in moto: one environment of a thousand instances, described."""

from collections.abc import Iterator
from statistics import median
from time import perf_counter

from beanpole.testing import Beanstalk
from bench.processes import APPLICATION, HEADERS, form
from bench.row import Row

_SIZE = 1_000
_NAME = "great"
_ROUNDS = 30


def health_of_1000_instances() -> Iterator[Row]:
    """One call in process, with everything that can be asked for: a page of health, the whole's, and the resources."""
    client = _launched()
    whole = {"EnvironmentName": _NAME, "AttributeNames.member.1": "All"}
    for action, asked, target in (
        ("DescribeInstancesHealth", whole, 15),
        ("DescribeInstancesHealth", whole | {"AttributeNames.member.1": "HealthStatus"}, 10),
        ("DescribeEnvironmentHealth", whole, 15),
        ("DescribeEnvironmentResources", {"EnvironmentName": _NAME}, 15),
    ):
        body, spent = form(action, **asked), []
        for _ in range(_ROUNDS):
            began = perf_counter()
            answer = client.post("/", data=body, headers=HEADERS)
            spent.append((perf_counter() - began) * 1000)
            assert answer.status_code == 200, answer.text
        attributes = asked.get("AttributeNames.member.1", "")
        work = f"{action} {attributes}".strip() + f", {_SIZE:,} instances"
        yield Row(work, f"{median(spent):.1f} ms", "", median(spent), target, "ms", most=True)


def _launched():  # type: ignore[no-untyped-def]  # a client of flask's
    world = Beanstalk()
    group, balancer = "aws:autoscaling:asg", "aws:elasticbeanstalk:environment"
    world.client.create_application(ApplicationName=APPLICATION)
    world.client.create_environment(
        ApplicationName=APPLICATION,
        EnvironmentName=_NAME,
        SolutionStackName=next(it.name for it in world.catalog.platforms.stacks if "Python 3" in it.name),
        OptionSettings=[
            {"Namespace": group, "OptionName": "MinSize", "Value": str(_SIZE)},
            {"Namespace": group, "OptionName": "MaxSize", "Value": str(_SIZE)},
            {"Namespace": balancer, "OptionName": "LoadBalancerType", "Value": "application"},
        ],
    )
    world.until_ready(_NAME)
    return world.app.test_client()
