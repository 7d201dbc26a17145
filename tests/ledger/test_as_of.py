"""Figures as they were known at a moment."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from programmes.models import RollupBasis
from programmes.rollup.compute import ENGINE_VERSION
from tests.ledger.conftest import errors_of, written

ANSWERS = ["rollup/", "rollup/estimate_at_completion/", "rollup/health/"]


def edited(demo, drain, days=40):
    """CAM-02 made dearer and later."""
    project = demo.project("CAM-02")
    project.estimate_to_complete += 250
    project.forecast_finish += timedelta(days)
    project.save()
    drain()
    return project


@pytest.mark.parametrize("answer", ANSWERS)
def test_the_past_is_what_was_read_then(demo, viewer, read, cam, now, drain, answer):
    before, moment = read(viewer, cam + answer).json(), now()
    edited(demo, drain)
    after = read(viewer, cam + answer).json()
    past = read(viewer, cam + answer, as_of=moment).json()
    unlike = {"state", "computed_at", "known_at", "engine_version", "coverage"}
    assert after != before

    def told(found):
        metrics = found.get("metrics", {"one": found})
        return {
            name: {key: each[key] for key in each.keys() - unlike} for name, each in metrics.items()
        }

    assert told(past) == told(before)
    assert (past["state"], past["known_at"]) == ("past", moment.replace("+00:00", "Z"))
    assert past["coverage"] == before["coverage"]
    assert (past["as_of"], past["engine_version"]) == ("2026-10-31", ENGINE_VERSION)


def test_a_day_is_its_end_in_the_time_zone_of_the_portfolio(demo, viewer, read, cam):
    yesterday = demo.today - timedelta(days=1)
    found = read(viewer, f"{cam}rollup/", as_of=yesterday.isoformat()).json()
    known = datetime.fromisoformat(found["known_at"])
    there = known.astimezone(ZoneInfo(demo.portfolio.time_zone))
    assert there.replace(tzinfo=None) == datetime.combine(yesterday, time.max)


def test_before_the_first_computation_there_is_nothing(demo, viewer, read, cam):
    found = read(viewer, f"{cam}rollup/", as_of="2020-01-01").json()
    assert (found["metrics"], found["reason"]) == ({}, "not_computed_then")
    assert (found["as_of"], found["engine_version"], found["computed_at"]) == (None, None, None)
    why = read(viewer, f"{cam}rollup/risk_mean/", as_of="2020-01-01").json()
    assert (why["value"], why["reason"], why["lines"]) == (None, "not_computed_then", [])


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("2999-01-01", "future"),
        ("2999-01-01T00:00:00Z", "future"),
        ("yesterday", "invalid"),
        ("2026-02-30", "invalid"),
        ("2026-10-31T10:00:00", "invalid"),
        ("9999-12-31", "invalid"),
        ("", "invalid"),
        ("2026-10-31\x00", "null_character"),
    ],
)
@pytest.mark.parametrize("answer", [*ANSWERS, "series/"])
def test_no_moment_of_the_past_is_refused(demo, viewer, read, cam, answer, text, code):
    refused = read(viewer, cam + answer, as_of=text)
    assert (refused.status_code, errors_of(refused)) == (400, {"/as_of": code})


def test_a_blank_that_was_a_plus_is_read_as_one(demo, viewer, api, cam):
    moment = written(timezone.now())
    assert "+00:00" in moment
    assert api(viewer).get(f"{cam}rollup/?as_of={moment}").status_code == 200


def test_the_past_has_a_strong_etag_that_a_write_does_not_move(demo, viewer, api, cam, drain, now):
    path = f"{cam}rollup/?as_of={now().replace('+', '%2B')}"
    tag = api(viewer).get(path).headers["ETag"]
    assert tag.startswith('"')
    edited(demo, drain)
    assert api(viewer).get(path, **{"If-None-Match": tag}).status_code == 304


def test_a_stranger_finds_no_past_either(demo, viewer, stranger, read, cam, now):
    moment = now()
    codes = [read(who, f"{cam}rollup/", as_of=moment).status_code for who in (viewer, stranger)]
    assert codes == [200, 404]


def test_a_forecast_as_it_was(demo, cam02_manager, stranger, read, now, drain):
    path = f"projects/{demo.project('CAM-02').pk}/forecast/"
    before, moment = read(cam02_manager, path).json(), now()
    edited(demo, drain)
    past = read(cam02_manager, path, as_of=moment).json()
    assert read(cam02_manager, path).json()["propagated_finish"] != before["propagated_finish"]
    for name in ("declared_finish", "propagated_finish", "slip_days", "cpi", "eac", "health"):
        assert past[name] == before[name]
    assert past["oversight_level"] is None
    assert read(stranger, path, as_of=moment).status_code == 404
    never = read(cam02_manager, path, as_of="2020-01-01").json()
    assert (never["eac"], never["reasons"]["eac"]) == (None, "not_computed_then")
    refused = read(cam02_manager, path, as_of="2999-01-01")
    assert errors_of(refused) == {"/as_of": "future"}


def test_a_series_of_a_metric(demo, viewer, read, cam, now, drain):
    moment = now()
    edited(demo, drain)
    whole = read(viewer, f"{cam}series/", metric="estimate_at_completion").json()
    assert [point["value"] for point in whole["points"]] == ["285810.00", "286060.00"]
    past = read(viewer, f"{cam}series/", metric="estimate_at_completion", as_of=moment).json()
    assert past["points"] == whole["points"][:1]


def test_the_status_date_of_then_is_told_and_only_it_moves_the_basis(
    demo, viewer, read, cam, now, drain
):
    moment = now()
    edited(demo, drain)
    assert RollupBasis.objects.filter(programme=demo.programme("CAM")).count() == 1
    portfolio = demo.portfolio
    portfolio.status_date += timedelta(days=31)
    portfolio.save()
    drain()
    assert read(viewer, f"{cam}rollup/").json()["as_of"] == "2026-12-01"
    assert read(viewer, f"{cam}rollup/", as_of=moment).json()["as_of"] == "2026-10-31"


def test_what_left_a_programme_has_its_title_in_its_past_for_who_sees_it_still(
    demo, viewer, pmo, read, cam, now, drain
):
    moment, project = now(), demo.project("CAM-02")
    project.programme = demo.programme("NZE")
    project.tranche = None
    project.save()
    drain()
    path = f"{cam}rollup/actual_cost/"
    for who, seen in ((viewer, False), (pmo, True)):
        found = read(who, path, as_of=moment).json()
        assert ("CAM-02" in [line["source"]["code"] for line in found["lines"]]) is seen
        found = read(who, path).json()
        assert "CAM-02" not in [line["source"]["code"] for line in found["lines"]]


def test_what_came_to_a_programme_has_no_title_in_the_past_of_another(
    demo, viewer, pmo, read, now, drain
):
    moment, project = now(), demo.project("NZE-01")
    project.programme, project.tranche = demo.programme("CAM"), None
    project.save()
    drain()
    path = f"projects/{project.pk}/"
    assert read(viewer, path).status_code == 200
    assert errors_of(read(viewer, path, as_of=moment)) == {"/as_of": "not_there_then"}
    assert read(pmo, path, as_of=moment).json()["programme"] == demo.programme("NZE").pk
