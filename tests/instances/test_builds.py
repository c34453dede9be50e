"""Large results of builds: they are stored as layers beside the disk, within bounds, and deleted like bundles."""

import pytest

from beanpole.model.instance.disk import MOST_NODES
from beanpole.model.names import naming
from beanpole.testing import ACCOUNT, REGION
from beanpole_workers.play import build_layers
from instances.walk import SINGLE, fetch_logs, fleet, launch, reports, shop_that_runs, tree, update, version
from options import PROPERTIES, option

CURRENT = "/var/app/current"
APPLICATION = """
import os

def application(request, start_response):
    start_response("200 OK", [])
    names = sum(len(files) for _, _, files in os.walk("node_modules"))
    return [f"{names} files, {open('node_modules/d7/f1.js').read()}, {os.readlink('node_modules/link')}".encode()]
"""
BUILD = """make: sh build.sh
"""
SCRIPT = """
for d in $(seq 0 {folders}); do
    mkdir -p node_modules/d$d
    for f in $(seq 0 {files}); do echo $d/$f > node_modules/d$d/f$f.js; done
done
chmod 700 node_modules/d1/f1.js
ln -s d1/f1.js node_modules/link
head -c 2000000 /dev/zero > large.bin
echo changed > index.html
"""


def build_files(folders=19, files=99):
    script = SCRIPT.format(folders=folders, files=files)
    return {"application.py": APPLICATION, "Buildfile": BUILD, "build.sh": script, "index.html": "first\n"}


@pytest.fixture
def world(works):
    return shop_that_runs()


def file(world, path):
    """A file of the only instance, by the route of disks."""
    (instance,) = fleet(world)
    route = f"/_beanpole/environments/shop-web/instances/{instance.id}/files{path}?account={ACCOUNT}"
    return world.app.test_client().get(route)


def page(world):
    name = world.client.describe_environments()["Environments"][0]["CNAME"]
    return world.app.test_client().get("/", headers={"Host": name}).text


def stored_keys(world):
    """The keys of all stored bundles and layers."""
    bucket, key = naming.bundle_copy(REGION, ACCOUNT, "")
    return set(world.objects.keys(bucket, key))


def test_a_build_of_thousands_of_files_is_kept_and_served(world):
    version(world, "v1", build_files())
    launch(world, SINGLE)
    (instance,) = fleet(world)
    assert not instance.failed
    assert len(tree(world, instance).disk.nodes) < MOST_NODES
    assert file(world, f"{CURRENT}/node_modules/d7/f1.js").text == "7/1\n"
    assert file(world, f"{CURRENT}/index.html").text == "changed\n"
    assert len(file(world, f"{CURRENT}/large.bin").data) == 2_000_000
    assert tree(world, instance).at(f"{CURRENT}/node_modules/d1/f1.js").mode == 0o700
    assert page(world) == "2001 files, 7/1\n, d1/f1.js"


@pytest.mark.merge
def test_a_layer_is_used_in_later_deployments_and_by_later_commands(world):
    version(world, "v1", build_files(9, 49))
    launch(world, SINGLE)
    update(world, OptionSettings=[option(PROPERTIES, "COLOUR", "green")])
    assert page(world).startswith("501 files")
    hook = "#!/bin/sh\nrm -r node_modules/d3 && echo new > node_modules/d4/f0.js && ls node_modules | wc -l > counted\n"
    version(world, "v2", build_files(9, 49) | {".platform/hooks/predeploy/a.sh": hook})
    update(world, VersionLabel="v2")
    assert file(world, f"{CURRENT}/counted").text.strip() == "10"
    assert file(world, f"{CURRENT}/node_modules/d4/f0.js").text == "new\n"
    assert file(world, f"{CURRENT}/node_modules/d3").status_code == 404
    assert page(world).startswith("451 files")


def test_equal_builds_are_stored_once_and_deleted_with_the_last_instance_that_uses_them(world):
    version(world, "v1", build_files(9, 49))
    launch(world, SINGLE)
    assert len(stored_keys(world)) == 2  # the version, and the layer of its build
    version(world, "v2", {"application.py": APPLICATION})
    assert len(stored_keys(world)) == 3
    world.client.terminate_environment(EnvironmentName="shop-web")
    world.until("shop-web", "Terminated")
    world.client.delete_application_version(ApplicationName="shop", VersionLabel="v1")
    assert len(stored_keys(world)) == 1


@pytest.mark.parametrize(("bound", "most"), [("MOST_FILES", 100), ("MOST_BYTES", 1_000_000)])
def test_the_log_says_that_a_build_is_too_large_to_be_kept(world, monkeypatch, bound, most):
    monkeypatch.setattr(build_layers, bound, most)
    version(world, "v1", build_files(9, 49))
    launch(world, SINGLE)
    (instance,) = fleet(world)
    (outcome,) = (outcome for outcome in reports(world, instance)[-1].outcomes if outcome.phase == "build")
    assert (outcome.ending, "too large for an instance's disk" in outcome.output) == ("ran", True)
    assert file(world, f"{CURRENT}/index.html").text == "first\n"
    assert len(stored_keys(world)) == 1


def test_the_log_of_a_command_says_that_its_changes_are_too_large(world, monkeypatch):
    monkeypatch.setattr(build_layers, "MOST_FILES", 100)
    config = "container_commands: {01_build: {command: sh build.sh}}"
    version(world, "v1", build_files(9, 49) | {"Buildfile": "none: 'true'\n", ".ebextensions/a.config": config})
    launch(world, SINGLE)
    (logs,) = fetch_logs(world)
    assert "\tThe changes of the command are too large for an instance's disk" in logs["cfn-init-cmd.log"]


def test_a_snapshot_has_the_files_of_a_build(world):
    version(world, "v1", build_files(9, 49))
    launch(world, SINGLE)
    http = world.app.test_client()
    state = http.get(f"/_beanpole/state?account={ACCOUNT}").get_json()
    assert http.put(f"/_beanpole/state?account={ACCOUNT}", json=state).status_code in (200, 204)
    assert file(world, f"{CURRENT}/node_modules/d7/f1.js").text == "7/1\n"
