"""Operations on application versions."""

from beanpole.context import Context
from beanpole.model import errors, messages, naming, paging, tags
from beanpole.model.application import VERSION_PLACES, Application, ApplicationVersion, SourceBundle, version_place
from beanpole.model.change import Change
from beanpole.model.event import Event, told
from beanpole.operations import applications, find
from beanpole.operations.registry import operation
from beanpole.wire.schemas import Request

Answer = dict[str, object]

_UNBUILT = {
    "source_build_information": "SourceBuildInformation",
    "build_configuration": "BuildConfiguration",
    "image_configuration": "ImageConfiguration",
    "source_bundle_url": "SourceBundleUrl",
}


@operation("CreateApplicationVersion")
def create_application_version(context: Context, request: Request) -> Answer:
    """Label a source bundle, which nobody looks into before it is deployed."""
    application, told_before = _application(context, request)
    if context.store.application_version(application.application_name, request.version_label) is not None:
        raise errors.ApplicationVersionExists(version=request.version_label)
    _refuse_unbuilt(request)
    version = _new_version(context, request)
    events = (*told_before, *_created(version, context))
    made = (application,) if application.generation == 0 else ()
    found = () if made else (application,)
    context.store.commit(Change(puts=(*made, version), reads=found, events=events))
    return {"application_version": version}


@operation("DescribeApplicationVersions", reads=True)
def describe_application_versions(context: Context, request: Request) -> Answer:
    """The versions of an application, of these labels, newest first; what nothing has gives none."""
    name, labels = request.application_name, frozenset(request.version_labels or ())
    wanted = [
        it
        for it in context.store.application_versions()
        if (name is None or it.application_name == name) and (not labels or it.version_label in labels)
    ]
    versions, token = paging.page(wanted, version_place, VERSION_PLACES, request.max_records, request.next_token)
    return {"application_versions": versions, "next_token": token}


def _application(context: Context, request: Request) -> tuple[Application, tuple[Event, ...]]:
    """The application, as it is or made on the way, with what is told of its making."""
    if context.store.application(request.application_name) is None and request.auto_create_application:
        made = Application(
            application_name=request.application_name,
            application_arn=naming.arn(context.region, context.account_id, "application", request.application_name),
            date_created=context.now,
            date_updated=context.now,
        )
        return made, applications.created(made, context)
    return find.application(context, request.application_name), ()


def _refuse_unbuilt(request: Request) -> None:
    if request.process:
        raise errors.NotBuiltYet(what="Process=true of CreateApplicationVersion")
    for member, name in _UNBUILT.items():
        if member in request.given():
            raise errors.NotBuiltYet(what=f"{name} of CreateApplicationVersion")


def _new_version(context: Context, request: Request) -> ApplicationVersion:
    name, label, bundle = request.application_name, request.version_label, request.source_bundle
    return ApplicationVersion(
        application_name=name,
        version_label=label,
        application_version_arn=naming.arn(context.region, context.account_id, "applicationversion", name, label),
        date_created=context.now,
        date_updated=context.now,
        description=request.description or None,
        source_bundle=SourceBundle(bundle.s3_bucket, bundle.s3_key) if bundle else None,
        tags=tags.new(request.tags, context.catalog.quotas.tags_per_resource),
    )


def _created(version: ApplicationVersion, context: Context) -> tuple[Event, ...]:
    said = (
        messages.OPERATION_STARTING(operation="createApplicationVersion"),
        messages.CREATED_APPLICATION_VERSION(version=version.version_label),
        messages.OPERATION_COMPLETED(operation="createApplicationVersion"),
    )
    return tuple(
        told(
            it,
            context.now,
            context.request_id,
            application_name=version.application_name,
            version_label=version.version_label,
        )
        for it in said
    )
