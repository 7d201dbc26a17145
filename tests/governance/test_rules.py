"""Rule sets: written by the PMO, previewed, kept, in force from their first day on."""

import json
from collections.abc import Callable
from datetime import date
from typing import Any
from urllib.parse import quote

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext

from pmhub.models import Job, User
from pmhub.tasks import run_job
from programmes.models import DelegatedLimit, Portfolio, RuleSet
from programmes.queries.forecasts import oversight_of
from programmes.queries.reports import last_project_report
from programmes.rollup import requests
from programmes.rollup.verify import differences
from programmes.serializers.previews import PreviewSerializer
from projects.services.gates.deciders import deciders_of
from tests import factories
from tests.admin.forms import errors
from tests.api.conftest import errors_of
from tests.ledger.conftest import cam, now, read

__all__ = ["cam", "now", "read"]

STRICT = {"values": {"cost_green_pct": "0", "cost_amber_pct": "1"}, "reason": "Money is short"}


@pytest.fixture
def wexmoor(demo: Any) -> int:
    """The portfolio of the demo, whose status date is 31 October 2026."""
    id: int = demo.portfolio.pk
    return id


def shown(portfolio: int) -> Any:
    """The thresholds that a portfolio shows."""
    return Portfolio.objects.get(pk=portfolio).rag_thresholds


def test_the_pmo_sets_rules_and_the_portfolio_shows_those_in_force(
    wexmoor: int, pmo: User, api: Any
) -> None:
    made = api(pmo).post("rule-sets/", STRICT | {"portfolio": wexmoor})
    assert made.status_code == 201, made.json()
    said = made.json()
    assert (said["valid_from"], said["in_force"]) == ("2026-10-31", True)
    assert (said["kind"], said["by"]) == ("thresholds", pmo.person.pk)
    found = api(pmo).get(f"portfolios/{wexmoor}/").json()
    assert found["rag_thresholds"] == STRICT["values"]
    sets = api(pmo).get(f"rule-sets/?portfolio={wexmoor}&kind=thresholds").json()["results"]
    assert [each["in_force"] for each in sets].count(True) == 1


@pytest.mark.parametrize("who", ["sponsor", "sro", "cam_manager", "cam02_manager", "viewer"])
def test_nobody_else_sets_them(
    who: str, wexmoor: int, api: Any, request: pytest.FixtureRequest
) -> None:
    answer = api(request.getfixturevalue(who)).post("rule-sets/", STRICT | {"portfolio": wexmoor})
    assert answer.status_code == 403


def test_what_is_set_on_the_portfolio_itself_is_kept_as_a_set(
    wexmoor: int, pmo: User, api: Any
) -> None:
    path = f"portfolios/{wexmoor}/"
    count = RuleSet.objects.count()
    changed = api(pmo).patch(path, {"rag_thresholds": {"cover_amber": "0.5"}})
    assert changed.status_code == 200
    last = RuleSet.objects.filter(portfolio=wexmoor).latest("id")
    assert (last.values, last.valid_from) == ({"cover_amber": "0.5"}, date(2026, 10, 31))
    assert last.by == pmo.person
    assert api(pmo).patch(path, {"rag_thresholds": {"cover_amber": "0.5"}}).status_code == 200
    assert api(pmo).patch(path, {"name": "Change"}).status_code == 200
    assert RuleSet.objects.count() == count + 1
    Portfolio.objects.filter(pk=wexmoor).update(rag_thresholds={})  # and by plain SQL
    assert RuleSet.objects.count() == count + 2
    assert shown(wexmoor) == {}


def test_rules_of_a_day_to_come_come_into_force_on_that_day(
    wexmoor: int, pmo: User, api: Any
) -> None:
    before = shown(wexmoor)
    coming = STRICT | {"portfolio": wexmoor, "valid_from": "2026-12-01"}
    made = api(pmo).post("rule-sets/", coming)
    assert (made.status_code, made.json()["in_force"], shown(wexmoor)) == (201, False, before)
    requests.sweep()
    assert shown(wexmoor) == before
    Portfolio.objects.filter(pk=wexmoor).update(status_date="2026-12-01")
    requests.sweep()
    assert shown(wexmoor) == STRICT["values"]
    assert api(pmo).get(f"rule-sets/{made.json()['id']}/").json()["in_force"] is True


