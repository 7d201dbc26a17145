"""Dates by events over REST: what dates a dependency, what is computed, and adopting it."""

from datetime import date
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from pmhub.models import User
from programmes.rollup import worker
from projects.models import Dependency, Milestone, Project
from tests import factories
from tests.api.conftest import errors_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def network(nothing: None) -> dict[str, Any]:
    """A giver with a frozen design in two months that finishes far later, and a receiver."""
    home = factories.programme()
    giver = factories.project(programme=home, code="G", forecast_finish=date(2028, 12, 31))
    receiver = factories.project(
        programme=home, code="R", actual_start=None, forecast_start=date(2027, 2, 1),
        forecast_finish=date(2027, 8, 1),
    )  # fmt: skip
    return {"home": home, "giver": giver, "receiver": receiver}


def forecast(api: Any, user: User, project: Project) -> dict[str, Any]:
    """Return the forecast of a project, after the figures are computed."""
    worker.drain()
    return api(user).get(f"projects/{project.pk}/forecast/").json()


def needed(giver: Project, receiver: Project, **fields: Any) -> dict[str, Any]:
    """The body of an agreed dependency."""
    return {
        "code": "D1", "giver": giver.pk, "receiver": receiver.pk, "deliverable": "Frozen design",
        "need_by": "2027-02-01", **fields,
    }  # fmt: skip


def dependency(api: Any, user: User, body: dict[str, Any]) -> dict[str, Any]:
    """Make a dependency, and read it once all is worked off."""
    made = api(user).post("dependencies/", body)
    assert made.status_code == 201, made.json()
    worker.drain()
    return api(user).get(f"dependencies/{made.json()['id']}/").json()


def test_the_givers_milestone_dates_a_dependency(
    network: dict[str, Any], office: User, api: Any
) -> None:
    design = factories.milestone(network["giver"], forecast_on="2027-02-15")
    body = needed(network["giver"], network["receiver"], giver_milestone=design.pk)
    row = dependency(api, office, body)
    assert (row["effective_forecast"], row["lateness_days"]) == ("2027-02-15", 14)
    found = forecast(api, office, network["receiver"])
    assert (found["propagated_start"], found["propagated_finish"]) == ("2027-02-15", "2027-08-15")
    assert (found["hidden_delay_days"], found["driver"]) == (14, "D1")
    Milestone.objects.filter(pk=design.pk).update(forecast_on="2027-02-20")
    assert forecast(api, office, network["receiver"])["propagated_start"] == "2027-02-20"


def test_without_milestone_and_promise_the_givers_computed_finish_dates_it(
    network: dict[str, Any], office: User, api: Any
) -> None:
    Project.objects.filter(code="G").update(forecast_finish="2027-03-01")
    row = dependency(api, office, needed(network["giver"], network["receiver"]))
    assert (row["effective_forecast"], row["status_derived"]) == ("2027-03-01", "red")
    assert row["status_reason"] == "float_exhausted"
    promised = {"forecast_on": "2027-01-20"}
    api(office).patch(f"dependencies/{row['id']}/", promised)
    row = api(office).get(f"dependencies/{row['id']}/").json()
    assert (row["effective_forecast"], row["remaining_float_days"]) == ("2027-01-20", 12)


def test_a_promise_beside_a_milestone_says_by_how_much_it_differs(
    network: dict[str, Any], office: User, api: Any
) -> None:
    design = factories.milestone(network["giver"], forecast_on="2027-02-15")
    body = needed(network["giver"], network["receiver"], giver_milestone=design.pk)
    row = dependency(api, office, body | {"forecast_on": "2027-01-31"})
    assert (row["effective_forecast"], row["promise_differs_days"]) == ("2027-02-15", 15)


def test_what_a_cancelled_milestone_owed_will_not_come(
    network: dict[str, Any], office: User, api: Any
) -> None:
    design = factories.milestone(network["giver"], forecast_on="2027-02-15")
    body = needed(network["giver"], network["receiver"], giver_milestone=design.pk)
    row = dependency(api, office, body)
    Milestone.objects.filter(pk=design.pk).update(state="cancelled")
    found = forecast(api, office, network["receiver"])
    row = api(office).get(f"dependencies/{row['id']}/").json()
    assert (row["effective_forecast"], row["status_derived"]) == (None, "red")
    assert row["status_reason"] == "will_not_come"
    assert found["propagated_start"] == "2027-02-01"
    api(office).patch(f"dependencies/{row['id']}/", {"hardness": "soft"})
    row = api(office).get(f"dependencies/{row['id']}/").json()
    assert (row["status_derived"], row["status_reason"]) == ("amber", "will_not_come")


