"""Estimates: what fills them in, that they hold, and how good they were."""

from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, transaction

from pmhub.models import User
from programmes.models import Discipline
from projects.estimating import accuracy
from projects.models import CostActual, Estimate, Project
from tests import factories
from tests.api.conftest import errors_of


@pytest.fixture
def body(project: Project) -> dict[str, Any]:
    """An estimate of the cost of a project, as it is sent."""
    return {
        "project": project.pk, "quantity": "cost", "likely": "100", "accuracy_class": 3,
        "method": "expert", "basis": "Asked who built the last one",
    }  # fmt: skip


def test_what_is_left_empty_follows_from_class_method_and_who_writes(
    body: dict[str, Any], manager: User, api: Any
) -> None:
    made = api(manager).post("estimates/", body).json()
    assert (made["low"], made["likely"], made["high"]) == ("80.00", "100.00", "130.00")
    assert (made["estimator"], made["made_on"]) == (manager.person.pk, "2026-10-31")
    del body["likely"]
    said = {"method": "parametric", "base": "120", "factor": "1.5", "accuracy_class": 5}
    made = api(manager).post("estimates/", body | said).json()
    assert (made["low"], made["likely"], made["high"]) == ("90.00", "180.00", "360.00")


@pytest.mark.parametrize(
    ("said", "fields"),
    [
        ({"low": "101"}, {"/likely"}),
        ({"high": "99"}, {"/high"}),
        ({"likely": None}, {"/likely"}),
        ({"method": "three_point"}, {"/low", "/high"}),
        ({"method": "analogous"}, {"/base"}),
        ({"base": "5", "factor": "2"}, {"/base"}),
        ({"method": "analogous", "base": "5", "factor": "2"}, {"/likely"}),
        ({"accuracy_class": 6}, {"/accuracy_class"}),
        (
            {"method": "analogous", "base": "9" * 12, "factor": "9" * 8},
            {"/factor"},
        ),
        ({"basis": ""}, {"/basis"}),
        ({"likely": "-1"}, {"/likely"}),
        ({"made_on": "2199-01-01"}, {"/made_on"}),
    ],
)
def test_what_is_no_estimate_is_refused_at_its_field(
    body: dict[str, Any], manager: User, api: Any, said: dict[str, Any], fields: set[str]
) -> None:
    answer = api(manager).post("estimates/", body | said)
    assert answer.status_code == 400
    assert fields <= errors_of(answer).keys()


def test_an_estimate_is_of_one_thing_and_of_what_that_has(
    body: dict[str, Any], project: Project, manager: User, api: Any
) -> None:
    milestone = factories.milestone(project)
    both = body | {"milestone": milestone.pk}
    assert api(manager).post("estimates/", both).status_code == 400
    of_milestone = {**both, "project": None}
    assert errors_of(api(manager).post("estimates/", of_milestone)).keys() == {"/quantity"}
    made = api(manager).post("estimates/", of_milestone | {"quantity": "days"})
    assert made.status_code == 201


def test_an_estimate_is_never_changed_and_the_last_one_counts(
    body: dict[str, Any], manager: User, api: Any
) -> None:
    first = api(manager).post("estimates/", body).json()
    assert first["current"] is True
    second = api(manager).post("estimates/", body | {"likely": "120"}).json()
    days = api(manager).post("estimates/", body | {"quantity": "days"}).json()
    listed = api(manager).get("estimates/?current=true&ordering=id").json()["results"]
    assert [row["id"] for row in listed] == [second["id"], days["id"]]
    assert api(manager).patch(f"estimates/{first['id']}/", {"likely": "90"}).status_code == 409
    with pytest.raises(DatabaseError, match="estimate_stays"), transaction.atomic():
        Estimate.objects.update(likely=90)


def test_who_reads_a_project_reads_its_estimates_and_writes_none(
    body: dict[str, Any], project: Project, member: User, api: Any
) -> None:
    estimate = factories.estimate(project)
    assert api(member).get(f"estimates/{estimate.pk}/").status_code == 200
    assert api(member).post("estimates/", body).status_code == 403
    stranger = api(factories.user("stranger"))
    assert stranger.get(f"estimates/{estimate.pk}/").status_code == 404
    assert stranger.get("estimates/accuracy/").json()["results"] == []


