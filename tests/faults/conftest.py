"""A tiny estate whose figures can be recomputed from nothing in milliseconds."""

from dataclasses import dataclass
from typing import Any

import pytest
from django.db import connection

from programmes.models import Portfolio, Programme
from programmes.rollup import worker
from projects.models import CostActual, Project
from tests import factories

LENIENT = {"cover_amber": "0"}


@dataclass(frozen=True)
class Tiny:
    """Two programmes of one portfolio, a project in the first with one cost, and a portfolio
    whose figures speak of a day before that cost, and to which no cover is cover enough."""

    portfolio: Portfolio
    other_portfolio: Portfolio
    first: Programme
    second: Programme
    project: Project
    cost: CostActual


@pytest.fixture
def tiny(nothing: None) -> Tiny:
    """The tiny estate, computed."""
    portfolio = factories.portfolio()
    other = factories.portfolio(status_date="2026-09-15", rag_thresholds=LENIENT)
    first, second = (factories.programme(portfolio=portfolio) for _ in range(2))
    project = factories.project(programme=first)
    factories.baseline(project)
    cost = CostActual.objects.create(project=project, posted_on="2026-10-01", amount=1)
    worker.drain()
    return Tiny(portfolio, other, first, second, project, cost)


def execute(sql: str, *parameters: Any) -> None:
    """One statement by plain SQL, as any other program may write."""
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
