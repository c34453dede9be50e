"""As many saved configurations as an account may have: what it costs to list them, and to save and show one more."""

from collections.abc import Callable, Iterator
from statistics import median
from time import perf_counter

from beanpole.testing import Beanstalk
from bench.processes import APPLICATION
from bench.row import Row

MANY, FEW = 1_999, 20
STACK = "64bit Amazon Linux 2023 v4.13.7 running Python 3.14"
ROUNDS = 20


def templates_2000() -> Iterator[Row]:
    """Beside as many as a small account has."""
    few, many = _saved(FEW), _saved(MANY)
    for work, call in (
        ("DescribeApplications", _list),
        ("DescribeConfigurationSettings of one", _describe),
        ("CreateConfigurationTemplate and its deletion", _save_and_delete),
    ):
        small, great = _spent(few, call), _spent(many, call)
        figure = f"{great * 1000:.2f} ms", f"{small * 1000:.2f} ms of {FEW}"
        yield Row(f"{work}, {MANY + 1:,} saved configurations", *figure, great * 1000, 50, "ms", most=True)


def _saved(count: int) -> Beanstalk:
    world = Beanstalk()
    world.client.create_application(ApplicationName=APPLICATION)
    for number in range(count):
        _save(world, f"saved-{number}")
    return world


def _spent(world: Beanstalk, call: Callable[[Beanstalk], None]) -> float:
    times = []
    for _ in range(ROUNDS):
        began = perf_counter()
        call(world)
        times.append(perf_counter() - began)
    return median(times)


def _list(world: Beanstalk) -> None:
    (application,) = world.client.describe_applications()["Applications"]
    assert application["ApplicationName"] == APPLICATION


def _describe(world: Beanstalk) -> None:
    world.client.describe_configuration_settings(ApplicationName=APPLICATION, TemplateName="saved-7")


def _save_and_delete(world: Beanstalk) -> None:
    _save(world, "one-more")
    world.client.delete_configuration_template(ApplicationName=APPLICATION, TemplateName="one-more")


def _save(world: Beanstalk, name: str) -> None:
    world.client.create_configuration_template(
        ApplicationName=APPLICATION,
        TemplateName=name,
        SolutionStackName=STACK,
        OptionSettings=[{"Namespace": "aws:elasticbeanstalk:command", "OptionName": "Timeout", "Value": "900"}],
    )
