"""RDS's view of environments: the database that belongs to one."""

from collections.abc import Iterator, Sequence
from typing import Any

from beanpole.model.changes.change import Change
from beanpole.model.environment.resources import Resource
from beanpole.model.names.ids import Ids
from beanpole.model.names.naming import domain
from beanpole.model.options.namespaces import DATABASE
from beanpole.neighbours import derived
from beanpole.neighbours.listing import Item, Listing, Pages, missing
from beanpole.neighbours.owners import Owner
from beanpole.wire.schemas import Request


def instances(owners: Sequence[Owner], request: Request) -> Iterator[Item]:
    """The databases."""
    for owner in owners:
        resource = owner.environment.resource("database")
        if resource is not None:
            members = _instance(owner, resource)
            fields = {
                "db-instance-id": (resource.name, members["db_instance_arn"]),
                "engine": (str(members["engine"]),),
            }
            names = {"db_instance_identifier": (resource.name, members["db_instance_arn"])}
            yield Item(resource.name, members, names, fields)


def _instance(owner: Owner, resource: Resource) -> dict[str, Any]:
    environment = owner.environment
    engine = derived.database_engine(owner)
    address = f"{resource.name}.{Ids('database', environment.account_id, environment.region).label(12)}"
    is_terminating = environment.activity is not None and environment.activity.kind == "terminate"
    return {
        "db_instance_identifier": resource.name,
        "db_instance_class": owner.value(DATABASE, "DBInstanceClass"),
        "engine": engine,
        "engine_version": owner.value(DATABASE, "DBEngineVersion"),
        "db_instance_status": "deleting" if is_terminating else "available",
        "master_username": owner.value(DATABASE, "DBUser"),
        "db_name": "ebdb",
        "endpoint": {
            "address": f"{address}.{environment.region}.rds.{domain(environment.region)}",
            "port": derived.database_port(owner),
        },
        "allocated_storage": owner.configuration.integer(DATABASE, "DBAllocatedStorage", 5),
        "instance_create_time": environment.date_created,
        "backup_retention_period": owner.configuration.integer(DATABASE, "DBBackupRetentionPeriod", 1),
        "availability_zone": derived.zones(owner)[0],
        "multi_az": owner.configuration.boolean(DATABASE, "MultiAZDatabase"),
        "publicly_accessible": False,
        "storage_type": "gp2",
        "deletion_protection": False,
        "db_instance_arn": derived.arn(environment, "rds", f"db:{resource.name}"),
        "tag_list": derived.as_tags(derived.tags_of(owner, "AWSEBRDSDatabase")),
    }


def list_tags(owners: Sequence[Owner], request: Request, arns: Sequence[str]) -> tuple[list[Change], Any]:
    """The tags of a database."""
    owner = next(owner for owner, arn in _arns(owners) if arn in arns)
    return [], {"tag_list": derived.as_tags(derived.tags_of(owner, "AWSEBRDSDatabase"))}


def by_arn(owners: Sequence[Owner], request: Request) -> Iterator[Item]:
    """The databases by their ARNs."""
    return (Item(arn, {}, {"resource_name": (arn,)}) for _, arn in _arns(owners))


def _arns(owners: Sequence[Owner]) -> Iterator[tuple[Owner, str]]:
    for owner in owners:
        resource = owner.environment.resource("database")
        if resource is not None:
            yield owner, derived.arn(owner.environment, "rds", f"db:{resource.name}")


def no_log_files(owners: Sequence[Owner], request: Request) -> Iterator[Item]:
    """An empty list: no database writes a log."""
    return iter(())


def _names(owners: Sequence[Owner], member: str) -> Iterator[str]:
    resources = (owner.environment.resource("database") for owner in owners)
    return (resource.name for resource in resources if resource is not None)


_NO_DATABASE = missing("DBInstanceNotFound", "DBInstance {name} not found.", 404)
BY_ARN = Listing(by_arn, "", "", {"resource_name": _NO_DATABASE}, None, None)
LISTINGS = {
    "DescribeDBInstances": Listing(
        instances,
        "db_instances",
        "DBInstanceIdentifier",
        {"db_instance_identifier": _NO_DATABASE},
        Pages("max_records", "marker", "marker", 100),
    ),
    "DescribeDBLogFiles": Listing(
        no_log_files,
        "describe_db_log_files",
        "LogFileName",
        {"db_instance_identifier": _NO_DATABASE},
        Pages("max_records", "marker", "marker", 100),
        known=_names,
    ),
}
