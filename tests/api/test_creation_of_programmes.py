"""Programmes that are begun from a template or as a copy, and what templates hold for them."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from programmes.models import Programme
from programmes.queries.checklist import missing_items
from projects.models import Project, Template
from projects.services.templates import ship_templates
from tests import factories
from tests.api.conftest import errors_of


class Estate:
    """A portfolio with the shipped templates; its PMO, its sponsor, a reader, a stranger."""

    def __init__(self) -> None:
        self.office, self.sponsor, self.reader, self.stranger = (
            factories.user(name) for name in ("office", "sponsor", "reader", "stranger")
        )
        self.portfolio = factories.portfolio()
        ship_templates(self.portfolio, by=None)
        factories.role(self.office, "pmo", portfolio=self.portfolio)
        factories.role(self.sponsor, "sponsor", portfolio=self.portfolio)
        factories.role(self.reader, "viewer", portfolio=self.portfolio)
        self.template: Template = self.portfolio.templates.get(code="CHANGE")

    @property
    def path(self) -> str:
        """Where programmes are begun from the template."""
        return f"templates/{self.template.pk}/programmes/"

    def body(self, **fields: Any) -> dict[str, Any]:
        """Return the body of a request to begin a programme."""
        return {
            "code": "LEA", "name": "Learning spaces", "portfolio": self.portfolio.pk,
            "starts_on": "2026-11-01", "finishes_on": "2029-10-31", "contingency_budget": "250.50",
            **fields,
        }  # fmt: skip


@pytest.fixture
def estate(nothing: None) -> Estate:
    """The portfolio with its people."""
    return Estate()


def test_a_programme_from_a_template_has_tranches_outcomes_and_risks_to_be_judged(
    estate: Estate, api: Any
) -> None:
    leads = factories.person()
    answer = api(estate.office).post(estate.path, estate.body(sro=leads.pk, bcm=leads.pk))
    assert answer.status_code == 201
    row = answer.json()
    assert answer.headers["Location"] == row["url"]
    assert (row["contingency_budget"], row["sro"], row["bcms"]) == (
        "250.50", leads.pk, [leads.pk],
    )  # fmt: skip
    assert (row["template"], row["template_version"]) == (
        estate.template.pk, Template.objects.get(pk=estate.template.pk).version,
    )  # fmt: skip
    programme = Programme.objects.get(pk=row["id"])
    tranches = [
        (each.code, each.name, str(each.starts_on), str(each.ends_on))
        for each in programme.tranches.all()
    ]
    assert tranches == [
        ("LEA-T1", "Groundwork", "2026-11-01", "2027-07-29"),
        ("LEA-T2", "Delivery", "2027-07-30", "2028-10-31"),
        ("LEA-T3", "Embedding", "2028-11-01", "2029-10-31"),
    ]
    assert [each.title for each in programme.outcomes.all()] == ["People work in the new way"]
    assert {each.status for each in programme.risks.all()} == {"draft"}


def test_its_first_figures_are_there_and_explained(
    estate: Estate, api: Any, drain: Callable[[], int]
) -> None:
    client = api(estate.office)
    row = client.post(estate.path, estate.body()).json()
    drain()
    figures = client.get(f"programmes/{row['id']}/rollup/").json()["metrics"]
    assert figures["total_approved"]["value"] == "250.50"
    assert figures["contingency_remaining"]["value"] == "250.50"
    assert figures["risk_open_count"]["value"] == 0
    unknown = [name for name, each in figures.items() if each["value"] is None]
    assert [name for name in unknown if not figures[name]["reason"]] == []
    assert client.get(f"programmes/{row['id']}/rollup/total_approved/").status_code == 200


def test_what_is_missing_empties_by_working_through_it(estate: Estate, api: Any) -> None:
    client = api(estate.office)
    row = client.post(estate.path, estate.body()).json()
    programme = Programme.objects.get(pk=row["id"])
    assert [each.name for each in missing_items(programme)] == [
        "sro", "programme_manager", "bcm", "vision", "project", "benefit", "risk", "role-finance",
    ]  # fmt: skip
    one, other = factories.person(), factories.person()
    risk = programme.risks.first()
    assert risk is not None
    done = [
        client.patch(
            f"programmes/{row['id']}/",
            {"sro": one.pk, "programme_manager": other.pk, "bcms": [one.pk], "vision": "Learn"},
        ),
        client.verb(f"risks/{risk.pk}/opening/", {}),
        client.post(
            "role-assignments/",
            {"person": one.pk, "role": "finance", "portfolio": estate.portfolio.pk},
        ),
        client.post("benefits/", {
            "code": "B1", "title": "More books lent", "programme": row["id"],
            "unit": "loans", "category": "non_cashable",
        }),
        client.post(
            f"templates/{estate.portfolio.templates.get(code='CAPITAL').pk}/projects/",
            {
                "code": "LEA-01", "name": "Library", "programme": row["id"], "budget": "10",
                "starts_on": "2026-11-01", "finishes_on": "2028-10-31",
            },
        ),
    ]  # fmt: skip
    assert [each.status_code for each in done] == [200, 200, 201, 201, 201]
    assert missing_items(programme) == []


def test_a_role_that_a_template_asks_for_later_is_not_missing_in_what_was_begun(
    estate: Estate, api: Any
) -> None:
    client = api(estate.office)
    row = client.post(estate.path, estate.body()).json()
    programme = Programme.objects.get(pk=row["id"])
    before = [each.name for each in missing_items(programme)]
    asked = client.post("template-roles/", {"template": estate.template.pk, "role": "assurer"})
    assert asked.status_code == 201
    assert [each.name for each in missing_items(programme)] == before
    again = client.get(f"programmes/{row['id']}/").json()
    assert again["template_version"] == row["template_version"]
    assert (
        client.get(f"templates/{estate.template.pk}/").json()["version"] > row["template_version"]
    )
    entries = estate.template.entries.filter(register="tranches")
    moved = client.patch(f"template-entries/{entries[0].pk}/", {"offset_days": 1})
    assert moved.status_code == 200
    assert str(programme.tranches.all()[0].ends_on) == "2027-07-29"


def test_who_may_make_a_programme_there_begins_one(estate: Estate, api: Any) -> None:
    assert api(estate.sponsor).post(estate.path, estate.body()).status_code == 201
    assert api(estate.reader).post(estate.path, estate.body(code="B")).status_code == 403
    assert api(estate.stranger).post(estate.path, estate.body(code="C")).status_code == 404
    assert [each.code for each in Programme.objects.all()] == ["LEA"]


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        ({"finishes_on": "2026-10-01"}, "/finishes_on"),
        ({"contingency_budget": "-1"}, "/contingency_budget"),
        ({"contingency_budget": "NaN"}, "/contingency_budget"),
        ({"code": "X" * 17}, "/code"),
        ({"portfolio": None}, "/portfolio"),
        ({"sro": 0}, "/sro"),
        ({"colour": "red"}, "/colour"),
    ],
)
def test_what_is_wrong_is_named_and_nothing_is_half_made(
    fields: dict[str, Any], pointer: str, estate: Estate, api: Any
) -> None:
    refused = api(estate.office).post(estate.path, estate.body(**fields))
    assert (refused.status_code, list(errors_of(refused))) == (400, [pointer])
    assert not Programme.objects.exists()


def test_a_risk_code_that_is_taken_leaves_nothing_behind(estate: Estate, api: Any) -> None:
    other = factories.programme(portfolio=estate.portfolio)
    factories.risk(factories.project(programme=other), code="LEA-R2")
    refused = api(estate.office).post(estate.path, estate.body())
    assert (refused.status_code, list(errors_of(refused))) == (400, ["/code"])
    assert list(Programme.objects.all()) == [other]


def test_each_template_begins_what_it_is_for_in_its_own_portfolio(estate: Estate, api: Any) -> None:
    client, works = api(estate.office), estate.portfolio.templates.get(code="CAPITAL")
    wrong = client.post(f"templates/{works.pk}/programmes/", estate.body())
    assert (wrong.status_code, wrong.json()["code"]) == (409, "of_another_kind")
    wrong = client.post(f"templates/{estate.template.pk}/projects/", {})
    assert (wrong.status_code, wrong.json()["code"]) == (409, "of_another_kind")
    factories.role(estate.office, "pmo")
    elsewhere = factories.portfolio()
    refused = api(estate.office).post(estate.path, estate.body(portfolio=elsewhere.pk))
    assert (refused.status_code, errors_of(refused)) == (400, {"/portfolio": "of_another"})


def test_a_template_stays_what_it_is_for(estate: Estate, api: Any) -> None:
    refused = api(estate.office).patch(f"templates/{estate.template.pk}/", {"kind": "project"})
    assert (refused.status_code, list(errors_of(refused))) == (409, ["/kind"])
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE projects_template SET kind = 'project' WHERE kind = 'programme'")


def test_an_entry_stands_in_a_register_of_what_is_begun(estate: Estate, api: Any) -> None:
    client, works = api(estate.office), estate.portfolio.templates.get(code="CAPITAL")
    made = client.post(
        "template-entries/",
        {"template": works.pk, "register": "outputs", "title": "Keys", "offset_days": -3},
    )
    assert made.status_code == 201
    refused = client.post(
        "template-entries/", {"template": works.pk, "register": "tranches", "title": "First"}
    )
    assert (refused.status_code, list(errors_of(refused))) == (409, ["/register"])
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE projects_templateentry SET register = 'outcomes' WHERE id = %s",
            [made.json()["id"]],
        )
    assert api(estate.reader).patch(
        f"template-entries/{made.json()['id']}/", {"title": "Locks"}
    ).status_code == 403  # fmt: skip


def test_a_project_from_a_template_has_its_outputs_and_risks(estate: Estate, api: Any) -> None:
    works = estate.portfolio.templates.get(code="CAPITAL")
    row = api(estate.office).post(f"templates/{works.pk}/projects/", {
        "code": "LIB", "name": "Library", "portfolio": estate.portfolio.pk,
        "starts_on": "2026-11-01", "finishes_on": "2028-10-31",
    }).json()  # fmt: skip
    project = Project.objects.get(pk=row["id"])
    outputs = [(each.title, str(each.planned_on)) for each in project.outputs.all()]
    assert outputs == [
        ("The works, ready for use", "2028-10-01"),
        ("Manuals and as-built drawings", "2028-10-31"),
    ]
    assert [(each.code, each.status) for each in project.risks.all()] == [("LIB-R1", "draft")]


def test_a_copy_has_the_tranches_of_another_on_other_days(estate: Estate, api: Any) -> None:
    client = api(estate.office)
    first = client.post(estate.path, estate.body(vision="Learn")).json()
    body = estate.body(code="GYM", starts_on="2027-11-01", finishes_on="2030-10-31")
    row = client.post(f"programmes/{first['id']}/copies/", body).json()
    assert (row["vision"], row["template"]) == ("Learn", estate.template.pk)
    programme = Programme.objects.get(pk=row["id"])
    assert [str(each.ends_on) for each in programme.tranches.all()][:2] == [
        "2028-07-28", "2029-10-31",
    ]  # fmt: skip
    assert [each.title for each in programme.outcomes.all()] == ["People work in the new way"]
    assert not programme.risks.exists()
    refused = api(estate.reader).post(f"programmes/{first['id']}/copies/", body | {"code": "X"})
    assert refused.status_code == 403
    hidden = api(estate.stranger).post(f"programmes/{first['id']}/copies/", body | {"code": "X"})
    assert hidden.status_code == 404


def test_a_preview_begins_nothing(estate: Estate, api: Any) -> None:
    seen = api(estate.office).post(f"{estate.path}?preview=1", estate.body())
    assert seen.status_code == 200
    assert not Programme.objects.exists()


def test_the_page_offers_a_short_form_to_who_may_begin(estate: Estate, client_of: Any) -> None:
    at = f"/programmes/new/?portfolio={estate.portfolio.pk}"
    shown = client_of(estate.office).get(at).content.decode()
    assert f'action="/api/v1/{estate.path}"' in shown
    assert "Finance (Posts what is spent)" in shown
    assert "Capital works" not in shown
    copied = factories.programme(portfolio=estate.portfolio)
    copying = client_of(estate.sponsor).get(f"{at}&copy={copied.pk}").content.decode()
    assert f'action="/api/v1/programmes/{copied.pk}/copies/"' in copying
    assert client_of(estate.reader).get(at).status_code == 403
    works = estate.portfolio.templates.get(code="CAPITAL")
    for query in ("portfolio=x", f"template={works.pk}", "copy=99999999"):
        found = client_of(estate.office).get(f"/programmes/new/?{query}")
        assert found.status_code == 404
    assert client_of(estate.office).get(f"/programmes/new/blank/{at[16:]}").status_code == 200


def test_a_programme_says_what_is_missing_and_where_it_is_mended(
    estate: Estate, api: Any, client_of: Any
) -> None:
    row = api(estate.office).post(estate.path, estate.body()).json()
    shown = client_of(estate.office).get(f"/programmes/{row['id']}/").content.decode()
    assert f"/role-assignments/new/?programme={row['id']}&amp;role=finance" in shown
    assert 'id="checklist"' not in client_of(estate.reader).get(
        f"/programmes/{row['id']}/"
    ).content.decode()  # fmt: skip


def test_a_programme_that_goes_on_for_good_lacks_no_end(nothing: None) -> None:
    home = factories.programme(starts_on="2026-04-01")
    assert home.planned_end_on is None
    assert "dates" not in {each.name for each in missing_items(home)}
    assert "dates" in {each.name for each in missing_items(factories.programme())}


def test_a_programme_is_begun_without_an_end_and_copied_so(estate: Estate, api: Any) -> None:
    body = estate.body()
    del body["finishes_on"]
    made = api(estate.office).post(estate.path, body)
    assert (made.status_code, made.json()["planned_end_on"]) == (201, None), made.json()
    first = Programme.objects.get(code="LEA")
    assert first.outcomes.exists()
    dated = [tranche.ends_on for tranche in first.tranches.all()]
    again = body | {"code": "LEB", "finishes_on": None}
    assert api(estate.office).post(f"programmes/{first.pk}/copies/", again).status_code == 201
    copy = Programme.objects.get(code="LEB")
    assert (copy.planned_end_on, [row.ends_on for row in copy.tranches.all()]) == (None, dated)
