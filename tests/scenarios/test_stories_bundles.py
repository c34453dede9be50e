"""Deployments of what source bundles hold, on a manual clock with seed 0, each against its golden timeline.

Platforms of containers say what docs/facts.md#container-platforms has of them, but for `Successfully pulled {image}`
and `ECS task stopped due to: …`: no image is read out of a bundle, and no reason of a task is known.
"""

import pytest

from archives import zipped
from beanpole.files.bundle import remote
from environments import STACK, events_since
from options import COMMAND, ENVIRONMENT, GROUP, PROPERTIES, option

AL2023 = "64bit Amazon Linux 2023"
DOCKER = f"{AL2023} v4.13.7 running Docker"
ECS = f"{AL2023} v4.7.7 running ECS"
NODE = f"{AL2023} v6.11.7 running Node.js 24"
JAVA = f"{AL2023} v4.12.7 running Corretto 25"
PHP = f"{AL2023} v4.13.7 running PHP 8.5"
TASKS = '{"AWSEBDockerrunVersion": 2, "containerDefinitions": [{"name": "web"}]}'
DOCKERRUN = '{"AWSEBDockerrunVersion": "1"}'
ALARM = {".ebextensions/a.config": 'Resources: {Alarm: {Type: "AWS::CloudWatch::Alarm", Properties: {Period: 60}}}'}
SINGLE = [option(ENVIRONMENT, "EnvironmentType", "SingleInstance")]
TWO = [option(GROUP, "MinSize", "2")]
IMMUTABLE = [option(COMMAND, "DeploymentPolicy", "Immutable")]
COLOUR = option(PROPERTIES, "COLOUR", "green")

SKIPPED = {".ebextensions/a.config": "OptionSettings: {}", "app.py": "", "server.js": ""}
UNREADABLE = {".ebextensions/a.config": "a: 1\nb: 2: 3"}
BAD = {
    "skipped": SKIPPED,
    "unreadable": UNREADABLE,
    "both": UNREADABLE | {".ebextensions/b.config": "OptionSettings: {}"},
    "no-archive": b"no zip at all",
    "nothing-to-start": {"readme.md": ""},
}


@pytest.fixture
def shop(shop_with_objects):
    """A shop with an object store."""
    return shop_with_objects


def version(world, label, files, form="zip"):
    world.objects.write("bucket", f"{label}.{form}", files if isinstance(files, bytes) else zipped(files))
    world.client.create_application_version(
        ApplicationName="shop", VersionLabel=label, SourceBundle={"S3Bucket": "bucket", "S3Key": f"{label}.{form}"}
    )


def create(world, label="v1", stack=STACK, settings=SINGLE):
    world.client.create_environment(
        ApplicationName="shop",
        EnvironmentName="shop-web",
        SolutionStackName=stack,
        VersionLabel=label,
        OptionSettings=settings,
    )


def launched(world, files, stack=STACK, settings=SINGLE):
    version(world, "v1", files)
    create(world, "v1", stack, settings)
    world.until_ready("shop-web")
    world.advance(120)
    return world.now


def events(world, since=0):
    return events_since(world, since, "shop-web")


@pytest.mark.parametrize("what", ["skipped", "unreadable", "both", "no-archive"])
def test_the_story_of_an_update_with_a_bad_bundle(shop, golden, what):
    mark = launched(shop, {"app.py": ""})
    version(shop, "v2", BAD[what])
    shop.client.update_environment(EnvironmentName="shop-web", VersionLabel="v2")
    shop.advance(120)
    golden(f"bundle-update-{what}", events(shop, mark))


def test_an_update_that_is_too_large_to_be_looked_into(shop, golden, monkeypatch):
    mark = launched(shop, {"app.py": ""})
    monkeypatch.setattr(remote, "MOST_FETCHED", 0)
    version(shop, "v2", {"app.py": ""})
    shop.client.update_environment(EnvironmentName="shop-web", VersionLabel="v2")
    shop.advance(120)
    golden("bundle-update-unread", events(shop, mark))


