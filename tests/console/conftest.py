"""Services, each with a caller in process."""

from collections.abc import Callable

import pytest

from beanpole.model.clock import Clock
from control.calling import Caller, service


@pytest.fixture
def manual() -> Caller:
    """A service whose accounts start on a manual clock."""
    return service(Clock(mode="manual"))


@pytest.fixture
def guarded() -> Callable[[str], Caller]:
    """A service that needs a control token."""
    return lambda token: service(Clock(mode="manual"), token)
