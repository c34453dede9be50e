"""The check that a sandbox works, which tests that run commands need; a loud warning says where none does."""

import warnings

import pytest

from beanpole_workers.sandbox import sandbox
from beanpole_workers.sandbox.bubblewrap import Unavailable


@pytest.fixture(scope="session")
def works():
    try:
        sandbox.check()
    except Unavailable as reason:
        warnings.warn(f"COMMANDS ARE NOT RUN HERE: {reason}", stacklevel=1)
        pytest.skip(f"no sandbox works on this machine: {reason}")
