"""The source of a new version: its location, its checks, and its contents."""

from collections.abc import Iterable, Iterator
from hashlib import sha256
from tempfile import SpooledTemporaryFile
from typing import Any, NamedTuple
from urllib.parse import unquote, urlsplit

from msgspec.structs import replace

from beanpole.files.bundle import archive, checksums
from beanpole.files.bundle.remote import open_object
from beanpole.files.object_store import ObjectReader, Stat, Unreadable
from beanpole.model import errors
from beanpole.model.applications.application import (
    ApplicationVersion,
    ImageBuildConfiguration,
    ImageSource,
    SourceBuildInformation,
    SourceBundle,
    Status,
)
from beanpole.model.bundles.bundle import Bundle
from beanpole.model.changes.objects import Copy, MakeBucket, ObjectChange
from beanpole.model.names import naming
from beanpole.operations.context import Context
from beanpole.wire.schemas import Request

# The type of source in each repository.
TYPES = {"CodeCommit": "Git", "S3": "Zip"}
IN_MEMORY = 1 << 20  # bytes of a bundle that are kept in memory while it is looked at
IN_OTHER_REGION = "The bucket is in this region: {region}. Please use this region to retry the request"  # seen
MINUTES = range(5, 481)  # the timeout of a build


class Source(NamedTuple):
    """A version with its source, the contents of its bundle, and the changes that copy its object."""

    version: ApplicationVersion
    bundles: tuple[Bundle, ...]
    objects: tuple[ObjectChange, ...]


def read_source(context: Context, request: Request, version: ApplicationVersion) -> Source:
    """Read the source of a version; raises the first error in it. A build is due at once, and so is processing."""
    bundle, information = _bundle(request), request.source_build_information
    _check_source(request, bundle)
    _check_image(request, bundle)
    location = bundle or (_location(information) if information else None)
    reading, objects = _look_into(context, location) if location else (None, ())
    status = _status(request)
    with_source = replace(
        version,
        source_bundle=bundle,
        source_build_information=_copy(SourceBuildInformation, information),
        status=status,
        due=None if status == "UNPROCESSED" else version.date_created,
    )
    if reading is not None:
        with_source = replace(
            with_source,
            extensions=reading.extensions,
            manifest=reading.manifest,
            contents=reading.contents,
            digest=reading.bundle.digest,
        )
    version = _with_image(context, request, _with_build(context, request, with_source))
    return Source(version, (reading.bundle,) if reading else (), objects)


def _bundle(request: Request) -> SourceBundle | None:
    """The source bundle in the members or the URL of a request; None without one."""
    bundle, url = request.source_bundle, request.source_bundle_url
    if bundle is not None and not (bundle.s3_bucket or bundle.s3_key):
        bundle = None
    if bundle is not None and url:
        raise errors.SourceBundleGivenTwice
    if url:
        return _from_url(url)
    if bundle is None:
        return None
    if not (bundle.s3_bucket and bundle.s3_key):
        raise errors.SourceBundleIncomplete
    return SourceBundle(bundle.s3_bucket, bundle.s3_key)


def _from_url(url: str) -> SourceBundle:
    """The bundle of `s3://bucket/key`, `https://bucket.s3.region.amazonaws.com/key` or `https://s3…/bucket/key`."""
    try:
        parts = urlsplit(url)
        host, path = parts.hostname or "", unquote(parts.path.removeprefix("/"))
    except ValueError:
        raise errors.SourceBundleUrlMalformed(url=url) from None
    virtual, dot, _ = host.rpartition(".s3")
    if parts.scheme == "s3":
        bucket, key = host, path
    elif parts.scheme in ("http", "https") and dot:
        bucket, key = virtual, path
    elif parts.scheme in ("http", "https"):
        bucket, _, key = path.partition("/")
    else:
        bucket = key = ""
    if not (bucket and key):
        raise errors.SourceBundleUrlMalformed(url=url)
    return SourceBundle(bucket, key)


def _check_source(request: Request, bundle: SourceBundle | None) -> None:
    information, build = request.source_build_information, request.build_configuration
    if bundle and information:
        raise errors.BundleAndBuildInformation
    if information and TYPES[information.source_repository] != information.source_type:
        raise errors.SourceTypeMismatch(type=information.source_type, repository=information.source_repository)
    if build and not information:
        raise errors.BuildNeedsSource
    _check_minutes(build)


def _check_image(request: Request, bundle: SourceBundle | None) -> None:
    image = request.image_configuration
    if image is None:
        return
    if request.build_configuration:
        raise errors.ImageAndBuildConfiguration
    if (image.source is None) == (image.build is None):
        raise errors.NotOneImageSource
    if image.source is not None:
        if bundle or request.source_build_information:
            raise errors.ImageAndBundle
        if not image.source.uri:
            raise errors.NotOneImageSource
        return
    _check_image_build(image.build, bundle)


