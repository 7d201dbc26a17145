"""Projects that are begun from a template or as a copy, and what the PMO says in templates."""

from collections.abc import Callable
from importlib import import_module
from typing import Any

import pytest
import time_machine
from django.db import IntegrityError, connection, transaction

from pmhub.models import User
from programmes.models import Portfolio, Programme
from programmes.queries.checklist import missing_items
from projects.models import Baseline, Project, Template
from projects.services.templates import ship_templates
from tests import factories
from tests.api.conftest import errors_of

BODY = {
    "code": "LIB", "name": "Library", "starts_on": "2026-11-01", "finishes_on": "2028-10-31",
    "budget": "1250.50",
}  # fmt: skip


class House:
    """A programme in a portfolio with the shipped templates; its manager, and a reader of it."""

    def __init__(self) -> None:
        self.manager, self.reader, self.office = (
            factories.user(name) for name in ("manager", "reader", "office")
        )
        self.programme: Programme = factories.programme(programme_manager=self.manager.person)
        ship_templates(self.programme.portfolio, by=None)
        factories.role(self.reader, "viewer", programme=self.programme)
        factories.role(self.office, "pmo")
        self.template: Template = self.programme.portfolio.templates.get(code="CAPITAL")

    def body(self, **fields: Any) -> dict[str, Any]:
        """Return the body of a request to begin a project in this programme."""
        return {**BODY, "programme": self.programme.pk, **fields}


@pytest.fixture
def house(nothing: None) -> House:
    """The programme with its people."""
    return House()


def test_a_project_from_a_template_has_milestones_a_plan_and_a_budget(
    house: House, api: Any
) -> None:
    made = api(house.manager).post(f"templates/{house.template.pk}/projects/", house.body())
    assert made.status_code == 201
    row = made.json()
    assert made.headers["Location"] == row["url"]
    assert (row["approved_budget"], row["budget_at_completion"]) == ("1250.50", "1250.50")
    assert (row["baseline_start"], row["forecast_finish"]) == ("2026-11-01", "2028-10-31")
    assert (row["template"], row["regulated"]) == (house.template.pk, True)
    assert row["template_version"] == Template.objects.get(pk=house.template.pk).version
    project = Project.objects.get(pk=row["id"])
    days = dict(project.milestones.values_list("title", "baseline_on"))
    assert str(days["Concept design approved"]) == "2027-01-30"
    assert str(days["Practical completion"]) == "2028-09-01"
    assert len(days) == house.template.milestones.count()


def test_its_first_figures_miss_only_what_the_checklist_names(
    house: House, api: Any, drain: Callable[[], int]
) -> None:
    row = api(house.manager).post(f"templates/{house.template.pk}/projects/", house.body()).json()
    drain()
    figures = api(house.manager).get(f"projects/{row['id']}/rollup/").json()["metrics"]
    for name in ("budget_at_completion", "estimate_at_completion", "planned_value", "slip_days"):
        assert figures[name]["value"] is not None, name
    project = Project.objects.get(pk=row["id"])
    assert [each.name for each in missing_items(project)] == [
        "project_manager", "executive", "risk", "contribution", "status", "role-risk_owner",
    ]  # fmt: skip
    assert {risk.status for risk in project.risks.all()} == {"draft"}
    [risk] = [each for each in missing_items(project) if each.name == "risk"]
    assert risk.says == "No risk is judged yet: its exposure reads as none."


def test_the_checklist_empties_by_working_through_it(house: House, api: Any) -> None:
    client = api(house.office)
    row = client.post(
        f"templates/{house.template.pk}/projects/",
        house.body(project_manager=factories.person().pk),
    ).json()
    benefit = factories.benefit(programme=house.programme)
    at = f"projects/{row['id']}/"
    done = [
        client.patch(at, {"executive": factories.person().pk, "declared_rag": "green"}),
        client.post("risks/", {"code": "R9", "title": "Ground", "project": row["id"]}),
        client.post("contributions/", {"benefit": benefit.pk, "project": row["id"], "weight": "1"}),
        client.post(
            "role-assignments/",
            {"person": factories.person().pk, "role": "risk_owner", "project": row["id"]},
        ),
    ]
    assert [each.status_code for each in done] == [200, 201, 201, 201]
    assert missing_items(Project.objects.get(pk=row["id"])) == []


