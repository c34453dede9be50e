"""Names and addresses that the model does not store, derived from those that it does: always the same.

Public addresses are from the blocks that are reserved for documentation (RFC 5737), so no host has them.
"""

from beanpole.model.environment import resources
from beanpole.model.environment.environment import Environment
from beanpole.model.environment.instance import Instance
from beanpole.model.environment.resources import Resource
from beanpole.model.names import default_network, naming
from beanpole.model.names.ids import Ids
from beanpole.model.names.naming import domain
from beanpole.model.options.namespaces import DATABASE, LAUNCH_CONFIGURATION, VPC
from beanpole.model.platforms.catalog import partition
from beanpole.neighbours.owners import Owner

GROUP = "AWSEBAutoScalingGroup"

# The port of each database engine (RDS's API reference, CreateDBInstance).
PORTS = {"mysql": 3306, "postgres": 5432, "oracle": 1521, "sqlserver": 1433}


def arn(environment: Environment, service: str, rest: str) -> str:
    """The ARN of a resource in the environment's account and region."""
    region = environment.region
    return f"arn:{partition(region)}:{service}:{region}:{environment.account_id}:{rest}"


def global_arn(environment: Environment, service: str, rest: str) -> str:
    """The ARN of a resource of the environment's account that is in no region."""
    return f"arn:{partition(environment.region)}:{service}::{environment.account_id}:{rest}"


def image(owner: Owner) -> str:
    """The image of the instances: the image in the options, else the platform version's."""
    environment = owner.environment
    own = owner.value(LAUNCH_CONFIGURATION, "ImageId")
    return own or f"ami-{Ids('image', environment.platform_arn, environment.region).hexadecimal(17)}"


def private_address(instance: Instance) -> str:
    """An address in the subnet of its zone in the default VPC."""
    ids = Ids("private-address", instance.id)
    third = default_network.first_number(instance.availability_zone) + ids.number(0, 15)
    return f"172.31.{third}.{ids.number(4, 254)}"


def public_address(owner: Owner, instance: Instance) -> str | None:
    """The Elastic IP address of a single instance, else its own address; None in a VPC without public addresses."""
    elastic = owner.environment.resource("elastic-ip")
    if elastic is not None and instance == single_instance(owner):
        return elastic.name
    in_vpc = owner.value(VPC, "VPCId") is not None
    if in_vpc and (owner.value(VPC, "AssociatePublicIpAddress") or "").lower() != "true":
        return None
    return f"198.51.100.{Ids('public-address', instance.id).number(1, 254)}"


def single_instance(owner: Owner) -> Instance | None:
    """The instance with the Elastic IP address: the first in service, else the first that runs."""
    running = [instance for instance in owner.fleet if instance.state in ("running", "deploying")]
    return next((instance for instance in running if instance.in_service), running[0] if running else None)


def private_name(owner: Owner, instance: Instance) -> str:
    """The private DNS name of an instance; us-east-1 has its own DNS zone."""
    region = owner.environment.region
    zone = "ec2.internal" if region == "us-east-1" else f"{region}.compute.internal"
    return f"ip-{private_address(instance).replace('.', '-')}.{zone}"


def public_name(owner: Owner, address: str | None) -> str:
    """The public DNS name of an address; empty without an address."""
    if address is None:
        return ""
    region = owner.environment.region
    zone = "compute-1" if region == "us-east-1" else f"{region}.compute"
    return f"ec2-{address.replace('.', '-')}.{zone}.{domain(region)}"


def vpc(owner: Owner) -> str:
    """The VPC of the options, else the account's default one."""
    environment = owner.environment
    return owner.value(VPC, "VPCId") or default_network.vpc_id(environment.account_id, environment.region)


def zones(owner: Owner) -> list[str]:
    """The zones of the region in which instances are launched."""
    return [f"{owner.environment.region}{letter}" for letter in default_network.ZONES]