def test_a_finish_in_the_past_is_today(network: dict[str, Any], office: User, api: Any) -> None:
    Project.objects.filter(code="G").update(forecast_finish="2026-09-30")
    found = forecast(api, office, network["giver"])
    assert (found["declared_finish"], found["propagated_finish"]) == ("2026-09-30", "2026-10-31")
    assert (found["driver"], found["hidden_delay_days"]) == ("status_date", 31)


def test_a_project_that_has_only_a_plan_stands_where_the_plan_says(
    network: dict[str, Any], office: User, api: Any
) -> None:
    Project.objects.filter(code="R").update(forecast_start=None, forecast_finish=None)
    factories.baseline(network["receiver"], starts_on="2027-03-01", finishes_on="2027-09-30")
    found = forecast(api, office, network["receiver"])
    assert (found["declared_finish"], found["propagated_finish"]) == ("2027-09-30", "2027-09-30")


def test_delay_crosses_programmes_by_events(
    network: dict[str, Any], office: User, api: Any
) -> None:
    elsewhere = factories.project(
        code="E", actual_start=None, forecast_start=date(2027, 5, 1),
        forecast_finish=date(2027, 12, 31),
    )  # fmt: skip
    landing = factories.milestone(network["giver"], code="L", forecast_on="2027-03-01")
    given = factories.milestone(network["giver"], code="M", forecast_on="2027-05-01")
    before = factories.milestone(network["giver"], code="B", forecast_on="2027-02-01")
    for each, day in ((landing, "2027-03-01"), (given, "2027-05-01"), (before, "2027-02-01")):
        Milestone.objects.filter(pk=each.pk).update(baseline_on=day)
    factories.dependency(
        "Regulator", network["giver"], receiver_milestone=landing, forecast_on="2027-03-11"
    )
    owed = factories.dependency(
        network["giver"], elsewhere, code="DE", giver_milestone=given, status="agreed"
    )
    assert forecast(api, office, elsewhere)["propagated_start"] == "2027-05-11"
    Dependency.objects.filter(pk=owed.pk).update(giver_milestone=before)
    assert forecast(api, office, elsewhere)["hidden_delay_days"] == 0


# What cannot be


def test_progress_needs_an_actual_start(network: dict[str, Any], office: User, api: Any) -> None:
    path = f"projects/{network['receiver'].pk}/"
    refused = api(office).patch(path, {"percent_complete": "10"})
    assert (refused.status_code, [*errors_of(refused)]) == (400, ["/actual_start"])
    begun = {"percent_complete": "10", "actual_start": "2026-10-01"}
    assert api(office).patch(path, begun).status_code == 200
    with pytest.raises(IntegrityError), transaction.atomic():
        Project.objects.filter(code="R").update(actual_start=None)


def test_a_later_milestone_is_reached_after_the_actual_start(
    network: dict[str, Any], office: User, api: Any
) -> None:
    receiver = network["receiver"]
    factories.baseline(receiver, starts_on="2027-02-01", finishes_on="2027-08-01")
    later = factories.milestone(receiver, code="LATER", baseline_on="2027-03-01")
    consent = factories.milestone(receiver, code="CONSENT", baseline_on="2027-01-15")
    reached = {"actual_on": "2026-10-20"}
    refused = api(office).verb(f"milestones/{later.pk}/achievement/", reached)
    assert [*errors_of(refused)] == ["/actual_on"]
    assert api(office).verb(f"milestones/{consent.pk}/achievement/", reached).status_code == 200
    path = f"projects/{receiver.pk}/"
    assert api(office).patch(path, {"actual_start": "2026-10-01"}).status_code == 200
    assert api(office).verb(f"milestones/{later.pk}/achievement/", reached).status_code == 200
    assert [*errors_of(api(office).patch(path, {"actual_start": None}))] == ["/actual_start"]


def test_the_same_dependency_is_there_once(network: dict[str, Any], office: User, api: Any) -> None:
    body = needed(network["giver"], network["receiver"])
    assert api(office).post("dependencies/", body).status_code == 201
    again = body | {"code": "D2", "deliverable": "FROZEN design"}
    assert api(office).post("dependencies/", again).status_code == 400
    other = again | {"deliverable": "Keys"}
    assert api(office).post("dependencies/", other).status_code == 201
    Dependency.objects.filter(code="D1").update(status="withdrawn")
    assert api(office).post("dependencies/", again | {"code": "D3"}).status_code == 201


def test_two_outside_parties_may_owe_the_same(
    network: dict[str, Any], office: User, api: Any
) -> None:
    body = needed(network["giver"], network["receiver"]) | {"giver": None}
    names = ("Regulator", "Council", "COUNCIL")
    bodies = [body | {"code": f"X{n}", "external_giver": name} for n, name in enumerate(names)]
    answers = [api(office).post("dependencies/", each).status_code for each in bodies]
    assert answers == [201, 201, 400]


