"""`web.stdout.log`: the output of the web process of an instance, in tails and in bundles, within bounds."""

from io import BytesIO
from urllib.parse import urlsplit
from zipfile import ZipFile

import pytest

from beanpole.tables import limits
from beanpole.testing import ACCOUNT, REGION, Beanstalk
from instances.walk import SINGLE, launch, update, version
from options import COMMAND, option

TRIES = 50  # a thread reads the output of a process, and may be late
LOG = "var/log/web.stdout.log"
TALKING = """
print("module is read", flush=True)

def application(request, start_response):
    print("GET", request["PATH_INFO"], request["QUERY_STRING"] * {times}, flush=True)
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"{label}"]
"""


@pytest.fixture
def world(works):
    new_world = Beanstalk(with_objects=True, commands="run")
    new_world.client.create_application(ApplicationName="shop")
    for label in ("v1", "v2"):
        version(new_world, label, {"application.py": TALKING.format(label=label, times=1)})
    return new_world


def get(world, path="/"):
    name = world.client.describe_environments()["Environments"][0]["CNAME"]
    return world.app.test_client().get(path, headers={"Host": name})


def fetch_sample(world, info_type):
    """The whole sample of the only instance."""
    world.client.request_environment_info(EnvironmentName="shop-web", InfoType=info_type)
    world.advance(60)
    (sample,) = world.client.retrieve_environment_info(EnvironmentName="shop-web", InfoType=info_type)[
        "EnvironmentInfo"
    ]
    address = urlsplit(sample["Message"])
    return world.app.test_client().get(f"{address.path}?{address.query}").data


def log_lines(world, last):
    """The lines of the log in a bundle, without their instants, once the last one is there."""
    for _ in range(TRIES):
        with ZipFile(BytesIO(fetch_sample(world, "bundle"))) as archive:
            lines = [line[16:] for line in archive.read(LOG).decode().splitlines()]
        if last in lines:
            break
    return lines


def test_the_log_has_what_the_running_process_prints_in_tail_and_bundle(world):
    launch(world, SINGLE)
    get(world, "/first")
    get(world, "/second?a=1")
    lines = log_lines(world, "web: GET /second a=1")
    assert lines[0] == "web: version v1 (deployment 1) started"
    requests = [line for line in lines if line.startswith("web: GET") and line != "web: GET / "]
    assert requests == ["web: GET /first ", "web: GET /second a=1"]
    assert "web: module is read" in lines
    tail = fetch_sample(world, "tail").decode()
    assert f"/{LOG}" in tail
    assert "web: GET /second a=1" in tail


def test_a_process_that_is_replaced_leaves_its_last_lines(world):
    launch(world, SINGLE)
    get(world, "/old")
    update(world, VersionLabel="v2")
    get(world, "/new")
    lines = log_lines(world, "web: GET /new ")
    order = ("web: GET /old ", "web: version v2 (deployment 2) started", "web: GET /new ")
    assert [line for line in lines if line in order] == list(order)


def test_an_application_that_does_not_start_says_why(world):
    version(world, "v3", {"application.py": "import no_such_module\n"})
    launch(world, [*SINGLE, option(COMMAND, "IgnoreHealthCheck", "true")], "v3")
    why = "web: ModuleNotFoundError: No module named 'no_such_module'"
    assert why in log_lines(world, why)


def test_the_stored_lines_are_bounded_in_number_and_length(world):
    launch(world, SINGLE)
    log, account_world = world.store.output_log, world.store.world(ACCOUNT, REGION)
    (environment,) = account_world.environments()
    most, longest = limits.most("output_lines"), limits.most("output_line")
    log.add(account_world.keys, environment.id, "i-1", 1, "\n".join(f"{number}" for number in range(most + 5)))
    log.add(account_world.keys, environment.id, "i-1", 2, "x" * (longest + 1) + "\x1b[31m\nlast")
    lines = log.latest(account_world.keys, environment.id)
    assert len(lines) == most
    assert (lines[0].line, len(lines[-2].line), lines[-1].line) == ("7", longest, "last")


def test_a_source_without_references_is_not_called_again(world):
    class Source:
        """Writes a line each time."""

        def write(self):
            world.store.output_log.add(account_world.keys, "e-1", "i-1", 1, "line")

    account_world, source = world.store.world(ACCOUNT, REGION), Source()
    world.store.output_log.have_written(source.write)
    assert len(world.store.output_log.latest(account_world.keys, "e-1")) == 1
    del source
    assert len(world.store.output_log.latest(account_world.keys, "e-1")) == 1
