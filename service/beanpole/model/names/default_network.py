"""The ids and blocks of the default VPC of an account in a region, and of its parts: always the same.

A default VPC has a subnet of 4,096 addresses in each zone, a main route table, an internet gateway and a network ACL
(VPC's guide, default-vpc-components).
"""

from beanpole.model.names.ids import Ids

BLOCK = "172.31.0.0/16"
EVERYWHERE = "0.0.0.0/0"
ZONES = "abc"  # the letters of the zones in which environments launch instances


def vpc_id(account_id: str, region: str) -> str:
    """The id of the default VPC."""
    return f"vpc-{Ids('vpc', account_id, region).hexadecimal(17)}"


def subnet_id(account_id: str, region: str, zone: str) -> str:
    """The id of the default subnet of a zone."""
    return f"subnet-{Ids('subnet', account_id, region, zone).hexadecimal(17)}"


def gateway_id(vpc_id: str) -> str:
    """The id of the internet gateway of a VPC."""
    return f"igw-{Ids('internet-gateway', vpc_id).hexadecimal(17)}"


def table_id(vpc_id: str) -> str:
    """The id of the main route table of a VPC."""
    return f"rtb-{Ids('route-table', vpc_id).hexadecimal(17)}"


def acl_id(vpc_id: str) -> str:
    """The id of the network ACL of a VPC."""
    return f"acl-{Ids('network-acl', vpc_id).hexadecimal(17)}"


def table_association_id(vpc_id: str) -> str:
    """The id of the association of a VPC with its main route table."""
    return f"rtbassoc-{Ids('route-table-association', vpc_id).hexadecimal(17)}"


def acl_association_id(subnet_id: str) -> str:
    """The id of the association of a subnet with its network ACL."""
    return f"aclassoc-{Ids('network-acl-association', subnet_id).hexadecimal(17)}"


def first_number(zone: str) -> int:
    """The third number of the first address in the default subnet of a zone, a sixteenth of BLOCK."""
    return 16 * ((ord(zone[-1]) - ord("a")) % 16)


def block(zone: str) -> str:
    """The block of the default subnet of a zone."""
    return f"172.31.{first_number(zone)}.0/20"
