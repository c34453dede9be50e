"""The bucket that the service names for the data of environments, as clients of S3 see it."""

import subprocess
import sys
from typing import Any

import pytest

from beanpole.gateway.in_process import Moto
from beanpole.gateway.storage_buckets import StorageBuckets
from beanpole.other_services.s3 import S3
from beanpole.testing import ACCOUNT, Beanstalk
from environments import STACK
from neighbours.callers import client_of, refusal

STORAGE = f"elasticbeanstalk-us-east-1-{ACCOUNT}"
OFF_MOTO = f"""
import sys
from beanpole.testing import Beanstalk
world = Beanstalk()
world.client.create_application(ApplicationName="shop")
world.client.create_environment(ApplicationName="shop", EnvironmentName="web1", SolutionStackName={STACK!r})
world.until_ready("web1")
assert not [name for name in sys.modules if name.partition(".")[0] == "moto"]
world.client("s3").list_buckets()
assert "moto.s3" in sys.modules and "moto.ec2.models" not in sys.modules
"""


@pytest.fixture
def world(moto: Moto) -> Beanstalk:
    """A world of its own, for S3 has what the store has."""
    return Beanstalk()


def buckets(s3: Any) -> list[str]:
    """The names of the account's buckets."""
    return [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]]


def create(world: Beanstalk, region: str = "us-east-1") -> None:
    """Create an environment in a region."""
    client = world.clients(region=region)
    client.create_application(ApplicationName="shop")
    client.create_environment(ApplicationName="shop", EnvironmentName="web1", SolutionStackName=STACK)


def test_the_bucket_of_environments_is_there_before_anything_is_in_it(world: Beanstalk) -> None:
    s3 = world.client("s3")
    assert buckets(s3) == []
    assert refusal(s3.head_bucket, Bucket=STORAGE)[0] == "404"
    create(world)
    assert s3.head_bucket(Bucket=STORAGE)["ResponseMetadata"]["HTTPStatusCode"] == 200
    assert "Contents" not in s3.list_objects_v2(Bucket=STORAGE)
    assert buckets(s3) == [STORAGE]


def test_a_list_of_buckets_has_those_of_all_regions(world: Beanstalk) -> None:
    create(world)
    create(world, "eu-west-1")
    s3 = world.client("s3")
    european = f"elasticbeanstalk-eu-west-1-{ACCOUNT}"
    assert buckets(s3) == [european, STORAGE]
    assert s3.get_bucket_location(Bucket=european)["LocationConstraint"] == "eu-west-1"


def test_the_bucket_of_a_storage_location_is_there(moto: Moto) -> None:
    world = Beanstalk(with_objects=True)
    name = world.client.create_storage_location()["S3Bucket"]
    assert buckets(world.client("s3")) == [name]


@pytest.mark.parametrize("region", ["eu-west-1", "cn-north-1", "us-gov-west-1"])
def test_the_bucket_of_a_region_is_in_its_partition(moto: Moto, region: str) -> None:
    objects, s3 = S3.in_process(moto.of_owner), client_of(moto.of_service("s3"), "s3", region)
    name = f"elasticbeanstalk-{region}-{ACCOUNT}"
    objects.make_bucket(name, region)
    s3.put_object(Bucket=name, Key="v1.zip", Body=b"bundle")
    objects.write(name, "kept", b"copy")
    assert objects.read(name, "v1.zip") == b"bundle"
    assert s3.get_object(Bucket=name, Key="kept")["Body"].read() == b"copy"
    assert objects.region(name) == region


def test_a_bucket_that_a_client_deletes_is_not_made_again_until_the_account_is_forgotten(world: Beanstalk) -> None:
    create(world)
    companion = Moto()
    companion.own_storage(StorageBuckets(world.store))
    s3 = client_of(companion.of_service("s3"), "s3")
    s3.delete_bucket(Bucket=STORAGE)
    assert buckets(s3) == []
    companion.forget("999999999999")
    assert buckets(s3) == []
    companion.forget(ACCOUNT)
    assert buckets(s3) == [STORAGE]


def test_no_bucket_is_made_for_others(world: Beanstalk) -> None:
    create(world)
    s3 = world.client("s3")
    for name in (f"elasticbeanstalk-us-west-2-{ACCOUNT}", "elasticbeanstalk-us-east-1-999999999999", "other"):
        assert refusal(s3.head_bucket, Bucket=name)[0] == "404"


@pytest.mark.merge
def test_an_environment_is_created_without_moto() -> None:
    ran = subprocess.run([sys.executable, "-c", OFF_MOTO], capture_output=True, text=True, timeout=60)
    assert (ran.returncode, ran.stderr) == (0, "")