def test_none_is_antedated_by_which_nothing_would_ever_be_judged(
    wexmoor: int, pmo: User, api: Any
) -> None:
    early = api(pmo).post("rule-sets/", STRICT | {"portfolio": wexmoor, "valid_from": "2025-12-31"})
    assert (early.status_code, errors_of(early)) == (409, {"/valid_from": "rules_order"})


@pytest.mark.parametrize(
    ("values", "place"),
    [
        ({"colour_of_the_moon": "1"}, "/values"),
        ({"cost_green_pct": "much"}, "/values"),
        ({"cost_green_pct": True}, "/values"),
        ({"cost_bound_is_worse": "1"}, "/values"),
        ({"risk_cause_loading": "1.5"}, "/values"),
        ({"schedule_green_days": "7.5"}, "/values"),
        ({"schedule_green_days": "-1"}, "/values"),
        ({"cost_green_pct": "-0.5"}, "/values"),
        ({"cost_green_pct": "50"}, "/values"),  # above amber, which is 10 then
        ({"cover_amber": "1.01"}, "/values"),
        ({"benefits_green": "0.5", "benefits_amber": "0.6"}, "/values"),
        ({"cover_green": "9" * 41}, "/values"),
        ([1], "/values"),
    ],
    ids=str,
)
def test_what_the_rule_cannot_read_is_refused_on_every_path(
    values: Any, place: str, wexmoor: int, pmo: User, api: Any
) -> None:
    refused = api(pmo).post("rule-sets/", STRICT | {"portfolio": wexmoor, "values": values})
    assert (refused.status_code, list(errors_of(refused))) == (400, [place])
    with pytest.raises(DatabaseError), transaction.atomic():
        factories.rule_set(portfolio_id=wexmoor, valid_from="2026-10-31", values=values)
    with pytest.raises(DatabaseError), transaction.atomic():
        Portfolio.objects.filter(pk=wexmoor).update(rag_thresholds=values)


def test_without_a_reason_none_is_set(wexmoor: int, pmo: User, api: Any) -> None:
    refused = api(pmo).post("rule-sets/", {"portfolio": wexmoor, "values": {}})
    assert errors_of(refused) == {"/reason": "required"}


def test_a_set_is_changed_and_deleted_on_no_path(wexmoor: int, pmo: User, api: Any) -> None:
    last = RuleSet.objects.filter(portfolio=wexmoor).latest("id")
    assert api(pmo).patch(f"rule-sets/{last.pk}/", {"values": {}}).status_code == 409
    assert api(pmo).delete(f"rule-sets/{last.pk}/").status_code == 409
    for statement in ("UPDATE programmes_ruleset SET reason = 'None' WHERE id = %s",
                      "DELETE FROM programmes_ruleset WHERE id = %s"):  # fmt: skip
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement, [last.pk])


def test_who_may_not_set_them_is_offered_no_form(
    wexmoor: int, cam_manager: User, pmo: User, client_of: Any
) -> None:
    path = f"/portfolios/{wexmoor}/rule-sets/"
    assert "Change<span" in client_of(pmo).get(path).content.decode()
    page = client_of(cam_manager).get(path).content.decode()
    assert "Bands of the risk matrix" in page
    assert "Change<span" not in page
    form = f"/rule-sets/new/?portfolio={wexmoor}&kind=matrix"
    assert client_of(cam_manager).get(form).status_code == 403
    assert client_of(pmo).get(form.replace("matrix", "moon")).status_code == 404


def test_the_form_of_each_kind_has_its_inputs(wexmoor: int, pmo: User, client_of: Any) -> None:
    for kind, name in (("matrix", "impact_pct_4"), ("ladder", "need_5"), ("limits", "sro_cost"),
                       ("approvers", "directive_light"), ("categories", "commercial")):  # fmt: skip
        page = client_of(pmo).get(f"/rule-sets/new/?portfolio={wexmoor}&kind={kind}")
        assert f'name="values.{name}"' in page.content.decode()


# What they change


def colours(api: Any, user: User) -> dict[str, str]:
    """The health of each project that the user sees."""
    rows = api(user).get("projects/?page_size=200").json()["results"]
    found = {}
    for row in rows:
        path = f"projects/{row['id']}/rollup/"
        figures = api(user).get(path).json()["metrics"]
        found[row["code"]] = figures.get("health", {}).get("value")
    return found