def test_a_programme_from_nothing_is_told_what_it_lacks(house: House) -> None:
    assert [each.name for each in missing_items(house.programme)][-4:] == [
        "project", "outcome", "benefit", "risk",
    ]  # fmt: skip
    factories.risk(factories.project(programme=house.programme))
    names = [each.name for each in missing_items(house.programme)]
    assert ("project" in names, "risk" in names, "plan" in names) == (False, False, True)


def test_who_may_not_begin_a_project_there_begins_none(house: House, api: Any) -> None:
    path = f"templates/{house.template.pk}/projects/"
    assert api(house.reader).post(path, house.body()).status_code == 403
    stranger = factories.user("stranger")
    assert api(stranger).post(path, house.body()).status_code == 404
    other = factories.programme(portfolio=house.programme.portfolio)
    elsewhere = api(house.manager).post(path, house.body(programme=other.pk))
    assert (elsewhere.status_code, errors_of(elsewhere)) == (400, {"/programme": "does_not_exist"})
    assert not Project.objects.exists()


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        ({"finishes_on": "2026-10-01"}, "/finishes_on"),
        ({"budget": "-1"}, "/budget"),
        ({"budget": "NaN"}, "/budget"),
        ({"code": "X" * 17}, "/code"),
        ({"programme": None}, "/programme"),
        ({"colour": "red"}, "/colour"),
    ],
)
def test_what_is_wrong_is_named_and_nothing_is_half_made(
    fields: dict[str, Any], pointer: str, house: House, api: Any
) -> None:
    path = f"templates/{house.template.pk}/projects/"
    refused = api(house.manager).post(path, house.body(**fields))
    assert (refused.status_code, list(errors_of(refused))) == (400, [pointer])
    assert not Project.objects.exists()


def test_a_code_that_a_milestone_has_leaves_nothing_behind(house: House, api: Any) -> None:
    other = factories.project(programme=house.programme)
    factories.milestone(other, code="LIB-M3")
    path = f"templates/{house.template.pk}/projects/"
    refused = api(house.manager).post(path, house.body())
    assert (refused.status_code, list(errors_of(refused))) == (400, ["/code"])
    assert list(Project.objects.all()) == [other]


def test_a_preview_makes_nothing_and_says_what_it_would(house: House, api: Any) -> None:
    path = f"templates/{house.template.pk}/projects/"
    seen = api(house.manager).post(f"{path}?preview=1", house.body())
    assert seen.status_code == 200
    assert not Project.objects.exists()


def test_a_template_out_of_use_begins_nothing(house: House, api: Any) -> None:
    path = f"templates/{house.template.pk}/"
    assert api(house.manager).verb(f"{path}retirement/", {}).status_code == 403
    assert api(house.office).verb(f"{path}retirement/", {}).status_code == 200
    refused = api(house.manager).post(f"{path}projects/", house.body())
    assert (refused.status_code, refused.json()["code"]) == (409, "not_in_use")


def test_later_versions_of_a_template_change_no_project(house: House, api: Any) -> None:
    row = api(house.manager).post(f"templates/{house.template.pk}/projects/", house.body()).json()
    client, first = api(house.office), house.template.milestones.first()
    assert first is not None
    changed = client.patch(f"template-milestones/{first.pk}/", {"offset_days": 500})
    assert changed.status_code == 200
    assert api(house.manager).patch(f"template-milestones/{first.pk}/", {}).status_code == 403
    now = client.get(f"templates/{house.template.pk}/").json()
    assert now["version"] > row["template_version"]
    days = list(Project.objects.get(pk=row["id"]).milestones.values_list("baseline_on", flat=True))
    again = client.get(f"projects/{row['id']}/").json()
    assert again["template_version"] == row["template_version"]
    assert days == list(
        Project.objects.get(pk=row["id"]).milestones.values_list("baseline_on", flat=True)
    )
    held = client.delete(f"templates/{house.template.pk}/")
    assert (held.status_code, held.json()["code"]) == (409, "in_use")