def test_an_order_of_milestones_that_closes_a_circle_is_refused_and_named(
    network: dict[str, Any], office: User, api: Any
) -> None:
    giver, receiver = network["giver"], network["receiver"]
    one = factories.milestone(giver, code="ONE", baseline_on="2027-01-10")
    two = factories.milestone(giver, code="TWO", baseline_on="2027-03-10")
    other = factories.milestone(receiver, code="OTHER", baseline_on="2027-02-10")
    factories.dependency(giver, receiver, giver_milestone=one, receiver_milestone=other)
    factories.dependency(receiver, giver, giver_milestone=other, receiver_milestone=two)
    refused = api(office).patch(f"milestones/{two.pk}/", {"baseline_on": "2027-01-01"})
    assert errors_of(refused) == {"/baseline_on": "cycle"}
    text = refused.json()["errors"][0]["detail"]
    assert {"G ONE", "R OTHER", "G TWO"} == set(text.removesuffix(".").split(": ")[1].split(" → "))
    assert (
        api(office).patch(f"milestones/{two.pk}/", {"baseline_on": "2027-01-10"}).status_code == 200
    )


# Adopting


@pytest.fixture
def pushed(network: dict[str, Any]) -> dict[str, Any]:
    """The giver waits at a milestone, and owes the receiver a promise after it."""
    giver, receiver = network["giver"], network["receiver"]
    early = factories.milestone(
        giver, code="EARLY", baseline_on="2026-12-01", forecast_on="2026-12-01"
    )
    landing = factories.milestone(
        giver, code="LANDING", baseline_on="2027-01-10", forecast_on="2027-01-10"
    )
    factories.dependency(
        "Regulator", giver, code="DR", receiver_milestone=landing, forecast_on="2027-01-30"
    )
    promise = factories.dependency(
        giver, receiver, code="DP", forecast_on="2027-01-25", need_by="2027-02-01", status="agreed"
    )
    worker.drain()
    return {**network, "early": early, "landing": landing, "promise": promise}


def days(api: Any, user: User) -> dict[str, Any]:
    """Every computed day and every effective forecast there is, worked off."""
    worker.drain()
    rows = api(user).get("dependencies/").json()["results"]
    return {
        **{each["code"]: (each["effective_forecast"], each["status_derived"]) for each in rows},
        **{
            each.project.code: {row["event"]: row["computed"] for row in each.events["events"]}
            for each in _open_forecasts()
        },
    }


def _open_forecasts() -> Any:
    from projects.models import ProjectForecast  # noqa: PLC0415  # for this alone

    return ProjectForecast.objects.filter(valid_to=None).select_related("project")


def test_what_adopting_would_declare_can_be_read(
    pushed: dict[str, Any], office: User, api: Any
) -> None:
    found = api(office).get(f"projects/{pushed['giver'].pk}/computed-dates/").json()
    assert found == {
        "start": None,
        "finish": {"declared": "2028-12-31", "computed": "2029-01-20"},
        "milestones": [
            {"id": pushed["early"].pk, "code": "EARLY", "declared": "2026-12-01",
             "computed": "2026-12-01"},
            {"id": pushed["landing"].pk, "code": "LANDING", "declared": "2027-01-10",
             "computed": "2027-01-30"},
        ],
        "promises": [
            {"id": pushed["promise"].pk, "code": "DP", "declared": "2027-01-25",
             "computed": "2027-02-14"},
        ],
    }  # fmt: skip


@pytest.mark.parametrize("clock", ["as_of", "on"])
def test_before_a_project_was_begun_there_is_nothing_to_adopt(
    clock: str, pushed: dict[str, Any], office: User, api: Any
) -> None:
    path = f"projects/{pushed['giver'].pk}/computed-dates/?{clock}=2020-01-01"
    answer = api(office).get(path)
    nothing: dict[str, Any] = {"start": None, "finish": None, "milestones": [], "promises": []}
    assert (answer.status_code, answer.json()) == (200, nothing)


def test_adopting_declares_all_at_once_and_moves_nothing_else(
    pushed: dict[str, Any], office: User, api: Any
) -> None:
    before, path = days(api, office), f"projects/{pushed['giver'].pk}/computed-dates/"
    assert before["DP"] == ("2027-02-14", "red")
    assert api(office).post(path).status_code == 428
    version = Project.objects.get(code="G").version
    answer = api(office).verb(path, {}, version)
    assert (answer.status_code, answer.json()["forecast_finish"]) == (200, "2029-01-20")
    assert Milestone.objects.get(code="LANDING").forecast_on == date(2027, 1, 30)
    assert Dependency.objects.get(code="DP").forecast_on == date(2027, 2, 14)
    assert days(api, office) == before
    found = forecast(api, office, pushed["giver"])
    assert (found["hidden_delay_days"], found["driver"]) == (0, None)
    assert api(office).verb(path, {}, version).status_code == 412


