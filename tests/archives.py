"""Source bundles as bytes."""

import zipfile
from collections.abc import Mapping
from io import BytesIO
from typing import Any


def zipped(files: Mapping[str, str | bytes], **more: Any) -> bytes:
    """A zip archive of files by their names."""
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, **more) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return packed.getvalue()
