"""Every way to deploy under a steady load: all at once loses requests, no other does; versions and shares as measured.

The measures are those of `beanpole compare-policies` at the same instants, since both ask who answers.
"""

from collections import Counter
from collections.abc import Callable
from functools import partial

import pytest

from beanpole.caller.credential import DEFAULT_ACCOUNT
from beanpole.catalog.catalog import load
from beanpole.command.comparison.measure import measure
from beanpole.command.comparison.trial import Setting, launched, works
from beanpole.command.deployment_methods import METHODS, named, option_settings
from beanpole.command.traffic.load import Answer
from beanpole.testing import ACCOUNT, Beanstalk
from environments import STACK, arm
from options import option
from traffic.visits import add_version, browser, in_service, launch, visit

PERCENT = 25  # of the requests, to the new version of a traffic splitting deployment
POLICIES = {
    "AllAtOnce": {},
    "Rolling": {"BatchSizeType": "Percentage", "BatchSize": "50"},
    "RollingWithAdditionalBatch": {"BatchSizeType": "Percentage", "BatchSize": "50"},
    "Immutable": {},
    "TrafficSplitting": {},
}


def under_load(world: Beanstalk, requests: int = 4, pace: float = 40, account: str = ACCOUNT) -> list[Answer]:
    """The answers to some requests every few simulated seconds, until the environment is Ready.

    None is from an instance out of service.
    """
    answers: list[Answer] = []
    for look in range(300):
        serves = in_service(world, account=account)
        for _ in range(requests):
            visited = visit(world)
            assert visited.instance is None or visited.instance in serves
            answers.append(Answer(look, visited.status, visited.version or "", visited.instance or ""))
        (blue,) = world.clients(account=account).describe_environments(EnvironmentNames=["blue"])["Environments"]
        if blue["Status"] == "Ready":
            return answers
        world.advance(min(pace, 10) if look < 5 else pace, account)
    raise AssertionError("the update does not end")


@pytest.fixture
def deployed(beanstalk: Beanstalk, request: pytest.FixtureRequest) -> Beanstalk:
    """A world in which v2 is about to be deployed to two instances by a policy."""
    launch(beanstalk, size=2, DeploymentPolicy=request.param, **POLICIES[request.param])
    add_version(beanstalk, "v2")
    if request.param == "TrafficSplitting":
        share = option("aws:elasticbeanstalk:trafficsplitting", "NewVersionPercent", str(PERCENT))
        beanstalk.client.update_environment(EnvironmentName="blue", OptionSettings=[share])
        beanstalk.until_ready("blue")
    return beanstalk


def update(world: Beanstalk) -> None:
    world.client.update_environment(EnvironmentName="blue", VersionLabel="v2")


every_policy = partial(pytest.mark.parametrize, "deployed", list(POLICIES), indirect=True)


@every_policy()
def test_only_all_at_once_loses_requests(deployed: Beanstalk, request: pytest.FixtureRequest) -> None:
    policy = request.node.callspec.params["deployed"]
    update(deployed)
    answers = under_load(deployed)
    losses = Counter(answer.status for answer in answers if answer.is_lost)
    assert (losses.keys() == {503}) if policy == "AllAtOnce" else not losses
    versions = [answer.version for answer in answers if not answer.is_lost]
    assert (versions[0], versions[-1]) == ("v1", "v2")
    together = {frozenset(a.version for a in answers if a.at == look) - {""} for look in {a.at for a in answers}}
    assert (frozenset({"v1", "v2"}) in together) is (policy != "AllAtOnce")


@every_policy()
def test_a_version_that_fails_is_met_only_where_the_policy_lets_it(
    deployed: Beanstalk, request: pytest.FixtureRequest
) -> None:
    policy = request.node.callspec.params["deployed"]
    arm(deployed, what="command-fails", where={"version_label": "v2"})
    update(deployed)
    answers = under_load(deployed)
    assert {answer.version for answer in answers} - {""} == {"v1"}
    assert any(answer.is_lost for answer in answers) is (policy == "AllAtOnce")


@pytest.mark.parametrize("deployed", ["TrafficSplitting"], indirect=True)
def test_a_share_of_the_requests_goes_to_the_new_version_and_back(deployed: Beanstalk) -> None:
    arm(deployed, what="health-check-never-passes", where={"version_label": "v2"}, health="Warning")
    update(deployed)
    by_look = Counter((answer.at, answer.version) for answer in under_load(deployed, 20, 100))
    assert {count for (_, version), count in by_look.items() if version == "v2"} <= {20 * PERCENT // 100, 20}


@pytest.mark.parametrize("deployed", ["Immutable"], indirect=True)
def test_an_abort_leaves_no_request_unanswered(deployed: Beanstalk) -> None:
    update(deployed)
    deployed.advance(300)
    deployed.client.abort_environment_update(EnvironmentName="blue")
    answers = under_load(deployed)
    assert not any(answer.is_lost for answer in answers)
    assert visit(deployed).version == "v1"


def test_a_swap_loses_no_request_of_any_client(beanstalk: Beanstalk) -> None:
    launch(beanstalk, size=2)
    launch(beanstalk, "green", "v2", size=2)
    clients = [browser(beanstalk) for _ in range(3)]
    versions: list[set[str | None]] = []
    for second in range(0, 90, 6):
        if second == 18:
            swapped = {"SourceEnvironmentName": "blue", "DestinationEnvironmentName": "green"}
            beanstalk.client.swap_environment_cnames(**swapped)
        visits = [visit(beanstalk, client=client) for client in clients]
        assert {answer.status for answer in visits} == {200}
        versions.append({answer.version for answer in visits})
        fresh = visit(beanstalk)
        assert fresh.version == ("v1" if second < 18 else "v2")
        beanstalk.advance(6)
    assert versions == [{"v1"}] * 13 + [{"v2"}] * 2


@pytest.mark.parametrize("name", [method.name for method in METHODS if method.policy is not None])
def test_a_load_sees_what_the_comparison_measures(name: str, fresh_world: Callable[[], Beanstalk]) -> None:
    """The same calls by the same account draw the same durations: versions at once, and how long nobody answers."""
    method, setting = named(name), Setting(load(), 2, 0)
    course = measure(works(setting, method, launched(setting, method)).deployment)
    world = fresh_world()
    client = world.clients(account=DEFAULT_ACCOUNT)
    client.create_application(ApplicationName="shop")
    for label in ("v1", "v2"):
        client.create_application_version(ApplicationName="shop", VersionLabel=label)
    client.create_environment(
        ApplicationName="shop",
        EnvironmentName="blue",
        CNAMEPrefix="blue",
        VersionLabel="v1",
        SolutionStackName=STACK,
        OptionSettings=[{**row, "Value": str(row["Value"])} for row in option_settings(method, 2)],
    )
    world.until_ready("blue", DEFAULT_ACCOUNT)
    client.update_environment(EnvironmentName="blue", VersionLabel="v2")
    pace = 1 if course.downtime else 30
    answers = under_load(world, 10, pace, DEFAULT_ACCOUNT)
    versions = [
        {answer.version for answer in answers if answer.at == look} - {""} for look in {answer.at for answer in answers}
    ]
    assert max(map(len, versions)) == course.versions
    assert abs(len({answer.at for answer in answers if answer.is_lost}) * pace - course.downtime) <= pace
