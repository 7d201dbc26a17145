"""What a register's page tells its grid: columns, what may be edited, where rows and names are."""

import json
from decimal import Decimal
from urllib.parse import urlencode

import pytest
from django.db.models import Count

from pmhub.registers import registers
from pmhub.views.registers.cells import columns_of
from projects.models import Risk
from tests import factories
from tests.registers.test_pages import EACH, record_of

pytestmark = pytest.mark.django_db


answered: set[str] = set()  # where names are read, which columns of many registers share


def told(client, address: str):
    """Return the data that a page gives its grid; None without a grid."""
    page = client.get(address)
    assert page.status_code == 200, page.content
    return json.loads(page.context["grid"]) if page.context["grid"] else None


@EACH
def test_every_register_has_a_grid_whose_rows_rest_answers(register, demo, pmo, client_of):
    record_of(register)
    every = [("column", name) for name in columns_of(register)]
    columns = [("column", name) for name in register.columns]
    client = client_of(pmo)
    for chosen in (columns, every):
        grid = told(client, f"/{register.name}/?{urlencode([*chosen, ('view', 'grid')])}")
        assert grid is not None
        joined = "&" if "=" in grid["address"] else ""
        rows = client.get(f"{grid['address']}{joined}fields={','.join(grid['fields'])}")
        assert rows.status_code == 200, rows.content
        for column in grid["columns"]:
            if of := column["of"]:
                names = ",".join(filter(None, ["id", of["code"], of["name"]]))
                address = f"/api/v1/{of['collection']}/?ids=1,2&fields={names}"
                if address not in answered:
                    called = client.get(address)
                    assert called.status_code == 200, (column["name"], called.content)
                    answered.add(address)


def test_what_a_verb_changes_and_what_a_reader_sees_is_not_edited(
    demo, cam_manager, viewer, client_of
):
    def edited(user):
        grid = told(client_of(user), "/risks/?view=grid")
        return {each["name"] for each in grid["columns"] if each["edits"]}

    by_manager = edited(cam_manager)  # read once: a list that is drawn again has no context
    assert {"title", "owner", "residual_probability"} <= by_manager
    assert "status" not in by_manager
    assert edited(viewer) == set()


def test_the_grid_is_read_with_the_query_of_its_page(demo, cam_manager, client_of):
    grid = told(
        client_of(cam_manager), "/risks/?view=grid&kind=threat&search=steel&ordering=-title"
    )
    assert grid["address"] == "/api/v1/risks/?kind=threat&search=steel"
    assert grid["order"] == "-title"
    answer = client_of(cam_manager).get("/risks/?view=cards")
    assert answer.status_code == 400


def test_records_are_read_by_their_ids(demo, cam_manager, stranger, api_of):
    ids = list(Risk.objects.visible_to(cam_manager).values_list("pk", flat=True)[:3])
    query = f"/api/v1/risks/?ids={','.join(map(str, ids))}"
    assert {row["id"] for row in api_of(cam_manager).get(query).json()["results"]} == set(ids)
    assert api_of(stranger).get(query).json()["results"] == []
    for wrong in ("", "1,", "a", "1,-2", ",".join(["1"] * 501), "1%00"):
        answer = api_of(cam_manager).get(f"/api/v1/risks/?ids={wrong}")
        assert (wrong, answer.status_code) == (wrong, 400)


def test_who_is_named_by_an_id_is_answered_though_archived(demo, pmo, api_of):
    person = registers.named("people").model.objects.visible_to(pmo).first()
    archived = api_of(pmo).get("/api/v1/people/?archived=true").json()["results"]
    told = api_of(pmo).get(f"/api/v1/people/?ids={person.pk}").json()["results"]
    assert [each["id"] for each in told] == [person.pk]
    assert person.pk not in {each["id"] for each in archived}


