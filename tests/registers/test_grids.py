"""What a register's page tells its grid: columns, what may be edited, where rows and names are."""

import json
from urllib.parse import urlencode

import pytest

from pmhub.registers import registers
from pmhub.views.registers.cells import columns_of
from projects.models import Risk
from tests.registers.test_pages import EACH

pytestmark = pytest.mark.django_db


def told(client, address: str):
    """What the island of a page is told."""
    page = client.get(address)
    assert page.status_code == 200, page.content
    return json.loads(page.context["grid"]) if page.context["grid"] else None


@EACH
def test_every_register_has_a_grid_whose_rows_rest_answers(register, demo, pmo, client_of, api_of):
    every = [("column", name) for name in columns_of(register)]
    columns = [("column", name) for name in register.columns]
    for chosen in (columns, every):
        grid = told(client_of(pmo), f"/{register.name}/?{urlencode([*chosen, ('view', 'grid')])}")
        if grid is None:
            return  # the demo has none of these
        joined = "&" if "=" in grid["address"] else ""
        rows = api_of(pmo).get(f"{grid['address']}{joined}fields={','.join(grid['fields'])}")
        assert rows.status_code == 200, rows.content
        for column in grid["columns"]:
            if of := column["of"]:
                names = ",".join(filter(None, ["id", of["code"], of["name"]]))
                called = api_of(pmo).get(f"/api/v1/{of['collection']}/?ids=1,2&fields={names}")
                assert called.status_code == 200, (column["name"], called.content)


def test_what_a_verb_changes_and_what_a_reader_sees_is_not_edited(
    demo, cam_manager, viewer, client_of
):
    def edited(user):
        grid = told(client_of(user), "/risks/?view=grid")
        return {each["name"] for each in grid["columns"] if each["edits"]}

    assert {"title", "owner", "residual_probability"} <= edited(cam_manager)
    assert "status" not in edited(cam_manager)
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
