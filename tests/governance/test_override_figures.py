"""What an override of health does to figures: it counts from its first day to its last, and says
so; the derived colour stays."""

from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from pmhub.models import User
from programmes.models import HealthOverride, Portfolio, ProgrammeRollup
from programmes.rollup import worker, worker_cache
from programmes.rollup.verify import differences
from projects.models import Project
from tests.ledger.conftest import bridge, cam, now, read, told
from tests.registers.test_pages import text_of

__all__ = ["bridge", "cam", "now", "read"]

ROWS = "rollup/health/"


@pytest.fixture
def override(api: Any, sro: User, pmo: User, drain: Any) -> Any:
    """`override(colour, programme=…)`: proposed by the SRO, approved by the PMO, worked off."""

    def make(colour: str, **of: int) -> str:
        body = {"colour": colour, "reason": "Agreed with the board", "expires_on": "2026-12-31"}
        made = api(sro).post("health-overrides/", body | of).json()
        path = f"health-overrides/{made['id']}/"
        assert api(pmo).verb(f"{path}approval/", {}).status_code == 200
        drain()
        return path

    return make


def health(api: Any, user: User, path: str) -> Any:
    """The health that a programme shows."""
    return api(user).get(f"{path}rollup/").json()["metrics"]["health"]


def test_of_a_programme_it_counts_alone_and_the_derived_colour_stays(
    api: Any, cam: str, viewer: User, override: Any, demo: Any
) -> None:
    before = health(api, viewer, cam)
    assert (before["value"], before["derived"], "override" in before) == ("red", "red", False)
    place = override("amber", programme=demo.programme("CAM").pk)
    found = health(api, viewer, cam)
    assert (found["value"], found["derived"]) == ("amber", "red")
    assert place.endswith(f"/{found['override']}/")
    assert found["dimensions"] == before["dimensions"]
    assert found["reasons"] == [
        "health amber: override until 2026-12-31, in the place of red: Agreed with the board",
        *before["reasons"],
    ]
    lines = api(viewer).get(f"{cam}{ROWS}").json()["lines"]
    counted = [each for each in lines if each["included"]]
    assert [(each["source"]["type"], each["value"]) for each in counted] == [
        ("healthoverride", "amber")
    ]
    assert {each["reason"] for each in lines if each not in counted} == {"overridden", "closed"}
    assert differences() == []


def test_of_a_project_the_programme_follows_the_colour_that_is_set(
    api: Any, pmo: User, override: Any, demo: Any
) -> None:
    programme, project = demo.programme("NZE"), demo.project("NZE-01")
    path = f"programmes/{programme.pk}/"
    assert health(api, pmo, path)["value"] == "amber"
    made = {"colour": "red", "reason": "The partner withdrew", "expires_on": "2026-12-31"}
    row = HealthOverride.objects.create(
        **made, project=project, starts_on="2026-10-05", by=demo.person("PE10")
    )
    assert api(pmo).verb(f"health-overrides/{row.pk}/approval/", {}).status_code == 200
    worker.drain()
    found = health(api, pmo, path)
    assert (found["value"], found["derived"], "override" in found) == ("red", "red", False)
    assert "projects red: NZE-01" in found["reasons"]
    assert differences() == []


def test_incremental_is_what_a_recompute_from_nothing_says(
    demo: Any, override: Any, drain: Any, api: Any, pmo: User
) -> None:
    programme = demo.programme("CAM")
    Project.objects.filter(code="CAM-03").update(estimate_to_complete=1)
    drain()
    assert programme.pk in worker_cache._kept
    paths = [override("green", project=demo.project("CAM-02").pk)]
    assert differences() == []
    paths.append(override("green", programme=programme.pk))
    assert differences() == []
    Project.objects.filter(code="CAM-04").update(estimate_to_complete=1)
    drain()
    assert differences() == []
    for path in paths:
        assert api(pmo).verb(f"{path}withdrawal/", {"reason": "Done"}).status_code == 200
        drain()
        assert differences() == []