def _check_image_build(build: Request, bundle: SourceBundle | None) -> None:
    """Raise the first error in the build of an image; only a buildpack build names a builder."""
    if build.type is None:
        raise errors.ImageBuildIncomplete(member="Type")
    if build.type == "buildpack" and not build.buildpack:
        raise errors.NoBuildpack
    if not build.code_build_service_role:
        raise errors.ImageBuildIncomplete(member="CodeBuildServiceRole")
    if bundle is None:
        raise errors.ImageBuildIncomplete(member="SourceBundle")
    _check_minutes(build)


def _check_minutes(build: Request | None) -> None:
    if build and build.timeout_in_minutes is not None and build.timeout_in_minutes not in MINUTES:
        raise errors.BuildTimeoutOutOfRange


def _location(information: Request) -> SourceBundle | None:
    """The bucket and key of the file to build from, if it is in S3."""
    bucket, _, key = information.source_location.partition("/")
    return SourceBundle(bucket, key) if information.source_repository == "S3" else None


def _look_into(context: Context, bundle: SourceBundle) -> tuple[archive.SourceBundle | None, tuple[ObjectChange, ...]]:
    """The contents of the bundle, and the changes that copy it; nothing without an object store.

    Raises SourceBundleUnreadable with the store's reason, or SourceBundleTooLarge.
    """
    objects, bucket, key = context.objects, bundle.s3_bucket or "", bundle.s3_key or ""
    most = context.catalog.quotas.source_bundle_bytes
    if objects is None:
        return None, ()
    try:
        size, tag = objects.stat(bucket, key)
        if (region := objects.region(bucket)) not in (None, context.region):
            raise Unreadable(IN_OTHER_REGION.format(region=region))
        if size > most:
            raise errors.SourceBundleTooLarge(most=most)
        with SpooledTemporaryFile(IN_MEMORY) as spool:
            whole = spool if size <= checksums.MOST_BYTES else None
            digest = _digest(objects.pieces(bucket, key), whole)
            source = archive.read(key, open_object(objects, bucket, key, size), digest, whole)
        return source, tuple(_copies(context, objects, bundle, Stat(size, tag), source.bundle.digest))
    except Unreadable as error:
        raise errors.SourceBundleUnreadable(bucket=bucket, key=key, reason=error) from None


def _digest(pieces: Iterable[bytes], whole: SpooledTemporaryFile[bytes] | None) -> str:
    """The digest of all pieces, which are written to `whole`."""
    digest = sha256()
    for piece in pieces:
        digest.update(piece)
        if whole is not None:
            whole.write(piece)
    return digest.hexdigest()


def _copies(
    context: Context, objects: ObjectReader, bundle: SourceBundle, stat: Stat, digest: str
) -> Iterator[ObjectChange]:
    """The changes that make the copy that the service keeps; none if it exists."""
    bucket, key = naming.bundle_copy(context.region, context.account_id, digest)
    try:
        if objects.size(bucket, key) == stat.size:
            return
    except Unreadable:
        yield MakeBucket(bucket, context.region)
    yield Copy(bucket, key, bundle.s3_bucket or "", bundle.s3_key or "", stat.tag)


def _status(request: Request) -> Status:
    """The status of a new version. An image is built at once for a version to be processed, else at a deployment."""
    image = request.image_configuration
    if request.build_configuration or (image and image.build and request.process):
        return "BUILDING"
    return "PROCESSING" if request.process else "UNPROCESSED"


def _with_build(context: Context, request: Request, version: ApplicationVersion) -> ApplicationVersion:
    """The version with the ARN of its CodeBuild build, and the source bundle that the build will write."""
    build = request.build_configuration
    if build is None:
        return version
    name, label = version.application_name, version.version_label
    artifact = f"{label}-{build.artifact_name}" if build.artifact_name else label
    key = f"resources/{name}/codebuild/codebuild-{artifact}.zip"
    return replace(
        version,
        build_arn=naming.build_arn(context.region, context.account_id, name, label, context.ids.request_id()),
        built_bundle=SourceBundle(naming.bucket(context.region, context.account_id), key),
    )


def _with_image(context: Context, request: Request, version: ApplicationVersion) -> ApplicationVersion:
    """The version with its container image: an existing one, or one to build and push to the account's registry."""
    image = request.image_configuration
    if image is None:
        return version
    if image.source is not None:
        return replace(version, image_source=ImageSource(image.source.uri))
    pushed = naming.image(context.region, context.account_id, version.application_name, version.version_label)
    return replace(
        version,
        image_build_configuration=_copy(ImageBuildConfiguration, image.build),
        built_image=ImageSource(pushed) if version.status == "BUILDING" else None,
    )


def _copy(kind: type[Any], structure: Request | None) -> Any:
    """A structure of the request as a value of the model; None without one."""
    return None if structure is None else kind(**{name: getattr(structure, name) for name in structure.sent_members()})
