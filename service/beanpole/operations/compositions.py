"""ComposeEnvironments: the environments of a group, from the manifests in their source bundles."""

from msgspec import Struct
from msgspec.structs import replace

from beanpole.model import errors
from beanpole.model.applications.manifest import Manifest
from beanpole.model.calls import tags
from beanpole.model.changes.change import Entity
from beanpole.model.environment.environment import Environment
from beanpole.model.environment.transitions import request_update
from beanpole.model.events import messages
from beanpole.model.events.event import Event
from beanpole.operations import creation, find, service_roles
from beanpole.operations.context import Context
from beanpole.operations.desired import desired as desired_of
from beanpole.operations.desired import targets
from beanpole.operations.registry import Answer, operation
from beanpole.operations.views.environment import describe
from beanpole.wire.schemas import Request


class Part(Struct, frozen=True):
    """An environment of the group, new or about to be updated, and the first event of its operation."""

    environment: Environment
    event: Event
    is_new: bool
    has_cname: bool = True

    @property
    def answered_environment(self) -> Environment:
        """The environment in the answer: a generated CNAME does not appear yet."""
        return self.environment if self.has_cname else replace(self.environment, cname=None)


@operation("ComposeEnvironments")
def compose_environments(context: Context, request: Request) -> Answer:
    """Create the missing environments of a group and update the others; the targets of links come first."""
    _check_given(request)
    application = find.application(context, request.application_name)
    labels = dict.fromkeys(request.version_labels)
    manifests = [(label, targets.manifest_of(context, application.id, label, request.group_name)) for label in labels]
    _check_names_differ([manifest for _, manifest in manifests])
    parts = [_part(context, request, label, manifest) for label, manifest in manifests]
    new = [part.environment for part in parts if part.is_new]
    room = creation.room(context, len(new))
    bound = creation.bind(context, [part.environment for part in parts])
    change = creation.with_claims(bound, new, room)
    for part in parts:
        change = service_roles.with_fault(context, change, part.environment, part.environment.option_settings)
    reads: tuple[Entity, ...] = (application, *find.versions_to_deploy(context, [part.environment for part in parts]))
    context.commit(replace(change, reads=reads, events=tuple(part.event for part in parts)))
    return {"environments": [describe(part.answered_environment) for part in parts]}


def _check_given(request: Request) -> None:
    if not request.application_name:
        raise errors.ParameterMissing(parameter="ApplicationName")
    if not request.version_labels:
        raise errors.ParameterMissing(parameter="VersionLabels")


def _check_names_differ(manifests: list[Manifest]) -> None:
    """Two manifests cannot name the same environment [inferred], nor the same CNAME."""
    names: set[str | None] = set()
    cnames: set[str] = set()
    for manifest in manifests:
        if manifest.environment_name in names:
            raise errors.EnvironmentExists(environment=manifest.environment_name)
        if manifest.cname and manifest.cname.lower() in cnames:
            raise errors.CnameTaken(cname=manifest.cname)
        names.add(manifest.environment_name)
        cnames |= {manifest.cname.lower()} if manifest.cname else set()


def _part(context: Context, request: Request, label: str, manifest: Manifest) -> Part:
    there, target = targets.of_manifest(context, request, label, manifest)
    if there is None:
        launching = creation.launching(context, target, desired_of.of_new(context, target))
        added = tags.new(None, context.catalog.quotas.tags_per_environment, below=target.base.tags)
        environment = replace(launching, tags=added | launching.tags)
        creation.check_names_are_free(context, environment)
        starting = creation.starting(environment, context)
        return Part(environment, starting, is_new=True, has_cname=target.cname_prefix is not None)
    update = desired_of.of_existing(context, there, target).update
    environment = request_update(there, update, context.request_id, context.now)
    starting = environment.tell(messages.UPDATE_STARTING(), context.now, context.request_id)
    return Part(environment, starting, is_new=False)