def test_on_the_day_after_its_last_it_has_no_effect(
    api: Any, cam: str, viewer: User, override: Any, demo: Any, drain: Any
) -> None:
    override("green", programme=demo.programme("CAM").pk)
    colours = []
    for day in (date(2026, 12, 31), date(2027, 1, 1)):
        Portfolio.objects.update(status_date=day)
        drain()
        colours.append(health(api, viewer, cam)["value"])
    assert colours == ["green", "red"]
    assert differences() == []


def test_where_the_status_date_is_today_it_is_computed_anew_at_midnight(
    demo: Any, drain: Any
) -> None:
    Portfolio.objects.update(status_date_policy="today", status_date=None)
    today = demo.portfolio.as_of
    HealthOverride.objects.create(
        programme=demo.programme("CAM"), colour="green", reason="Agreed", state="approved",
        starts_on=today, expires_on=today, approved_by=demo.person("PE02"),
    )  # fmt: skip
    drain()
    row = ProgrammeRollup.objects.get(programme=demo.programme("CAM"))
    midnight = datetime.combine(today + timedelta(days=1), time.min, ZoneInfo("Europe/London"))
    assert (row.as_of, row.stale_after) == (today, midnight)


def test_the_bridge_names_the_override(
    bridge: Any, now: Any, override: Any, demo: Any, api: Any, pmo: User, drain: Any
) -> None:
    since = now()
    path = override("green", programme=demo.programme("CAM").pk)
    found = bridge("health", since, user=pmo)
    assert told(found) == [("green", -2, "record_added")]
    (part,) = found["parts"]
    assert (part["source"]["type"], part["words"]) == ("healthoverride", "health overridden")
    since = now()
    api(pmo).verb(f"{path}withdrawal/", {"reason": "Baselined"})
    drain()
    (part,) = bridge("health", since, user=pmo)["parts"]
    assert (part["amount"], part["words"]) == (2, "override of health ended")
    assert (part["source"]["type"], part["reason"]) == ("healthoverride", "Baselined")


def test_a_project_says_what_is_derived_and_what_counts(
    demo: Any, override: Any, api: Any, cam02_manager: User, pmo: User
) -> None:
    project = demo.project("CAM-02")
    path = f"projects/{project.pk}/"
    before = api(cam02_manager).get(f"{path}forecast/").json()["health"]
    colour = "green" if before["derived"] != "green" else "red"
    override(colour, project=project.pk)
    found = api(cam02_manager).get(f"{path}forecast/").json()["health"]
    assert (found["effective"], found["derived"]) == (colour, before["derived"])
    assert found["reasons"][0].startswith(f"health {colour}: override until 2026-12-31")
    explained = api(cam02_manager).get(f"{path}{ROWS}").json()
    assert explained["value"] == colour
    counted = [line for line in explained["lines"] if line["included"]]
    assert [line["source"]["type"] for line in counted] == ["healthoverride"]
    lines = api(pmo).get(f"programmes/{project.programme_id}/{ROWS}").json()["lines"]
    mine = next(each for each in lines if each["source"]["code"] == "CAM-02")
    assert (mine["value"], mine["included"]) == (colour, True)


def test_what_is_only_proposed_moves_nothing(
    api: Any, cam: str, viewer: User, sro: User, demo: Any, drain: Any
) -> None:
    before = health(api, viewer, cam)
    body = {"colour": "green", "reason": "Hoped for", "expires_on": "2026-12-31"}
    api(sro).post("health-overrides/", body | {"programme": demo.programme("CAM").pk})
    drain()
    found = health(api, viewer, cam)
    assert {**found, "computed_at": 0} == {**before, "computed_at": 0}
    assert HealthOverride.objects.get().state == "proposed"


def test_lists_say_that_a_colour_is_overridden_and_what_the_figures_say(
    override: Any, pmo: User, client_of: Any, demo: Any
) -> None:
    override("amber", programme=demo.programme("CAM").pk)
    override("green", project=demo.project("CAM-02").pk)
    client = client_of(pmo)

    def told(address: str) -> str:
        return text_of(client.get(address))

    portfolio = told("/portfolio/")
    assert "Programme Health DCA" in portfolio
    assert "Amber overridden, figures say red" in portfolio
    assert "Green overridden, figures say" in told(f"/programmes/{demo.programme('CAM').pk}/")
