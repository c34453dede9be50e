"""Parses ARNs of the service's resources."""

from msgspec import Struct

from beanpole.model.platforms.catalog import partition

SERVICE = "elasticbeanstalk"


class Arn(Struct, frozen=True):
    """`kind` and `path` are the two halves of the resource: environment, shop/shop-web."""

    partition: str
    service: str
    region: str
    account_id: str
    kind: str
    path: str

    def __str__(self) -> str:
        """The text of the ARN."""
        resource = f"{self.kind}/{self.path}"
        return ":".join(("arn", self.partition, self.service, self.region, self.account_id, resource))

    def in_world(self, region: str, account_id: str) -> bool:
        """Tell whether the resource belongs to an account and a region."""
        return (self.partition, self.region, self.account_id) == (partition(region), region, account_id)


def parsed(text: str) -> Arn | None:
    """The parts of an ARN; None if the text is not an ARN."""
    parts = text.split(":", 5)
    if len(parts) != 6 or parts[0] != "arn" or not (parts[1] and parts[2] and parts[5]):
        return None
    kind, _, path = parts[5].partition("/")
    return Arn(parts[1], parts[2], parts[3], parts[4], kind, path)
