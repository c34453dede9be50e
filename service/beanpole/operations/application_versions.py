"""Operations on application versions."""

from collections.abc import Sequence

from msgspec.structs import replace

from beanpole.model import errors
from beanpole.model.applications import retention
from beanpole.model.applications.application import VERSION_SORT_KEYS, Application, ApplicationVersion, version_sort_key
from beanpole.model.calls import paging, tags
from beanpole.model.changes.change import Change
from beanpole.model.changes.objects import Remove
from beanpole.model.events import messages
from beanpole.model.events.event import Event, application_event
from beanpole.model.events.messages import Message
from beanpole.model.names import naming
from beanpole.operations import applications, find, kept_bundles, quotas, version_sources
from beanpole.operations.context import Context
from beanpole.operations.registry import Answer, operation
from beanpole.wire.schemas import Request

_WEEK = 7 * retention.DAY


@operation("CreateApplicationVersion")
def create_application_version(context: Context, request: Request) -> Answer:
    """Create a version; then the application's lifecycle rule deletes the versions beyond its limit."""
    application, creation = _application(context, request)
    if context.world.application_version(application.application_name, request.version_label) is not None:
        raise errors.ApplicationVersionExists(version=request.version_label)
    unchanged = _room(context)
    version, bundles_read, copies = version_sources.read_source(context, request, _new_version(context, request))
    outdated, in_use = _outdated(context, application)
    bundles, spare = _bundles(application, outdated), kept_bundles.unused(context, outdated, version.digest)
    reasons = context.commit_now(
        Change(
            puts=(*creation.puts, version),
            deletes=outdated,
            reads=() if creation.puts else (application,),
            unchanged=(*creation.unchanged, *unchanged, *in_use, *spare.unchanged),
            events=(
                *creation.events,
                *_creation_events(version, context),
                *(_deletion_event(version, context) for version in outdated),
            ),
            bundles=bundles_read,
            unused=spare.unused,
            objects=(*copies, *bundles.values(), *spare.objects),
        )
    )
    _warn_of_bundles(context, [(old, reasons[bundles[old.id]]) for old in outdated if bundles.get(old.id) in reasons])
    return {"application_version": version}


@operation("DescribeApplicationVersions", reads=True)
def describe_application_versions(context: Context, request: Request) -> Answer:
    """The versions of an application, of these labels, newest first; an unknown name or label gives none."""
    name, labels = request.application_name, frozenset(request.version_labels or ())
    matches = [
        version
        for version in context.world.application_versions()
        if (name is None or version.application_name == name) and (not labels or version.version_label in labels)
    ]
    versions, token = paging.page(matches, version_sort_key, VERSION_SORT_KEYS, request.max_records, request.next_token)
    return {"application_versions": versions, "next_token": token}


@operation("UpdateApplicationVersion")
def update_application_version(context: Context, request: Request) -> Answer:
    """Change the description; an empty one removes it."""
    find.application(context, request.application_name)
    version = find.version(context, request.application_name, request.version_label)
    text = request.description if "description" in request else version.description
    updated = replace(version, description=text or None, date_updated=max(context.now, version.date_updated))
    context.commit(Change(puts=(updated,), events=_operation_events(updated, "updateApplicationVersion", context)))
    return {"application_version": updated}


@operation("DeleteApplicationVersion")
def delete_application_version(context: Context, request: Request) -> None:
    """Delete a version, unless it is being deployed, and on request its source bundle.

    Environments that run the version keep running it.
    """
    find.application(context, request.application_name)
    version = find.version(context, request.application_name, request.version_label)
    unchanged = (quotas.listing_version(context, "environment"),)
    if version.is_busy or any(
        retention.is_deploying(environment, version) for environment in context.world.environments()
    ):
        raise errors.VersionBusy(version=version.version_label)
    deleted = messages.DELETED_APPLICATION_VERSION(version=version.version_label)
    events = _operation_events(version, "deleteApplicationVersion", context, deleted)
    bundle, spare = _bundle(version) if request.delete_source_bundle else (), kept_bundles.unused(context, (version,))
    change = Change(deletes=(version,), unchanged=(*unchanged, *spare.unchanged), events=events, unused=spare.unused)
    if any(removal in bundle for removal in context.commit_now(replace(change, objects=(*bundle, *spare.objects)))):
        raise errors.SourceBundleNotDeleted


