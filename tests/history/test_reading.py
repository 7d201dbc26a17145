"""The history over REST and in the admin pages: to whom it is told, and what of it."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from pmhub.api.routes import RESOURCES
from pmhub.database.history import WritePath, because, through
from projects.models import Risk
from tests import factories
from tests.admin.test_entering import address
from tests.samples import sample


def path(collection, row, query=""):
    """The address of a record's history."""
    return f"/api/v1/{collection}/{row.pk}/history/{query}"


def test_it_is_paged_and_the_newest_comes_first(demo, pmo, api_of):
    risk = demo.risk("R01")
    for title in ("One", "Two", "Three"):
        Risk.objects.filter(pk=risk.pk).update(title=title)
    client = api_of(pmo)
    page = client.get(path("risks", risk, "?page_size=2")).json()
    assert page["count"] == client.get(path("risks", risk)).json()["count"]
    assert page["count"] > 3
    assert page["previous"] is None
    assert [each["changes"] for each in page["results"]] == [
        [{"field": "title", "from": "Two", "to": "Three", "from_label": None, "to_label": None}],
        [{"field": "title", "from": "One", "to": "Two", "from_label": None, "to_label": None}],
    ]
    second = client.get(page["next"]).json()["results"]
    assert second[0]["changes"][0]["to"] == "One"


def test_an_event_has_this_form(demo, pmo, cam_manager, api_of):
    risk = demo.risk("R01")
    client = api_of(cam_manager)
    owner = risk.owner
    other = factories.person(name="Somebody")
    answer = client.patch(
        f"/api/v1/risks/{risk.pk}/",
        {"owner": other.pk, "residual_probability": "0.3"},
        headers={"If-Match": "*"},
    )
    assert answer.status_code == 200
    event = client.get(path("risks", risk)).json()["results"][0]
    assert list(event) == ["at", "by", "via", "for", "reason", "action", "version", "changes"]
    assert (event["for"], event["reason"]) == (None, None)
    assert event["by"]["id"] == cam_manager.pk
    assert event["by"]["name"]
    assert (event["via"], event["action"]) == ("page", "changed")
    assert event["version"] == answer.json()["version"]
    found = {each["field"]: each for each in event["changes"]}
    assert (found["owner"]["from"], found["owner"]["from_label"]) == (owner.pk, owner.name)
    assert (found["owner"]["to"], found["owner"]["to_label"]) == (other.pk, "Somebody")
    assert found["residual_probability"]["to"] == "0.3000"  # as the resource shows it
    assert answer.json()["residual_probability"] == "0.3000"


@pytest.mark.parametrize("collection", RESOURCES)
def test_every_resource_has_one(collection, demo, pmo, stranger, api_of):
    row = sample(collection)
    answer = api_of(pmo).get(path(collection, row))
    assert answer.status_code == 200
    assert answer.json()["results"][-1]["action"] == "created"
    assert api_of(stranger).get(path(collection, row)).status_code == 404


def test_who_sees_the_record_sees_its_history(demo, cam_manager, ssv_manager, api_of):
    risk = demo.risk("R01")
    assert api_of(cam_manager).get(path("risks", risk)).status_code == 200
    assert api_of(ssv_manager).get(path("risks", risk)).status_code == 404


def test_of_what_is_no_more_only_the_organisation_reads(demo, pmo, cam_manager, api_of):
    risk = demo.risk("R01")
    address = path("risks", risk)
    risk.delete()
    assert api_of(pmo).get(address).json()["results"][0]["action"] == "deleted"
    assert api_of(cam_manager).get(address).status_code == 404
    assert api_of(pmo).get("/api/v1/risks/999999999/history/").status_code == 404


@pytest.mark.parametrize("collection", ["follows", "favourites", "saved-views"])
def test_what_was_ones_own_alone_is_nobodys_once_it_is_no_more(
    collection, demo, pmo, viewer, api_of
):
    at = {"record_type": "risk", "record_id": demo.risk("R01").pk}
    body = {"collection": "risks", "name": "Mine"} if collection == "saved-views" else at
    mine = api_of(viewer)
    made = mine.post(f"/api/v1/{collection}/", body, format="json").json()
    address = f"/api/v1/{collection}/{made['id']}/"
    assert mine.get(f"{address}history/").status_code == 200
    assert api_of(pmo).get(f"{address}history/").status_code == 404
    assert mine.delete(address, headers={"If-Match": "*"}).status_code == 204
    for reader in (pmo, viewer):
        assert api_of(reader).get(f"{address}history/").status_code == 404


