"""Lists in the order of people, and searches that find what people mean."""

from types import SimpleNamespace

import pytest
from django.db import IntegrityError, connection, transaction

from pmhub.api.filtering import Ordering
from pmhub.api.routes import RESOURCES
from pmhub.database.past import as_at
from projects.models import Project
from tests import factories

NAMES = ["Banana", "apple", "Åsa", "CAM-10", "CAM-2", "école", "Eis", "Zoë", "zoe"]
SORTED = ["apple", "Åsa", "Banana", "CAM-2", "CAM-10", "école", "Eis", "zoe", "Zoë"]


def names(answer, key="name"):
    return [row[key] for row in answer.json()["results"]]


def test_names_are_in_the_order_of_people(office, api):
    programme = factories.programme()
    for number, name in enumerate(NAMES):
        factories.project(programme=programme, name=name, code=f"P-{12 - number}")
    assert names(api(office).get("projects/?ordering=name")) == SORTED
    assert names(api(office).get("projects/?ordering=-name")) == SORTED[::-1]
    codes = names(api(office).get("projects/"), "code")
    assert codes == [f"P-{number}" for number in range(4, 13)]
    assert names(api(office).get("projects/?ordering=-code"), "code") == codes[::-1]


def test_plain_sql_is_in_order_at_once(office, api):
    with connection.cursor() as cursor:
        for number, name in enumerate(NAMES):
            cursor.execute(
                "INSERT INTO pmhub_person (code, name, email, organisation, unit, title,"
                " competence, certifications) VALUES (%s, %s, '', 'x', '', '', '', '')",
                [f"S{number}", name],
            )
    assert names(api(office).get("people/?organisation=X&ordering=name")) == SORTED
    assert names(api(office).get("people/?organisation=X")) == SORTED


def test_a_day_not_set_comes_last_both_ways(office, api):
    programme = factories.programme()
    for day in (None, "2026-12-01", "2028-12-01"):
        factories.project(programme=programme, forecast_finish=day)
    for sign, days in (("", ["2026-12-01", "2028-12-01"]), ("-", ["2028-12-01", "2026-12-01"])):
        answer = api(office).get(f"projects/?ordering={sign}forecast_finish")
        assert names(answer, "forecast_finish") == [*days, None]


@pytest.mark.parametrize("page", ["projects/project", "projects/risk", "pmhub/person"])
def test_the_admin_is_in_the_same_order(page, client_of, office):
    office.is_staff = True
    office.save()
    home = factories.project(code="Z-1", programme=factories.programme(code="Q-1"))
    for number in (10, 9, 100):
        factories.project(code=f"Z-{number}", programme=home.programme)
        factories.risk(home, code=f"Z-{number}")
        factories.person(code=f"Z-{number}", name=f"Z-{number}")
    wanted = ["Z-9", "Z-10", "Z-100"]
    for address in (f"/admin/{page}/", f"/admin/{page}/?o=1"):
        rows = client_of(office).get(address).context["cl"].result_list
        assert [row.code for row in rows if row.code in wanted] == wanted


def test_the_admin_puts_days_not_set_last(client_of, office):
    office.is_staff = True
    office.save()
    home = factories.project(forecast_finish=None)
    factories.project(programme=home.programme, forecast_finish="2027-01-01")
    columns = list(client_of(office).get("/admin/projects/project/").context["cl"].list_display)
    place = columns.index("forecast_finish")
    for sign in ("", "-"):
        page = client_of(office).get(f"/admin/projects/project/?o={sign}{place}")
        assert [row.forecast_finish for row in page.context["cl"].result_list][-1] is None


def test_a_search_overlooks_accents_case_and_composition(office, api_of):
    client = api_of(office)
    body = {"code": "PE1", "name": "Ame\u0301lie Noir\u200f", "unit": "Straßenbau"}
    made = client.post("/api/v1/people/", body, format="json").json()
    assert made["name"] == "Amélie Noir\u200f"
    for wanted in ("Amélie", "amelie", "AME\u0301LIE noir", "strasse", "Noir\u200f", "pe1 NOIR"):
        found = client.get("/api/v1/people/", {"search": wanted}).json()
        assert [row["id"] for row in found["results"]] == [made["id"]], wanted
    for wanted in ("Amelia", "%", "_", "\\"):
        assert client.get("/api/v1/people/", {"search": wanted}).json()["count"] == 0


def test_the_admin_searches_the_same_way(client_of, office):
    office.is_staff = True
    office.save()
    person = factories.person(name="Amélie Noir")
    client = client_of(office)
    for wanted in ("amelie", "AME\u0301LIE noir"):
        page = client.get("/admin/pmhub/person/", {"q": wanted})
        assert [row.pk for row in page.context["cl"].result_list] == [person.pk]
    asked = {
        "app_label": "projects", "model_name": "project", "field_name": "executive",
        "term": "amelie",
    }  # fmt: skip
    found = client.get("/admin/autocomplete/", asked).json()["results"]
    assert [each["id"] for each in found] == [str(person.pk)]


def test_the_past_is_in_the_same_order(nothing):
    programme = factories.programme()
    for code in ("P-10", "P-9"):
        factories.project(programme=programme, code=code)
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        (moment,) = cursor.fetchone()
    with as_at(moment):
        assert [each.code for each in Project.objects.all()] == ["P-9", "P-10"]


def test_what_plain_sql_writes_is_composed_and_seen(nothing):
    project = factories.project()
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE projects_project SET name = %s WHERE id = %s", ["Ame\u0301lie", project.pk]
        )
    project.refresh_from_db()
    assert project.name == "Amélie"


@pytest.mark.parametrize(
    "character", ["\u202e", "\ufeff", "\x1b", "\u2066", "\x85", "\n"], ids=ascii
)
def test_plain_sql_cannot_hide_anything(character, nothing):
    project = factories.project()
    with (
        pytest.raises(IntegrityError, match="cannot be seen"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(
            "UPDATE projects_project SET name = %s WHERE id = %s", [f"a{character}b", project.pk]
        )


def test_every_list_may_be_asked_for_in_each_order_that_it_names(office):
    for collection, view in RESOURCES.items():
        for name in view.ordering_fields:
            asked = SimpleNamespace(query_params={"ordering": f"-{name}"}, user=office)
            rows = Ordering().filter_queryset(asked, view.serializer_class.Meta.model.objects, view)
            assert str(rows.query), (collection, name)


def test_proposals_are_in_the_order_of_their_scores(demo, pmo, api, client_of):
    client, page = api(pmo), client_of(pmo)
    for sign, scores in (("", ["34.0", "60.0", "72.0"]), ("-", ["72.0", "60.0", "34.0"])):
        found = names(client.get(f"proposals/?ordering={sign}score"), "score")
        assert found == [*scores, None, None]
        assert page.get(f"/proposals/?ordering={sign}score").status_code == 200
