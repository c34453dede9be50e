"""Operations on custom platforms."""

import re

from beanpole.files import platform_definition
from beanpole.files.bundle.remote import TooMuch, open_object
from beanpole.files.object_store import Unreadable
from beanpole.model import errors
from beanpole.model.applications.application import SourceBundle
from beanpole.model.calls import tags
from beanpole.model.changes.change import Change
from beanpole.model.custom_platforms import versions
from beanpole.model.custom_platforms.custom_platform import BUILDER, BUILDER_APPLICATION, CustomPlatform, Definition
from beanpole.model.environment import option_layers
from beanpole.model.events import messages
from beanpole.model.names import naming
from beanpole.operations import quotas
from beanpole.operations.context import Context
from beanpole.operations.desired.targets import option_settings
from beanpole.operations.registry import Answer, operation
from beanpole.wire.schemas import Request

_NAME = re.compile(r"[^/]{1,100}")
_VERSION = re.compile(r"(0|[1-9][0-9]{0,8})(\.(0|[1-9][0-9]{0,8})){2}")


@operation("CreatePlatformVersion")
def create_platform_version(context: Context, request: Request) -> Answer:
    """Request a version of a custom platform; a worker builds it."""
    _check_new(request)
    before = quotas.listing_version(context, "platform")
    platform, all_own = _new_platform(context, request), context.world.custom_platforms()
    if context.world.custom_platform(platform.platform_arn) is not None:
        raise errors.PlatformVersionExists(platform=platform.platform_name, version=platform.platform_version)
    most = context.catalog.quotas.custom_platform_versions
    unchanged = quotas.room(before, len(all_own), 1, most, errors.TooManyPlatforms)
    event = platform.tell(messages.PLATFORM_INITIATED(platform=platform.full_name), context.now)
    context.commit(Change(puts=(platform,), unchanged=unchanged, events=(event,)))
    return {"platform_summary": versions.custom(platform), "builder": {"arn": platform.builder}}


@operation("DeletePlatformVersion")
def delete_platform_version(context: Context, request: Request) -> Answer:
    """Request the deletion of a version of a custom platform; no live environment may run on it."""
    platform = _own(context, request.platform_arn)
    unchanged = ("environment", context.world.version("environment"))
    deleting = platform.request_deletion(context.request_id, context.now)
    if any(platform.is_used_by(environment) for environment in context.world.environments()):
        raise errors.PlatformInUse
    event = deleting.tell(messages.PLATFORM_DELETION_INITIATED(platform=deleting.full_name), context.now)
    context.commit(Change(puts=(deleting,), unchanged=(unchanged,), events=(event,)))
    return {"platform_summary": versions.custom(deleting)}


def _own(context: Context, arn: str | None) -> CustomPlatform:
    if not arn:
        raise errors.PlatformNotNamed
    platform = context.world.custom_platform(arn)
    if platform is not None:
        return platform
    managed = context.catalog.platforms.find_arn(arn)
    if managed is not None and managed.arn(context.region) == arn:
        raise errors.PlatformNotOwned(arn=arn, owner=context.catalog.platforms.owner)
    raise errors.NoSuchPlatformVersion(arn=arn)


def _check_new(request: Request) -> None:
    bundle = request.platform_definition_bundle
    if not _NAME.fullmatch(request.platform_name):
        raise errors.PlatformNameMalformed(name=request.platform_name)
    if not _VERSION.fullmatch(request.platform_version):
        raise errors.PlatformVersionMalformed(version=request.platform_version)
    if not (bundle.s3_bucket and bundle.s3_key):
        raise errors.DefinitionNotNamed
    if request.environment_name:
        naming.check_environment_name(request.environment_name)


def _new_platform(context: Context, request: Request) -> CustomPlatform:
    name, version, bundle = request.platform_name, request.platform_version, request.platform_definition_bundle
    region, account_id = context.region, context.account_id
    builder = naming.arn(region, account_id, "environment", BUILDER_APPLICATION, request.environment_name or BUILDER)
    requested = option_settings(request.option_settings)
    layers = option_layers.configuration_after(context.catalog.options, (), requested, (), None, "WebServer")
    return CustomPlatform(
        platform_arn=naming.arn(region, account_id, "platform", name, version),
        platform_name=name,
        platform_version=version,
        date_created=context.now,
        date_updated=context.now,
        definition=SourceBundle(bundle.s3_bucket, bundle.s3_key),
        defined=_definition(context, bundle),
        builder=builder,
        new_builder=all(other.builder != builder for other in context.world.custom_platforms()),
        settings=layers.settings,
        tags=tags.new(request.tags, context.catalog.quotas.tags_per_resource),
        request_id=context.request_id,
        due=context.now,
    )


def _definition(context: Context, bundle: Request) -> Definition:
    """The platform definition, read from the object store if there is one."""
    if context.objects is None:
        return Definition()
    location = {"bucket": bundle.s3_bucket, "key": bundle.s3_key}
    try:
        size = context.objects.size(**location)
        if size > context.catalog.quotas.source_bundle_bytes:
            return Definition(problem=platform_definition.TOO_LARGE)
        return platform_definition.read(open_object(context.objects, size=size, **location))
    except TooMuch:
        return Definition(problem=platform_definition.TOO_LARGE)
    except Unreadable as error:
        raise errors.SourceBundleUnreadable(**location, reason=str(error)) from None
