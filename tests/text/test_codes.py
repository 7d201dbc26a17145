"""Codes: unique over the portfolio whatever their case, free in another, on every path."""

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import F
from rest_framework.test import APIClient

from pmhub.models import Code, Coded, portfolio_of
from programmes.models import Programme, ProgrammeLine
from projects.models import Commitment, CostActual, Project, Risk
from projects.services import escalate_risk, materialise_risk
from tests import factories
from tests.api.conftest import errors_of

TAKEN = "This code is taken in this portfolio."


def in_use():
    """Return the rows of the table of codes."""
    return set(Code.objects.values_list("kind", "object_id", "portfolio_id", "key"))


def wanted():
    """Return the rows that the table of codes should have, from the records themselves."""
    costs = CostActual.objects.exclude(source_ref="")
    orders = {
        ("commitment", row.pk, portfolio_of(row), f"{row.source}\x1f{row.reference}".casefold())
        for row in Commitment.objects.all()
    }
    return (
        {
            (model._meta.model_name, row.pk, portfolio_of(row), row.code.casefold())
            for model in Coded.__subclasses__()
            for row in model._base_manager.all()
        }
        | orders
        | {
            ("cost", row.pk, portfolio_of(row), f"{row.source}\x1f{row.source_ref}")
            for row in costs
        }
    )


@pytest.fixture
def bodies(office):
    """A body for a record of each kind whose code is unique over the portfolio."""
    project, other = factories.project(), factories.project()
    other.programme.portfolio = project.programme.portfolio
    other.programme.save()
    return {
        "programmes": {"portfolio": project.programme.portfolio_id, "name": "n"},
        "projects": {"programme": project.programme_id, "name": "n"},
        "benefits": {
            "programme": project.programme_id, "title": "n", "unit": "GBP", "category": "cashable",
        },
        "risks": {"project": project.pk, "title": "n"},
        "milestones": {"project": project.pk, "title": "n"},
        "dependencies": {"giver": other.pk, "receiver": project.pk, "deliverable": "n"},
        "resources": {
            "portfolio": project.programme.portfolio_id, "name": "n", "capacity": "1",
        },
    }  # fmt: skip


KINDS = [
    "programmes", "projects", "benefits", "risks", "milestones", "dependencies", "resources",
]  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_two_codes_that_differ_by_case_alone_are_one(kind, office, bodies, api):
    assert api(office).post(f"{kind}/", bodies[kind] | {"code": "Straße-É1"}).status_code == 201
    if kind == "dependencies":
        bodies[kind]["deliverable"] = "another"
    for code in ("straße-é1", "STRASSE-É1", "straße-e\u0301" + "1", "Straße-É1\u200f"):
        answer = api(office).post(f"{kind}/", bodies[kind] | {"code": code})
        assert answer.status_code == 400
        assert errors_of(answer) == {"/code": "unique"}
        assert answer.json()["errors"][0]["detail"] == TAKEN
    assert api(office).post(f"{kind}/", bodies[kind] | {"code": "Strasse-E1"}).status_code == 201


@pytest.mark.parametrize("kind", KINDS)
def test_a_code_of_another_portfolio_is_free(kind, office, bodies, api):
    elsewhere = factories.project(code="X1", programme=factories.programme(code="X1"))
    factories.benefit(programme=elsewhere.programme, code="X1")
    factories.risk(elsewhere, code="X1")
    factories.milestone(elsewhere, code="X1")
    factories.dependency("Council", elsewhere, code="X1")
    factories.resource(portfolio=elsewhere.programme.portfolio, code="X1")
    assert api(office).post(f"{kind}/", bodies[kind] | {"code": "X1"}).status_code == 201
    if kind == "dependencies":
        bodies[kind]["deliverable"] = "another"
    assert errors_of(api(office).post(f"{kind}/", bodies[kind] | {"code": "x1"})) == {
        "/code": "unique"
    }


def test_a_clash_out_of_sight_says_nothing_of_the_record(api, nothing):
    mine = factories.programme()
    hidden = factories.project(
        programme=factories.programme(portfolio=mine.portfolio), code="SECRET-1", name="Merger"
    )
    manager = factories.user()
    factories.role(manager, "programme_manager", programme=mine)
    body = {"programme": mine.pk, "code": "secret-1", "name": "n"}
    answer = api(manager).post("projects/", body)
    assert errors_of(answer) == {"/code": "unique"}
    assert "Merger" not in answer.content.decode()
    assert str(hidden.pk) not in answer.json()["detail"]
    other = factories.portfolio()
    factories.project(programme=factories.programme(portfolio=other), code="FREE-1")
    assert api(manager).post("projects/", body | {"code": "FREE-1"}).status_code == 201


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("people", {"name": "n"}),
        ("portfolios", {"name": "n", "organisation": "o"}),
        ("objectives", {"title": "n", "portfolio": "portfolio"}),
        ("tranches", {"name": "n", "programme": "programme"}),
        ("outcomes", {"title": "n", "programme": "programme"}),
        ("programme-lines", {"kind": "other", "programme": "programme"}),
        ("outputs", {"title": "n", "project": "project"}),
        ("budget-lines", {"project": "project"}),
        ("issues", {"title": "n", "project": "project"}),
        ("compliance-items", {"title": "n", "kind": "permit", "project": "project"}),
        ("assurance-reviews", {"kind": "peer", "project": "project"}),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_other_codes_are_unique_in_their_parent(kind, body, office, api):
    homes = [factories.project(), factories.project()]
    first, second = (
        {
            name: {
                "project": home.pk,
                "programme": home.programme_id,
                "portfolio": home.programme.portfolio_id,
            }.get(value, value)
            for name, value in body.items()
        }
        for home in homes
    )
    assert api(office).post(f"{kind}/", first | {"code": "Q-1"}).status_code == 201
    assert errors_of(api(office).post(f"{kind}/", first | {"code": "q-1"})) == {"/code": "unique"}
    free = 201 if second != first else 400
    assert api(office).post(f"{kind}/", second | {"code": "q-1"}).status_code == free


