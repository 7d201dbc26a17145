"""Stakeholders, where they stand, and what is said to them."""

from typing import Any

import pytest

from projects.models import Programme
from tests import factories
from tests.api.conftest import Api

DAY = "2026-10-01"


@pytest.fixture
def api(api_of: Any) -> Any:
    """`api(user)`: a client for that user."""
    return lambda user: Api(api_of(user))


@pytest.fixture
def cam(nothing: Any) -> Programme:
    """A programme with somebody who manages it, and somebody who reads it."""
    return factories.programme(factories.portfolio())
