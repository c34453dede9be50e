"""What tests of traffic do again and again: launch environments, send requests to them, and look at who answered."""

from typing import Any, NamedTuple
from urllib.parse import urlsplit

from werkzeug.test import Client

from beanpole.testing import ACCOUNT, Beanstalk
from environments import STACK
from mould import moulded
from options import option

HOST = "{}.us-east-1.elasticbeanstalk.com"


class Visit(NamedTuple):
    """A status, the version and the instance that answered, and the environment."""

    status: int
    version: str | None
    instance: str | None
    environment: str | None


def launch(world: Beanstalk, name: str = "blue", version: str = "v1", size: int = 1, **settings: str) -> None:
    """An environment of so many instances behind an application load balancer, with a CNAME of its own name.

    `settings` are options of `aws:elasticbeanstalk:command`.
    """

    def make() -> None:
        begin(world, name, version, size, **settings)
        world.until_ready(name)

    moulded(world, f"launch {name} {version} {size} {settings} for visits", make)


def begin(world: Beanstalk, name: str = "blue", version: str = "v1", size: int = 1, **settings: str) -> None:
    """Begin to launch one."""
    applications = world.client.describe_applications(ApplicationNames=["shop"])["Applications"]
    if not applications:
        world.client.create_application(ApplicationName="shop")
    add_version(world, version)
    world.client.create_environment(
        ApplicationName="shop",
        EnvironmentName=name,
        CNAMEPrefix=name,
        VersionLabel=version,
        SolutionStackName=STACK,
        OptionSettings=[
            option("aws:elasticbeanstalk:environment", "LoadBalancerType", "application"),
            option("aws:autoscaling:asg", "MinSize", str(size)),
            option("aws:autoscaling:asg", "MaxSize", str(max(size, 4))),
            *(option("aws:elasticbeanstalk:command", name, value) for name, value in settings.items()),
        ],
    )


def add_version(world: Beanstalk, label: str) -> None:
    """A version, unless it is there."""
    answer = world.client.describe_application_versions(ApplicationName="shop", VersionLabels=[label])
    if not answer["ApplicationVersions"]:
        world.client.create_application_version(ApplicationName="shop", VersionLabel=label)


def browser(world: Beanstalk) -> Client:
    """A client that keeps its cookies, and is no client of the API."""
    return Client(world.app, use_cookies=True)


def get(world: Beanstalk, host: str, path: str = "/", client: Client | None = None, **more: Any) -> Any:
    """The answer to a GET by a Host; a client of its own, unless one is given, has no cookies."""
    method = more.pop("method", "GET")
    where = {"base_url": f"http://{host}", "environ_overrides": {"REMOTE_ADDR": "127.0.0.1"}}
    return (client or Client(world.app)).open(path, method=method, **where, **more)


def visit(world: Beanstalk, name: str = "blue", client: Client | None = None) -> Visit:
    """Who answers the name of an environment."""
    answer = get(world, HOST.format(name), client=client)
    heads = (answer.headers.get(f"X-Beanpole-{head}") for head in ("Version", "Instance", "Environment"))
    return Visit(answer.status_code, *heads)


def in_service(world: Beanstalk, name: str = "blue", account: str = ACCOUNT) -> set[str]:
    """The ids of the instances in service, as the fleet route says."""
    fleet = world.app.test_client().get(f"/_beanpole/environments/{name}/fleet?account={account}").get_json()
    return {instance["id"] for instance in fleet["instances"] if instance["in_service"]}


def tails(world: Beanstalk) -> dict[str, str]:
    """The tail of the logs of each instance."""
    world.client.request_environment_info(EnvironmentName="blue", InfoType="tail")
    world.advance(60)
    infos = world.client.retrieve_environment_info(EnvironmentName="blue", InfoType="tail")["EnvironmentInfo"]
    texts = {}
    for info in infos:
        address = urlsplit(info["Message"])
        texts[info["Ec2InstanceId"]] = world.app.test_client().get(f"{address.path}?{address.query}").text
    return texts