def test_totals_of_a_grid_are_those_of_the_whole_filter(demo, pmo, client_of, api_of):
    for narrowed in ("", "&kind=reversal"):
        rows = api_of(pmo).get(f"/api/v1/cost-actuals/?page_size=500{narrowed}").json()["results"]
        grid = told(client_of(pmo), f"/cost-actuals/?view=grid{narrowed}")
        if rows:
            total = sum(Decimal(row["amount"]) for row in rows)
            assert Decimal(grid["totals"]["amount"].replace(",", "").replace("−", "-")) == total


def test_what_must_not_be_added_up_says_why(demo, pmo, client_of):
    for address, words in {
        "/risks/": "exposure of their programme",
        "/measurements/": "in the unit of their benefit",
        "/contributions/": "each of another whole",
    }.items():
        page = client_of(pmo).get(f"{address}?view=grid")
        assert json.loads(page.context["grid"])["totals"] == {}
        assert words in page.content.decode()


def test_amounts_in_several_currencies_have_no_total(demo, pmo, client_of):
    project = factories.project(portfolio=factories.portfolio(currency="EUR"))
    project.cost_actuals.create(posted_on="2026-10-01", amount=10)
    page = client_of(pmo).get("/cost-actuals/").content.decode()
    assert "Amounts are in several units" in page


def test_amounts_of_a_list_in_one_currency_have_a_total_whatever_else_there_is(
    demo, pmo, client_of
):
    project = factories.project(portfolio=factories.portfolio(currency="EUR"))
    project.cost_actuals.create(posted_on="2026-10-01", amount=Decimal("1250.5"))
    page = client_of(pmo).get(f"/projects/{project.pk}/cost-actuals/?view=grid")
    assert json.loads(page.context["grid"])["totals"] == {"amount": "1,250.50"}
    assert "Amount, €k" in {head["label"] for head in page.context["heads"]}
    [line] = client_of(pmo).get(f"/cost-actuals/?project={project.pk}").context["lines"]
    assert {cell.text for cell in line.cells} & {"1,250.50"}


def test_groups_of_a_grid_count_the_whole_filter_and_lead_to_their_rows(demo, pmo, client_of):
    page = client_of(pmo).get("/risks/?view=grid&group=status")
    groups = page.context["strip"]
    counts = {group.value: group.count for group, _ in groups}
    assert counts == dict(Risk.objects.order_by().values_list("status").annotate(count=Count("pk")))
    for group, address in groups:
        found = client_of(pmo).get(f"/risks/{address}")
        assert found.context["count"] == group.count


def test_verbs_are_offered_to_who_writes_some_of_the_records(demo, cam_manager, viewer, client_of):
    def offered(user):
        grid = told(client_of(user), "/risks/?view=grid")
        return {each["noun"] for each in grid["verbs"]}, grid["deletes"]

    nouns, deletes = offered(cam_manager)
    assert {"closure", "materialisation"} & nouns
    assert deletes
    assert offered(viewer) == (set(), False)


def test_a_record_is_looked_at_beside_its_list(demo, cam_manager, stranger, client_of):
    risk = demo.risk("R06")
    beside = {"X-Region": "panel"}
    page = client_of(cam_manager).get(f"/risks/{risk.pk}/", headers=beside).content.decode()
    assert risk.cause in page
    assert "<html" not in page
    assert client_of(stranger).get(f"/risks/{risk.pk}/", headers=beside).status_code == 404


def test_what_only_its_author_deletes_is_deleted_on_its_own_page(nothing, client_of):
    office, giver = factories.user("office"), factories.user("giver")
    factories.role(office, "pmo")
    programme = factories.programme()
    factories.role(giver, "sro", programme=programme)
    row = factories.delegation(giver, factories.user("deputy"), "sro", programme=programme)
    type(row).objects.filter(pk=row.pk).update(created_by=giver)
    for user in (office, giver):
        assert told(client_of(user), "/delegations/?view=grid")["deletes"] is False
