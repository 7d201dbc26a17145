"""Reading: one shape in lists, details and answers to writes; paging, filters, chosen fields."""

from typing import Any

import orjson
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from pmhub.api.json_rendering import dumps
from pmhub.api.routes import RESOURCES
from pmhub.models import User
from pmhub.serializers import RecordSerializer
from projects.models import Project, Risk
from tests import factories
from tests.api.conftest import errors_of

# Queries of a list: session, user, roles, then ids and rows; some resources need one or two more.
SIGNED_IN = 2  # the session, the user with their roles
EXTRA = {
    "programmes": 2, "benefits": 1, "change-requests": 1, "communications": 1,
    "dependencies": 5, "dependency-messages": 3, "dca-records": 1,
    "objectives": 1, "rule-sets": 2, "boards": 1, "board-meetings": 1,
    "board-packs": 1, "decisions": 2, "gates": 2, "inspection-plans": 1,
    "proposals": 1, "budget-requests": 2, "business-cases": 5, "case-options": 2, "tolerances": 1,
}  # fmt: skip
NOT_IN_THE_DEMO = {
    "attachments", "comments", "follows", "outputs", "scenarios", "scenario-changes",
    "benefit-reviews", "health-overrides", "saved-views", "exceptions",
    "favourites", "shared-claims",
}  # fmt: skip
STORED = [name for name in RESOURCES if name not in NOT_IN_THE_DEMO]


@pytest.mark.parametrize("name", sorted(STORED))
def test_a_list_a_detail_and_the_serializer_have_one_shape(
    name: str, demo: Any, pmo: User, api: Any
) -> None:
    row = api(pmo).get(f"{name}/?page_size=1").json()["results"][0]
    detail = api(pmo).get(f"{name}/{row['id']}/").json()
    assert detail == row
    view = RESOURCES[name]
    fields = view.serializer_class().fields
    assert list(row) == [name for name, field in fields.items() if not field.write_only]
    assert {"id", "code", "url", "html_url", "version"} <= row.keys()
    assert _as_drf_says(view.serializer_class, row) == {
        key: row[key] for key in _as_drf_says(view.serializer_class, row)
    }


def _as_drf_says(serializer_class: type[RecordSerializer], row: dict[str, Any]) -> dict[str, Any]:
    """Return what the stock serializer of DRF makes of the columns of the same row."""
    meta: Any = serializer_class.Meta
    record = meta.model._default_manager.get(pk=row["id"])
    serializer = serializer_class(record)
    said = {
        name: field.to_representation(field.get_attribute(record))
        for name, field in serializer.fields.items()
        if name not in {*meta.derived, *meta.expressions, "url", "html_url", "tranche"}
        and hasattr(record, name)
        and getattr(record, name) is not None
        and not (field.write_only or hasattr(field, "child_relation"))
    }
    return {
        name: value if not name.endswith("_at") else row[name]  # spelled with Z or +00:00
        for name, value in orjson.loads(dumps(said)).items()
    }


@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize("name", sorted(STORED))
def test_queries_do_not_grow_with_rows(
    count: int, name: str, demo: Any, pmo: User, api: Any
) -> None:
    client = api(pmo)
    with CaptureQueriesContext(
        connection,
    ) as queries:
        found = client.get(f"{name}/?page_size={count}").json()
    # A full page asks how many there are, and whether that was counted already.
    counted = 2 * int(found["count"] > count)
    extra = EXTRA.get(name, 0)
    if name == "budget-requests":  # what was approved of projects, and of programmes
        extra += 3 * len({row["project"] is None for row in found["results"]})
    assert len(queries) == SIGNED_IN + 2 + counted + extra


def test_pages(office: User, api: Any) -> None:
    home = factories.programme()
    for number in range(5):
        factories.project(programme=home, code=f"P{number}")
    client = api(office)
    first = client.get("projects/?page_size=2").json()
    assert (first["count"], first["previous"]) == (5, None)
    assert [row["code"] for row in first["results"]] == ["P0", "P1"]
    assert first["next"].endswith("/api/v1/projects/?page=2&page_size=2")
    last = client.get("projects/?page_size=2&page=3").json()
    assert (last["count"], last["next"], len(last["results"])) == (5, None, 1)
    assert last["previous"].endswith("?page=2&page_size=2")
    assert client.get("projects/?page=4&page_size=2").status_code == 404
    assert client.get("projects/?page=0").status_code == 404


