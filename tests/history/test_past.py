"""Rows as they were at a moment, read by the very code that reads them now."""

import json
from datetime import timedelta

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import InternalError, connection, transaction
from django.utils import timezone

from benefits.models import Benefit
from pmhub.database import past
from pmhub.database.history import events_of
from pmhub.database.statements import ID, Rows
from pmhub.demo.removal import erase
from pmhub.models import Person, RoleAssignment
from programmes.models import Portfolio, Programme, StrategicObjective
from projects.models import Milestone, Project, Risk
from projects.queries import with_status_date
from tests import factories

# What events leave out, and say of themselves.
STAMPS = {"created_at", "created_by", "updated_at", "updated_by"}


def contents():
    """All rows of all tables that have a past, lists of records included."""
    found = {}
    for model in apps.get_models():
        tracked = hasattr(model, "pgh_event_model")
        if model is RoleAssignment or not (tracked or hasattr(model, "valid_to")):
            continue
        names = [f.attname for f in model._meta.concrete_fields if f.name not in STAMPS]
        found[model.__name__] = set(map(repr, model.objects.values_list(*names)))
        for field in model._meta.local_many_to_many:
            ends = field.m2m_column_name(), field.m2m_reverse_name()
            rows = field.remote_field.through.objects.values_list(*ends)
            found[f"{model.__name__}.{field.name}"] = set(rows)
    return found


def churn(demo, drain):
    """Rows made, changed, moved and deleted, one by one and in bulk, and lists edited."""
    cam, nze = demo.programme("CAM"), demo.programme("NZE")
    Risk.objects.filter(project__programme=cam).update(title="Another")
    erase(Risk.objects.filter(programme=cam))
    Project.objects.filter(code="CAM-03").update(programme=nze, tranche=None)
    factories.project(programme=cam).delete()
    factories.project(programme=cam)
    cam.objectives.clear()
    cam.bcms.add(factories.person())
    Benefit.objects.first().objectives.set(StrategicObjective.objects.all()[:1])
    Portfolio.objects.update(name="Another")
    drain()


def test_every_table_is_as_it_was(demo, drain):
    before, moment = contents(), timezone.now()
    churn(demo, drain)
    after, later = contents(), timezone.now()
    moved = {name for name in before if before[name] != after[name]}
    assert {"Risk", "Project", "Programme.objectives", "Programme.bcms", "LedgerLine"} <= moved
    churned = Milestone.objects.all()
    churned.update(title="Yet another")
    erase(churned)
    drain()
    with past.as_at(moment):
        assert contents() == before
    with past.as_at(later):
        assert contents() == after


def test_what_is_gone_is_there_in_its_time(demo, drain):
    project = demo.project("CAM-05")
    moment, risks = timezone.now(), set(project.risks.values_list("code", flat=True))
    erase(Project.objects.filter(pk=project.pk))
    drain()
    assert not Project.objects.filter(code="CAM-05").exists()
    with past.as_at(moment):
        there = Project.objects.get(code="CAM-05")
        assert there.programme.code == "CAM"
        assert set(there.risks.values_list("code", flat=True)) == risks


def test_it_ends_with_its_block(demo):
    moment = timezone.now()
    Person.objects.update(name="Another")
    with past.as_at(moment):
        assert not Person.objects.filter(name="Another").exists()
        with past.as_at(None):
            assert not Person.objects.exclude(name="Another").exists()
        assert not Person.objects.filter(name="Another").exists()
        assert past.now() == moment
    assert not Person.objects.exclude(name="Another").exists()
    assert past.now() > moment
    with pytest.raises(ValueError, match="left"), past.as_at(moment):
        raise ValueError("left")
    assert not Person.objects.exclude(name="Another").exists()


@pytest.mark.parametrize("moment", [timezone.now(), None])
def test_nothing_can_be_written_there(demo, moment):
    refused = pytest.raises(InternalError, match="read-only")
    with past.as_at(timezone.now()), past.as_at(moment), refused, transaction.atomic():
        Person.objects.update(name="Another")
    Person.objects.update(name="Another")


def rows_looked_at(plan):
    """How many rows the nodes of a plan returned, or looked at in vain."""
    passed = sum(value for name, value in plan.items() if name.startswith("Rows Removed"))
    own = plan["Actual Loops"] * (plan["Actual Rows"] + passed)
    return own + sum(map(rows_looked_at, plan.get("Plans", ())))


def test_a_record_of_many_events_costs_each_of_them_once(nothing):
    project, times = factories.project(), 600
    few, many = [factories.risk(project) for _ in range(200)], factories.risk(project)
    for number in range(3):
        Risk.objects.filter(pk__in=[each.pk for each in few]).update(title=f"F{number}")
    for number in range(times):
        Risk.objects.filter(pk=many.pk).update(title=f"M{number}")
    with connection.cursor() as cursor:
        cursor.execute(f'ANALYZE "{events_of(Risk)._meta.db_table}"')
    with past.as_at(timezone.now()):
        plan = Risk.objects.filter(pk=many.pk).explain(analyze=True, format="json")
    # All events may be read at once, twice.
    assert rows_looked_at(json.loads(plan)[0]["Plan"]) < 10 * times, plan
    plan = plan_then(Rows(lambda: Risk.objects.filter(pk=ID)), {"id": many.pk})
    assert rows_looked_at(plan) < 4 * times, plan  # a plan for any record, most of which have few


def plan_then(statement, given):
    """How a prepared statement is executed that reads the past."""
    with past.as_at(timezone.now()), connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {statement._name_in(connection)}", given)
        return cursor.fetchone()[0][0]["Plan"]


def test_today_was_another_day_then(nothing):
    project = factories.project(programme=factories.programme())
    portfolio = project.owner_portfolio
    Portfolio.objects.update(status_date_policy="today", time_zone="Pacific/Auckland")
    for model in (Portfolio, Programme, Project):
        events_of(model).objects.update(pgh_created_at=timezone.now() - timedelta(9))
    then = timezone.now() - timedelta(5)
    days = []
    for moment in (None, then):
        with past.as_at(moment):
            days.append(Portfolio.objects.get(pk=portfolio.pk).as_of)
            assert with_status_date(Project.objects).get(pk=project.pk).as_of == days[-1]
    assert days[0] - days[1] == timedelta(5)


def test_rights_are_those_of_now(nothing):
    reader, late = factories.user(), factories.user()
    programme, other = factories.programme(), factories.programme()
    project = factories.project(programme=programme)
    given = factories.role(reader, "viewer", programme=programme)
    moment = timezone.now()
    given.delete()
    factories.role(late, "viewer", programme=programme)
    factories.role(late, "viewer", programme=other)
    Project.objects.update(programme=other)
    assert list(Project.objects.visible_to(late)) == [project]
    with past.as_at(moment):
        assert list(Project.objects.visible_to(reader)) == []
        assert list(Project.objects.visible_to(late)) == [project]
        assert Project.objects.visible_to(late).get().programme == programme


@pytest.mark.django_db(transaction=True)
def test_a_migration_makes_the_views_anew(nothing):
    def views():
        with connection.cursor() as cursor:
            cursor.execute("SELECT viewname FROM pg_views WHERE schemaname = 'past'")
            return {name for (name,) in cursor.fetchall()}

    before = views()
    assert {"projects_risk", "programmes_programme_bcms", "programmes_ledgerline"} <= before
    assert not {"pmhub_user", "pmhub_roleassignment", "programmes_rolluprequest"} & before
    past.forget()
    assert views() == set()
    call_command("migrate", verbosity=0)
    assert views() == before
