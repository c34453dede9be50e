"""Reads the lines of a Procfile or a Buildfile: `name: command` (platforms-linux-extend)."""

import re
from collections.abc import Iterator
from itertools import islice

from beanpole.files.bundle.entries import Letters
from beanpole.model.bundles.bundle import Process
from beanpole.tables import limits

MOST = limits.most("bundle_names")

_LINE = re.compile(rb"^([A-Za-z0-9_-]+):[ \t]*([^\s].*)$", re.MULTILINE)


def read(content: bytes, letters: Letters) -> Iterator[Process]:
    """The processes in their order, up to the bound; lines of another form are ignored. Raises Malformed."""
    for line in islice(_LINE.finditer(content), MOST):
        name, command = (part.decode(errors="replace").strip() for part in line.groups())
        yield Process(name, letters.spend(command))
