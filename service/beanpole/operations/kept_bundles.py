"""The source bundles that the service keeps, each with its copy, until no version and no instance uses them."""

from collections.abc import Iterable, Iterator

from beanpole.model.applications.application import ApplicationVersion
from beanpole.model.changes.change import Change
from beanpole.model.changes.objects import Remove
from beanpole.model.environment.environment import Environment
from beanpole.model.instance import disk
from beanpole.model.names import naming
from beanpole.operations import quotas
from beanpole.operations.context import Context


def unused(context: Context, leaving: Iterable[ApplicationVersion] = (), coming: str | None = None) -> Change:
    """The change that drops unused bundles when versions are deleted, or a version with the digest `coming` is created.

    A bundle that only a terminated environment used is dropped with the next version that is created or deleted.
    """
    unchanged = quotas.listing_version(context, "version"), quotas.listing_version(context, "environment")
    leaving_ids = {version.id for version in leaving}
    staying = {version.digest for version in context.world.application_versions() if version.id not in leaving_ids}
    spare = context.world.bundle_digests() - staying - {coming}
    if spare:
        spare -= {
            digest for environment in context.world.environments() for digest in _digests_in_use(context, environment)
        }
    copies = (naming.bundle_copy(context.region, context.account_id, digest) for digest in sorted(spare))
    removals = tuple(Remove(bucket, key, may_stay=True) for bucket, key in copies)
    return Change(unchanged=unchanged, unused=tuple(sorted(spare)), objects=removals) if spare else Change()


def _digests_in_use(context: Context, environment: Environment) -> Iterator[str]:
    """The digests of bundles of a live environment: the last deployed one, and those on the disks of its instances."""
    if not environment.live:
        return
    if environment.bundle is not None:
        yield environment.bundle
    fleet = context.world.fleet(environment.id).values()
    for digest in {instance.disk for instance in fleet if instance.disk is not None}:
        encoded = context.world.files.get(environment.id, digest)
        yield from disk.decode(encoded).bundles if encoded is not None else ()
