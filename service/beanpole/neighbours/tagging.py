"""The Resource Groups Tagging API's view: all that has tags, of Elastic Beanstalk and of what environments own."""

from collections.abc import Iterator, Mapping
from itertools import chain
from typing import NamedTuple

from beanpole.neighbours import cloudformation, derived, tags
from beanpole.neighbours.listing import Item, Listing, Pages
from beanpole.neighbours.owners import Owner, Owners
from beanpole.wire.schemas import Request

# The logical ids of what Elastic Load Balancing tags, by the kinds of resources.
BALANCING = {
    "load-balancer": "AWSEBV2LoadBalancer",
    "listener": "AWSEBV2LoadBalancerListener",
    "listener-rule": "AWSEBV2LoadBalancerListenerRule",
    "target-group": "AWSEBV2LoadBalancerTargetGroup",
}


class Tagged(NamedTuple):
    """A resource with its tags."""

    arn: str
    tags: Mapping[str, str]

    @property
    def types(self) -> tuple[str, str]:
        """The filters of types that it passes: of its service, and of its own type."""
        _, _, service, _, _, resource = self.arn.split(":", 5)
        return service, f"{service}:{resource.replace(':', '/').partition('/')[0]}"


def tagged(owners: Owners) -> Iterator[Tagged]:
    """Every resource with a tag."""
    everything = chain(_of_service(owners), *(_of_owner(owner) for owner in owners))
    return (resource for resource in everything if resource.tags)


def _of_service(owners: Owners) -> Iterator[Tagged]:
    """The resources of Elastic Beanstalk, with the tags that its ListTagsForResource shows."""
    world = owners.world
    yield from (Tagged(application.application_arn, application.tags) for application in world.applications())
    yield from (Tagged(version.application_version_arn, version.tags) for version in world.application_versions())
    yield from (Tagged(template.configuration_template_arn, template.tags) for template in world.templates())
    yield from (Tagged(platform.platform_arn, platform.tags) for platform in world.custom_platforms())
    yield from (Tagged(owner.environment.environment_arn, owner.environment.tags) for owner in owners)


def _of_owner(owner: Owner) -> Iterator[Tagged]:
    """The resources that an environment owns, with the tags that their services show."""
    environment = owner.environment
    for id_, type_, own in tags.tagged_in_ec2(owner):
        yield Tagged(derived.arn(environment, "ec2", f"{type_}/{id_}"), own)
    for resource in environment.resources:
        arn = resource.name
        if resource.kind in BALANCING and arn.startswith("arn:"):
            yield Tagged(arn, derived.tags_of(owner, BALANCING[resource.kind]))
        elif resource.kind == "load-balancer":
            arn = derived.arn(environment, "elasticloadbalancing", f"loadbalancer/{resource.name}")
            yield Tagged(arn, derived.tags_of(owner, "AWSEBLoadBalancer"))
        elif resource.kind in ("alarm-high", "alarm-low"):
            yield Tagged(derived.arn(environment, "cloudwatch", f"alarm:{resource.name}"), owner.tags)
        elif resource.kind == "database":
            yield Tagged(
                derived.arn(environment, "rds", f"db:{resource.name}"), derived.tags_of(owner, "AWSEBRDSDatabase")
            )
    yield from (Tagged(stack.id, owner.tags) for stack in cloudformation.stacks_of([owner]))


def resources(owners: Owners, request: Request) -> Iterator[Item]:
    """The resources that pass the filters of a request: one value of each key, and one of the types."""
    types = {type_.lower() for type_ in request.resource_type_filters or ()}
    for resource in tagged(owners):
        passes = all(
            tag_filter.key in resource.tags
            and (not tag_filter.values or resource.tags[tag_filter.key] in tag_filter.values)
            for tag_filter in request.tag_filters or ()
        )
        if passes and (not types or not types.isdisjoint(resource.types)):
            members = {"resource_arn": resource.arn, "tags": derived.as_tags(dict(resource.tags))}
            yield Item(resource.arn, members, {"resource_arn_list": (resource.arn,)})


def keys(owners: Owners, request: Request) -> Iterator[Item]:
    """The keys of all tags, each once."""
    names = {key for resource in tagged(owners) for key in resource.tags}
    return (Item(key, key) for key in names)


def values(owners: Owners, request: Request) -> Iterator[Item]:
    """The values of a key, each once."""
    texts = {resource.tags[request.key] for resource in tagged(owners) if request.key in resource.tags}
    return (Item(value, value) for value in texts)


_PAGES = Pages(size=None, token="pagination_token", next="pagination_token", usual=1000)
LISTINGS = {
    "GetResources": Listing(
        resources,
        "resource_tag_mapping_list",
        "ResourceARN",
        {"resource_arn_list": None},
        _PAGES._replace(size="resources_per_page", usual=100),
        None,
    ),
    "GetTagKeys": Listing(keys, "tag_keys", "", {}, _PAGES, None, is_unique=True),
    "GetTagValues": Listing(values, "tag_values", "", {}, _PAGES, None, is_unique=True),
}
