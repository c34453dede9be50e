"""The image and the composition, held to their rules where no engine can build or run them."""

import re
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from beanpole.command.settings import VARIABLES
from house.container import command, compose, dockerfile, health_command, last_stage, settings, the
from house.tree import ROOT

HEALTHY = {"condition": "service_healthy"}
WORDS = {"FROM", "RUN", "COPY", "ENV", "WORKDIR", "USER", "EXPOSE", "HEALTHCHECK", "CMD"}


def test_the_dockerfile_says_nothing_that_its_rules_do_not_know() -> None:
    assert {instruction.word for instruction in dockerfile()} <= WORDS
    assert dockerfile()[0].word == "FROM"


def test_every_stage_stands_on_a_slim_image_with_a_version() -> None:
    bases = [instruction.rest.split()[0] for instruction in dockerfile() if instruction.word == "FROM"]
    assert bases
    for base in bases:
        assert re.fullmatch(r"python:3\.\d+-slim(-\w+)?", base)


def test_it_does_not_run_as_root() -> None:
    assert the("USER") not in ("root", "0")
    words = [instruction.word for instruction in last_stage()]
    assert words.index("USER") < words.index("CMD")
    assert f" {the('USER')}" in the("RUN")


def test_it_is_started_without_a_shell_and_tells_its_health() -> None:
    assert command()[-1] == "beanpole.wsgi:create()"
    assert "/_beanpole/health" in health_command()[-1]
    assert re.match(r"(--(interval|timeout|start-period)=\d+s |--retries=\d+ )+CMD \[", the("HEALTHCHECK"))


def test_one_port_is_meant_everywhere() -> None:
    port = the("EXPOSE")
    assert settings()["BEANPOLE_PORT"] == port
    assert settings()["GUNICORN_CMD_ARGS"] == f"--bind=0.0.0.0:{port}"
    assert compose()["services"]["service"]["ports"] == [f"127.0.0.1:{port}:{port}"]


def test_nothing_is_kept_of_what_only_the_building_needs() -> None:
    for instruction in dockerfile():
        assert "pip install" not in instruction.rest or "--no-cache-dir" in instruction.rest
        assert instruction.word != "COPY" or instruction.rest.split()[0] not in (".", "./")
    assert [instruction.rest.split()[0] for instruction in last_stage() if instruction.word == "COPY"] == [
        "--from=build"
    ]


def test_what_is_copied_is_there_and_not_ignored() -> None:
    allowed = {path.removeprefix("!") for path in (ROOT / ".dockerignore").read_text().split() if path.startswith("!")}
    copied = [
        instruction.rest.split()[:-1]
        for instruction in dockerfile()
        if instruction.word == "COPY" and not instruction.rest.startswith("--")
    ]
    for path in (path for paths in copied for path in paths):
        assert path in allowed
        assert (ROOT / path).exists()


def test_the_composition_is_as_the_compose_specification_has_it() -> None:
    schema = yaml.safe_load((ROOT / "tests/house/compose-schema.yaml").read_text())
    Draft202012Validator.check_schema(schema)
    Draft202012Validator(schema).validate(compose())


@pytest.mark.parametrize(
    ("service", "change"),
    [
        ("service", {"ports": ["5770:5770"]}),
        ("redis", {"image": "redis:latest"}),
        ("redis", {"image": "redis"}),
        ("worker", {"command": "beanpole worker"}),
        ("worker", {"healthcheck": {"test": "true"}}),
        ("worker", {"privileged": True}),
    ],
)
def test_the_schema_sees_what_is_wrong(service: str, change: dict[str, Any]) -> None:
    schema = yaml.safe_load((ROOT / "tests/house/compose-schema.yaml").read_text())
    services = compose()["services"]
    wrong = compose() | {"services": services | {service: services[service] | change}}
    assert not Draft202012Validator(schema).is_valid(wrong)


def test_redis_writes_down_all_it_knows_and_is_waited_for() -> None:
    services = compose()["services"]
    redis = services["redis"]
    assert redis["command"][:3] == ["redis-server", "--appendonly", "yes"]
    assert [volume.partition(":")[0] for volume in redis["volumes"]] == list(compose()["volumes"])
    for name in ("service", "worker"):
        assert services[name]["depends_on"] == dict.fromkeys(("redis", "companion"), HEALTHY)
        assert set(services[name]["environment"]) <= set(VARIABLES.values())


def test_api_and_workers_are_one_image_on_one_redis() -> None:
    service, worker = compose()["services"]["service"], compose()["services"]["worker"]
    assert (service["image"], service["build"]) == (worker["image"], worker["build"])
    assert service["environment"]["BEANPOLE_REDIS_URL"] == worker["environment"]["BEANPOLE_REDIS_URL"]
    assert "container_name" not in worker
    assert "ports" not in worker


def test_the_companion_is_of_the_same_image_and_reached_by_the_others_alone() -> None:
    services = compose()["services"]
    companion = services["companion"]
    assert (companion["image"], companion["build"]) == (services["service"]["image"], services["service"]["build"])
    assert "ports" not in companion
    port = companion["command"][-1]
    for name in ("service", "worker"):
        assert services[name]["environment"]["BEANPOLE_COMPANION"].endswith(f":-http://companion:{port}}}")
    assert f"http://127.0.0.1:{port}/" in companion["healthcheck"]["test"][-1]
    assert "companions" in the_build()


def the_build() -> str:
    """The command that installs the package."""
    return next(instruction.rest for instruction in dockerfile() if "pip install" in instruction.rest)