def test_a_discipline_is_of_the_portfolio_of_what_is_estimated(
    body: dict[str, Any], project: Project, office: User, api: Any
) -> None:
    own, other = (
        Discipline.objects.create(portfolio=portfolio, code="CON", name="Construction")
        for portfolio in (project.owner_portfolio, factories.portfolio())
    )
    answer = api(office).post("estimates/", body | {"discipline": other.pk})
    assert (answer.status_code, [*errors_of(answer)]) == (409, ["/discipline"])
    assert api(office).post("estimates/", body | {"discipline": own.pk}).status_code == 201


def test_records_say_what_it_came_to_once_that_is_finished(
    project: Project, manager: User, api: Any
) -> None:
    ended = factories.project(
        programme=project.programme, status="closed", actual_finish="2026-07-20",
        project_manager=manager.person,
    )  # fmt: skip
    line = factories.budget(ended, 100)
    CostActual.objects.create(project=ended, budget_line=line, amount=140, posted_on="2026-06-30")
    milestone = factories.milestone(project, state="achieved", actual_on="2026-06-01")
    early = "2026-04-01"
    estimates = {
        "goes on": factories.estimate(project),
        "project": factories.estimate(ended, made_on=early),
        "line": factories.estimate(line, made_on=early),
        "days": factories.estimate(ended, quantity="days", made_on=early),
        "milestone": factories.estimate(milestone, made_on=early),
    }
    rows = {row["id"]: row for row in api(manager).get("estimates/").json()["results"]}
    told = {name: rows[row.pk] for name, row in estimates.items()}
    assert {name: (row["came_to"], row["within"]) for name, row in told.items()} == {
        "goes on": (None, None),
        "project": ("140.00", False),
        "line": ("140.00", False),
        "days": ("110.00", True),
        "milestone": ("61.00", False),
    }


def test_where_no_record_says_it_somebody_does_once(
    project: Project, manager: User, api: Any
) -> None:
    package = factories.work_package(project)
    estimate = factories.estimate(package, quantity="effort")
    address = f"estimates/{estimate.pk}/"
    told = api(manager).verb(f"{address}outcome/", {"actual": "120"}).json()
    assert (told["came_to"], told["within"], told["actual_on"]) == ("120.00", True, "2026-10-31")
    again = api(manager).verb(f"{address}outcome/", {"actual": "90"})
    assert again.status_code == 409
    with pytest.raises(DatabaseError, match="estimate_outcome"), transaction.atomic():
        Estimate.objects.update(actual=90)
    of_records = factories.estimate(project)
    refused = api(manager).verb(f"estimates/{of_records.pk}/outcome/", {"actual": "90"})
    assert refused.status_code in (400, 409)


def test_nothing_is_said_of_fewer_than_eight(
    project: Project, manager: User, api: Any, client_of: Any
) -> None:
    package = factories.work_package(project)

    def finished(actual: int, **said: Any) -> None:
        factories.estimate(
            package, quantity="effort", actual=actual, actual_on="2026-10-01", **said
        )

    for actual in (90, 100, 110, 120, 130, 140, 150):
        finished(actual, estimator=manager.person)
    told = {row["by"]: row for row in api(manager).get("estimates/accuracy/").json()["results"]}
    assert (told["all"]["count"], told["all"]["ratio"], told["all"]["within"]) == (7, None, None)
    assert told["all"]["reason"] == "too_few"
    page = client_of(manager).get(f"/projects/{project.pk}/estimates/").content.decode()
    assert "not enough (7 of 8)" in page
    finished(160)
    told = {row["by"]: row for row in api(manager).get("estimates/accuracy/").json()["results"]}
    assert (told["all"]["ratio"], told["all"]["within"]) == (1.25, 0.625)
    assert (told["estimator"]["count"], told["estimator"]["ratio"]) == (7, None)


def test_the_page_of_an_estimate_says_what_to_expect(
    project: Project, manager: User, client_of: Any
) -> None:
    estimate = factories.estimate(project, low=60, likely=100, high=200, method="three_point")
    page = client_of(manager).get(f"/estimates/{estimate.pk}/").content.decode()
    assert "<dd>110.00</dd>" in page or "<dd>110</dd>" in page
    assert "give or take" in page


def test_an_estimate_of_nothing_has_no_ratio() -> None:
    one, none = (Decimal(n) for n in (1, 0))
    found = accuracy([(none, none, one, one), *[(none, one, one, one)] * 8])
    assert (found.count, found.ratio, found.within) == (8, 1, 1)


