"""The source bundles that the service keeps: each goes with its copy once no version has it and no instance uses it."""

from collections.abc import Iterable, Iterator

from beanpole.model.applications.application import ApplicationVersion, version_id
from beanpole.model.changes.change import Change
from beanpole.model.changes.objects import Remove
from beanpole.model.names import naming
from beanpole.operations import quotas
from beanpole.operations.context import Context
from beanpole.operations.desired.targets import SAMPLE


def unused(context: Context, leaving: Iterable[ApplicationVersion] = (), coming: str | None = None) -> Change:
    """What a change drops in which some versions leave, and one with the digest `coming` may come.

    While an environment or an instance runs a version that is not there any more, nobody knows which bundle it is, so
    all are kept.
    """
    unchanged = quotas.counted(context, "version"), quotas.counted(context, "environment")
    gone = {version.id for version in leaving}
    staying = [version for version in context.world.application_versions() if version.id not in gone]
    used = {version.digest for version in staying} | {coming}
    spare = sorted(context.world.bundle_digests() - used)
    if not spare or not _deployed(context) <= {version.id for version in staying}:
        return Change()
    copies = (naming.bundle_copy(context.region, context.account_id, digest) for digest in spare)
    removed = tuple(Remove(bucket, key, may_stay=True) for bucket, key in copies)
    return Change(unchanged=unchanged, unused=tuple(spare), objects=removed)


def _deployed(context: Context) -> set[str]:
    """The ids of the versions that run somewhere, or are about to."""
    return {version_id(application, label) for application, label in _labels(context)}


def _labels(context: Context) -> Iterator[tuple[str, str]]:
    for environment in context.world.environments():
        if environment.live:
            fleet = context.world.fleet(environment.id).values()
            labels = {environment.version_label, *(instance.version_label for instance in fleet)}
            labels |= {environment.activity.version_label} if environment.activity else set()
            yield from ((environment.application_name, label) for label in labels if label not in (None, "", SAMPLE))
