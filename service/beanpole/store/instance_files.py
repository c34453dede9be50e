"""The files of instances in a world: disks, reports of deployments, and results of commands that were run."""

from typing import TYPE_CHECKING

from beanpole.model.environment.environment import Environment
from beanpole.model.environment.instance import Instance
from beanpole.store import codec
from beanpole.store.backend import Backend
from beanpole.store.keys import WorldKeys

if TYPE_CHECKING:
    from beanpole.model.instance.disk import Disk


class InstanceFiles:
    """The files of a world by environment and digest; a result of a run has a name instead of a digest."""

    def __init__(self, backend: Backend, keys: WorldKeys) -> None:
        self._backend = backend
        self._keys = keys

    def digests(self, environment_id: str) -> set[str]:
        """The digests of all files of an environment's instances."""
        return {digest.decode() for digest in self._backend.redis.hkeys(self._keys.files(environment_id))}

    def get(self, environment_id: str, digest: str) -> bytes | None:
        """An encoded file; None if no instance has it any more."""
        content: bytes | None = self._backend.redis.hget(self._keys.files(environment_id), digest)
        return content

    def disk(self, environment_id: str, instance: Instance) -> "Disk | None":
        """The disk of an instance; None if no bundle was deployed on it, or if it has another disk by now."""
        blob = None if instance.disk is None else self.get(environment_id, instance.disk)
        if blob is None:
            return None
        from beanpole.model.instance.disk import decode  # with the first disk that is read

        return decode(blob)

    def keep_run(self, environment_id: str, name: str, result: bytes) -> None:
        """Store the result of commands that were run, as long as the environment exists."""
        keys = [self._keys.entities(codec.KINDS[Environment]), self._keys.files(environment_id)]
        self._backend.scripts.keep_run(keys=keys, args=[environment_id, name, result])