def _application(context: Context, request: Request) -> tuple[Application, Change]:
    """The application, created if that is requested, and the change that creates it."""
    name = request.application_name
    if context.world.application(name) is None and request.auto_create_application:
        application = applications.new(context, name)
        events = applications.creation_events(application, context)
        return application, Change(puts=(application,), unchanged=applications.room(context), events=events)
    return find.application(context, name), Change()


def _room(context: Context) -> tuple[tuple[str, str], ...]:
    before = quotas.listing_version(context, "version")
    count, most = len(context.world.application_versions()), context.catalog.quotas.application_versions
    return quotas.room(before, count, 1, most, errors.TooManyApplicationVersions)


def _new_version(context: Context, request: Request) -> ApplicationVersion:
    """A version that is newer than every other of its application, even if the clock is paused."""
    name, label = request.application_name, request.version_label
    before = next(
        (version for version in context.world.application_versions() if version.application_name == name), None
    )
    now = context.now if before is None else max(context.now, before.date_created + 1)
    return ApplicationVersion(
        application_name=name,
        version_label=label,
        application_version_arn=naming.arn(context.region, context.account_id, "applicationversion", name, label),
        date_created=now,
        date_updated=now,
        description=request.description or None,
        process=request.process,
        request_id=context.request_id,
        tags=tags.new(request.tags, context.catalog.quotas.tags_per_resource, own_name=True),
    )


def _outdated(
    context: Context, application: Application
) -> tuple[tuple[ApplicationVersion, ...], tuple[tuple[str, str], ...]]:
    """The versions to delete, and the listings that must be unchanged at the commit, so that none is being deployed."""
    if application.resource_lifecycle_config.rule is None:
        return (), ()
    most, weeks = (
        context.catalog.quotas.versions_deleted_per_run,
        context.catalog.quotas.version_kept_after_termination_weeks,
    )
    unchanged = quotas.listing_version(context, "environment")
    spared = retention.in_use(application, context.world.environments(), context.now - weeks * _WEEK)
    name = application.application_name
    versions = [version for version in context.world.application_versions() if version.application_name == name]
    outdated = retention.outdated(application, versions, spared, context.now, most)
    return outdated, (unchanged,) if outdated else ()


def _bundles(application: Application, outdated: Sequence[ApplicationVersion]) -> dict[str, Remove]:
    """The source bundles to delete with outdated versions, by the id of the version."""
    rule = application.resource_lifecycle_config.rule
    if rule is None or not rule.delete_source_from_s3:
        return {}
    return {version.id: bundle for version in outdated for bundle in _bundle(version)}


def _bundle(version: ApplicationVersion) -> tuple[Remove, ...]:
    """The removal of a version's source bundle. The version is deleted even if the object store keeps the bundle."""
    bundle = version.source_bundle
    return (Remove(bundle.s3_bucket or "", bundle.s3_key or "", may_stay=True),) if bundle else ()


def _warn_of_bundles(context: Context, reasons: Sequence[tuple[ApplicationVersion, str]]) -> None:
    """Write a warning for each version whose source bundle stays, with the object store's reason."""
    warnings = [
        (version, messages.SOURCE_BUNDLE_NOT_DELETED(version=version.version_label, reason=reason))
        for version, reason in reasons
    ]
    if warnings:
        context.commit(Change(events=tuple(_event(message, version, context) for version, message in warnings)))


def _creation_events(version: ApplicationVersion, context: Context) -> tuple[Event, ...]:
    message = messages.CREATED_APPLICATION_VERSION(version=version.version_label)
    return _operation_events(version, "createApplicationVersion", context, message)


def _deletion_event(version: ApplicationVersion, context: Context) -> Event:
    return _event(messages.DELETED_APPLICATION_VERSION(version=version.version_label), version, context)


def _operation_events(version: ApplicationVersion, name: str, context: Context, *between: Message) -> tuple[Event, ...]:
    sentences = (messages.OPERATION_STARTING(operation=name), *between, messages.OPERATION_COMPLETED(operation=name))
    return tuple(_event(message, version, context) for message in sentences)


def _event(message: Message, version: ApplicationVersion, context: Context) -> Event:
    return application_event(
        message,
        context.now,
        context.request_id,
        application_name=version.application_name,
        version_label=version.version_label,
    )
