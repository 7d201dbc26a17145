"""Every page says how fresh its figures are."""

from datetime import UTC, datetime

import pytest

from programmes.models import ProgrammeRollup, RollupRequest

FAILED, NEXT = datetime(2026, 11, 20, 9, 5, tzinfo=UTC), datetime(2026, 11, 20, 9, 45, tzinfo=UTC)


@pytest.fixture
def pages(demo):
    """The pages of a programme and of one of its projects, and the list of programmes."""
    cam, hub = demo.programme("CAM").pk, demo.project("CAM-02").pk
    return [
        f"/programmes/{cam}/", f"/programmes/{cam}/risk/", f"/programmes/{cam}/explain/risk_p80/",
        f"/projects/{hub}/", "/portfolio/",
    ]  # fmt: skip


@pytest.fixture
def failing(demo):
    ProgrammeRollup.objects.filter(programme=demo.programme("CAM")).update(
        failed_since=FAILED, stale_after=NEXT, attempts=4, last_error="CycleError: D09 → D10"
    )


def test_figures_that_fail_say_since_when_and_stay_the_last_good_ones(
    client_of, viewer, pages, failing, words
):
    for page in pages:
        seen = words(client_of(viewer).get(page))
        assert "Failed since 20 Nov 2026 09:05" in seen, page
        assert "CycleError" not in seen, page
    assert "60,388" in words(client_of(viewer).get(pages[0]))


def test_pmo_staff_also_see_the_error_and_the_next_attempt(client_of, pmo, pages, failing, words):
    for page in pages:
        assert "CycleError: D09 → D10; next attempt 20 Nov 2026 09:45" in words(
            client_of(pmo).get(page)
        ), page


def test_figures_about_to_change_say_so(client_of, viewer, pages, demo, words):
    RollupRequest.objects.create(kind="P", object_id=demo.project("CAM-02").pk)
    for page in pages:
        assert "Updating" in words(client_of(viewer).get(page)), page
    RollupRequest.objects.all().delete()
    for page in pages:
        seen = words(client_of(viewer).get(page))
        assert "Updating" not in seen, page
        assert "Failed" not in seen, page


def test_rest_says_the_same(client_of, viewer, demo, failing):
    address = f"/api/v1/programmes/{demo.programme('CAM').pk}/rollup/"
    found = client_of(viewer).get(address).json()
    assert found["state"] == "failed"
    assert (found["failed_since"], found["next_attempt"]) == (
        "2026-11-20T09:05:00Z", "2026-11-20T09:45:00Z",
    )  # fmt: skip
    assert found["metrics"]["risk_p80"]["value"]
    assert found["metrics"]["risk_p80"]["state"] == "failed"