@pytest.mark.parametrize(
    ("kind", "field", "more"),
    [
        ("template-milestones", "title", {}),
        ("template-entries", "title", {"register": "outputs"}),
        ("template-criteria", "text", {"stage": "deliver"}),
        ("gate-criteria", "text", {}),
    ],
)
def test_names_that_differ_by_case_alone_are_one(kind, field, more, office, api):
    project = factories.project()
    template = project.owner_portfolio.templates.create(code="SMALL", name="Small works")
    home = {"gate": factories.gate(project).pk} if kind[:4] == "gate" else {"template": template.pk}
    body = {**home, **more}
    assert api(office).post(f"{kind}/", body | {field: "Énergie sûre"}).status_code == 201
    again = api(office).post(f"{kind}/", body | {field: "ÉNERGIE Sûre"})
    assert (again.status_code, errors_of(again)) == (400, {f"/{field}": "unique"})
    assert api(office).post(f"{kind}/", body | {field: "Energie sure"}).status_code == 201


def test_a_record_keeps_its_own_code_and_may_change_its_case(office, api):
    project = factories.project(code="Cam-1")
    answer = api(office).patch(f"projects/{project.pk}/", {"code": "CAM-1", "name": "n"})
    assert (answer.status_code, answer.json()["code"]) == (200, "CAM-1")


def test_codes_can_be_exchanged_in_one_transaction(nothing):
    one = factories.project(code="A")
    two = factories.project(code="B", programme=one.programme)
    with transaction.atomic(), connection.cursor() as cursor:
        for project, code in ((one, "B"), (two, "A")):
            Project.objects.filter(pk=project.pk).update(code=code)
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    assert in_use() == wanted()


def test_plain_sql_cannot_take_a_code_either(nothing):
    project = factories.project(code="Straße")
    factories.project(code="Z", programme=project.programme)
    sql = (
        "UPDATE projects_project SET code = 'STRASSE' WHERE code = 'Z';"
        " SET CONSTRAINTS ALL IMMEDIATE"
    )
    with (
        pytest.raises(IntegrityError, match="code_once"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(sql)


def test_codes_follow_what_moves(demo):
    assert in_use() == wanted()
    mine = factories.project()
    factories.risk(mine.programme)
    factories.benefit(programme=mine.programme)
    for make in (factories.risk, factories.milestone):
        make(mine)
    factories.dependency("Council", mine)
    line = factories.line(programme=mine.programme)
    for owner in (mine, line):
        owner.cost_actuals.create(posted_on="2026-10-01", amount=1, source_ref=str(owner))
    Programme.objects.filter(pk=mine.programme_id).update(portfolio=factories.portfolio())
    assert in_use() == wanted()
    Project.objects.filter(code="CAM-02").update(programme=factories.programme())
    Project.objects.filter(code="CAM-03").update(programme=None, portfolio=factories.portfolio())
    Risk.objects.filter(code="R01").update(code="r-one")
    assert in_use() == wanted()
    ProgrammeLine.objects.filter(pk=line.pk).update(programme=factories.programme())
    assert in_use() == wanted()
    CostActual.objects.filter(source_ref=str(mine)).update(source_ref="")
    CostActual.objects.filter(source_ref="").update(source="ledger", source_ref=F("id"))
    assert in_use() == wanted()


def test_a_move_onto_a_taken_code_is_refused(office, api):
    here, there = factories.programme(), factories.programme()
    project = factories.project(programme=here)
    factories.risk(project, code="R1")
    factories.risk(there, code="r1")
    answer = api(office).patch(f"programmes/{here.pk}/", {"portfolio": there.portfolio_id})
    assert answer.status_code == 409
    assert errors_of(answer) == {"/code": "code_once"}


def test_the_admin_says_the_same(client_of, office):
    office.is_staff = True
    office.save()
    project = factories.project(code="CAM-1")
    entries = {
        "programme": project.programme_id, "code": "cam-1", "name": "n", "stage": "pipeline",
        "status": "active", "complexity": "3", "delivery_approach": "linear",
        "percent_complete": "0", "percent_method": "judged",
    }  # fmt: skip
    page = client_of(office).post("/admin/projects/project/add/", entries)
    assert page.context["adminform"].form.errors["code"] == [TAKEN]
    assert Project.objects.count() == 1


def test_verbs_find_a_code_that_is_free(nothing):
    project = factories.project()
    risks = [factories.risk(project, code=code) for code in ("ABCDEFGHIJKLMNOP", "R2")]
    factories.risk(project.programme, code="abcdefghijklmn-p")
    assert escalate_risk(risks[0], by=None).escalated_to.code == "ABCDEFGHIJKLMN-P2"
    factories.issue(project, code="r2-i")
    assert materialise_risk(risks[1], by=None).code == "R2-I2"


def test_a_list_is_narrowed_by_a_code_in_any_case(office, api_of):
    project = factories.project(code="CAM-É1")
    client: APIClient = api_of(office)
    for code in ("cam-é1", "CAM-E\u0301" + "1"):
        rows = client.get("/api/v1/projects/", {"code": code}).json()["results"]
        assert [row["id"] for row in rows] == [project.pk]
    assert client.get("/api/v1/projects/", {"code": "cam-e1"}).json()["count"] == 0