@pytest.fixture
def previewed(api: Any) -> Callable[[User, Any], Any]:
    """`previewed(user, body)`: what the job finds that a preview of a rule set asks for."""

    def ask(user: User, body: Any) -> Any:
        asked = api(user).post("rule-sets/?preview=1", body)
        assert asked.status_code == 202, asked.json()
        run_job()
        job = api(user).get(f"jobs/{asked.json()['id']}/").json()
        assert job["state"] == "done", job["message"]
        result = api(user).get(f"jobs/{job['id']}/result/")
        return json.loads(b"".join(result.streaming_content))

    return ask


def test_a_preview_says_what_then_happens_and_writes_nothing(
    wexmoor: int, pmo: User, api: Any, drain: Any, previewed: Any
) -> None:
    count, before = RuleSet.objects.count(), colours(api, pmo)
    body = STRICT | {"portfolio": wexmoor}
    tried = previewed(pmo, body)
    assert tried.keys() > PreviewSerializer().fields.keys()
    assert RuleSet.objects.count() == count
    assert colours(api, pmo) == before
    told = {each["code"]: each["health"] for each in tried["projects"]}
    assert told
    assert api(pmo).post("rule-sets/", body).status_code == 201
    drain()
    after = colours(api, pmo)
    moved = {code: {"from": before[code], "to": after[code]}
             for code in after if after[code] != before[code]}  # fmt: skip
    assert told == moved
    assert differences() == []


def test_rules_that_say_the_same_would_move_nothing(
    wexmoor: int, pmo: User, previewed: Any
) -> None:
    body = {"portfolio": wexmoor, "values": {"cost_green_pct": "5.0"}, "reason": "Said anew"}
    tried = previewed(pmo, body)
    assert (tried["programmes"], tried["projects"]) == ([], [])
    assert tried["hidden"] == {"programmes": 0, "projects": 0}


def test_a_preview_takes_no_lock_and_writes_nothing_but_its_file(
    wexmoor: int, pmo: User, api: Any
) -> None:
    api(pmo).post("rule-sets/?preview=1", STRICT | {"portfolio": wexmoor})
    with CaptureQueriesContext(connection) as queries:
        run_job()
    said = [each["sql"] for each in queries.captured_queries]
    assert not [sql for sql in said if "FOR " in sql and "UPDATE" in sql and "pmhub_job" not in sql]
    written = [sql for sql in said if sql.startswith(("UPDATE", "DELETE", "INSERT"))]
    assert [sql for sql in written if "pmhub_job" not in sql] == []
    assert Job.objects.get().state == "done"


def test_what_is_refused_is_refused_before_a_job_is_asked_for(
    wexmoor: int, pmo: User, cam_manager: User, api: Any
) -> None:
    bad = {"portfolio": wexmoor, "kind": "matrix", "values": {"low": "99"}, "reason": "Odd"}
    assert errors_of(api(pmo).post("rule-sets/?preview=1", bad)).keys() == {"/values"}
    fine = STRICT | {"portfolio": wexmoor}
    assert api(cam_manager).post("rule-sets/?preview=1", fine).status_code == 403
    assert not Job.objects.exists()


@pytest.mark.parametrize(
    ("kind", "values", "part"),
    [
        ("matrix", {"impact_pct_1": "0.5", "impact_pct_2": "2", "impact_pct_3": "4"}, "risks"),
        ("ladder", {"need_3": 3}, "watched"),
        ("approvers", {"controlling_standard": "pmo"}, "watched"),
        ("calendar", {"report_weeks_standard": 3}, "watched"),
        ("health", {"rule": "weighted", "amber_share": "0.1"}, "programmes"),
    ],
)
def test_a_preview_names_what_each_kind_would_change(
    kind: str, values: Any, part: str, wexmoor: int, pmo: User, previewed: Any
) -> None:
    body = {"portfolio": wexmoor, "kind": kind, "values": values, "reason": "Tried"}
    assert previewed(pmo, body)[part]


def test_a_preview_names_the_requests_that_another_level_would_decide(
    wexmoor: int, pmo: User, api: Any, previewed: Any
) -> None:
    values = {"sponsor_decides": True}
    body = {"portfolio": wexmoor, "kind": "limits", "values": values, "reason": "From the top"}
    waiting = previewed(pmo, body)["requests"]
    assert waiting
    assert {each["level"]["to"] for each in waiting} == {"sponsor"}