@pytest.mark.parametrize(
    "query",
    [
        "page=x", "page=1_0", "page=-1", "page=1.0", "page=", "page_size=0", "page_size=501",
        "page_size=x", "ordering=password", "ordering=programme__name", "ordering=", "colour=red",
        "status=red", "status=active&status=closed", "programme=abc", "programme=999999",
        "programme=1_0", "forecast_finish__lt=soon", "forecast_finish__lt=2026-13-01",
        "forecast_finish__lt=0001-01-01", "percent_complete__gt=NaN", "percent_complete__gt=1_0",
        "percent_complete__gt=٣",
        "regulated=maybe", "regulated=1", "programme__isnull=1",
        "estimate_to_complete__lte=Infinity", "fields=password",
        "omit=nothing", "expand=created_by", "expand=password", "updated_since=yesterday",
        "updated_since=2026-01-01", "updated_since=2026-01-01T00:00:00", "title=x",
        "code=%00", "search=%00", "search=" + "x" * 201, "search=" + "+".join("abcdefghi"),
        "programme__portfolio__name=x", "forecast_finish__year=2026", "__class__=x",
    ],
)  # fmt: skip
def test_a_bad_parameter_is_named(query: str, office: User, api: Any) -> None:
    factories.project()
    answer = api(office).get(f"projects/?{query}")
    assert answer.status_code == 400
    name = query.split("=", maxsplit=1)[0]
    assert list(errors_of(answer)) == [f"/{name}"]
    assert answer.json()["errors"][0]["parameter"] == name


@pytest.mark.parametrize(
    ("query", "codes"),
    [
        ("", ["A", "B", "C"]),
        ("code=B", ["B"]),
        ("status=closed", ["C"]),
        ("forecast_finish__lt=2027-01-01", ["A"]),
        ("forecast_finish__gte=2027-01-01", ["B", "C"]),
        ("percent_complete__gt=10", ["B", "C"]),
        ("percent_complete__lte=10.5", ["A", "B"]),
        ("search=bridge", ["B"]),
        ("regulated=true", ["B"]),
        ("regulated=false", ["A", "C"]),
        ("programme__isnull=true", []),
        ("programme__isnull=false", ["A", "B", "C"]),
        ("search=new+bridge", ["B"]),
        ("search=bridge+tunnel", []),
        ("ordering=-percent_complete", ["C", "B", "A"]),
        ("ordering=-status,code", ["C", "A", "B"]),
        ("updated_since=2000-01-01T00:00:00Z", ["A", "B", "C"]),
        ("updated_since=2190-01-01T00:00:00%2B00:00", []),
        ("stage=define&status=active", ["A", "B"]),
    ],
)
def test_filters(query: str, codes: list[str], office: User, api: Any) -> None:
    home = factories.programme()
    made: Any = factories.project
    made(programme=home, code="A", name="Road", percent_complete=0, forecast_finish="2026-12-31")
    made(programme=home, code="B", name="New bridge", percent_complete=10.5, regulated=True)
    made(
        programme=home, code="C", name="Tunnel", percent_complete=100, status="closed",
        actual_finish="2026-10-01",
    )  # fmt: skip
    found = api(office).get(f"projects/?{query}").json()["results"]
    assert [row["code"] for row in found] == codes


def test_risks_of_a_programme_are_its_own_and_its_projects(office: User, api: Any) -> None:
    home = factories.programme()
    own = factories.risk(home, code="R-G")
    below = factories.risk(factories.project(programme=home), code="R-P")
    factories.risk(factories.project(), code="R-X")
    found = api(office).get(f"risks/?programme={home.pk}").json()["results"]
    assert {row["code"]: row["scope"] for row in found} == {
        own.code: "programme",
        below.code: "project",
    }


def test_chosen_fields(office: User, api: Any) -> None:
    project = factories.project(code="A")
    client = api(office)
    few = client.get(f"projects/{project.pk}/?fields=code,status")
    assert few.json() == {"code": "A", "status": "active"}
    most = client.get(f"projects/{project.pk}/?omit=code,status").json()
    assert most.keys() == client.get(f"projects/{project.pk}/").json().keys() - {"code", "status"}
    listed = client.get("projects/?fields=code").json()["results"]
    assert listed == [{"code": "A"}]


def test_expanded_records_are_those_one_may_see(
    demo: Any, cam02_manager: User, pmo: User, api: Any
) -> None:
    project = demo.project("CAM-02")
    path = f"projects/{project.pk}/?expand=programme,project_manager"
    whole = api(pmo).get(path).json()
    assert whole["programme"]["code"] == "CAM"
    assert whole["project_manager"]["name"] == project.project_manager.name
    own = api(cam02_manager).get(path).json()
    assert own["programme"] is None


