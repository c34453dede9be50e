"""The disks and reports of instances are part of an account's world."""

import json
from base64 import b64encode

import pytest

from beanpole.store import restoration, snapshot, world_check, world_document
from beanpole.store.world_check import Inconsistent
from beanpole.testing import ACCOUNT
from instances.walk import INDEX, SINGLE, files, fleet, launch, reports, text, update, version


@pytest.fixture
def world(beanstalk_with_objects):
    beanstalk_with_objects.client.create_application(ApplicationName="shop")
    version(beanstalk_with_objects, "v1", files("v1"))
    launch(beanstalk_with_objects, SINGLE)
    return beanstalk_with_objects


def export(world):
    return json.loads(world_document.encode(snapshot.take(world.store, ACCOUNT)))


def test_an_imported_world_has_its_disks(world):
    document = json.dumps(export(world)).encode()
    restoration.restore(world.store, world_check.decode(document, ACCOUNT))
    assert text(world, fleet(world)[0], INDEX) == "Hello World v1\n"
    assert reports(world, fleet(world)[0])[-1].is_leader
    version(world, "v2", files("v2"))
    update(world, VersionLabel="v2")
    assert text(world, fleet(world)[0], INDEX) == "Hello World v2\n"


def test_files_must_have_their_digests(world):
    document = export(world)
    (those,) = document["regions"]["us-east-1"]["files"].values()
    for digest in list(those):
        broken = json.loads(json.dumps(document))
        (its,) = broken["regions"]["us-east-1"]["files"].values()
        its[digest] = b64encode(b"\x90").decode()
        with pytest.raises(Inconsistent, match="has the digest"):
            world_check.decode(json.dumps(broken).encode(), ACCOUNT)
        del its[digest]
        with pytest.raises(Inconsistent, match="which an instance of environment"):
            world_check.decode(json.dumps(broken).encode(), ACCOUNT)
