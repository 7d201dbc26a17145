"""What the tests of the ledger's reads share: the API's client, and moments between writes."""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

import pytest
from django.utils import timezone

from pmhub.models import User
from tests.api.conftest import api, errors_of

__all__ = ["api", "errors_of"]


def written(moment: datetime) -> str:
    """A moment as RFC 3339."""
    return moment.isoformat()


@pytest.fixture
def now() -> Callable[[], str]:
    """`now()`: this moment, as one writes it."""
    return lambda: written(timezone.now())


@pytest.fixture
def read(api: Any) -> Callable[..., Any]:
    """`read(user, path, **parameters)`: the answer of a GET below /api/v1/."""

    def get(user: User, path: str, **parameters: str) -> Any:
        asked = urlencode({name.rstrip("_"): value for name, value in parameters.items()})
        return api(user).get(f"{path}?{asked}" if asked else path)

    return get


@pytest.fixture
def cam(demo: Any) -> str:
    """The address of CAM below /api/v1/."""
    return f"programmes/{demo.programme('CAM').pk}/"