def test_the_version_rises_with_milestones_in_plain_sql_too(house: House) -> None:
    before = Template.objects.get(pk=house.template.pk).version
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE projects_templatemilestone SET offset_days = 1 WHERE id ="
            " (SELECT min(id) FROM projects_templatemilestone WHERE template_id = %s)",
            [house.template.pk],
        )
    assert Template.objects.get(pk=house.template.pk).version == before + 1
    with (
        pytest.raises(IntegrityError),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute("UPDATE projects_template SET duration_days = 0")


def test_a_copy_has_the_plan_of_another_on_other_days(house: House, api: Any) -> None:
    client = api(house.manager)
    first = client.post(f"templates/{house.template.pk}/projects/", house.body()).json()
    body = house.body(code="GYM", name="Gym", starts_on="2027-11-01", finishes_on="2029-10-31")
    copy = client.post(f"projects/{first['id']}/copies/", body)
    assert copy.status_code == 201
    row = copy.json()
    assert (row["template"], row["percent_complete"]) == (house.template.pk, "0.000")
    days = dict(Project.objects.get(pk=row["id"]).milestones.values_list("title", "baseline_on"))
    assert str(days["Concept design approved"]) == "2028-01-30"
    assert api(house.reader).post(f"projects/{first['id']}/copies/", body).status_code == 403
    hidden = factories.project()
    assert client.post(f"projects/{hidden.pk}/copies/", body).status_code == 404


def test_a_new_portfolio_begins_with_three_templates(house: House, api: Any) -> None:
    body = {"code": "NEW", "name": "New", "organisation": "New"}
    made = api(house.office).post("portfolios/", body).json()
    listed = api(house.office).get(f"templates/?portfolio={made['id']}").json()["results"]
    assert [each["name"] for each in listed if each["kind"] == "project"] == [
        "Capital works", "Digital change", "Service change",
    ]  # fmt: skip
    assert [each["name"] for each in listed if each["kind"] == "programme"] == [
        "Change programme", "Estates programme",
    ]  # fmt: skip
    assert {each["state"] for each in listed} == {"in_use"}


@pytest.mark.parametrize(
    ("said", "year"),
    [
        ({}, 2031),
        ({"fiscal_year_start_month": 1}, 2032),
        ({"fiscal_year_start_month": 1, "time_zone": "America/New_York"}, 2031),
        ({"status_date_policy": "fixed", "status_date": "2029-04-01"}, 2029),
        ({"discount_base_year": 2020}, 2020),
    ],
)
def test_a_new_portfolio_discounts_from_its_first_fiscal_year(
    said: dict[str, Any], year: int, house: House, api: Any
) -> None:
    body = {"code": "NEW", "name": "New", "organisation": "New"} | said
    with time_machine.travel("2032-01-01T03:00:00Z", tick=False):
        made = api(house.office).post("portfolios/", body)
    assert (made.status_code, made.json()["discount_base_year"]) == (201, year), made.json()


def test_the_same_request_repeated_begins_one_project(house: House, api_of: Any) -> None:
    client, path = api_of(house.manager), f"/api/v1/templates/{house.template.pk}/projects/"

    def begin() -> Any:
        return client.post(path, house.body(), format="json", headers={"Idempotency-Key": "one"})

    first, again = begin(), begin()
    assert (first.status_code, again.json()["id"]) == (201, first.json()["id"])
    assert Project.objects.count() == 1


def test_a_template_begins_nothing_in_another_portfolio_whose_readers_do_not_see_it(
    house: House, api: Any
) -> None:
    there, own = factories.programme(), factories.project(
        programme=house.programme, template=house.template, template_version=1
    )  # fmt: skip
    body = house.body(programme=there.pk)
    refused = api(house.office).post(f"templates/{house.template.pk}/projects/", body)
    assert (refused.status_code, list(errors_of(refused))) == (400, ["/programme"])
    copies = [
        api(house.office).post(f"projects/{own.pk}/copies/", house.body(programme=home.pk)).json()
        for home in (there, house.programme)
    ]
    assert [each["template"] for each in copies] == [None, house.template.pk]
    told = Baseline.objects.filter(project__in=[each["id"] for each in copies])
    assert [each for each in told if own.code in each.reason] == []


@pytest.mark.parametrize(("left", "status"), [("viewer", 403), ("", 404)])
@pytest.mark.parametrize("pattern", ["template", "copy"])
def test_who_lost_the_project_is_not_told_again_what_was_begun(
    pattern: str, left: str, status: int, house: House, api_of: Any
) -> None:
    client = api_of(house.manager)
    home = factories.programme(portfolio=house.programme.portfolio)
    other = factories.project(programme=factories.programme(portfolio=house.programme.portfolio))
    factories.role(house.manager, "viewer", programme=other.programme)
    role = factories.role(house.manager, "programme_manager", programme=home)
    path = {
        "template": f"/api/v1/templates/{house.template.pk}/projects/",
        "copy": f"/api/v1/projects/{other.pk}/copies/",
    }[pattern]

    def begin() -> Any:
        body = house.body(programme=home.pk)
        return client.post(path, body, format="json", headers={"Idempotency-Key": "one"})

    assert [begin().status_code for _ in range(2)] == [201, 201]
    if left:
        role.role = left
        role.save()
    else:
        role.delete()
    again = begin()
    assert again.status_code == status
    assert b"Library" not in again.content


def test_the_page_offers_a_short_form_to_who_may_begin(
    demo: Any, client_of: Any, cam_manager: User, viewer: User, pmo: User
) -> None:
    cam = demo.programme("CAM")
    page = client_of(cam_manager).get(f"/projects/new/?programme={cam.pk}")
    shown = page.content.decode()
    template = demo.portfolio.templates.get(code="CAPITAL")
    assert f'action="/api/v1/templates/{template.pk}/projects/"' in shown
    assert 'value="CAM-' in shown
    assert client_of(viewer).get(f"/projects/new/?programme={cam.pk}").status_code == 403
    source = demo.project("CAM-02")
    copying = client_of(pmo).get(f"/projects/new/?programme={cam.pk}&copy={source.pk}").content
    assert f'action="/api/v1/projects/{source.pk}/copies/"' in copying.decode()
    for query in ("programme=x", "programme=99999999", "template=0", "copy=-1"):
        assert client_of(pmo).get(f"/projects/new/?{query}").status_code == 404
    assert client_of(pmo).get(f"/projects/new/blank/?programme={cam.pk}").status_code == 200


def test_a_page_says_what_is_missing_to_who_can_mend_it(nothing: None, client_of: Any) -> None:
    office, reader = factories.user("office"), factories.user("reader")
    factories.role(office, "pmo")
    project = factories.project()
    factories.role(reader, "viewer", project=project)
    shown = client_of(office).get(f"/projects/{project.pk}/").content.decode()
    assert f'href="/risks/new/?project={project.pk}"' in shown
    assert f'href="/projects/{project.pk}/edit/"' in shown
    assert (
        'id="checklist"' not in client_of(reader).get(f"/projects/{project.pk}/").content.decode()
    )
    whole = client_of(office).get(f"/programmes/{project.programme_id}/").content.decode()
    assert f'href="/benefits/new/?programme={project.programme_id}"' in whole


def test_a_portfolio_of_before_is_given_the_same_templates(nothing: None) -> None:
    first = import_module("projects.migrations.0031_shipped_templates")
    then = import_module("projects.migrations.0033_shipped_programme_templates")
    steps = (first.TEMPLATES, first.MILESTONES, then.TEMPLATES, then.ENTRIES, then.ROLES)
    new, old = factories.portfolio(), factories.portfolio()
    ship_templates(new, by=None)
    with connection.cursor() as cursor:
        for statement in steps * 2:
            cursor.execute(statement)

    def said(portfolio: Portfolio) -> list[Any]:
        rows = Template.objects.filter(portfolio=portfolio).order_by("code")
        return [
            (
                *(getattr(row, name) for name in ("code", "name", "about", "duration_days")),
                row.kind, row.delivery_approach, row.regulated, row.state,
                sorted(row.milestones.values_list("title", "kind", "anchor", "offset_days", "key")),
                *(parts_of(row) if row.kind == "programme" else ()),
            )
            for row in rows
        ]  # fmt: skip

    def parts_of(row: Template) -> Any:
        """Entries and roles."""
        entries = ("register", "title", "about", "anchor", "offset_days")
        return (
            sorted(row.entries.values_list(*entries)),
            sorted(row.roles.values_list("role", "about")),
        )

    assert said(old) == said(new)
    assert len(said(old)) == 5
