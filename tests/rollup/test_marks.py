"""Every change of a source record leaves a request, by whichever path it comes."""

from datetime import date

import pytest
from django.apps import apps
from django.db import connection, transaction

from pmhub.models import Record
from programmes.models import RollupRequest
from projects.models import Project
from tests import factories

# Records that no figure reads: people and roles, names of steps, forecasts of the past, outputs,
# what people say or try.
UNREAD = {
    "benefitlink",
    "milestoneforecast",
    "outcome",
    "output",
    "person",
    "roleassignment",
    "scenario",
    "scenariochange",
    "statusreport",
    "strategicobjective",
    "tranche",
}


def sources():
    """The models whose changes move figures."""
    return [
        model
        for model in apps.get_models()
        if issubclass(model, Record) and model._meta.model_name not in UNREAD
    ]


@pytest.mark.django_db
@pytest.mark.parametrize("model", sources(), ids=lambda model: model._meta.model_name)
def test_every_source_table_marks_every_kind_of_change(model):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_trigger WHERE tgrelid = %s::regclass"
            " AND tgname LIKE 'pgtrigger_mark_%%' AND tgenabled = 'O'",
            [model._meta.db_table],
        )
        assert cursor.fetchone() == (4,)  # insert, update, delete, truncate


def requests():
    """What has been requested, as a set."""
    return set(RollupRequest.objects.values_list("kind", "object_id"))


@pytest.fixture
def quiet(nothing):
    """Two programmes with a project each, and no request pending."""
    portfolio = factories.portfolio()
    one, two = factories.programme(portfolio=portfolio), factories.programme(portfolio=portfolio)
    project = factories.project(programme=one)
    RollupRequest.objects.all().delete()
    return one, two, project


def test_saving_a_row(quiet):
    _, _, project = quiet
    project.name = "Renamed"
    project.save()
    assert ("P", project.pk) in requests()


def test_a_queryset_update(quiet):
    _, _, project = quiet
    Project.objects.filter(pk=project.pk).update(name="Renamed")
    assert ("P", project.pk) in requests()


def test_a_bulk_insert(quiet):
    _, _, project = quiet
    model = type(factories.risk(project))
    RollupRequest.objects.all().delete()
    model.objects.bulk_create(
        [model(project=project, code=f"BULK{n}", title="Risk") for n in range(20)]
    )
    assert [*RollupRequest.objects.values_list("kind", "object_id")] == [("P", project.pk)]


def test_plain_sql(quiet):
    _, _, project = quiet
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE projects_project SET forecast_finish = %s WHERE id = %s",
            [date(2030, 1, 1), project.pk],
        )
    assert ("P", project.pk) in requests()


def test_a_move_marks_the_old_and_the_new_programme(quiet):
    one, two, project = quiet
    Project.objects.filter(pk=project.pk).update(programme=two)
    assert {("G", one.pk), ("G", two.pk), ("P", project.pk)} <= requests()


def test_a_deletion_marks_the_programme_that_loses(quiet):
    one, _, project = quiet
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM projects_project WHERE id = %s", [project.pk])
    assert ("G", one.pk) in requests()


def test_work_that_is_rolled_back_leaves_no_request(quiet):
    _, _, project = quiet
    with transaction.atomic():
        project.save()
        transaction.set_rollback(True)
    assert requests() == set()


def test_truncation_asks_for_everything(quiet):
    one, _, _ = quiet
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # else the tables are held busy
        cursor.execute("TRUNCATE projects_issue CASCADE")
    assert ("F", one.portfolio_id) in requests()


def test_a_version_rises_with_every_change_whoever_makes_it(quiet):
    _, _, project = quiet
    with connection.cursor() as cursor:
        cursor.execute("UPDATE projects_project SET name = 'SQL' WHERE id = %s", [project.pk])
    project.refresh_from_db()
    assert project.version == 2


@pytest.mark.django_db
def test_a_project_that_ends_asks_for_whoever_shares_its_resources(quiet):
    *_, project = quiet
    team = factories.resource()
    factories.allocation(team, project, 1)
    RollupRequest.objects.all().delete()
    Project.objects.filter(pk=project.pk).update(name="Another name")
    assert ("R", team.pk) not in requests()
    Project.objects.filter(pk=project.pk).update(
        status="terminated", terminated_on=date(2026, 10, 1)
    )
    assert ("R", team.pk) in requests()
