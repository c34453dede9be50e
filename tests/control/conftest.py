"""Services to ask."""

from collections.abc import Callable

import pytest

from beanpole.model.clock import Clock
from control.asking import Caller, service


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
    """A service that asks for a control token."""
    return lambda token: service(Clock(mode="manual"), token)