def test_a_name_that_is_given_twice_counts_once(office: User, api: Any) -> None:
    project = factories.project(code="A")
    client, path = api(office), f"projects/{project.pk}/"
    once = client.get(f"{path}?expand=programme").json()
    assert once["programme"]["id"] == project.programme_id
    assert client.get(f"{path}?expand=programme,%20programme").json() == once
    listed = client.get("projects/?expand=programme,programme&fields=code,programme,code").json()
    assert listed["results"] == [{"code": "A", "programme": once["programme"]}]
    left = client.get(f"{path}?omit=code,code").json()
    assert left == client.get(f"{path}?omit=code").json()


@pytest.mark.parametrize("name", sorted(STORED))
def test_everything_that_may_be_expanded(name: str, demo: Any, pmo: User, api: Any) -> None:
    for key in RESOURCES[name].expandable:
        rows = api(pmo).get(f"{name}/?page_size=500&expand={key}").json()["results"]
        opened = [row[key] for row in rows if row[key] is not None]
        assert all({"id", "url", "version"} <= each.keys() for each in opened)


def test_what_has_not_changed_is_not_sent_again(office: User, api: Any) -> None:
    project = factories.project()
    client = api(office)
    for path in (f"projects/{project.pk}/", "projects/", f"programmes/{project.programme_id}/"):
        first = client.get(path)
        again = client.get(path, **{"If-None-Match": first.headers["ETag"]})
        assert (again.status_code, again.content) == (304, b"")
    assert client.get(f"programmes/{project.programme_id}/").headers["ETag"] == '"v1"'
    before = client.get(f"projects/{project.pk}/").headers["ETag"]
    factories.budget(project, 100)
    after = client.get(f"projects/{project.pk}/", **{"If-None-Match": before})
    assert after.json()["approved_budget"] == "100.00"
    assert after.json()["version"] == 1


def test_figures_of_a_project(demo: Any, pmo: User, api: Any) -> None:
    row = api(pmo).get(f"projects/{demo.project('CAM-02').pk}/").json()
    assert {
        name: row[name]
        for name in ("baseline_finish", "budget_at_completion", "approved_budget", "planned_value")
    } == {
        "baseline_finish": "2027-12-17",
        "budget_at_completion": "96500.00",
        "approved_budget": "97950.00",
        "planned_value": "41200.00",
    }
    assert (row["actual_cost"], row["currency"]) == ("39900.00", "GBP")


def test_a_project_without_a_baseline_has_no_planned_value(office: User, api: Any) -> None:
    project = factories.project()
    row = api(office).get(f"projects/{project.pk}/").json()
    assert (row["budget_at_completion"], row["planned_value"], row["baseline_start"]) == (None,) * 3
    assert (row["approved_budget"], row["actual_cost"]) == ("0.00", "0.00")
    draft = factories.baseline(project, approved_on=None)
    assert api(office).get(f"projects/{project.pk}/").json()["budget_at_completion"] is None
    factories.baseline(project, number=draft.number + 1, budget_at_completion=500)
    assert api(office).get(f"projects/{project.pk}/").json()["budget_at_completion"] == "500.00"


@pytest.mark.parametrize(
    ("day", "value"),
    [("2026-01-01", "0.00"), ("2026-04-01", "0.00"), ("2026-04-16", "50.00"),
     ("2026-05-01", "100.00"), ("2026-06-01", "200.00"), ("2030-01-01", "200.00")],
)  # fmt: skip
def test_planned_value_lies_between_the_points(
    day: str, value: str, office: User, api: Any
) -> None:
    home = factories.programme(portfolio=factories.portfolio(status_date=day))
    project = factories.project(programme=home)
    points = [["2026-04-01", "0"], ["2026-05-01", "100"], ["2026-06-01", "200"]]
    plan = {"approved_on": "2025-12-01", "budget_at_completion": 200}
    factories.baseline(project, planned_value_profile=points, **plan)
    assert api(office).get(f"projects/{project.pk}/").json()["planned_value"] == value


def test_costs_after_the_status_date_do_not_count_yet(office: User, api: Any) -> None:
    project = factories.project()
    for day, amount in (("2026-10-31", 10), ("2026-11-01", 5)):
        project.cost_actuals.create(posted_on=day, amount=amount)
    assert api(office).get(f"projects/{project.pk}/").json()["actual_cost"] == "10.00"


def test_a_record_says_where_people_look_at_it(office: User, api: Any) -> None:
    project = factories.project()
    risk = factories.risk(project)
    row = api(office).get(f"risks/{risk.pk}/").json()
    assert row["url"] == f"http://testserver/api/v1/risks/{risk.pk}/"
    assert row["html_url"] == f"http://testserver/risks/{risk.pk}/"
    assert (Risk.objects.count(), Project.objects.count()) == (1, 1)
