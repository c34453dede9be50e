"""Dockerfiles and files of Compose that Docker refuses, and those that it does not."""

import pytest

from beanpole.files.bundle import docker_files, dockerrun


@pytest.mark.parametrize(
    ("content", "is_built"),
    [
        ("FROM nginx", True),
        ("# syntax=docker/dockerfile:1\r\nARG V=1 \\\n  W=2\r\n  from nginx:$V AS web\r\n", True),
        ("", False),
        ("# FROM nginx\n", False),
        ("RUN echo FROM nginx\n", False),
        ("FROM\n", True),
    ],
)
def test_a_dockerfile_needs_a_stage(content: str, is_built: bool) -> None:
    assert docker_files.builds(content.encode()) is is_built


@pytest.mark.parametrize(
    ("content", "is_composed"),
    [
        ("services:\n  web:\n    image: nginx\n", True),
        ("web:\n  image: nginx\n", True),
        ("services:\n  web:\n    ports: !override ['80:80']\n    <<: [*a, *a]\n", False),
        ("x: &a {}\nservices:\n  web:\n    ports: !override ['80:80']\n    <<: [*a, *a]\n", True),
        ("services: {}\n---\nservices: {web: {image: nginx}}\n", True),
        ("services: [\n", False),
        ("services:\n\tweb:\n", False),
        ("", False),
        ("- web\n", False),
        ("[" * 100_000, False),
        ("\xff\x00", False),
    ],
)
def test_compose_needs_a_map(content: str, is_composed: bool) -> None:
    assert docker_files.composes(content.encode("latin-1")) is is_composed


@pytest.mark.parametrize(
    ("image", "has_image"),
    [
        ('{"Name": "nginx"}', True),
        ('{"Name": " "}', False),
        ('{"Name": 5}', False),
        ('"nginx"', False),
        ("null", False),
    ],
)
def test_a_dockerrun_names_its_image(image: str, has_image: bool) -> None:
    assert dockerrun.read(f'{{"AWSEBDockerrunVersion": "1", "Image": {image}}}'.encode()).has_image is has_image
