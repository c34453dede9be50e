"""The source bundles that the service keeps: each goes with its copy once no version has it and no instance uses it."""

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
    """What a change drops in which some versions leave, and one with the digest `coming` may come.

    What a terminated environment used last goes with the next version that comes or leaves.
    """
    unchanged = quotas.counted(context, "version"), quotas.counted(context, "environment")
    gone = {version.id for version in leaving}
    staying = {version.digest for version in context.world.application_versions() if version.id not in gone}
    spare = context.world.bundle_digests() - staying - {coming}
    if spare:
        spare -= {digest for environment in context.world.environments() for digest in _used(context, environment)}
    copies = (naming.bundle_copy(context.region, context.account_id, digest) for digest in sorted(spare))
    removed = tuple(Remove(bucket, key, may_stay=True) for bucket, key in copies)
    return Change(unchanged=unchanged, unused=tuple(sorted(spare)), objects=removed) if spare else Change()


def _used(context: Context, environment: Environment) -> Iterator[str]:
    """The bundles that a live environment deployed last, and those that the disks of its instances refer to."""
    if not environment.live:
        return
    if environment.bundle is not None:
        yield environment.bundle
    fleet = context.world.fleet(environment.id).values()
    for digest in {instance.disk for instance in fleet if instance.disk is not None}:
        encoded = context.world.file(environment.id, digest)
        yield from disk.decode(encoded).bundles if encoded is not None else ()
