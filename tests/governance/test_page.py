"""The governance page of a programme: everything in its place, and offered to who may."""

import re
from typing import Any

import pytest
from django.db import connection
from django.db.models import F
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from pmhub import views
from pmhub.models import User
from programmes.models import HealthOverride, ObjectiveMeasurement, StrategicObjective


@pytest.fixture
def page(client_of: Any, demo: Any) -> Any:
    """`page(user, code)`: the page's text as somebody reads it."""

    def read(user: User, code: str = "CAM", status: int = 200, **asked: str) -> str:
        place = f"/programmes/{demo.programme(code).pk}/governance/"
        answer = client_of(user).get(place, asked)
        assert answer.status_code == status
        return " ".join(answer.content.decode().split())

    return read


def links(html: str, name: str) -> list[str]:
    """The addresses in a page that lead to a form for a new record."""
    return re.findall(rf'href="(/{name}/new/[^"]*)"', html)


def test_it_shows_what_the_programme_is_for_and_how_it_is_judged(page: Any, viewer: User) -> None:
    html = page(viewer)
    for words in (
        "fit for 18,500 students", "Space is booked as one pool", "The site is clear and serviced",
        "Grow and improve the student experience", "16,710", "24%",  # (16710-16150)/(18500-16150)
        "never measured", "Gateway 2 of North Residences is late", "Down",
        "Enable the site", "Engineering and science are taught in one place",
        "Gate 0 strategic assessment (repeat)", "Senior responsible owner", "Dr Farah Siddiqui",
        "No report yet.",
    ):  # fmt: skip
        assert words in html, words


@pytest.mark.parametrize(
    ("who", "declares", "overrides", "measures", "edits"),
    [
        ("sro", 1, 1, True, True),
        ("pmo", 1, 1, True, True),
        ("cam_manager", 0, 1, True, True),
        ("assurer", 1, 0, False, False),
        ("viewer", 0, 0, False, False),
    ],
)
def test_what_is_offered_to_whom(
    who: str, declares: int, overrides: int, measures: bool, edits: bool, page: Any,
    request: pytest.FixtureRequest,
) -> None:  # fmt: skip
    html = page(request.getfixturevalue(who))
    assert len({*links(html, "dca-records")}) == declares
    assert len({*links(html, "health-overrides")}) == overrides
    assert bool(links(html, "objective-measurements")) is measures
    assert ("/edit/" in html) is edits
    # What is thought of people, and said to them, is read by who leads alone.
    assert ("Wexmoor city planning office" in html) is edits
    assert ("Night works: what, when and whom to call" in html) is edits
    assert "Which contractor builds the residences?" in html


@pytest.mark.parametrize("who", ["sro", "pmo", "cam_manager", "assurer", "viewer"])
def test_what_is_offered_leads_to_a_form(
    who: str, page: Any, client_of: Any, request: pytest.FixtureRequest
) -> None:
    user = request.getfixturevalue(who)
    offered = {*re.findall(r'href="(/[^"#]*/(?:new|edit)/[^"#]*)', page(user))}
    assert bool(offered) is (who != "viewer")
    for address in offered:
        answer = client_of(user).get(address.replace("&amp;", "&"))
        assert (address, answer.status_code) == (address, 200)


def test_a_review_is_written_by_who_assures_and_its_advice_followed_by_who_leads(
    page: Any, demo: Any, assurer: User, cam_manager: User, viewer: User, api_of: Any
) -> None:
    programme = demo.programme("CAM")
    review = {"programme": programme.pk, "code": "AR9", "title": "Gate 3", "kind": "gate_3"}
    statuses = {
        user.username: api_of(user).post("/api/v1/assurance-reviews/", review, format="json")
        for user in (viewer, cam_manager, assurer)
    }
    assert {name: each.status_code for name, each in statuses.items()} == {
        "viewer": 403, "cam.manager": 403, "assurer": 201,
    }  # fmt: skip
    advice = {
        "review": statuses["assurer"].json()["id"], "number": 1, "text": "Name a deputy",
        "priority": "critical", "owner": demo.person("PE06").pk, "due_on": "2026-11-30",
    }  # fmt: skip
    made = api_of(assurer).post("/api/v1/assurance-recommendations/", advice, format="json")
    assert made.status_code == 201
    assert "Name a deputy" in page(viewer)
    id = made.json()["id"]
    action = {"recommendation": id, "title": "Ask Ruth", "due_on": "2026-11-20"}
    assert api_of(cam_manager).post("/api/v1/actions/", action, format="json").status_code == 201
    place = f"/api/v1/assurance-recommendations/{id}/completion/"
    said = {"closed_on": "2026-10-31", "actions": "cancel"}
    done = {
        user.username: api_of(user).post(place, said, format="json")
        for user in (cam_manager, assurer)
    }
    assert {name: each.status_code for name, each in done.items()} == {
        "cam.manager": 403, "assurer": 200,
    }  # fmt: skip
    assert "Name a deputy" not in page(viewer)


