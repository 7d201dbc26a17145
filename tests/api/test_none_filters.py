"""Filters by another record take `none`: the rows that name no record there."""

import pytest

from projects.models import Risk

pytestmark = pytest.mark.django_db


@pytest.fixture
def unowned(demo):
    """A risk without an owner, beside those that have one."""
    risk = demo.risk("R04")
    risk.owner = None
    risk.save(update_fields=["owner"])
    return risk


def codes(client, address):
    """The codes that a list answers."""
    return [row["code"] for row in client.get(address).json()["results"]]


def test_risks_without_an_owner_are_found(demo, unowned, cam_manager, api_of):
    client = api_of(cam_manager)
    found = codes(client, "/api/v1/risks/?owner=none")
    assert unowned.code in found
    assert set(found) == set(
        Risk.objects.visible_to(cam_manager).filter(owner=None).values_list("code", flat=True)
    )


def test_what_is_neither_an_id_nor_none_is_refused(demo, cam_manager, api_of):
    for text in ("nobody", "None", "-1", "none,1"):
        answer = api_of(cam_manager).get(f"/api/v1/risks/?owner={text}")
        assert (answer.status_code, text) == (400, text)


def test_what_every_record_names_is_never_none(demo, cam_manager, api_of):
    assert api_of(cam_manager).get("/api/v1/milestones/?project=none").status_code == 400


def test_the_list_offers_none_and_says_it_in_its_chip(demo, unowned, cam_manager, client_of):
    page = client_of(cam_manager).get("/risks/?owner=none")
    text = " ".join(page.content.decode().split())
    assert '<option value="none" selected>None</option>' in text
    assert "Owner: None" in text
    assert unowned.code in text


@pytest.mark.parametrize(
    ("collection", "field"),
    [
        ("compliance-items", "blocks"),
        ("decisions", "cause"),
        ("programmes", "business_case_stage"),
        ("change-requests", "funding"),
    ],
)
def test_a_choice_that_is_called_none_is_a_value_like_others(demo, pmo, api_of, collection, field):
    rows = api_of(pmo).get(f"/api/v1/{collection}/?page_size=500").json()["results"]
    ids = {
        said: {row["id"] for row in rows if (row[field] == "none") is said}
        for said in (True, False)
    }
    for query, found in (
        (f"{field}=none", ids[True]),
        (f"{field}__in=none", ids[True]),
        (f"{field}__not=none", ids[False]),
    ):
        answer = api_of(pmo).get(f"/api/v1/{collection}/?{query}&page_size=500").json()
        assert {row["id"] for row in answer["results"]} == found, query
