"""`web.stdout.log`: what the web process of an instance prints, in tails and in bundles, within bounds."""

from io import BytesIO
from urllib.parse import urlsplit
from zipfile import ZipFile

import pytest

from beanpole import limits
from beanpole.testing import ACCOUNT, REGION, Beanstalk
from instances.walk import SINGLE, launch, update, version
from options import COMMAND, option

TRIES = 50  # what a process prints is read by a thread, which may be late
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
    made = Beanstalk(with_objects=True, commands="run")
    made.client.create_application(ApplicationName="shop")
    for label in ("v1", "v2"):
        version(made, label, {"application.py": TALKING.format(label=label, times=1)})
    return made


def get(world, path="/"):
    name = world.client.describe_environments()["Environments"][0]["CNAME"]
    return world.app.test_client().get(path, headers={"Host": name})


def fetched(world, info_type):
    """The whole sample of the only instance."""
    world.client.request_environment_info(EnvironmentName="shop-web", InfoType=info_type)
    world.advance(60)
    (sample,) = world.client.retrieve_environment_info(EnvironmentName="shop-web", InfoType=info_type)[
        "EnvironmentInfo"
    ]
    address = urlsplit(sample["Message"])
    return world.app.test_client().get(f"{address.path}?{address.query}").data


def bundled(world, last):
    """The lines of the log in a bundle, without their instants, once the last one is there."""
    for _ in range(TRIES):
        with ZipFile(BytesIO(fetched(world, "bundle"))) as archive:
            lines = [line[16:] for line in archive.read(LOG).decode().splitlines()]
        if last in lines:
            break
    return lines


def test_the_log_has_what_the_running_process_prints_in_tail_and_bundle(world):
    launch(world, SINGLE)
    get(world, "/first")
    get(world, "/second?a=1")
    lines = bundled(world, "web: GET /second a=1")
    assert lines[0] == "web: version v1 (deployment 1) started"
    spoken = [line for line in lines if line.startswith("web: GET") and line != "web: GET / "]
    assert spoken == ["web: GET /first ", "web: GET /second a=1"]
    assert "web: module is read" in lines
    tail = fetched(world, "tail").decode()
    assert f"/{LOG}" in tail
    assert "web: GET /second a=1" in tail


def test_a_process_that_is_replaced_leaves_its_last_lines(world):
    launch(world, SINGLE)
    get(world, "/old")
    update(world, VersionLabel="v2")
    get(world, "/new")
    lines = bundled(world, "web: GET /new ")
    order = ("web: GET /old ", "web: version v2 (deployment 2) started", "web: GET /new ")
    assert [line for line in lines if line in order] == list(order)


def test_an_application_that_does_not_start_says_why(world):
    version(world, "v3", {"application.py": "import no_such_module\n"})
    launch(world, [*SINGLE, option(COMMAND, "IgnoreHealthCheck", "true")], "v3")
    why = "web: ModuleNotFoundError: No module named 'no_such_module'"
    assert why in bundled(world, why)


def test_what_is_kept_is_bounded_and_on_one_line(world):
    launch(world, SINGLE)
    log, held = world.store.output_log, world.store.world(ACCOUNT, REGION)
    (environment,) = held.environments()
    most, longest = limits.most("output_lines"), limits.most("output_line")
    log.add(held.keys, environment.id, "i-1", 1, "\n".join(f"{number}" for number in range(most + 5)))
    log.add(held.keys, environment.id, "i-1", 2, "x" * (longest + 1) + "\x1b[31m\nlast")
    kept = log.latest(held.keys, environment.id)
    assert len(kept) == most
    assert (kept[0].line, len(kept[-2].line), kept[-1].line) == ("7", longest, "last")


def test_a_source_that_is_gone_is_asked_no_more(world):
    class Source:
        """Writes a line each time."""

        def write(self):
            world.store.output_log.add(held.keys, "e-1", "i-1", 1, "line")

    held, source = world.store.world(ACCOUNT, REGION), Source()
    world.store.output_log.have_written(source.write)
    assert len(world.store.output_log.latest(held.keys, "e-1")) == 1
    del source
    assert len(world.store.output_log.latest(held.keys, "e-1")) == 1