def subnet(owner: Owner, zone: str) -> str:
    """The subnet of a zone: the next of the options' subnets, else the subnet of the default VPC."""
    environment = owner.environment
    subnets = [name.strip() for name in (owner.value(VPC, "Subnets") or "").split(",") if name.strip()]
    if subnets:
        return subnets[zones(owner).index(zone) % len(subnets)] if zone in zones(owner) else subnets[0]
    return default_network.subnet_id(environment.account_id, environment.region, zone)


def security_group_id(resource: Resource) -> str:
    """The id of a security group."""
    return resources.security_group_id(resource)


def security_group_name(owner: Owner, resource: Resource, logical_id: str) -> str:
    """The name of a security group; the model has its name, or its id if the options name a VPC."""
    if not resource.name.startswith("sg-"):
        return resource.name
    return f"{owner.environment.resource_scope.stack}-{logical_id}-{Ids('name', resource.name).suffix()}"


def allocation_id(resource: Resource) -> str:
    """The id of the allocation of an Elastic IP address."""
    return f"eipalloc-{hexadecimal('allocation', resource.name)}"


def launch_template_name(owner: Owner, resource: Resource) -> str:
    """The name of a launch template; the model has its id."""
    suffix = Ids("name", resource.name).suffix()
    return f"{owner.environment.resource_scope.stack}-AWSEBEC2LaunchTemplate-{suffix}"


def shared_names(owner: Owner) -> tuple[str, ...]:
    """The ARNs of the load balancer and the listener that an environment shares, while it has a rule there."""
    shared = owner.environment.shared_balancer
    return () if shared is None or owner.environment.balancer is None else (shared.arn, shared.listener)


def stack_of(group: str) -> str:
    """The stack of an Auto Scaling group, by its name."""
    return group.rpartition(f"-{GROUP}-")[0]


def stack_id(environment: Environment, stack: str) -> str:
    """The ARN of a stack."""
    return environment.resource_scope.id_of(stack)


def stack_tags(environment: Environment, stack: str, logical_id: str) -> dict[str, str]:
    """The tags that CloudFormation puts on the resources of a stack."""
    return {
        "aws:cloudformation:stack-name": stack,
        "aws:cloudformation:stack-id": stack_id(environment, stack),
        "aws:cloudformation:logical-id": logical_id,
    }


def tags_of(owner: Owner, logical_id: str, stack: str | None = None) -> dict[str, str]:
    """The tags of a resource of the environment."""
    stack = stack or owner.environment.resource_scope.stack
    return {**owner.tags, **stack_tags(owner.environment, stack, logical_id)}


def as_tags(tags: dict[str, str]) -> list[dict[str, str]]:
    """Tags as the services list them."""
    return [{"key": key, "value": value} for key, value in sorted(tags.items())]


def hexadecimal(purpose: str, name: str) -> str:
    """The hexadecimal part of an id that belongs to a name."""
    return Ids(purpose, name).hexadecimal(17)


def profile_name(owner: Owner) -> str | None:
    """The name of the instance profile that the options name."""
    option = owner.value(LAUNCH_CONFIGURATION, "IamInstanceProfile")
    return option and option.rpartition("/")[2]


def profile(owner: Owner) -> dict[str, str] | None:
    """The instance profile as EC2 shows it."""
    name = profile_name(owner)
    if name is None:
        return None
    option = owner.value(LAUNCH_CONFIGURATION, "IamInstanceProfile") or ""
    own = global_arn(owner.environment, "iam", f"instance-profile/{name}")
    return {
        "arn": option if option.startswith("arn:") else own,
        "id": naming.profile_id(owner.environment.account_id, name),
    }


def monitoring(owner: Owner) -> str:
    """`enabled` if EC2 measures the instances each minute, else `disabled`."""
    interval = owner.value(LAUNCH_CONFIGURATION, "MonitoringInterval")
    return "enabled" if interval == "1 minute" else "disabled"


def database_engine(owner: Owner) -> str:
    """The engine of the environment's database."""
    return owner.value(DATABASE, "DBEngine") or "mysql"


def database_port(owner: Owner) -> int:
    """The port of the environment's database."""
    engine = database_engine(owner).lower()
    return next((port for name, port in PORTS.items() if engine.startswith(name)), PORTS["mysql"])
