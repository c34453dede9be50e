"""The composition is started in its order, answers every service, and has its state again after it was down."""

import shutil
import subprocess
import tempfile
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest

from chaos.parties import until
from environments import STACK
from house.composition import Composition, volumes
from house.container import command
from servers import binary

pytestmark = pytest.mark.merge

EB = "AWS4-HMAC-SHA256 Credential=100000000000/20260101/us-east-1/{}/aws4_request, SignedHeaders=host, Signature=00"


@pytest.fixture
def composition() -> Iterator[Composition]:
    if shutil.which(binary().replace("-server", "-cli")) is None:
        pytest.skip("the health check of Redis needs redis-cli")
    with tempfile.TemporaryDirectory(prefix="beanpole-compose-") as folder:
        Path(folder).chmod(0o755)
        services = Composition(Path(folder), BEANPOLE_CONTROL_TOKEN="bean", BEANPOLE_SPEED="instant")
        yield services
        services.down()


def call(composition: Composition, service: str = "elasticbeanstalk", **parameters: str) -> str:
    url = f"http://127.0.0.1:{composition.ports['service']}/"
    headers = {"Authorization": EB.format(service)}
    request = urllib.request.Request(url, urlencode(parameters).encode() or None, headers)
    with urllib.request.urlopen(request, timeout=30) as answer:
        return str(answer.read().decode())


@pytest.mark.slow
def test_it_starts_in_order_serves_and_keeps_its_state(composition: Composition) -> None:
    composition.up()
    order = composition.order
    assert set(order) == {"redis", "companion", "service", "worker"}
    assert max(order.index("redis"), order.index("companion")) < min(order.index("service"), order.index("worker"))
    call(composition, Action="CreateApplication", ApplicationName="shop")
    named = {"ApplicationName": "shop", "EnvironmentName": "shop-web", "SolutionStackName": STACK}
    call(composition, Action="CreateEnvironment", **named)
    until(lambda: "<Status>Ready<" in call(composition, Action="DescribeEnvironments"), "the worker has launched it")
    assert "ListAllMyBucketsResult" in call(composition, "s3")  # the companion answers
    web_tier = "arn:aws:iam::aws:policy/AWSElasticBeanstalkWebTier"
    assert web_tier in call(composition, "iam", Action="GetPolicy", Version="2010-05-08", PolicyArn=web_tier)

    composition.kill("redis")  # which is started again, as its policy says
    composition.start("redis")
    until(lambda: composition.is_healthy("service"), "the service is healthy again")
    assert "<Status>Ready<" in call(composition, Action="DescribeEnvironments")

    statuses = composition.down()
    assert statuses["redis"] == statuses["service"] == statuses["worker"] == 0, statuses
    composition.up()
    assert "<Status>Ready<" in call(composition, Action="DescribeEnvironments")


def test_the_volume_of_redis_is_where_its_image_keeps_data() -> None:
    assert volumes() == {"redis": ["redis:/data"]}


def test_without_a_token_the_service_says_what_is_missing(composition: Composition) -> None:
    variables = composition.environment("service") | {"BEANPOLE_CONTROL_TOKEN": ""}
    ran = subprocess.run(command(), env=variables, capture_output=True, text=True, timeout=60)
    assert ran.returncode != 0
    assert "needs --control-token" in ran.stderr
    assert "Traceback" not in ran.stderr
