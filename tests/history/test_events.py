"""Whatever changes a record leaves an event: who, when, by which path, from what to what."""

from typing import Any

import pytest
from django.apps import apps
from django.db import connection
from django.utils import timezone

from pmhub import queries
from pmhub.database.history import WritePath, events_of, through
from pmhub.models import Person, Record, User
from programmes.models import Programme
from projects.models import Milestone, Risk
from tests import factories
from tests.admin.forms import entries
from tests.admin.test_entering import address


def history(row: Any, model: Any = None) -> list[dict[str, Any]]:
    """What happened to a record, newest first, as somebody of the PMO reads it."""
    model = model or type(row)
    names = queries.fields(model)
    found = queries.rows(
        queries.events(model, row if isinstance(row, int) else row.pk), names, 0, 100
    )
    return queries.changes_of(model, found, names, to=User(is_superuser=True))


def last(row: Any) -> tuple[Any, ...]:
    """Of the newest event: who, by which path, what was done, and the changes."""
    newest = history(row)[0]
    changes = [(each["field"], each["from"], each["to"]) for each in newest["changes"]]
    by = newest["by"] and newest["by"]["id"]
    return by, newest["via"], newest["action"], changes


@pytest.fixture
def office(nothing: None) -> User:
    """Somebody of the PMO who may use the admin pages, in a database of the test's own."""
    user = factories.user("office", is_staff=True)
    factories.role(user, "pmo")
    return user


@pytest.fixture
def risk(office: User) -> Risk:
    """A risk of a project."""
    made = factories.risk(factories.project(), title="Rust")
    forget_the_context()
    return made


