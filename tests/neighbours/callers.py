"""Clients of the neighbours, answered in process, and what tests say to them."""

from typing import Any
from weakref import WeakKeyDictionary
from wsgiref.types import WSGIApplication

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from beanpole.catalog import catalog
from beanpole.neighbours.app import neighbour
from beanpole.neighbours.scopes import SCOPES
from beanpole.other_services import clients
from beanpole.plugin import boto
from beanpole.testing import ACCOUNT, REGION, Beanstalk
from mould import moulded
from neighbours.repeated_calls import Calls

ENVIRONMENT = "aws:elasticbeanstalk:environment"
LC = "aws:autoscaling:launchconfiguration"
SINGLE = ((ENVIRONMENT, "EnvironmentType", "SingleInstance"),)
CLASSIC = ((ENVIRONMENT, "LoadBalancerType", "classic"), ("aws:autoscaling:asg", "MinSize", "2"))
APPLICATION = (
    (ENVIRONMENT, "LoadBalancerType", "application"),
    ("aws:autoscaling:asg", "MinSize", "3"),
    (LC, "EC2KeyName", "laptop"),
    (LC, "IamInstanceProfile", "aws-elasticbeanstalk-ec2-role"),
)
DATABASE = (*SINGLE, ("aws:rds:dbinstance", "DBEngine", "postgres"), ("aws:rds:dbinstance", "DBPassword", "secretive"))
ENVIRONMENTS = (
    ("single", *SINGLE, ("aws:elasticbeanstalk:cloudwatch:logs", "StreamLogs", "true")),
    ("classic", *CLASSIC),
    ("application", *APPLICATION),
    ("network", (ENVIRONMENT, "LoadBalancerType", "network")),
    ("database", *DATABASE),
)

_SESSION = boto.fresh_session()
_SESSION.register_component("data_loader", clients.loader())
_clients: WeakKeyDictionary[Beanstalk, dict[tuple[object, ...], Any]] = WeakKeyDictionary()


def client_of(app: WSGIApplication, service: str, region: str = REGION, account: str = ACCOUNT) -> Any:
    """A boto3 client whose requests an application answers."""
    client = _SESSION.create_client(
        service,
        region_name=region,
        endpoint_url="http://127.0.0.1:5770",
        aws_access_key_id=account,
        aws_secret_access_key="not checked",
        config=Config(
            retries={"max_attempts": 0}, ignore_configured_endpoint_urls=True, user_agent=_SESSION.user_agent()
        ),
    )
    calls = Calls(client, app)
    client._make_api_call = calls.make
    client.meta.events.register(f"before-send.{client.meta.service_model.service_id.hyphenize()}", calls.respond)
    return client


def neighbour_of(world: Beanstalk, service: str, companion: WSGIApplication | None = None, **more: Any) -> Any:
    """A client of a neighbour, on the environments of a world: the same one as before, since to make one takes long.

    The companion is moto in this process.
    """
    clients = _clients.setdefault(world, {})
    key = service, world.store, world.catalog, companion, *sorted(more.items())
    if key not in clients:
        scope = next(scope for scope, names in SCOPES.items() if service in names)
        shares = companion is not None
        app = neighbour(scope, world.store, world.catalog, companion, shares_network=shares)
        clients[key] = client_of(app, service, **more)
    return clients[key]


def launched(world: Beanstalk, name: str = "web1", *options: tuple[str, str, str], **members: Any) -> dict[str, Any]:
    """An environment that is ready, as DescribeEnvironments shows it."""
    from environments import STACK, describe

    settings = [{"Namespace": namespace, "OptionName": option, "Value": value} for namespace, option, value in options]

    def launch() -> None:
        known = {application["ApplicationName"] for application in world.client.describe_applications()["Applications"]}
        if "shop" not in known:
            world.client.create_application(ApplicationName="shop")
        world.client.create_environment(
            ApplicationName="shop", EnvironmentName=name, SolutionStackName=STACK, OptionSettings=settings, **members
        )
        world.until_ready(name)

    if world._shelf is not None or world.catalog is not catalog.load():
        launch()
    else:
        moulded(world, f"launched {name} {settings} {sorted(members.items())}", launch)
    return describe(world, name)


def status_of(world: Beanstalk, id_: str) -> str:
    """The status of an environment, read from the store: a test that looks often saves the calls."""
    environment = world.store.world(ACCOUNT, REGION).environment(id_)
    assert environment is not None
    return environment.status


def resources(world: Beanstalk, name: str = "web1") -> dict[str, Any]:
    """The resources of an environment, as the service tells of them."""
    answer = world.client.describe_environment_resources(EnvironmentName=name)
    return dict(answer["EnvironmentResources"])


def instance_ids(world: Beanstalk, name: str = "web1") -> list[str]:
    """The ids of an environment's instances, sorted."""
    return sorted(instance["Id"] for instance in resources(world, name)["Instances"])


def refusal(call: Any, **members: Any) -> tuple[str, str]:
    """The code and the sentence with which a call is refused."""
    with pytest.raises(ClientError) as caught:
        call(**members)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]