def test_adopting_can_be_tried_first(pushed: dict[str, Any], office: User, api: Any) -> None:
    path = f"projects/{pushed['giver'].pk}/computed-dates/?preview=1"
    answer = api(office).verb(path, {})
    assert answer.status_code == 200
    assert Project.objects.get(code="G").forecast_finish == date(2028, 12, 31)


def test_who_may_not_write_the_project_adopts_nothing(pushed: dict[str, Any], api: Any) -> None:
    viewer, stranger = factories.user("viewer"), factories.user("stranger")
    factories.role(viewer, "viewer", programme=pushed["home"])
    path = f"projects/{pushed['giver'].pk}/computed-dates/"
    assert api(viewer).get(path).status_code == 200
    assert [api(who).verb(path, {}).status_code for who in (viewer, stranger)] == [403, 404]
    assert api(stranger).get(path).status_code == 404


def test_what_has_ended_keeps_its_dates(pushed: dict[str, Any], office: User, api: Any) -> None:
    Project.objects.filter(code="G").update(status="terminated", terminated_on="2026-10-01")
    answer = api(office).verb(f"projects/{pushed['giver'].pk}/computed-dates/", {})
    assert answer.status_code == 409


def test_the_page_offers_adopting_where_something_is_hidden(
    pushed: dict[str, Any], office: User, client: Any
) -> None:
    client.force_login(office)
    address = f"/api/v1/projects/{pushed['giver'].pk}/computed-dates/"
    assert address in client.get(f"/projects/{pushed['giver'].pk}/").content.decode()
    plain = factories.project(programme=pushed["home"], code="PLAIN")
    worker.drain()
    assert "computed-dates" not in client.get(f"/projects/{plain.pk}/").content.decode()


def test_a_circle_of_what_does_not_drive_is_taken_with_a_word(
    network: dict[str, Any], office: User, api: Any
) -> None:
    giver, receiver = network["giver"], network["receiver"]
    there = dependency(api, office, needed(giver, receiver, drives_schedule=False))
    assert there["warnings"] == []
    back = needed(receiver, giver, code="D2", drives_schedule=False)
    [word] = dependency(api, office, back)["warnings"]
    assert word.startswith("It closes a circle")
    rows = api(office).get("dependencies/").json()["results"]
    assert [len(each["warnings"]) for each in rows] == [1, 1]
    Dependency.objects.filter(code="D2").update(status="withdrawn")
    rows = api(office).get("dependencies/").json()["results"]
    assert [len(each["warnings"]) for each in rows] == [0, 0]


# What a write would move


def test_the_preview_names_the_dependency_of_a_milestone_that_moves(
    network: dict[str, Any], office: User, api: Any
) -> None:
    design = factories.milestone(network["giver"], forecast_on="2026-12-15")
    body = needed(network["giver"], network["receiver"], giver_milestone=design.pk)
    dependency(api, office, body | {"status": "agreed", "agreed_on": "2026-10-01"})
    path = f"milestones/{design.pk}/?preview=1"
    found = api(office).patch(path, {"forecast_on": "2027-01-15"}).json()
    assert found["projects"] == []
    [moved] = found["dependencies"]
    assert (moved["code"], moved["name"]) == ("D1", "Frozen design")
    assert moved["effective_forecast"] == {"from": "2026-12-15", "to": "2027-01-15"}
    assert moved["status"] == {"from": "green", "to": "green"}
    later = api(office).patch(path, {"forecast_on": "2027-02-15"}).json()
    assert [each["code"] for each in later["projects"]] == ["R"]
    assert later["dependencies"][0]["status"] == {"from": "green", "to": "red"}


def test_the_roadmap_draws_what_is_computed(pushed: dict[str, Any], office: User, api: Any) -> None:
    path = f"programmes/{pushed['home'].pk}/roadmap/"
    found = api(office).get(path).json()
    tracks = {each["code"]: each for each in found["projects"]}
    stations = {each["code"]: each["computed_on"] for each in tracks["G"]["milestones"]}
    assert stations == {"EARLY": "2026-12-01", "LANDING": "2027-01-30"}
    assert found["finish_propagated"] == tracks["G"]["propagated_finish"] == "2029-01-20"
    steps = [(each["code"], each["event"], each["driver"]) for each in found["critical_chain"]]
    assert steps == [("G", "finish", "DR")]
    Project.objects.filter(code="R").update(forecast_finish="2030-01-01")
    worker.drain()
    steps = api(office).get(path).json()["critical_chain"]
    assert [(each["code"], each["event"], each["driver"]) for each in steps] == [
        ("R", "finish", "DP"), ("G", "LANDING", "DR"),
    ]  # fmt: skip
    Project.objects.filter(code="R").update(status="terminated", terminated_on="2026-10-01")
    worker.drain()
    assert api(office).get(path).json()["finish_propagated"] == "2029-01-20"
