"""The bundle cache: the source bundles that this process used last, by their digests.

A digest stands for one bundle for ever, so an entry is never stale.
"""

from collections import OrderedDict
from threading import Lock

from beanpole.model.bundles.bundle import Bundle
from beanpole.tables import limits

MOST = limits.most("cached_entries")


class BundleCache:
    """Bundles by digest; the least recently used bundle is evicted first."""

    def __init__(self) -> None:
        self._bundles: OrderedDict[str, Bundle] = OrderedDict()
        self._entries = 0
        self._lock = Lock()

    def get(self, digest: str) -> Bundle | None:
        """The bundle; None if it is not cached."""
        with self._lock:
            if digest in self._bundles:
                self._bundles.move_to_end(digest)
            return self._bundles.get(digest)

    def keep(self, bundle: Bundle) -> None:
        """Cache a bundle, unless it alone is larger than the cache."""
        size = _size(bundle)
        with self._lock:
            if bundle.digest in self._bundles or size > MOST:
                return
            self._bundles[bundle.digest] = bundle
            self._entries += size
            while self._entries > MOST:
                _, oldest = self._bundles.popitem(last=False)
                self._entries -= _size(oldest)


def _size(bundle: Bundle) -> int:
    """The number of members of a bundle, plus one, so that an empty bundle has a size."""
    return len(bundle.directory.entries) + 1
