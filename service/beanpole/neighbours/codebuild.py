"""CodeBuild's view of the builds that Elastic Beanstalk starts: one for each application version that is built.

A build goes on as long as its version is BUILDING; nothing is built, and no log is written. The service's project
for a build is a temporary one, so it is in no list.
"""

from collections.abc import Iterator
from typing import Any

from beanpole.model.applications.application import ApplicationVersion
from beanpole.neighbours.listing import Item, Listing, Pages
from beanpole.neighbours.owners import Owners
from beanpole.wire.errors import ProtocolError
from beanpole.wire.schemas import Request

FOLDER = "/aws/codebuild"  # of the log groups of projects (CodeBuild's guide, view-build-details)


def id_of(arn: str) -> str:
    """The id of a build: its project, and its number."""
    return arn.partition(":build/")[2]


def built_versions(owners: Owners) -> list[ApplicationVersion]:
    """The application versions with a build, the newest first."""
    versions = [version for version in owners.world.application_versions() if version.build_arn is not None]
    return sorted(versions, key=lambda version: -version.date_created)


def builds(owners: Owners, request: Request) -> Iterator[Item]:
    """The builds by their ids or ARNs."""
    for version in built_versions(owners):
        arn = version.build_arn or ""
        yield Item(id_of(arn), _build(owners, version, arn), {"ids": (arn, id_of(arn))})


def _build(owners: Owners, version: ApplicationVersion, arn: str) -> dict[str, Any]:
    project, _, stream = id_of(arn).partition(":")
    region, source = owners.world.keys.region, version.source_build_information
    is_over = version.status != "BUILDING"
    has_failed = version.status == "FAILED" and version.source_bundle is None
    status = "IN_PROGRESS" if not is_over else "FAILED" if has_failed else "SUCCEEDED"
    group = f"{FOLDER}/{project}"
    return {
        "id": id_of(arn),
        "arn": arn,
        "start_time": version.date_created,
        "end_time": version.date_updated if is_over else None,
        "current_phase": "COMPLETED" if is_over else "BUILD",
        "build_status": status,
        "project_name": project,
        "source": None if source is None else _source(source.source_repository, source.source_location),
        "logs": {
            "group_name": group,
            "stream_name": stream,
            "deep_link": f"https://console.aws.amazon.com/cloudwatch/home?region={region}"
            f"#logEvent:group={group};stream={stream}",
        },
        "timeout_in_minutes": 60,
        "build_complete": is_over,
        "initiator": "elasticbeanstalk.amazonaws.com",
    }


def _source(repository: str, location: str) -> dict[str, str]:
    return {"type": "S3" if repository == "S3" else "CODECOMMIT", "location": location}


def ids(owners: Owners, request: Request) -> Iterator[Item]:
    """The ids of the builds, the newest first unless the request wants another order."""
    versions = built_versions(owners)
    for number, version in enumerate(versions if request.sort_order != "ASCENDING" else versions[::-1]):
        id_ = id_of(version.build_arn or "")
        yield Item(f"{number:06d}", id_)


def ids_of_project(owners: Owners, request: Request) -> Iterator[Item]:
    """The ids of the builds of a project, which has one."""
    for version in built_versions(owners):
        id_ = id_of(version.build_arn or "")
        yield Item(id_, id_, {"project_name": (id_.partition(":")[0],)})


def _no_project(name: str) -> ProtocolError:
    return ProtocolError("ResourceNotFoundException", f"The provided project {name} does not exist")


LISTINGS = {
    "BatchGetBuilds": Listing(builds, "builds", "id", {"ids": None}, None, None, besides=("builds_not_found",)),
    "ListBuilds": Listing(ids, "ids", "", {}, Pages(size=None, usual=100), None),
    "ListBuildsForProject": Listing(
        ids_of_project, "ids", "", {"project_name": _no_project}, Pages(size=None, usual=100), None
    ),
}