def test_what_is_finished_is_estimated_no_more(
    body: dict[str, Any], project: Project, office: User, api: Any
) -> None:
    reached = factories.milestone(project, actual_on="2026-05-29")
    of_it = body | {"project": None, "milestone": reached.pk, "quantity": "days"}
    Project.objects.filter(pk=project.pk).update(
        status="terminated", terminated_on="2026-09-30", actual_finish="2026-09-30"
    )
    for said, day in ((body, "2026-09-30"), (of_it, "2026-05-29")):
        assert api(office).post("estimates/", said | {"made_on": day}).status_code == 201
        for late in ({}, {"made_on": "2026-10-01"}):
            assert errors_of(api(office).post("estimates/", said | late)).keys() == {"/made_on"}


def test_what_was_estimated_is_not_deleted_with_its_estimates(
    project: Project, office: User, api: Any
) -> None:
    package, other = factories.work_package(project), factories.work_package(project)
    factories.estimate(package)
    assert api(office).delete(f"work-packages/{package.pk}/").status_code == 409
    assert api(office).delete(f"work-packages/{other.pk}/").status_code == 204


def test_what_it_came_to_is_known_after_it_was_estimated(
    project: Project, office: User, api: Any
) -> None:
    made = factories.estimate(project, quantity="effort", made_on="2026-10-01")
    path, said = f"estimates/{made.pk}/outcome/", {"actual": "100"}
    early = api(office).verb(path, said | {"actual_on": "2026-09-30"})
    assert errors_of(early).keys() == {"/actual_on"}
    assert api(office).verb(path, said | {"actual_on": "2026-10-01"}).status_code == 200


def test_an_estimate_is_no_older_than_the_one_it_replaces_nor_than_its_project(
    body: dict[str, Any], project: Project, manager: User, api: Any
) -> None:
    client = api(manager)
    assert client.post("estimates/", body | {"made_on": "2026-10-10"}).status_code == 201
    refused = client.post("estimates/", body | {"made_on": "2026-10-09"})
    assert (refused.status_code, [*errors_of(refused)]) == (409, ["/made_on"])
    with pytest.raises(DatabaseError, match="the last one counts"), transaction.atomic():
        factories.estimate(project, quantity="cost", made_on="2026-10-09")
    assert client.post("estimates/", body | {"made_on": "2026-10-10"}).status_code == 201
    other = body | {"quantity": "days"}  # of something else, and no estimate of that is later
    assert client.post("estimates/", other | {"made_on": "2026-10-09"}).status_code == 201
    Project.objects.filter(pk=project.pk).update(actual_start="2026-01-05")
    effort = body | {"quantity": "effort"}
    for day, status in (("2024-01-04", 409), ("2024-01-05", 201)):
        sent = client.post("estimates/", effort | {"made_on": day})
        assert sent.status_code == status, (day, sent.content)


def test_estimates_that_are_sent_newest_first_are_stored_oldest_first(
    body: dict[str, Any], manager: User, api: Any
) -> None:
    days = ["2026-10-10", None, "2026-08-08", "2026-09-09"]
    sent = [body | ({"made_on": day} if day else {}) for day in days]
    made = api(manager).post("estimates/bulk/", sent)
    assert made.status_code == 201, made.json()
    rows = made.json()["results"]
    assert [row["made_on"] for row in rows] == ["2026-10-10", "2026-10-31", *days[2:]]
    assert [row["current"] for row in rows] == [False, True, False, False]
    lines = [
        f"{body['project']},days,5,3,expert,Asked,{day}" for day in ("2026-10-10", "2026-09-01")
    ]
    heading = "project_id,quantity,likely,accuracy_class,method,basis,made_on"
    file = "\n".join([heading, *lines])
    sent = api(manager).client.post("/api/v1/estimates/bulk/", file, content_type="text/csv")
    assert sent.status_code == 201, sent.json()
    assert [row["made_on"] for row in sent.json()["results"]] == ["2026-10-10", "2026-09-01"]
    odd: list[Any] = ["2026-10-10", "2026-02-30", {}]
    bad = [body | {"made_on": day} for day in odd]
    answer = api(manager).post("estimates/bulk/", [*bad, 5])
    assert {pointer.split("/")[1] for pointer in errors_of(answer)} >= {"1", "2", "3"}