def test_the_page_of_a_preview_is_its_owners(
    wexmoor: int, pmo: User, sro: User, api: Any, client_of: Any
) -> None:
    asked = api(pmo).post("rule-sets/?preview=1", STRICT | {"portfolio": wexmoor}).json()
    page = asked["html_url"].removeprefix("http://testserver")
    assert "you may leave this page" in client_of(pmo).get(page).content.decode()
    assert client_of(sro).get(page).status_code == 404
    run_job()
    shown = client_of(pmo).get(page).content.decode()
    assert "Health of projects" in shown
    assert "Nothing has been saved" in shown


def test_a_preview_is_cancelled_by_its_owner(wexmoor: int, pmo: User, api: Any) -> None:
    asked = api(pmo).post("rule-sets/?preview=1", STRICT | {"portfolio": wexmoor}).json()
    assert api(pmo).delete(f"jobs/{asked['id']}/").status_code == 204
    run_job()
    assert api(pmo).get(f"jobs/{asked['id']}/").json()["state"] == "cancelled"


# Each kind is read by the rule it belongs to


def test_the_matrix_in_force_scores_risks(
    wexmoor: int, demo: Any, pmo: User, api: Any, drain: Any
) -> None:
    path = f"programmes/{demo.programme('CAM').pk}/risk-matrix/"
    assert api(pmo).get(path).json()["impact_bounds"] == [1, 5, 10, 20]
    values = {"impact_pct_1": "0.1", "impact_pct_2": "0.2", "impact_pct_3": "0.3",
              "impact_pct_4": "0.4"}  # fmt: skip
    body = {"portfolio": wexmoor, "kind": "matrix", "values": values, "reason": "Sharper"}
    before = colours(api, pmo)
    assert api(pmo).post("rule-sets/", body).status_code == 201
    drain()
    assert api(pmo).get(path).json()["impact_bounds"] == [0.1, 0.2, 0.3, 0.4]
    assert colours(api, pmo) != before
    assert differences() == []


@pytest.mark.parametrize(
    ("values", "colour"),
    [({"rule": "worst"}, "red"), ({"rule": "worst_of_critical"}, "amber"),
     ({"rule": "weighted", "red_share": "0.9", "amber_share": "0.1"}, "amber"),
     ({"rule": "weighted", "red_share": "0.9", "amber_share": "0.5"}, "green")],
    ids=str,
)  # fmt: skip
def test_the_health_rule_in_force_says_how_projects_count(
    values: Any, colour: str, nothing: None, office: User, api: Any, drain: Any
) -> None:
    home = factories.programme(contingency_budget=100)
    for code, finish, critical in (("A", 112, False), ("B", 107, True), ("C", 100, True)):
        project = factories.project(
            code=code, programme=home, estimate_to_complete=finish, critical=critical,
            health_weight=1 if code != "C" else 3,
        )  # fmt: skip
        factories.budget(project, 100)
    body = {"portfolio": home.portfolio_id, "kind": "health", "values": values, "reason": "By size"}
    assert api(office).post("rule-sets/", body).status_code == 201
    drain()
    found = api(office).get(f"programmes/{home.pk}/rollup/health/").json()
    assert found["value"] == colour
    assert [each["kind"] for each in found["rule_sets"]] == ["health"]
    if colour == "amber":
        words = {"worst_of_critical": "the worst of those that are critical",
                 "weighted": "40% of the weight in amber or red"}[values["rule"]]  # fmt: skip
        assert any(words in each for each in found["reasons"])
    assert differences() == []


