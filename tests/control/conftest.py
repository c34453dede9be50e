"""Services, each with a caller."""

from collections.abc import Callable

import pytest

from beanpole.model.time.clock import Clock
from control.calling import Caller, guarded_service, service


@pytest.fixture
def manual() -> Caller:
    """A service whose accounts start on a manual clock."""
    return service(Clock(mode="manual"))


@pytest.fixture
def wall() -> Caller:
    """A service whose accounts start on a wall clock."""
    return service(Clock())


@pytest.fixture
def guarded() -> Callable[[str], Caller]:
    """A service that needs a control token."""
    return guarded_service