def test_an_update_with_settings(shop, golden):
    mark = launched(shop, {"app.py": ""})
    version(shop, "v2", UNREADABLE)
    shop.client.update_environment(EnvironmentName="shop-web", VersionLabel="v2", OptionSettings=[COLOUR])
    shop.advance(120)
    golden("bundle-update-and-configure-unreadable", events(shop, mark))


@pytest.mark.parametrize("what", ["skipped", "unreadable", "no-archive"])
def test_the_story_of_a_launch_with_a_bad_bundle(shop, golden, what):
    version(shop, "v1", BAD[what])
    create(shop)
    shop.advance(300)
    golden(f"bundle-launch-{what}", events(shop))


def test_a_rebuild_of_what_could_not_be_launched(shop, golden):
    version(shop, "v1", UNREADABLE)
    create(shop)
    shop.advance(60)
    mark = shop.now
    environment = shop.store.world("123456789012", "us-east-1").environments()[0]
    shop.client.rebuild_environment(EnvironmentId=environment.environment_id)
    shop.advance(60)
    golden("bundle-restore-unreadable", events(shop, mark))


@pytest.mark.parametrize(
    ("name", "stack", "good", "bad"),
    [
        ("dockerrun-2-on-docker", DOCKER, {"Dockerfile": "FROM nginx"}, {"Dockerrun.aws.json": TASKS}),
        ("dockerrun-no-json-on-docker", DOCKER, {"Dockerfile": "FROM nginx"}, {"Dockerrun.aws.json": "{"}),
        ("dockerrun-without-image", DOCKER, {"Dockerfile": "FROM nginx"}, {"Dockerrun.aws.json": DOCKERRUN}),
        ("empty-dockerfile", DOCKER, {"Dockerfile": "FROM nginx"}, {"Dockerfile": "# FROM nginx"}),
        ("broken-compose", DOCKER, {"Dockerfile": "FROM nginx"}, {"docker-compose.yml": "services: ["}),
        ("ecs-without-dockerrun", ECS, {"Dockerrun.aws.json": TASKS}, {"app.py": ""}),
        ("ecs-dockerrun-1", ECS, {"Dockerrun.aws.json": TASKS}, {"Dockerrun.aws.json": DOCKERRUN}),
        ("ecs-dockerrun-without-version", ECS, {"Dockerrun.aws.json": TASKS}, {"Dockerrun.aws.json": "{}"}),
        ("ecs-dockerrun-no-json", ECS, {"Dockerrun.aws.json": TASKS}, {"Dockerrun.aws.json": "{"}),
        ("resource-without-periods", STACK, {"app.py": ""}, ALARM),
        ("single-file-on-docker", DOCKER, {"Dockerfile": "FROM nginx"}, b"FROM nginx"),
        ("backslashes", STACK, {"app.py": ""}, {"static\\page.html": ""}),
    ],
)
def test_an_update_to_what_the_platform_does_not_start(shop, golden, name, stack, good, bad):
    mark = launched(shop, good, stack)
    version(shop, "v2", bad, form="txt" if isinstance(bad, bytes) else "zip")
    shop.client.update_environment(EnvironmentName="shop-web", VersionLabel="v2")
    shop.advance(120)
    golden(f"bundle-update-{name}", events(shop, mark))


@pytest.mark.parametrize(
    ("name", "stack", "files"),
    [
        ("resource-without-periods", STACK, ALARM),
        ("without-composer", PHP, {"index.php": ""}),
        ("ecs-without-dockerrun", ECS, {"app.py": ""}),
    ],
)
def test_a_launch_of_what_the_platform_looks_at(shop, golden, name, stack, files):
    version(shop, "v1", files)
    create(shop, stack=stack)
    shop.advance(300)
    golden(f"bundle-launch-{name}", events(shop))


