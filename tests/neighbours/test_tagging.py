"""The Resource Groups Tagging API: all that has tags, in one answer with what the companion holds."""

from typing import Any
from wsgiref.types import WSGIApplication

import pytest

from beanpole.testing import Beanstalk
from neighbours.callers import APPLICATION, DATABASE, client_of, instance_ids, launched, neighbour_of, refusal

TEAM = [{"Key": "team", "Value": "blue"}]
OF_WEB1 = {"Key": "elasticbeanstalk:environment-name", "Values": ["web1"]}


def resources_of(client: Any, **named: Any) -> dict[str, dict[str, str]]:
    """The tags of the resources in all pages, by their ARNs."""
    pages = client.get_paginator("get_resources").paginate(**named)
    rows = [row for page in pages for row in page["ResourceTagMappingList"]]
    tags = {row["ResourceARN"]: {tag["Key"]: tag["Value"] for tag in row["Tags"]} for row in rows}
    assert len(tags) == len(rows)
    return tags


def test_resources_of_the_service_have_the_tags_that_it_shows_itself(beanstalk: Beanstalk) -> None:
    client = beanstalk.client
    client.create_application(ApplicationName="shop", Tags=TEAM)
    client.create_application_version(ApplicationName="shop", VersionLabel="v1", Tags=TEAM)
    client.create_application(ApplicationName="bare")
    launched(beanstalk, "web1", *APPLICATION, Tags=TEAM)
    tagging = neighbour_of(beanstalk, "resourcegroupstaggingapi")
    own = resources_of(tagging, ResourceTypeFilters=["elasticbeanstalk"])
    arns = {
        client.describe_applications(ApplicationNames=["shop"])["Applications"][0]["ApplicationArn"],
        client.describe_application_versions()["ApplicationVersions"][0]["ApplicationVersionArn"],
        client.describe_environments()["Environments"][0]["EnvironmentArn"],
    }
    assert arns <= set(own)
    assert not any(arn.endswith("application/bare") for arn in own)
    for arn, tags in own.items():
        tags_of_service = client.list_tags_for_resource(ResourceArn=arn)["ResourceTags"]
        assert tags == {tag["Key"]: tag["Value"] for tag in tags_of_service}


@pytest.mark.parametrize("options", [APPLICATION, DATABASE])
def test_what_an_environment_owns_has_the_tags_that_its_service_shows(
    beanstalk: Beanstalk, options: tuple[tuple[str, str, str], ...]
) -> None:
    launched(beanstalk, "web1", *options, Tags=TEAM)
    launched(beanstalk, "web2", ("aws:elasticbeanstalk:environment", "EnvironmentType", "SingleInstance"))
    tagging, ec2 = neighbour_of(beanstalk, "resourcegroupstaggingapi"), neighbour_of(beanstalk, "ec2")
    own = resources_of(tagging, TagFilters=[OF_WEB1])
    assert resources_of(tagging, TagFilters=[OF_WEB1], ResourcesPerPage=3) == own
    assert own == resources_of(tagging, TagFilters=[{"Key": "team"}, OF_WEB1])
    ids = {arn.rpartition("/")[2] for arn in own if ":instance/" in arn}
    assert ids == set(instance_ids(beanstalk))
    of_ec2 = ec2.describe_tags(Filters=[{"Name": "key", "Values": ["team"]}])["Tags"]
    assert {arn.rpartition("/")[2] for arn in own if ":ec2:" in arn} == {tag["ResourceId"] for tag in of_ec2}
    for name, member, arn, tags in (
        ("rds", "DBInstances", "DBInstanceArn", "TagList"),
        ("cloudformation", "Stacks", "StackId", "Tags"),
    ):
        client = neighbour_of(beanstalk, name)
        rows = client.describe_db_instances() if name == "rds" else client.describe_stacks()
        for row in rows[member]:
            if row[arn] in own:
                assert own[row[arn]] == {tag["Key"]: tag["Value"] for tag in row[tags]}
    assert {arn.split(":")[2] for arn in own} >= {"elasticbeanstalk", "ec2", "cloudformation"}
    assert set(tagging.get_tag_values(Key="elasticbeanstalk:environment-name")["TagValues"]) == {"web1", "web2"}
    assert "team" in tagging.get_tag_keys()["TagKeys"]
    code, _ = refusal(tagging.tag_resources, ResourceARNList=[next(iter(own))], Tags={"a": "b"})
    assert code == "InvalidParameterException"


def test_resources_of_others_are_in_the_same_answer(beanstalk: Beanstalk, moto: WSGIApplication) -> None:
    launched(beanstalk, "web1", *APPLICATION, Tags=TEAM)
    own = resources_of(
        neighbour_of(beanstalk, "resourcegroupstaggingapi"), TagFilters=[{"Key": "team", "Values": ["blue"]}]
    )
    s3 = client_of(moto, "ec2")
    vpcs = [s3.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"] for _ in range(60)]
    s3.create_tags(Resources=vpcs, Tags=TEAM)
    tagging = neighbour_of(beanstalk, "resourcegroupstaggingapi", moto)
    both = resources_of(tagging, TagFilters=[{"Key": "team", "Values": ["blue"]}])
    assert set(own) <= set(both)
    assert {arn.rpartition("/")[2] for arn in set(both) - set(own)} == set(vpcs), "all pages of the companion"
    keys = tagging.get_tag_keys()["TagKeys"]
    assert (keys.count("team"), "elasticbeanstalk:environment-name" in keys) == (1, True)
