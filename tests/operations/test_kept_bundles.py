"""The copies of source bundles that the service keeps: what becomes of the originals afterwards changes nothing."""

import json
from hashlib import sha256

import pytest
from botocore.exceptions import ClientError

from archives import zipped
from beanpole.files.bundle import members
from beanpole.files.object_store import Shelf, Unreadable
from beanpole.model.names import naming
from beanpole.testing import ACCOUNT, REGION
from environments import STACK, home
from operations.versions import create
from options import SINGLE

FIRST, SECOND = zipped({"index.html": "one"}), zipped({"index.html": "two", "more.html": "x" * 1000})
STATE = f"/_beanpole/state?account={ACCOUNT}"


@pytest.fixture
def shop(shop_with_objects):
    """A shop with an object store."""
    return shop_with_objects


def version(world, label, content, key=None):
    key = key or f"{label}.zip"
    world.objects.write("bucket", key, content)
    return create(world, label, SourceBundle={"S3Bucket": "bucket", "S3Key": key})


def digest(world, label):
    return home(world).application_version("shop", label).digest


def copy(world, content):
    return world.objects.read(*naming.bundle_copy(REGION, ACCOUNT, sha256(content).hexdigest()))


def is_kept(world, content):
    try:
        return copy(world, content) == content
    except Unreadable:
        return False


def delete(world, label):
    world.client.delete_application_version(ApplicationName="shop", VersionLabel=label)


def test_a_version_has_the_digest_of_its_bundle_which_is_kept_with_a_copy(shop):
    version(shop, "v1", SECOND)
    bundle = home(shop).bundle(digest(shop, "v1"))
    assert (bundle.digest, bundle.size) == (sha256(SECOND).hexdigest(), len(SECOND))
    entry = bundle.directory.by_path["more.html"]
    bucket, key = naming.bundle_copy(REGION, ACCOUNT, bundle.digest)
    assert members.read(shop.objects, bucket, key, entry) == b"x" * 1000


@pytest.mark.parametrize("after", ["overwritten", "deleted"])
def test_what_becomes_of_the_original_changes_nothing(shop, after):
    version(shop, "v1", FIRST)
    if after == "deleted":
        shop.objects.delete("bucket", "v1.zip")
    else:
        shop.objects.write("bucket", "v1.zip", SECOND)
    assert copy(shop, FIRST) == FIRST
    assert digest(shop, "v1") == sha256(FIRST).hexdigest()


def test_equal_bundles_are_kept_once_and_go_with_the_last_version(shop):
    version(shop, "v1", FIRST)
    version(shop, "v2", FIRST)
    version(shop, "v3", SECOND)
    assert home(shop).bundle_digests() == {sha256(content).hexdigest() for content in (FIRST, SECOND)}
    delete(shop, "v1")
    assert is_kept(shop, FIRST)
    delete(shop, "v2")
    assert not is_kept(shop, FIRST)
    assert home(shop).bundle_digests() == {sha256(SECOND).hexdigest()}
    shop.client.delete_application(ApplicationName="shop")
    assert not is_kept(shop, SECOND)
    assert home(shop).bundle_digests() == frozenset()


def test_what_an_instance_runs_stays_until_it_runs_something_else(shop):
    version(shop, "v1", FIRST)
    shop.client.create_environment(
        ApplicationName="shop",
        EnvironmentName="web1",
        VersionLabel="v1",
        SolutionStackName=STACK,
        OptionSettings=[SINGLE],
    )
    shop.until_ready("web1")
    delete(shop, "v1")
    assert is_kept(shop, FIRST)
    version(shop, "v2", SECOND)
    assert is_kept(shop, FIRST)
    shop.client.update_environment(EnvironmentName="web1", VersionLabel="v2")
    shop.until_ready("web1")
    version(shop, "v3", SECOND)
    assert not is_kept(shop, FIRST)
    delete(shop, "v2")
    delete(shop, "v3")
    shop.client.terminate_environment(EnvironmentName="web1")
    shop.advance(1200)
    assert is_kept(shop, SECOND)
    shop.client.delete_application(ApplicationName="shop")
    assert not is_kept(shop, SECOND)


def test_a_bundle_that_changes_while_it_is_read_is_read_again(shop, monkeypatch):
    def pieces(shelf, bucket, key):
        content = read(shelf, bucket, key)
        monkeypatch.setattr(Shelf, "pieces", read)
        shelf.write(bucket, key, SECOND)
        return content

    read = Shelf.pieces
    monkeypatch.setattr(Shelf, "pieces", lambda *place: iter(list(pieces(*place))))
    version(shop, "v1", FIRST)
    assert digest(shop, "v1") == sha256(SECOND).hexdigest()
    assert copy(shop, SECOND) == SECOND
    assert home(shop).bundle_digests() == {sha256(SECOND).hexdigest()}


def test_where_no_copy_can_be_written_there_is_no_version(shop, monkeypatch):
    def copy(*_):
        raise Unreadable("Forbidden")

    monkeypatch.setattr(Shelf, "copy", copy)
    with pytest.raises(ClientError) as caught:
        version(shop, "v1", FIRST)
    assert caught.value.response["Error"]["Code"] == "InsufficientPrivilegesException"
    assert home(shop).application_versions() == ()
    assert home(shop).bundle_digests() == frozenset()
    assert [event.message for event in shop.events() if "v1" in event.message] == []
    monkeypatch.undo()
    version(shop, "v1", FIRST)
    assert is_kept(shop, FIRST)


def test_a_copy_that_somebody_has_deleted_comes_back_with_the_next_version(shop):
    version(shop, "v1", FIRST)
    shop.objects.delete(*naming.bundle_copy(REGION, ACCOUNT, digest(shop, "v1")))
    version(shop, "v2", FIRST)
    assert is_kept(shop, FIRST)


def test_without_an_object_store_a_version_has_no_digest(beanstalk):
    beanstalk.client.create_application(ApplicationName="shop")
    create(beanstalk, "v1", SourceBundle={"S3Bucket": "bucket", "S3Key": "v1.zip"})
    assert digest(beanstalk, "v1") is None
    assert home(beanstalk).bundle("0" * 64) is None


def test_bundles_are_part_of_an_exported_world(shop):
    version(shop, "v1", SECOND)
    before, http = home(shop).bundle(digest(shop, "v1")), shop.app.test_client()
    state = json.loads(http.get(STATE).data)
    http.post(f"/_beanpole/reset?account={ACCOUNT}")
    assert home(shop).application_versions() == ()
    assert http.put(STATE, json=state).status_code == 200
    assert home(shop).bundle(digest(shop, "v1")) == before
    state["regions"][REGION]["bundles"] = []
    answer = http.put(STATE, json=state)
    assert answer.status_code == 400
    assert f"has no bundle with the digest '{before.digest}', which a version has" in answer.text