@pytest.mark.parametrize(("name", "schedule"), [("cron", '"*/5 * * * *"'), ("broken-cron", "@hourly")])
def test_a_launch_of_a_worker_with_periodic_tasks(shop, golden, name, schedule):
    version(shop, "v1", {"cron.yaml": f"version: 1\ncron:\n- name: tick\n  url: /tick\n  schedule: {schedule}\n"})
    shop.client.create_environment(
        ApplicationName="shop",
        EnvironmentName="shop-web",
        SolutionStackName=STACK,
        VersionLabel="v1",
        OptionSettings=SINGLE,
        Tier={"Name": "Worker", "Type": "SQS/HTTP"},
    )
    shop.advance(600)
    golden(f"bundle-launch-{name}", events(shop))


@pytest.mark.parametrize(("name", "stack"), [("docker", DOCKER), ("node", NODE), ("java", JAVA)])
def test_a_launch_with_nothing_to_start(shop, golden, name, stack):
    version(shop, "v1", BAD["nothing-to-start"])
    create(shop, stack=stack)
    shop.advance(300)
    golden(f"bundle-launch-nothing-for-{name}", events(shop))


@pytest.mark.parametrize(
    ("name", "files"),
    [
        ("any-node", {"package.json": '{"engines": {"npm": "10"}}', "Procfile": "web: npm start"}),
        ("no-json", {"package.json": "{name: shop}"}),
    ],
)
def test_a_launch_of_a_package(shop, golden, name, files):
    version(shop, "v1", files)
    create(shop, stack=NODE)
    shop.advance(300)
    golden(f"bundle-launch-package-{name}", events(shop))


@pytest.mark.parametrize(
    ("name", "settings"), [("on-two", [*TWO]), ("immutably", [*TWO, *IMMUTABLE]), ("on-one", SINGLE)]
)
def test_an_update_with_nothing_to_start(shop, golden, name, settings):
    mark = launched(shop, {"server.js": ""}, NODE, settings)
    version(shop, "v2", BAD["nothing-to-start"])
    shop.client.update_environment(EnvironmentName="shop-web", VersionLabel="v2")
    shop.advance(1200)
    golden(f"bundle-update-nothing-{name}", events(shop, mark))


def test_the_story_of_a_launch_with_a_jar(shop, golden):
    version(shop, "v1", {"META-INF/MANIFEST.MF": ""}, form="jar")
    create(shop, stack=JAVA)
    shop.advance(300)
    golden("bundle-launch-jar", events(shop))


def test_the_story_of_an_immutable_update_with_a_procfile(shop, golden):
    mark = launched(shop, {"app.py": ""}, settings=[*TWO, *IMMUTABLE])
    version(shop, "v2", {"Procfile": "web: gunicorn app"})
    shop.client.update_environment(EnvironmentName="shop-web", VersionLabel="v2")
    shop.advance(1200)
    golden("bundle-update-procfile", events(shop, mark))


@pytest.mark.parametrize(("name", "stack"), [("docker", DOCKER), ("ecs", ECS)])
def test_containers_that_take_turns(shop, golden, name, stack):
    for label in ("v1", "v2"):
        shop.client.create_application_version(ApplicationName="shop", VersionLabel=label)
    create(shop, stack=stack, settings=TWO)
    shop.until_ready("shop-web")
    shop.client.update_environment(EnvironmentName="shop-web", VersionLabel="v2")
    shop.until_ready("shop-web")
    shop.client.restart_app_server(EnvironmentName="shop-web")
    shop.until_ready("shop-web")
    golden(f"containers-{name}", events(shop))


def test_a_task_that_cannot_be_started(shop, golden):
    mark = launched(shop, {"Dockerrun.aws.json": TASKS}, ECS)
    version(shop, "v2", {"Dockerrun.aws.json": TASKS})
    fault = {"what": "command-fails", "where": {"version_label": "v2"}}
    armed = shop.app.test_client().post("/_beanpole/faults?account=123456789012", json=fault)
    assert armed.status_code == 201
    shop.client.update_environment(EnvironmentName="shop-web", VersionLabel="v2")
    shop.advance(120)
    golden("containers-ecs-not-started", events(shop, mark))


def test_what_compose_runs_is_not_told_of(shop):
    launched(shop, {"docker-compose.yml": ""}, DOCKER)
    assert not [event for event in events(shop) if "aws_beanstalk" in event.message]
