"""What the tests of the ledger's reads share: a client of REST, and moments between writes."""

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

import pytest
from django.utils import timezone

from pmhub.models import User
from projects.models import Project
from tests import factories
from tests.api.conftest import api, errors_of

__all__ = ["api", "change", "errors_of", "told"]


def written(moment: datetime) -> str:
    """Return a moment in the format of RFC 3339."""
    return moment.isoformat()


@pytest.fixture
def now() -> Callable[[], str]:
    """`now()`: the present moment, in the format of RFC 3339."""
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


@pytest.fixture
def bridge(read: Any, cam: str, viewer: User) -> Callable[..., Any]:
    """`bridge(metric, since)`: the bridge of a figure of CAM, as its viewer reads it."""

    def get(metric: str, since: str, user: User = viewer, **to: str) -> Any:
        found = read(user, f"{cam}bridge/", metric=metric, from_=since, **to).json()
        total = sum(Decimal(str(part["amount"])) for part in found["parts"])
        assert total == Decimal(str(found["difference"] or 0))
        return found

    return get


def told(found: Any) -> list[tuple[str | None, Any, str]]:
    """Return source, amount and cause of each part of a bridge."""
    return [
        (part["source"] and part["source"]["code"], part["amount"], part["cause"])
        for part in found["parts"]
    ]


def change(demo: Any, drain: Any, code: str = "CAM-02", **fields: Any) -> Any:
    """Change a project, and compute the figures."""
    project = demo.project(code)
    for name, value in fields.items():
        setattr(project, name, value)
    project.save()
    drain()
    return project


@pytest.fixture
def two(nothing: None) -> tuple[Project, Project, User]:
    """Two projects of a programme with their plans, half and a quarter complete, and the PMO."""
    programme = factories.programme()
    made = []
    for code, budget, percent in (("PA", 1000, 50), ("PB", 3000, 25)):
        project = factories.project(programme=programme, code=code, percent_complete=percent)
        factories.baseline(project, budget_at_completion=Decimal(budget))
        made.append(project)
    pmo = factories.user("olive")
    factories.role(pmo, "pmo", portfolio=programme.portfolio)
    return made[0], made[1], pmo
