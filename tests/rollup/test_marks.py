"""Every change of a source record leaves a request, by whichever path it comes."""

import re
from collections import defaultdict
from datetime import date
from decimal import Decimal

import pytest
from django.apps import apps
from django.db import connection, transaction
from django.db.models import Case, F, When

from pmhub.database.statements import Statement
from pmhub.database.triggers import read_columns
from pmhub.models import Record
from programmes.models import Portfolio, Programme, RollupRequest
from programmes.rollup.reading import (
    batch,
    benefits,
    budgets,
    programmes,
    projects,
    registers,
    risks,
)
from projects.models import Project
from tests import factories

# Records that no figure reads: people and roles, names of steps, forecasts of the past, outputs,
# what people order, say or try; of rules figures read what the portfolio shows, of a case what its
# options came to when it was submitted.
UNREAD = {
    "acknowledgement",
    "programmemandate",
    "operatingmodelstate",
    "action",
    "assetversion",
    "assumption",
    "attachment",
    "benefitanchor",
    "benefithandover",
    "sharedbenefitclaim",
    "benefitlink",
    "board",
    "boardmeeting",
    "boardpack",
    "budgetrequest",
    "budgettransfer",
    "caseflow",
    "caseoption",
    "changerequest",
    "changevote",
    "comment",
    "commitment",
    "dcarecord",
    "decision",
    "delegatedlimit",
    "delegation",
    "exceptionreport",
    "follow",
    "dependencymessage",
    "envelope",
    "estimate",
    "favourite",
    "gate",
    "gatecriterion",
    "gatevote",
    "lesson",
    "lessonuse",
    "milestoneforecast",
    "objectivemeasurement",
    "organisationunit",
    "outcome",
    "person",
    "processasset",
    "closedyear",
    "customfield",
    "currencyrate",  # it moves costs, which leave the request
    "helprequest",
    "proposal",
    "proposalscore",
    "scoringcriterion",
    "service",
    "roleassignment",
    "ruleset",
    "savedview",
    "scenario",
    "scenariochange",
    "statusreport",
    "stakeholder",
    "impactedgroup",
    "adoptionassessment",
    "stakeholderassessment",
    "communication",
    "discipline",
    "disciplinelink",
    "competencerecord",
    "teammaturity",
    "inspection",
    "inspectionplan",
    "inspectionfinding",
    "oversightdecision",
    "post",
    "qualification",
    "qualityrecord",
    "training",
    "strategicobjective",
    "tailoringrecord",
    "template",
    "templatecriterion",
    "templateentry",
    "templatemilestone",
    "templaterole",
    "tranche",
    # What they say is counted into their project, which leaves the request.
    "workpackage",
    "iteration",
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
    """Return the pending requests to recompute, as a set."""
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
    project.percent_complete = 7
    project.save()
    assert ("P", project.pk) in requests()


def test_a_queryset_update(quiet):
    _, _, project = quiet
    Project.objects.filter(pk=project.pk).update(percent_complete=7)
    assert ("P", project.pk) in requests()


def test_a_renamed_project_asks_for_nothing(quiet):
    """No figure reads a name; whoever writes it, and what else is in the statement."""
    _, _, project = quiet
    project.name = "Renamed"
    project.save()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE projects_project SET name = 'SQL', version = version + 1")
    Project.objects.update(percent_complete=F("percent_complete"), name="Third")
    assert requests() == set()


def test_of_a_statement_only_rows_that_moved_a_figure_ask(quiet):
    _, two, project = quiet
    other = factories.project(programme=two)
    RollupRequest.objects.all().delete()
    moved = Case(When(pk=project.pk, then=Decimal(7)), default=F("percent_complete"))
    Project.objects.update(name="Another", percent_complete=moved)
    assert ("P", other.pk) not in requests()
    assert requests() == {("P", project.pk)}


def columns_read():
    """The columns that the statements of the engine name, by table."""
    found = defaultdict(set)
    for model, names in ((Programme, batch.PROGRAMME), (Portfolio, batch.PORTFOLIO)):
        found[model._meta.db_table].update(names)
    for module in (benefits, budgets, programmes, projects, registers, risks):
        for each in vars(module).values():
            for statement in each.values() if isinstance(each, dict) else [each]:
                if isinstance(statement, Statement):
                    for table, column in named_in(statement.sql):
                        found[table].add(column)
    return found


def named_in(sql):
    """Table and column of every name in a statement, aliases followed."""
    tables = re.findall(r'(?:FROM|JOIN) "(\w+)"(?: ([TUVW]\d+))?', sql)
    aliases = {alias or table: table for table, alias in tables}
    names = re.findall(r'"?(\w+)"?\."(\w+)"', sql)
    return {(aliases[prefix], column) for prefix, column in names}


@pytest.mark.parametrize("model", sources(), ids=lambda model: model._meta.model_name)
def test_every_field_of_a_source_is_read_or_declared_unread(model):
    """What the triggers compare is what the statements read, no less and no more: a new field is
    compared until somebody says that no figure reads it."""
    (trigger,) = (each for each in model._meta.triggers if each.name == "mark_update")
    kept = {model._meta.pk.column, *(mark.column for mark in trigger.given)}
    assert set(read_columns(model)) == kept | columns_read()[model._meta.db_table]
    assert {*model.unread} <= {field.name for field in model._meta.concrete_fields}


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
    team = factories.resource(portfolio=project.owner_portfolio)
    factories.allocation(team, project, 1)
    RollupRequest.objects.all().delete()
    Project.objects.filter(pk=project.pk).update(percent_complete=7)
    assert ("R", team.pk) not in requests()
    Project.objects.filter(pk=project.pk).update(
        status="terminated", terminated_on=date(2026, 10, 1)
    )
    assert ("R", team.pk) in requests()
