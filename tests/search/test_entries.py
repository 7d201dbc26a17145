"""The search table says what each record is called, whichever way it is written."""

import pytest
from django.db import connection

from pmhub.database import search_table
from pmhub.models import SearchEntry, User
from pmhub.queries import search
from projects.models import Risk
from tests import factories

pytestmark = pytest.mark.django_db


def stored():
    """Return the entries of the search table."""
    return set(SearchEntry.objects.values_list("kind", "object_id", "code", "name", "archived"))


def wanted():
    """Return the entries that the search table should have, from the records themselves."""
    found = set()
    for kind, model in search.kinds().items():
        columns = search_table.columns(model)
        called = [name for name in columns if name != "code"]
        for row in model._base_manager.all():
            found.add(
                (
                    kind,
                    row.pk,
                    row.code if "code" in columns else "",
                    getattr(row, called[0]) if called else "",
                    getattr(row, "archived_at", None) is not None,
                )
            )
    return found


def plainly(sql, *given):
    """Do it as whoever writes SQL does."""
    with connection.cursor() as cursor:
        cursor.execute(sql, given)


def test_it_says_what_all_records_of_the_demo_are_called(demo):
    assert stored() == wanted()
    assert len(stored()) > 100


def test_it_follows_every_way_of_writing(nothing):
    project = factories.project(code="P-1", name="Library")
    kept, gone, bulk = (factories.risk(project, code=code, title=code) for code in "ABC")
    Risk.objects.filter(pk=bulk.pk).update(title="Flood")
    plainly("UPDATE projects_risk SET code = 'A2', title = 'Fire' WHERE id = %s", kept.pk)
    plainly("DELETE FROM projects_risk WHERE id = %s", gone.pk)
    plainly(
        "UPDATE projects_project SET archived_at = now(), status = 'terminated',"
        " terminated_on = '2026-10-01', ended_reason = 'Over' WHERE id = %s",
        project.pk,
    )
    assert stored() == wanted()
    assert {code for kind, _, code, *_ in stored() if kind == "risk"} == {"A2", "C"}
    assert ("project", project.pk, "P-1", "Library", True) in stored()


def test_a_change_of_what_is_not_searched_writes_nothing(nothing):
    risk = factories.risk(factories.project())
    row = "SELECT xmin::text FROM pmhub_searchentry WHERE kind = 'risk'"
    with connection.cursor() as cursor:
        cursor.execute(row)
        before = cursor.fetchall()
        Risk.objects.filter(pk=risk.pk).update(residual_probability="0.5")
        cursor.execute(row)
        assert cursor.fetchall() == before


def test_every_kind_that_is_found_has_a_page(demo, client_of):
    client = client_of(User.objects.get(username="pmo"))
    for kind in search.kinds():
        entry = SearchEntry.objects.filter(kind=kind).first()
        if entry:
            page = client.get("/search/", {"q": entry.code or entry.name, "kind": kind})
            assert page.status_code == 200, kind
