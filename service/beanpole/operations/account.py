"""Operations on the account itself."""

from beanpole.files.object_store import FORBIDDEN
from beanpole.model import errors
from beanpole.model.changes.change import Change
from beanpole.model.changes.objects import MakeBucket
from beanpole.model.names import naming
from beanpole.operations.context import Context
from beanpole.operations.door import ObjectRefused
from beanpole.operations.registry import Answer, operation
from beanpole.wire.schemas import Request


@operation("CreateStorageLocation", reads=True)
def create_storage_location(context: Context, request: Request) -> Answer:
    """Name the account's bucket, which is the same one every time, and make it where there is an object store."""
    bucket = naming.bucket(context.region, context.account_id)
    try:
        context.commit_now(Change(objects=(MakeBucket(bucket, context.region),)))
    except ObjectRefused as refusal:
        if refusal.reason == FORBIDDEN:
            raise
        raise errors.ServiceUnavailable from None
    return {"s3_bucket": bucket}


@operation("DescribeAccountAttributes", reads=True)
def describe_account_attributes(context: Context, request: Request) -> Answer:
    """The quotas of the account in the region."""
    quotas = context.catalog.quotas
    most = {
        "application_quota": quotas.applications,
        "application_version_quota": quotas.application_versions,
        "environment_quota": quotas.environments,
        "configuration_template_quota": quotas.configuration_templates,
        "custom_platform_quota": quotas.custom_platform_versions,
    }
    return {"resource_quotas": {name: {"maximum": maximum} for name, maximum in most.items()}}
