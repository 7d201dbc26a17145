"""Figures of a project: explained by its records, over time, and what moved them."""

import csv
import io
from datetime import date
from decimal import Decimal

import pytest

from programmes.health import SEVERITY, Rag
from programmes.rollup.ledger import Aggregate, aggregated
from programmes.rollup.metrics import OF_PROJECTS
from programmes.queries import project_explanation
from projects.models import BudgetLine, CostActual, Milestone, Project, ProjectForecast
from tests import factories
from tests.ledger.conftest import change, errors_of, told

LINED = [name for name, each in OF_PROJECTS.items() if each.at_project.aggregate]


def explained_at(project, user, at=None):
    """Check that the lines of every figure make it, at a moment."""
    for name in LINED:
        found = project_explanation(project, name, user, at)
        assert found.lacking == "", (project.code, name)
        counted = [line for line in found.lines if line.included]
        if found.reading.value is None:
            assert counted == [], (project.code, name)
            assert found.reading.reason, (project.code, name)
            continue
        made = aggregated(found.metric.aggregate, found.lines).value
        assert made == found.reading.value, (project.code, name)


def test_lines_make_every_figure_of_every_project(demo, pmo):
    for project in Project.objects.all():
        explained_at(project, pmo)