def forget_the_context() -> None:
    """The context ends with its transaction; a test is one transaction from end to end."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('pghistory.context_metadata', '', true)")


@pytest.mark.django_db
@pytest.mark.parametrize(
    "model",
    [model for model in apps.get_models() if issubclass(model, Record)],
    ids=lambda model: model._meta.model_name,
)
def test_every_record_has_a_history(model):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_trigger WHERE tgrelid = %s::regclass"
            " AND tgname LIKE 'pgtrigger_history_%%' AND tgenabled = 'O'",
            [model._meta.db_table],
        )
        assert cursor.fetchone() == (3,)  # insert, update, delete


# By every path


def test_a_page_writes_with_a_session(api_of, office, risk):
    before = timezone.now()
    answer = api_of(office).patch(
        f"/api/v1/risks/{risk.pk}/", {"title": "Steel"}, headers={"If-Match": "*"}
    )
    assert answer.status_code == 200
    assert last(risk) == (office.pk, "page", "changed", [("title", "Rust", "Steel")])
    newest = history(risk)[0]
    assert before < newest["at"] < timezone.now()
    assert newest["version"] == answer.json()["version"]


def test_another_system_writes_with_a_token(api_of, office, risk):
    client = api_of(office, token=True)
    answer = client.patch(
        f"/api/v1/risks/{risk.pk}/", {"title": "Steel"}, headers={"If-Match": "*"}
    )
    assert answer.status_code == 200
    assert last(risk) == (office.pk, "rest", "changed", [("title", "Rust", "Steel")])


def test_the_request_is_noted(api_of, office, risk):
    answer = api_of(office).patch(
        f"/api/v1/risks/{risk.pk}/", {"title": "Steel"}, headers={"If-Match": "*"}
    )
    newest = queries.events(Risk, risk.pk).first()
    assert newest.pgh_context["request"] == answer.headers["X-Request-Id"]


def test_a_save_in_the_admin_pages(client_of, office, risk):
    admin, at = client_of(office), address(Risk, "change", risk.pk)
    assert admin.post(at, entries(admin.get(at), title="Steel")).status_code == 302
    assert last(risk) == (office.pk, "admin", "changed", [("title", "Rust", "Steel")])


def test_the_demo_is_an_import_by_the_pmo(demo):
    [risk] = Risk.objects.filter(code="R01")
    pmo = User.objects.get(username="pmo")
    assert history(risk)[-1]["by"] == {"id": pmo.pk, "name": history(risk)[-1]["by"]["name"]}
    assert {(each["via"], each["by"]["id"]) for each in history(risk)} == {("import", pmo.pk)}
    person = Person.objects.get(user=pmo)
    assert history(person)[-1]["via"] == "import"


def test_a_bulk_update_is_the_same_by_rows(risk):
    other = factories.risk(risk.project, title="Rain")
    Risk.objects.filter(pk__in=[risk.pk, other.pk]).update(title="Wind")
    assert last(risk) == (None, "sql", "changed", [("title", "Rust", "Wind")])
    assert last(other) == (None, "sql", "changed", [("title", "Rain", "Wind")])


def test_plain_sql_has_no_author(risk):
    with connection.cursor() as cursor:
        cursor.execute("UPDATE projects_risk SET status = 'closed' WHERE id = %s", [risk.pk])
    assert last(risk) == (None, "sql", "changed", [("status", "open", "closed")])


@pytest.mark.django_db(transaction=True)
def test_a_context_ends_with_its_block():
    project = factories.project()
    with through(WritePath.IMPORT):
        type(project).objects.update(name="Imported")
    type(project).objects.update(name="Typed")
    assert [each["via"] for each in history(project)] == ["sql", "import", "sql"]


# What is noted


def test_a_new_record_tells_what_it_began_with(office, api_of):
    home = factories.programme()
    body = {"code": "P1", "name": "Bridge", "programme": home.pk}
    made = api_of(office).post("/api/v1/projects/", body).json()
    model = apps.get_model("projects", "Project")
    [event] = history(made["id"], model)
    found = {each["field"]: (each["from"], each["to"]) for each in event["changes"]}
    assert event["action"] == "created"
    assert (found["code"], found["name"], found["programme"]) == (
        (None, "P1"), (None, "Bridge"), (None, home.pk)
    )  # fmt: skip
    assert "objective" not in found  # empty, as it was before


def test_a_change_that_changes_nothing_leaves_none(risk):
    version = risk.version
    Risk.objects.filter(pk=risk.pk).update(title="Rust")
    Risk.objects.filter(pk=risk.pk).update(updated_at=timezone.now())
    risk.refresh_from_db()
    assert (risk.version, len(history(risk))) == (version + 1, 1)


def test_of_a_bulk_update_only_what_changed_is_noted(risk):
    other = factories.risk(risk.project, title="Rain")
    Risk.objects.update(title="Rain")
    assert (len(history(risk)), len(history(other))) == (2, 1)


def test_a_deletion_keeps_the_history_and_ends_it(risk):
    key = risk.pk
    Risk.objects.filter(pk=key).delete()
    ended, began = history(key, Risk)
    assert (ended["action"], began["action"]) == ("deleted", "created")
    assert ("title", "Rust", None) in [(e["field"], e["from"], e["to"]) for e in ended["changes"]]


def test_what_falls_with_its_parent_is_noted_too(nothing):
    milestone = factories.milestone(factories.project())
    key = milestone.pk
    milestone.project.delete()
    assert history(key, Milestone)[0]["action"] == "deleted"


def test_a_list_is_part_of_its_record(office, api_of):
    programme = factories.programme(stage="design")
    one, two = factories.person(), factories.person()
    programme.bcms.add(one)
    answer = api_of(office).patch(
        f"/api/v1/programmes/{programme.pk}/",
        {"bcms": [one.pk, two.pk]},
        headers={"If-Match": "*"},
    )
    assert answer.status_code == 200
    ids = [one.pk, two.pk]
    assert last(programme) == (office.pk, "page", "changed", [("bcms", [one.pk], ids)])
    programme.bcms.clear()
    assert last(programme)[3] == [("bcms", ids, [])]
    assert events_of(Programme).objects.filter(id=programme.pk).count() == 4


def test_a_transaction_that_is_undone_leaves_none(risk, api_of, office):
    answer = api_of(office).patch(
        f"/api/v1/risks/{risk.pk}/", {"status": "no such"}, headers={"If-Match": "*"}
    )
    assert answer.status_code == 400
    assert len(history(risk)) == 1


def test_what_was_before_the_history_began_is_not_guessed(risk):
    queries.events(Risk, risk.pk).delete()
    Risk.objects.filter(pk=risk.pk).update(title="Steel")
    assert last(risk) == (None, "sql", "changed", [])


@pytest.mark.django_db(transaction=True)
def test_a_bulk_update_after_a_single_one_compares_no_row_with_each(db):
    # A trigger is planned once a session, here for one row; a nested loop would then take minutes.
    project = factories.project()
    one = factories.risk(project)
    Risk.objects.filter(pk=one.pk).update(title="First")
    rows = [Risk(code=f"B{number}", title="Many", project=project) for number in range(3000)]
    Risk.objects.bulk_create(rows)
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = '30s'")
        cursor.execute("UPDATE projects_risk SET title = 'All'")
        cursor.execute("RESET statement_timeout")
    assert events_of(Risk).objects.filter(title="All").count() == 3001