def test_the_ladder_and_the_approvers_in_force_decide_about_gates(
    wexmoor: int, demo: Any, pmo: User, api: Any, client_of: Any
) -> None:
    project = demo.project("CAM-04")
    desk, page = client_of(pmo), f"/projects/{project.pk}/"
    assert oversight_of(project) == "intensive"
    assert '<div class="value">Intensive</div>' in desk.get(page).content.decode()
    gentle = {**{f"need_{n}": 1 for n in range(1, 6)}, "regulated": 0}
    body = {"portfolio": wexmoor, "kind": "ladder", "values": gentle, "reason": "Trusted"}
    assert api(pmo).post("rule-sets/", body).status_code == 201
    project = demo.project("CAM-04")
    level = oversight_of(project)
    assert level in ("light", "standard")
    shown = desk.get(page).content.decode()
    assert f'<div class="value">{level.capitalize()}</div>' in shown
    body = {"portfolio": wexmoor, "kind": "approvers", "reason": "One hand",
            "values": {f"controlling_{level}": "pmo"}}  # fmt: skip
    assert api(pmo).post("rule-sets/", body).status_code == 201
    assert pmo.person.pk in deciders_of(demo.project("CAM-04")).people


def test_the_calendar_in_force_says_when_reports_are_due(
    wexmoor: int, demo: Any, pmo: User, api: Any
) -> None:
    project = demo.project("CAM-04")
    body = {"portfolio": wexmoor, "kind": "calendar", "reason": "Calmer",
            "values": {"report_weeks_intensive": 2}}  # fmt: skip
    assert last_project_report(project).weeks == 1
    assert api(pmo).post("rule-sets/", body).status_code == 201
    assert last_project_report(demo.project("CAM-04")).weeks == 2


def test_categories_say_how_strongly_their_risks_go_together(
    wexmoor: int, demo: Any, pmo: User, api: Any, drain: Any
) -> None:
    path = f"programmes/{demo.programme('CAM').pk}/risk-distribution/"
    before = api(pmo).get(path).json()
    body = {"portfolio": wexmoor, "kind": "categories", "reason": "One market",
            "values": {"commercial": "0.9", "Supply  Chain": "0.9"}}  # fmt: skip
    assert api(pmo).post("rule-sets/", body).status_code == 201
    drain()
    after = api(pmo).get(path).json()
    assert after["simulated"]["p90"] > before["simulated"]["p90"]
    assert after["simulated"]["analytic_mean"] == before["simulated"]["analytic_mean"]
    tornado = api(pmo).get(path.replace("risk-distribution/", "tornado/?loading=0.5")).json()
    assert tornado["p80"] == after["simulated"]["p80"]


def test_the_form_of_a_risk_offers_the_categories_that_rules_name(
    demo: Any, cam02_manager: User, client_of: Any
) -> None:
    form = f"/risks/new/?project={demo.project('CAM-02').pk}"
    page = client_of(cam02_manager).get(form).content.decode()
    assert '<option value="supply chain">' in page
    assert 'list="id_category-list"' in page


def test_limits_are_kept_as_rules_and_rules_as_limits(wexmoor: int, pmo: User, api: Any) -> None:
    sets = RuleSet.objects.filter(portfolio=wexmoor, kind="limits")
    count = sets.count()
    limit = DelegatedLimit.objects.get(portfolio=wexmoor, level="sro")
    path = f"delegated-limits/{limit.pk}/"
    assert api(pmo).patch(path, {"cost": "1200"}).status_code == 200
    last = sets.latest("id")
    assert (sets.count(), last.values["sro_cost"], last.by) == (count + 1, "1200", pmo.person)
    values = {"sro_decides": True, "sro_cost": "900", "sponsor_decides": True}
    body = {"portfolio": wexmoor, "kind": "limits", "values": values, "reason": "Two levels"}
    assert api(pmo).post("rule-sets/", body).status_code == 201
    held = DelegatedLimit.objects.filter(portfolio=wexmoor).order_by("id")
    assert [(each.level, each.cost) for each in held] == [("sro", 900), ("sponsor", None)]
    assert sets.count() == count + 2


