"""The page of a benefit, what is mine and due, and the forms of the map: who is offered what."""

import re
from datetime import date
from decimal import Decimal

import pytest

from benefits.models import Benefit, BenefitLink
from benefits.queries import series
from tests import factories
from tests.registers.test_pages import rows_of, text_of

MAP = "Gaps and overlaps"
# What whoever reads it says and keeps of it for themself.
OWN = {"/api/v1/comments/", "/api/v1/favourites/", "/api/v1/follows/"}


@pytest.fixture
def b01(demo):
    return demo.benefit("B01")


def offered(client, benefit):
    """The words of the page of a benefit, and the addresses that its forms write to."""
    page = client.get(f"/benefits/{benefit.pk}/")
    return text_of(page), set(re.findall(r'<rest-form[^>]*action="([^"]+)"', page.content.decode()))


def test_the_page_says_what_is_planned_measured_and_due(demo, viewer, client_of, b01):
    words, forms = offered(client_of(viewer), b01)
    for title in ("Measuring", "Profile", "Realisation", "On the map", "Led to by"):
        assert title in words
    assert "Plan 1 Approved" in words  # a version and its state
    assert forms == OWN


@pytest.mark.parametrize(
    ("who", "writes"),
    [("benefit_owner", True), ("cam_manager", True), ("pmo", True), ("viewer", False),
     ("sponsor", False)],
)  # fmt: skip
def test_who_answers_for_it_is_offered_a_new_forecast(who, writes, client_of, b01, request):
    words, forms = offered(client_of(request.getfixturevalue(who)), b01)
    assert ("Re-forecast" in words) is writes
    assert ("Record a measurement" in words) is writes
    assert ("/api/v1/profile-versions/" in forms) is writes


def test_a_measurement_begins_with_its_period_and_its_day(benefit_owner, client_of, demo):
    page = client_of(benefit_owner).get("/benefits/").content.decode()
    assert "Due to be measured" in page
    address = re.search(r'href="(/measurements/new/[^"]+)"', page)
    assert address
    form = client_of(benefit_owner).get(address[1].replace("&amp;", "&"))
    assert form.status_code == 200
    assert 'name="measured_on"' in form.content.decode()
    assert demo.portfolio.as_of.isoformat() in form.content.decode()


def test_what_is_mine_is_what_i_answer_for(benefit_owner, cam_manager, client_of, api_of, demo):
    own = set(benefit_owner.person.benefits_owned.values_list("pk", flat=True))
    for who, ids in ((benefit_owner, own), (cam_manager, set())):
        listed = client_of(who).get("/benefits/?mine=true")
        assert set(rows_of(listed)) == ids
        told = api_of(who).get("/api/v1/benefits/?mine=true").json()["results"]
        assert {row["id"] for row in told} == ids
    assert "Due to be measured" not in text_of(client_of(cam_manager).get("/benefits/"))
    others = api_of(benefit_owner).get("/api/v1/benefits/?mine=false&page_size=100").json()
    assert own.isdisjoint({row["id"] for row in others["results"]})


@pytest.mark.parametrize(
    ("who", "edits"),
    [
        ("cam_manager", True),
        ("pmo", True),
        ("benefit_owner", True),
        ("viewer", False),
        ("sponsor", False),
        ("cam02_manager", False),
    ],
)
def test_the_map_is_changed_by_who_may(who, edits, client_of, demo, request):
    client = client_of(request.getfixturevalue(who))
    page = client.get(f"/programmes/{demo.programme('CAM').pk}/benefits/")
    if page.status_code == 404:
        assert not edits
        return
    assert ("Change the map" in text_of(page)) is edits
    assert MAP in text_of(page)


def test_the_map_says_what_is_missing_and_what_is_said_twice(client_of, pmo, demo):
    first = demo.benefit("B01")
    other = factories.benefit(programme=demo.programme("CAM"), code="B77")
    type(first).objects.filter(pk__in=[first.pk, other.pk]).update(measure="Energy  Use", unit="k")
    page = text_of(client_of(pmo).get(f"/programmes/{demo.programme('CAM').pk}/benefits/"))
    assert re.search("No project contributes to it [^:]*B77", page)
    assert "Same measure, energy use (k)" in page


def test_links_are_named_by_what_they_lead_to(client_of, cam_manager, demo):
    cam = demo.programme("CAM")
    page = client_of(cam_manager).get(f"/programmes/{cam.pk}/benefits/").content.decode()
    links = set(re.findall(r'action="/api/v1/benefit-links/(\d+)/" method="DELETE"', page))
    assert links == {str(each.pk) for each in BenefitLink.objects.filter(programme=cam)}


def test_a_level_has_its_curve_by_the_day_at_which_it_stands(demo, viewer, client_of):
    satisfied = demo.benefit("B04")
    page = client_of(viewer).get(f"/benefits/{satisfied.pk}/")
    words = text_of(page)
    assert "Attainment 7% 90% of the way planned by now" in words
    assert "Level, % satisfied" in words
    assert "By the end of Planned Forecast Actual 31 Mar 2025 71 – 71.4" in words
    periods = series(satisfied)["periods"]
    assert [str(each["end"]) for each in periods] == [f"{year}-03-31" for year in range(2025, 2035)]
    assert [each["planned_cumulative"] for each in periods][-1] == 84
    assert [each["actual_cumulative"] for each in periods][2:] == [None] * 8


def test_a_forecast_of_a_level_goes_on_from_its_baseline_or_what_was_measured(demo):
    satisfied = demo.benefit("B04")
    Benefit.objects.filter(pk=satisfied.pk).update(baseline_on=date(2024, 3, 31))
    for year, value in ((2025, 70), (2027, 76)):
        factories.entry(satisfied, year, value, version_kind="forecast")
    found = series(Benefit.objects.get(pk=satisfied.pk))["periods"]
    first, *_ = found
    assert (first["planned_cumulative"], first["actual_cumulative"]) == (71, 71)
    forecast = {str(each["end"]): each["forecast_cumulative"] for each in found}
    told = {day: value for day, value in forecast.items() if value is not None}
    assert told == {"2026-03-31": Decimal("71.9"), "2028-03-31": 76}  # 2025 is measured


def test_of_a_level_of_which_nothing_is_said_there_is_no_curve(demo, viewer, client_of):
    page = text_of(client_of(viewer).get(f"/benefits/{demo.benefit('B16').pk}/"))
    assert "Level, students per day" not in page
