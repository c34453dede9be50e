"""Saved configurations as objects: if an object store is configured, the text in the object counts.

So a text that a client writes there is a saved configuration, too, even if no call created it [inferred].
"""

from beanpole.files.object_store import Unreadable
from beanpole.files.saved_configuration import LONGEST, NamedTier, SavedConfiguration
from beanpole.files.saved_configuration import Unreadable as NotASavedConfiguration
from beanpole.files.saved_configuration import read as read_text
from beanpole.files.saved_configuration import write as write_text
from beanpole.model import errors
from beanpole.model.applications.template import ConfigurationTemplate
from beanpole.model.changes.objects import MakeBucket, ObjectChange, Put, Remove
from beanpole.model.names import naming
from beanpole.operations.context import Context
from beanpole.tables import limits

MISSING = "Not Found"


def fetch(context: Context, application_name: str, template_name: str) -> SavedConfiguration | None:
    """The contents of a saved configuration's object; None without such an object, or without an object store."""
    if context.objects is None:
        return None
    bucket, key = _bucket(context), _key(application_name, template_name)
    try:
        if context.objects.size(bucket, key) > LONGEST:
            raise errors.TemplateContentsInvalid(reason=limits.sentence("saved_configuration"))
        content = context.objects.read(bucket, key)
    except Unreadable as error:
        if str(error) == MISSING:
            return None
        raise errors.ActionNotPermitted(action="s3:GetObject") from None
    return understand(content)


def is_there(context: Context, application_name: str, template_name: str) -> bool:
    """Tell whether that saved configuration has an object, readable or not."""
    if context.objects is None:
        return False
    try:
        context.objects.size(_bucket(context), _key(application_name, template_name))
    except Unreadable as error:
        if str(error) == MISSING:
            return False
        raise errors.ActionNotPermitted(action="s3:GetObject") from None
    return True


def understand(text: bytes | str) -> SavedConfiguration:
    """The contents of the text of a saved configuration; raises TemplateContentsInvalid."""
    try:
        return read_text(text)
    except NotASavedConfiguration as error:
        raise errors.TemplateContentsInvalid(reason=error) from None


def put(context: Context, template: ConfigurationTemplate) -> tuple[ObjectChange, ...]:
    """The changes that write the object of a saved configuration, and make its bucket if necessary."""
    tier = template.tier
    saved = SavedConfiguration(
        settings=template.settings,
        description=template.description,
        date_created=template.date_created,
        date_modified=template.date_updated,
        solution_stack_name=template.solution_stack_name,
        platform_arn=template.platform_arn,
        tier=NamedTier(tier.name, tier.type, tier.version),
        tags=template.environment_tags,
    )
    bucket, key = _bucket(context), _key(template.application_name, template.template_name)
    return MakeBucket(bucket, context.region), Put(bucket, key, write_text(saved))


def remove(context: Context, application_name: str, template_name: str) -> tuple[ObjectChange, ...]:
    """The changes that delete the object of a saved configuration; even its bucket may no longer exist."""
    bucket = _bucket(context)
    return MakeBucket(bucket, context.region), Remove(bucket, _key(application_name, template_name))


def remove_all(context: Context, application_name: str) -> tuple[ObjectChange, ...]:
    """The changes that delete the objects of all saved configurations of an application, also those of clients."""
    if context.objects is None:
        return ()
    bucket = _bucket(context)
    try:
        keys = context.objects.keys(bucket, _key(application_name, ""))
    except Unreadable:
        raise errors.ActionNotPermitted(action="s3:ListBucket") from None
    return tuple(Remove(bucket, key) for key in keys)


def _bucket(context: Context) -> str:
    return naming.bucket(context.region, context.account_id)


def _key(application_name: str, template_name: str) -> str:
    return f"resources/templates/{application_name}/{template_name}"
