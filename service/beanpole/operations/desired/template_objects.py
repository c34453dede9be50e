"""Saved configurations as objects: where an object store is configured, the text that lies there is what counts.

So what a client puts there is a saved configuration too, whether or not one was created under its name [inferred].
"""

from collections.abc import Iterator
from contextlib import contextmanager

from beanpole.files.object_store import Unreadable
from beanpole.files.saved_configuration import NamedTier, SavedConfiguration
from beanpole.files.saved_configuration import Unreadable as NotASavedConfiguration
from beanpole.files.saved_configuration import read as read_text
from beanpole.files.saved_configuration import write as write_text
from beanpole.model import errors
from beanpole.model.applications.template import ConfigurationTemplate
from beanpole.model.names import naming
from beanpole.operations.context import Context

MISSING = "Not Found"


def fetch(context: Context, application_name: str, template_name: str) -> SavedConfiguration | None:
    """What the object of a saved configuration says; None if there is none, or nowhere to look for it."""
    if context.objects is None:
        return None
    try:
        content = context.objects.read(_bucket(context), _key(application_name, template_name))
    except Unreadable as error:
        if str(error) == MISSING:
            return None
        raise errors.ActionNotPermitted(action="s3:GetObject") from None
    return understand(content)


def is_there(context: Context, application_name: str, template_name: str) -> bool:
    """Whether there is an object of that saved configuration, whatever it says."""
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
    """What the text of a saved configuration says; raises TemplateContentsInvalid."""
    try:
        return read_text(text)
    except NotASavedConfiguration as error:
        raise errors.TemplateContentsInvalid(reason=error) from None


def put(context: Context, template: ConfigurationTemplate) -> None:
    """Write the object of a saved configuration, in a bucket that is made if it is not there."""
    if context.objects is None:
        return
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
    bucket = _bucket(context)
    with _permission("s3:CreateBucket"):
        context.objects.make_bucket(bucket, context.region)
    with _permission("s3:PutObject"):
        context.objects.write(bucket, _key(template.application_name, template.template_name), write_text(saved))


def remove(context: Context, application_name: str, template_name: str) -> None:
    """Delete the object of a saved configuration, if there is one."""
    if context.objects is not None:
        with _permission("s3:DeleteObject"):
            context.objects.delete(_bucket(context), _key(application_name, template_name))


def remove_all(context: Context, application_name: str) -> None:
    """Delete the objects of all saved configurations of an application, also of those that nobody created."""
    if context.objects is None:
        return
    bucket = _bucket(context)
    with _permission("s3:ListBucket"):
        keys = context.objects.keys(bucket, _key(application_name, ""))
    for key in keys:
        with _permission("s3:DeleteObject"):
            context.objects.delete(bucket, key)


@contextmanager
def _permission(action: str) -> Iterator[None]:
    try:
        yield
    except Unreadable:
        raise errors.ActionNotPermitted(action=action) from None


def _bucket(context: Context) -> str:
    return naming.bucket(context.region, context.account_id)


def _key(application_name: str, template_name: str) -> str:
    return f"resources/templates/{application_name}/{template_name}"
