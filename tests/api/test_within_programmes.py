"""The records of a programme and of its projects are found by index, not among those of all."""

from typing import Any

import pytest
from django.db import connection

from pmhub.database.statements import Statement
from programmes.queries import checklist
from projects.models import Action, Assumption, GateCondition, Issue, Risk, Stakeholder
from projects.queries.programmes import in_programme
from tests import factories

pytestmark = pytest.mark.django_db
PLACED = [
    model
    for model in (Action, Assumption, GateCondition, Issue, Risk, Stakeholder)
    if {"programme", "project"} <= {field.name for field in model._meta.fields}
]


def plan_of(sql: str, given: Any) -> str:
    """Return the plan of a query that reads no table from end to end where an index serves it."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")  # of few rows all are read
        cursor.execute(f"EXPLAIN {sql}", given)
        return "\n".join(line for (line,) in cursor.fetchall())


@pytest.mark.parametrize("model", PLACED, ids=lambda model: model.__name__)
def test_an_index_finds_them(model: Any) -> None:
    sql, given = model.objects.filter(in_programme(1)).order_by().query.sql_with_params()
    assert "BitmapOr" in plan_of(sql, given)


def test_they_are_those_of_the_programme_and_of_its_projects(office: Any) -> None:
    programme = factories.programme()
    within, alone = factories.project(programme=programme), factories.project()
    own = factories.risk(programme)
    ofs = factories.risk(within)
    factories.risk(alone)
    assert {*Risk.objects.filter(in_programme(programme))} == {own, ofs}


def test_whether_a_programme_has_a_judged_risk_is_seen_from_its_own() -> None:
    asked: Statement = checklist.PROGRAMMES
    plan = plan_of(asked.sql, {**asked.constants, "id": 1})
    assert "projects_risk" in plan
    assert " OR " not in plan  # by which the risks of all programmes would be compared
