"""EC2's view of the images of platform versions, from which instances are launched.

With a companion they are listed only if the request has their ids, because the companion launches instances from its
own images alone.
"""

from collections.abc import Iterable, Iterator, Sequence

from beanpole.model.options.namespaces import LAUNCH_CONFIGURATION
from beanpole.neighbours import derived, ec2
from beanpole.neighbours.listing import Item, Listing, Pages, missing
from beanpole.neighbours.owners import Owner
from beanpole.wire.schemas import Request

_AMAZON = "102837901569"  # the account that publishes the images of Elastic Beanstalk [I]
_PUBLISHED = "2026-01-01T00:00:00.000Z"  # [I]


def images(owners: Sequence[Owner], request: Request) -> Iterator[Item]:
    """The image of each platform version, once; an image that the options name is the user's."""
    if not {"amazon", _AMAZON} & set(request.owners or ("amazon",)) or request.executable_users == ("self",):
        return
    ids = set()
    for owner in owners:
        image_id = derived.image(owner)
        if not owner.is_alone and not _is_for_ids(request, request.image_ids, ("image-id",)):
            continue
        if image_id in ids or owner.value(LAUNCH_CONFIGURATION, "ImageId") is not None:
            continue
        ids.add(image_id)
        yield _image(owner, image_id)


def _image(owner: Owner, id_: str) -> Item:
    platform = owner.environment.platform_arn.partition(":platform/")[2]
    name = f"aws-elasticbeanstalk-{platform.replace('/', '-').replace(' ', '_')}"  # [I]
    plain: dict[str, str] = {
        "image_id": id_,
        "image_location": f"amazon/{name}",
        "state": "available",
        "creation_date": _PUBLISHED,
        "architecture": next((ec2.architecture(instance.instance_type) for instance in owner.fleet), "x86_64"),
        "image_type": "machine",
        "name": name,
        "description": f"The image of {platform}",
        "root_device_name": "/dev/xvda",
        "root_device_type": "ebs",
        "virtualization_type": "hvm",
        "hypervisor": "xen",
        "owner_id": _AMAZON,
    }
    is_windows = "windows" in (owner.configuration.traits.platform or ())
    members = {**plain, "image_owner_alias": "amazon", "public": True, "ena_support": True, "tags": []}
    members["platform"] = "windows" if is_windows else None
    fields: dict[str, Iterable[str]] = {member.replace("_", "-"): (value,) for member, value in plain.items()}
    fields |= {"is-public": ("true",), "owner-alias": ("amazon",), "ena-support": ("true",)}
    fields |= {"platform": ("windows",) if is_windows else ()}
    return Item(id_, members, {"image_ids": (id_,)}, fields)


def _is_for_ids(request: Request, ids: Sequence[str] | None, filters: Sequence[str]) -> bool:
    """Tell whether a request selects by ids, as names or in filters."""
    return bool(ids) or any(condition.name in filters for condition in request.filters or ())


LISTINGS = {
    "DescribeImages": Listing(
        images,
        "images",
        "ImageId",
        {"image_ids": missing("InvalidAMIID.NotFound", "The image id '[{name}]' does not exist")},
        Pages(),
        knows_filters=False,
    )
}