def test_rules_of_another_kind_are_shown_and_nothing_else(wexmoor: int, pmo: User) -> None:
    with pytest.raises(DatabaseError), transaction.atomic():
        Portfolio.objects.filter(pk=wexmoor).update(rules_in_force={"matrix": {"low": 1}})


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        ("matrix", {"low": "10"}),  # above moderate, which is 9 then
        ("matrix", {"probability_1": "1.5"}),
        ("matrix", {"cost_green_pct": "5"}),
        ("ladder", {"need_5": "1"}),  # below what complexity 4 asks for
        ("ladder", {"need_1": "0.5"}),
        ("calendar", {"report_weeks_light": 0}),
        ("approvers", {"controlling_light": "somebody"}),
        ("approvers", {"controlling_light": "5"}),
        ("health", {"rule": "best"}),
        ("health", {"amber_share": "0.9"}),
        ("categories", {"commercial": "1.5"}),
        ("categories", {"commercial": True}),
        ("limits", {"sro_decides": True, "sro_cost": "9", "sponsor_decides": True,
                    "sponsor_cost": "8"}),
        ("limits", {"sro_days": "1.5"}),
    ],
    ids=str,
)  # fmt: skip
def test_what_a_rule_cannot_be_is_refused_of_every_kind_on_every_path(
    kind: str, values: Any, wexmoor: int, pmo: User, api: Any
) -> None:
    body = {"portfolio": wexmoor, "kind": kind, "values": values, "reason": "Odd"}
    refused = api(pmo).post("rule-sets/", body)
    assert (refused.status_code, list(errors_of(refused))) == (400, ["/values"])
    with pytest.raises(DatabaseError), transaction.atomic():
        factories.rule_set(portfolio_id=wexmoor, kind=kind, valid_from="2026-10-31", values=values)


def test_an_explanation_names_the_set_in_force(
    cam: str, wexmoor: int, pmo: User, viewer: User, api: Any, client_of: Any
) -> None:
    made = api(pmo).post("rule-sets/", STRICT | {"portfolio": wexmoor}).json()
    found = api(viewer).get(f"{cam}rollup/health/").json()["rule_set"]
    assert (found["id"], found["reason"]) == (made["id"], "Money is short")
    assert api(viewer).get(f"{cam}rollup/benefits_attainment/").json()["rule_set"] == found
    assert api(viewer).get(f"{cam}rollup/actual_cost/").json()["rule_set"] is None
    page = client_of(viewer).get(f"/{cam}explain/health/").content.decode()
    assert f'href="/rule-sets/{made["id"]}/"' in page


def test_the_past_is_judged_by_the_rules_then_in_force(
    cam: str, wexmoor: int, demo: Any, pmo: User, api: Any, drain: Any, now: Any
) -> None:
    before = now()
    for kind, values in (("matrix", {"impact_pct_1": "0.5"}), ("thresholds", STRICT["values"])):
        body = {"portfolio": wexmoor, "kind": kind, "values": values, "reason": "Sharper"}
        assert api(pmo).post("rule-sets/", body).status_code == 201
    drain()
    then = f"?as_of={quote(before)}"
    assert api(pmo).get(f"{cam}risk-matrix/").json()["impact_bounds"][0] == 0.5
    assert api(pmo).get(f"{cam}risk-matrix/{then}").json()["impact_bounds"][0] == 1
    said, said_then = (
        {each["reason"] for each in api(pmo).get(f"{cam}rollup/health/{query}").json()["rule_sets"]}
        for query in ("", then)
    )
    assert "Sharper" in said
    assert said_then
    assert "Sharper" not in said_then


def test_where_none_is_set_the_defaults_judge(demo: Any, pmo: User, api: Any) -> None:
    programme = factories.programme()
    path = f"programmes/{programme.pk}/rollup/health/"
    assert api(pmo).get(path).json()["rule_set"] is None


def test_the_form_has_an_input_for_each_rule_and_begins_with_those_in_force(
    wexmoor: int, pmo: User, client_of: Any
) -> None:
    page = client_of(pmo).get(f"/rule-sets/new/?portfolio={wexmoor}").content.decode()
    assert 'name="values.cost_green_pct" inputmode="decimal" autocomplete="off"' in page
    assert 'name="values.cost_bound_is_worse"' in page
    assert "Stale after days" in page
    assert page.count('value="45"') == 1


def test_the_admin_pages_add_one_and_change_none(wexmoor: int, pmo: User, client_of: Any) -> None:
    desk = client_of(pmo)
    body = {"portfolio": wexmoor, "kind": "thresholds", "valid_from": "2026-10-31",
            "reason": "From the desk", "values_cost_green_pct": "4"}  # fmt: skip
    answer = desk.post("/admin/programmes/ruleset/add/", body)
    assert answer.status_code == 302, errors(answer)
    last = RuleSet.objects.latest("id")
    assert (last.values, last.by) == ({"cost_green_pct": "4"}, pmo.person)
    assert desk.post(f"/admin/programmes/ruleset/{last.pk}/change/", body).status_code == 403