def test_a_view_that_was_shared_is_read_once_it_is_no_more(demo, pmo, viewer, api_of):
    body = {"collection": "risks", "name": "Ours", "portfolio": demo.portfolio.pk}
    made = api_of(viewer).post("/api/v1/saved-views/", body, format="json").json()
    address = f"/api/v1/saved-views/{made['id']}/"
    assert api_of(viewer).delete(address, headers={"If-Match": "*"}).status_code == 204
    found = api_of(pmo).get(f"{address}history/").json()["results"]
    assert [each["action"] for each in found] == ["deleted", "created"]


def test_a_related_record_out_of_sight_has_no_name(nothing, api_of):
    here, there = factories.programme(name="Here"), factories.programme(name="Secret")
    manager = factories.user("manager")
    factories.role(manager, "programme_manager", programme=here)
    project = factories.project(programme=there)
    type(project).objects.filter(pk=project.pk).update(programme=here)
    answer = api_of(manager).get(path("projects", project))
    moved = answer.json()["results"][0]["changes"]
    assert [(e["field"], e["from_label"], e["to_label"]) for e in moved] == [
        ("programme", None, "Here")
    ]
    assert "Secret" not in answer.content.decode()


def test_of_the_end_of_a_dependency_out_of_sight_nothing_is_told(nothing, api_of):
    secret, mine = factories.project(name="Secret"), factories.project()
    manager = factories.user("manager")
    factories.role(manager, "project_manager", project=mine)
    dependency = factories.dependency(secret, mine)
    answer = api_of(manager).get(path("dependencies", dependency))
    began = {each["field"]: each["to"] for each in answer.json()["results"][0]["changes"]}
    assert began["receiver"] == mine.pk
    assert not {"giver", "giver_milestone", "giver_owner"} & set(began)
    assert "Secret" not in answer.content.decode()


def test_an_unknown_parameter_is_refused(demo, pmo, api_of):
    answer = api_of(pmo).get(path("risks", demo.risk("R01"), "?since=1"))
    assert answer.status_code == 400


def test_as_many_queries_for_three_events_as_for_one(nothing, api_of):
    office = factories.user("office")
    factories.role(office, "pmo")
    client = api_of(office)
    risk = factories.risk(factories.project())

    def assign():
        answer = client.patch(
            f"/api/v1/risks/{risk.pk}/",
            {"owner": factories.person().pk},
            headers={"If-Match": "*"},
        )
        assert answer.status_code == 200

    def queries():
        with CaptureQueriesContext(connection) as found:
            client.get(path("risks", risk))
        return len(found)

    assign()
    once = queries()
    assign()
    assign()
    assert queries() == once


def test_a_reason_and_for_whom_are_told(demo, pmo, api_of):
    risk = demo.risk("R01")
    with through(WritePath.IMPORT, by=pmo):
        with because("A survey found rust", for_="owner"):
            Risk.objects.filter(pk=risk.pk).update(title="Rust")
            with because("  "):
                Risk.objects.filter(pk=risk.pk).update(title="Rust in the piles")
        Risk.objects.filter(pk=risk.pk).update(title="Rust in piles")
    events = api_of(pmo).get(path("risks", risk)).json()["results"]
    assert [(each["reason"], each["for"], each["via"]) for each in events[:3]] == [
        (None, None, "import"),
        ("A survey found rust", "owner", "import"),
        ("A survey found rust", "owner", "import"),
    ]


# The admin pages


def test_the_history_button_shows_the_same_events(demo, pmo, client_of):
    risk = demo.risk("R01")
    Risk.objects.filter(pk=risk.pk).update(title="Typed in SQL")
    page = client_of(pmo).get(address(Risk, "history", risk.pk))
    newest = page.context["changes"][0]
    assert (newest["via"], newest["by"]) == ("SQL", None)
    [field] = newest["fields"]
    assert (field["name"], field["before"], field["after"]) == ("title", risk.title, "Typed in SQL")
    text = page.content.decode()
    assert "Typed in SQL" in text
    assert "Created" in text


def test_the_history_page_says_why_and_for_whom(demo, pmo, client_of):
    risk = demo.risk("R01")
    with through(WritePath.IMPORT, by=pmo), because("A survey found rust", for_="receiver"):
        Risk.objects.filter(pk=risk.pk).update(title="Rust")
    text = client_of(pmo).get(address(Risk, "history", risk.pk)).content.decode()
    assert "A survey found rust" in text
    assert "for the receiver" in text


def test_only_the_pmo_reads_it_there(demo, viewer, client_of):
    at = address(Risk, "history", demo.risk("R01").pk)
    assert client_of(viewer).get(at).status_code == 302
