"""The tracks over REST: which are given, what their programme's finish hangs on, a file of them."""

from datetime import date
from urllib.parse import urlencode

import pytest
from django.utils import timezone

from projects.models import Milestone
from tests import factories


@pytest.fixture
def path(demo):
    return f"programmes/{demo.programme('CAM').pk}/roadmap/"


def by_code(rows):
    return {each["code"]: each for each in rows}


def test_the_critical_chain_has_no_float_and_says_what_drags(path, viewer, api):
    found = api(viewer).get(path).json()
    assert found["sensitivity"] == "current"
    told = [
        (each["code"], each["event"], each["float_days"], each["driver"], each["drag_days"])
        for each in found["critical_chain"]
    ]
    assert told == [("CAM-06", "finish", 0, "D22", 28), ("CAM-02", "M04", 0, None, None)]
    tracks, links = by_code(found["projects"]), by_code(found["dependencies"])
    assert (tracks["CAM-02"]["drag_days"], tracks["CAM-04"]["drag_days"]) == (28, 0)
    assert (links["D22"]["drag_days"], links["D03"]["drag_days"]) == (28, 0)
    stations = by_code(tracks["CAM-02"]["milestones"])
    assert (stations["M04"]["float_days"], stations["M04"]["drag_days"]) == (0, 28)
    assert (stations["M05"]["float_days"], stations["M05"]["waits"]) == (427, True)
    reached = stations["M03"]
    assert (reached["float_days"], reached["waits"], reached["drag_days"]) == (None, None, None)


def test_a_day_beyond_the_float_moves_the_programme_and_one_within_does_not(
    demo, path, cam_manager, api
):
    client, project = api(cam_manager), demo.project("CAM-04")
    finish = by_code(client.get(path).json()["projects"])["CAM-04"]["finish"]["float_days"]
    arrives = date(2028, 12, 19)  # where CAM-04 finishes as computed
    for days, moved in ((finish, []), (finish + 1, ["finish_propagated"])):
        day = date.fromordinal(arrives.toordinal() + days)
        body = {"forecast_finish": day.isoformat()}
        effects = client.patch(f"projects/{project.pk}/?preview=1", body).json()
        [programme] = [each for each in effects["programmes"] if each["code"] == "CAM"]
        names = {metric["name"] for metric in programme["metrics"]}
        assert [name for name in ("finish_propagated",) if name in names] == moved


@pytest.mark.parametrize(
    ("query", "codes"),
    [
        ("critical=1", ["CAM-02", "CAM-06"]),
        ("tranche=CAM-T1", ["CAM-01"]),
        ("health=green", ["CAM-03", "CAM-05"]),
        ("health=green&critical=1", []),
        ("tranche=none", []),
    ],
)
def test_tracks_are_chosen(path, viewer, api, query, codes):
    found = api(viewer).get(f"{path}?{query}").json()
    assert [each["code"] for each in found["projects"]] == codes
    ids = {each["id"] for each in found["projects"]}
    assert all({each["giver"], each["receiver"]} & ids for each in found["dependencies"])


@pytest.mark.parametrize("name", ["rows", "health", "critical", "baseline"])
def test_what_is_no_choice_is_refused_by_name(path, viewer, api, name):
    answer = api(viewer).get(f"{path}?{name}=other")
    assert (answer.status_code, answer.json()["errors"][0]["parameter"]) == (400, name)


def test_a_baseline_is_chosen(demo, path, viewer, api):
    first, second = date(2029, 1, 1), date(2029, 6, 1)
    project = demo.project("CAM-06")
    plans = project.baselines.order_by("-number")
    new = factories.baseline(
        project,
        number=plans[0].number + 1,
        starts_on=first,
        finishes_on=second,
        approved_on=date(2026, 10, 1),
    )
    before = plans.exclude(pk=new.pk)[0]
    for which, plan in (("current", new), ("previous", before), ("first", before)):
        found = api(viewer).get(f"{path}?rows=all&baseline={which}").json()
        track = by_code(found["projects"])["CAM-06"]
        days = track["baseline_start"], track["baseline_finish"]
        assert days == (plan.starts_on.isoformat(), plan.finishes_on.isoformat())


def test_the_events_are_a_file(path, viewer, api):
    lines = api(viewer).get(f"{path}?format=csv&critical=1").content.decode("utf-8-sig")
    rows = [line.split(",") for line in lines.splitlines()]
    assert rows[0][:4] == ["project", "name", "tranche", "event"]
    assert [row[3] for row in rows if row[0] == "CAM-06"] == ["start", "M14", "finish"]
    assert {row[0] for row in rows[1:]} == {"CAM-02", "CAM-06"}


def test_what_it_hangs_on_follows_a_change_and_the_past_keeps_what_was(
    demo, path, viewer, api, drain, simulate
):
    client, before = api(viewer), urlencode({"as_of": timezone.now().isoformat()})
    Milestone.objects.filter(code="M04", project__code="CAM-02").update(
        forecast_on=date(2027, 3, 31)
    )
    drain()
    assert client.get(path).json()["sensitivity"] == "updating"
    simulate()
    found = client.get(path).json()
    assert found["sensitivity"] == "current"
    assert by_code(found["dependencies"])["D22"]["drag_days"] == 0
    then = client.get(f"{path}?{before}").json()
    assert by_code(then["dependencies"])["D22"]["drag_days"] == 28


def test_a_stranger_has_no_tracks(path, stranger, api):
    assert api(stranger).get(path).status_code == 404


def test_without_dates_there_is_nothing_to_hang_on(nothing, office, api, drain, simulate):
    home = factories.programme()
    drain()
    simulate()
    found = api(office).get(f"programmes/{home.pk}/roadmap/").json()
    assert (found["sensitivity"], found["critical_chain"]) == ("no_dates", [])
