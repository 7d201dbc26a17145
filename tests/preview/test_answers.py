"""A preview says what a write would make and move, and leaves nothing behind."""

import threading
from typing import Any

import pytest
from django.db import connection, transaction

from pmhub import middleware
from pmhub.models import User
from programmes.models import MetricValue, ProgrammeRollup, RollupRequest
from programmes.rollup import dry_run, worker
from programmes.rollup.verify import verify
from projects.models import Project, ProjectForecast
from tests import factories
from tests.api.conftest import errors_of
from tests.preview.conftest import everything

commits = pytest.mark.django_db(transaction=True)


@pytest.fixture
def silence(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """The hints to workers that were given."""
    rung: list[bool] = []
    monkeypatch.setattr(middleware.hints, "workers", lambda: rung.append(True))
    return rung


def metric(answer: Any, programme: str, name: str) -> Any:
    """Return one figure of one programme in a preview."""
    (found,) = (each for each in answer.json()["programmes"] if each["code"] == programme)
    return next(each for each in found["metrics"] if each["name"] == name)


def test_what_a_cost_would_move(demo: Any, pmo: User, api: Any) -> None:
    project = demo.project("CAM-02")
    body = {"project": project.pk, "posted_on": "2026-10-01", "amount": "900"}
    answer = api(pmo).post("cost-actuals/?preview=1", body)
    assert answer.status_code == 200
    assert answer.json()["preview"] is True
    assert answer.json()["object"]["amount"] == "900.00"
    assert answer.json()["hidden"] == {"programmes": 0, "projects": 0}
    moved = metric(answer, "CAM", "actual_cost")
    stored: Any = MetricValue.objects.get(
        programme=project.programme, metric="actual_cost", valid_to=None
    ).amount
    assert (moved["from"], moved["to"]) == (f"{stored:.2f}", f"{stored + 900:.2f}")
    (line,) = moved["lines"]
    assert line["source"]["code"] == "CAM-02"
    (own,) = answer.json()["project_figures"]
    figures = {each["name"]: each for each in own["metrics"]}
    now = api(pmo).get(f"projects/{project.pk}/rollup/").json()["metrics"]
    assert own["code"] == "CAM-02"
    for name in ("actual_cost", "cost_performance_index", "estimate_at_completion"):
        assert figures[name]["from"] == now[name]["value"] != figures[name]["to"]
    assert float(line["after"]) - float(line["before"]) == 900


def test_what_rounding_alone_makes_of_a_ratio_is_no_move(demo: Any, pmo: User, api: Any) -> None:
    body = {"project": demo.project("CAM-02").pk, "posted_on": "2026-10-01", "amount": "0.01"}
    told = api(pmo).post("cost-actuals/?preview=1", body).json()
    (programme,), (project,) = told["programmes"], told["project_figures"]
    for moved in (programme, project):
        units = {each["name"]: each["unit"] for each in moved["metrics"]}
        assert units["actual_cost"] == "money"
        assert "ratio" not in units.values()


def test_a_slip_goes_across_programmes(demo: Any, pmo: User, api: Any) -> None:
    link = demo.dependency("D19")  # for NZE-01, on which CAM-04 depends
    answer = api(pmo).patch(f"dependencies/{link.pk}/?preview=1", {"forecast_on": "2031-01-01"})
    data = answer.json()
    assert {"CAM", "NZE"} <= {each["code"] for each in data["programmes"]}
    moved = {each["code"]: each["finish"] for each in data["projects"]}
    for code in ("NZE-01", "CAM-04"):
        assert moved[code]["from"] < moved[code]["to"]


def test_who_sees_one_programme_is_told_of_the_others_as_counts(
    demo: Any, cam02_manager: User, pmo: User, api: Any
) -> None:
    path = f"milestones/{demo.milestone('M04').pk}/?preview=1"  # CAM-06 waits for it
    body = {"forecast_on": "2031-12-31"}
    all_of_it = api(pmo).patch(path, body).json()
    mine = api(cam02_manager).patch(path, body).json()
    assert [each["code"] for each in mine["projects"]] == ["CAM-02"]
    assert mine["hidden"] == {
        "programmes": len(all_of_it["programmes"]) - len(mine["programmes"]),
        "projects": len(all_of_it["projects"]) - 1,
    }
    assert mine["hidden"]["projects"] > 0


def test_a_new_record_and_a_deleted_one(demo: Any, pmo: User, api: Any) -> None:
    risk = demo.risk("R01")
    gone = api(pmo).delete(f"risks/{risk.pk}/?preview=1")
    assert (gone.status_code, gone.json()["object"]) == (200, None)
    body = {
        "project": risk.project_id, "code": "R99", "title": "Flood", "status": "open",
        "residual_probability": "0.5", "residual_cost_min": "100",
        "residual_cost_most_likely": "200", "residual_cost_max": "300",
    }  # fmt: skip
    made = api(pmo).post("risks/?preview=1", body)
    assert made.status_code == 200, made.json()
    assert "Location" not in made.headers
    sources = [
        line["source"]["code"]
        for programme in made.json()["programmes"]
        for each in programme["metrics"]
        for line in each["lines"]
    ]
    assert "R99" in sources
    risk.refresh_from_db()


def lock_timeout() -> str:
    """For how long this session waits for a lock."""
    with connection.cursor() as cursor:
        cursor.execute("SHOW lock_timeout")
        return str(cursor.fetchone()[0])


@pytest.mark.parametrize("keyed", [False, True])
@commits
def test_nothing_remains(keyed: bool, demo: Any, pmo: User, api: Any, silence: list[bool]) -> None:
    worker.drain()
    project = demo.project("CAM-02")
    client = api(pmo)
    before = everything()
    headers = {"Idempotency-Key": "once"} if keyed else {}
    patience = lock_timeout()
    body = b'{"forecast_finish": "2031-12-31"}'
    path = f"projects/{project.pk}/?preview=1"
    for method in ("PATCH", "DELETE"):
        client.raw(method, path, body, **{"If-Match": "*"})
    cost = f'{{"project": {project.pk}, "posted_on": "2026-10-01", "amount": "9"}}'.encode()
    assert client.raw("POST", "cost-actuals/?preview=1", cost, **headers).status_code == 200
    assert everything() == before
    assert silence == []
    assert lock_timeout() == patience
    client.raw("POST", "cost-actuals/", cost)
    assert silence == [True]


@commits
def test_requests_of_others_stay_and_are_no_effect(demo: Any, pmo: User, api: Any) -> None:
    worker.drain()
    project = demo.project("CAM-02")
    cost = {"project": project.pk, "posted_on": "2026-10-01", "amount": "900"}
    assert api(pmo).post("cost-actuals/", cost).status_code == 201
    waiting = set(RollupRequest.objects.values_list("pk", flat=True))
    assert waiting
    answer = api(pmo).post("cost-actuals/?preview=1", cost | {"amount": "50"})
    moved = metric(answer, "CAM", "actual_cost")
    assert float(moved["to"]) - float(moved["from"]) == 50
    assert set(RollupRequest.objects.values_list("pk", flat=True)) == waiting
    worker.drain()
    assert verify() == []


@commits
def test_a_programme_that_a_worker_computes_is_waited_for_briefly(
    demo: Any, pmo: User, api: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    worker.drain()
    monkeypatch.setattr(dry_run, "PATIENCE", "100ms")
    project = demo.project("CAM-02")
    body = {"project": project.pk, "posted_on": "2026-10-01", "amount": "900"}
    answers = []

    def ask() -> None:
        answers.append(api(pmo).post("cost-actuals/?preview=1", body))
        connection.close()

    with transaction.atomic():
        ProgrammeRollup.objects.select_for_update().get(pk=project.programme_id)
        thread = threading.Thread(target=ask)
        thread.start()
        thread.join(60)
    (answer,) = answers
    assert (answer.status_code, answer.json()["code"]) == (503, "busy")
    assert answer.headers["Retry-After"] == "2"
    assert not RollupRequest.objects.exists()


def test_too_wide_a_change(office: User, api: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dry_run, "MOST", 2)
    portfolio = factories.portfolio()
    for _ in range(3):
        factories.project(programme=factories.programme(portfolio=portfolio))
    answer = api(office).patch(f"portfolios/{portfolio.pk}/?preview=1", {"discount_rate": "0.05"})
    assert (answer.status_code, answer.json()["code"]) == (422, "too_wide")


def test_what_cannot_be_computed_is_not_called_no_effect(
    demo: Any, pmo: User, api: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any) -> Any:
        raise ArithmeticError("a rule that divides by nothing")

    monkeypatch.setattr(worker, "recompute", broken)
    path = f"projects/{demo.project('CAM-02').pk}/?preview=1"
    answer = api(pmo).patch(path, {"forecast_finish": "2031-12-31"})
    assert (answer.status_code, answer.json()["code"]) == (422, "not_computable")
    assert not ProgrammeRollup.objects.filter(failed_since__isnull=False).exists()


@pytest.mark.parametrize(
    ("method", "body", "tag", "status"),
    [
        ("PATCH", b'{"complexity": 9}', "*", 400),
        ("PATCH", b'{"complexity": 2}', '"v99"', 412),
        ("DELETE", b"", "*", None),
        ("PATCH", b"[", "*", 400),
    ],
)
def test_errors_are_those_of_the_write(
    method: str, body: bytes, tag: str, status: int | None, demo: Any, pmo: User, api: Any
) -> None:
    path, client = f"projects/{demo.project('CAM-02').pk}/", api(pmo)
    dry_run = client.raw(method, f"{path}?preview=1", body, **{"If-Match": tag})
    real = client.raw(method, path, body, **{"If-Match": tag})
    if status is not None:
        assert real.status_code == status
    if real.status_code >= 400:
        changing = {"request_id", "instance"}
        problems = [
            {name: value for name, value in each.json().items() if name not in changing}
            for each in (dry_run, real)
        ]
        assert problems[0] == problems[1]


def test_a_viewer_cannot_preview(demo: Any, viewer: User, stranger: User, api: Any) -> None:
    path = f"projects/{demo.project('CAM-02').pk}/?preview=1"
    assert api(viewer).patch(path, {"complexity": 2}).status_code == 403
    assert api(stranger).patch(path, {"complexity": 2}).status_code == 404


def test_the_parameter_is_said_right(demo: Any, pmo: User, api: Any) -> None:
    path = f"projects/{demo.project('CAM-02').pk}/"
    for value in ("0", "", "true", "1&preview=1"):
        answer = api(pmo).patch(f"{path}?preview={value}", {"complexity": 2})
        assert errors_of(answer) == {"/preview": "invalid_choice"}
    assert errors_of(api(pmo).get(f"{path}?preview=1")) == {"/preview": "unknown_parameter"}
    answer = api(pmo).post("tokens/?preview=1", {"name": "sheet"})
    assert errors_of(answer) == {"/preview": "unknown_parameter"}


def test_a_verb_can_be_previewed(office: User, api: Any) -> None:
    benefit = factories.benefit()
    measured = factories.measurement(benefit, 2025, 5)
    worker.drain()
    path = f"measurements/{measured.pk}/verification/"
    answer = api(office).post(f"{path}?preview=1", {"outcome": "verified"})
    assert answer.json()["object"]["status"] == "verified"
    measured.refresh_from_db()
    assert measured.status == "submitted"
    assert api(office).post(path, {"outcome": "verified"}).status_code == 200


def test_a_project_that_stands_alone(office: User, api: Any) -> None:
    project = factories.project(programme=None, portfolio=factories.portfolio())
    worker.drain()
    answer = api(office).patch(f"projects/{project.pk}/?preview=1", {
        "forecast_start": "2027-01-01", "forecast_finish": "2028-01-01",
    })  # fmt: skip
    (moved,) = answer.json()["projects"]
    assert (moved["code"], moved["finish"]["to"]) == (project.code, "2028-01-01")
    assert answer.json()["programmes"] == []
    assert Project.objects.get().forecast_finish != moved["finish"]["to"]
    assert ProjectForecast.objects.get(valid_to=None).finishes_on != moved["finish"]["to"]
