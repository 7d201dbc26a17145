"""Tiny portfolios whose figures can be recomputed from nothing in milliseconds."""

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
    """Two programmes of one portfolio, with a project in the first that has one cost; and another
    portfolio, whose status date lies before that cost and whose thresholds find no funding cover
    sufficient."""

    portfolio: Portfolio
    other_portfolio: Portfolio
    first: Programme
    second: Programme
    project: Project
    cost: CostActual


@pytest.fixture
def tiny(nothing: None) -> Tiny:
    """The tiny portfolios, with computed figures."""
    portfolio = factories.portfolio()
    other = factories.portfolio(status_date="2026-09-15", rag_thresholds=LENIENT)
    first, second = (factories.programme(portfolio=portfolio) for _ in range(2))
    project = factories.project(programme=first)
    factories.baseline(project)
    cost = CostActual.objects.create(project=project, posted_on="2026-10-01", amount=1)
    worker.drain()
    return Tiny(portfolio, other, first, second, project, cost)


def execute(sql: str, *parameters: Any) -> None:
    """Execute one SQL statement, as any other program may."""
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
