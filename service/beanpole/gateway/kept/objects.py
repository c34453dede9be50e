"""The objects of a bucket of moto's, which note the keys that a call has looked up or changed.

It is read when moto's S3 is.
"""

from importlib import import_module
from typing import Any

_models: Any = import_module("moto.s3.models")
_Base: Any = import_module("moto.s3.utils")._VersionedKeyStore


class KeptStore(_Base):  # type: ignore[misc]  # moto has no types here
    """Versions of objects by key. `noted` are the keys of a call; what it has looked up it may have changed."""

    def __init__(self) -> None:
        super().__init__()
        self.noted: set[str] = set()

    def __sgetitem__(self, key: str) -> Any:
        self.noted.add(key)
        return super().__sgetitem__(key)

    def __setitem__(self, key: str, value: Any) -> None:
        self.noted.add(key)
        super().__setitem__(key, value)

    def __delitem__(self, key: str) -> None:
        self.noted.add(key)
        super().__delitem__(key)

    def setlist(self, key: str, list_: Any) -> None:
        self.noted.add(key)
        super().setlist(key, list_)

    def pop(self, key: str) -> None:
        self.noted.add(key)
        super().pop(key)

    def fill(self, key: str, versions: list[Any]) -> None:
        """Have the versions of an object that were kept."""
        dict.__setitem__(self, key, versions)


def install() -> None:
    """Have every new bucket note its keys."""
    _models._VersionedKeyStore = KeptStore