def test_a_stranger_finds_nothing(page: Any, stranger: User, ssv_manager: User) -> None:
    page(stranger, status=404)
    page(ssv_manager, status=404)


def test_what_waits_is_offered_to_another_alone(
    page: Any, demo: Any, sro: User, cam_manager: User, pmo: User
) -> None:
    programme = demo.programme("CAM")
    ObjectiveMeasurement.objects.create(
        objective=StrategicObjective.objects.get(code="SO5"), programme=programme,
        on="2026-10-31", value=8, by=demo.person("PE06"),
    )  # fmt: skip
    HealthOverride.objects.create(
        programme=programme, colour="green", reason="Agreed", by=demo.person("PE05"),
        starts_on="2026-10-31", expires_on="2026-12-31",
    )  # fmt: skip
    offered = {
        user.username: ("/verification/" in html, "/approval/" in html)
        for user in (sro, cam_manager, pmo)
        if (html := page(user))
    }
    assert offered == {
        "sro": (True, False), "cam.manager": (False, False), "pmo": (True, True),
    }  # fmt: skip
    assert "yours waits for another" in page(cam_manager)


def test_gaps_both_ways(page: Any, demo: Any, viewer: User) -> None:
    html = page(viewer)
    assert "No benefit of the programme serves SO5" in html
    benefit = demo.benefit("B01")
    benefit.objectives.clear()
    benefit.objective = None
    benefit.save()
    assert "serves no objective" in page(viewer)


def test_an_empty_programme_says_what_things_are(page: Any, demo: Any, pmo: User) -> None:
    demo.programme("HID").objectives.clear()
    html = page(pmo, "HID")
    assert "An override sets a colour in the place of the derived health" in html


def test_as_it_was_nothing_is_offered(page: Any, pmo: User) -> None:
    now = page(pmo)
    then = page(pmo, as_of=timezone.now().isoformat())
    assert "Gateway 2 of North Residences is late" in then
    for offered in ("Declare delivery confidence", "/objective-measurements/new/"):
        assert (offered in now, offered in then) == (True, False)


def test_reads_do_not_grow_with_rows(page: Any, demo: Any, viewer: User, sro: User) -> None:
    def count() -> int:
        for kept in (views.regions, views.contents):
            kept.clear()  # what is kept would not be read at all
        with CaptureQueriesContext(connection) as found:
            page(viewer)
        return len(found)

    count()
    before = count()
    programme = demo.programme("CAM")
    for day in ("2026-10-29", "2026-10-30"):
        programme.dca_records.create(value="red", on=day, basis="Late", by=demo.person("PE05"))
    for number in range(3):
        programme.objectives.add(
            StrategicObjective.objects.create(
                portfolio=programme.portfolio, code=f"SO9{number}", title="Fewer buildings"
            )
        )
    count()  # of a programme that has changed roles are read again, once
    assert count() == before


def test_lists_that_did_not_change_are_not_read_again(
    page: Any, demo: Any, sro: User, drain: Any
) -> None:
    def count() -> int:
        demo.project("CAM-02").budget_lines.update(approved=F("approved") + 1)
        drain()
        with CaptureQueriesContext(connection) as found:
            page(sro)
        return sum('FROM "projects_stakeholder"' in query["sql"] for query in found)

    count()
    assert count() == 0


def test_gates_and_the_mandate_stand_on_it(page: Any, demo: Any, pmo: User) -> None:
    html = page(pmo)
    for words in ("CAM-T2-END", "CAM-05-G3", "Buildings of 1962", "/programmes/"):
        assert words in html, words
    assert not links(html, "mandates")  # there is one, and no second
    assert links(html, "gates")
    demo.programme("CAM").gates.create(
        code="G9", title="Is it worth going on?", stage_from="deliver", stage_to="evaluate"
    )
    assert "Is it worth going on?" in page(pmo)


def test_a_programme_without_a_mandate_is_offered_one(page: Any, demo: Any, pmo: User) -> None:
    demo.programme("HID").mandates.all().delete()
    assert links(page(pmo, "HID"), "mandates")
