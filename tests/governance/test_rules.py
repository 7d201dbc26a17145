"""Rule sets: written by the PMO, previewed, kept, in force from their first day on."""

from datetime import date
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from pmhub.models import User
from programmes.models import Portfolio, RuleSet
from programmes.rollup import requests
from programmes.rollup.verify import differences
from programmes.serializers.previews import PreviewSerializer
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


def test_a_preview_says_what_then_happens_and_writes_nothing(
    wexmoor: int, pmo: User, api: Any, drain: Any
) -> None:
    count, before = RuleSet.objects.count(), colours(api, pmo)
    body = STRICT | {"portfolio": wexmoor}
    tried = api(pmo).post("rule-sets/?preview=1", body)
    assert tried.status_code == 200, tried.json()
    assert tried.json().keys() == PreviewSerializer().fields.keys()
    assert RuleSet.objects.count() == count
    assert colours(api, pmo) == before
    told = {each["code"]: each["health"] for each in tried.json()["projects"]}
    assert told
    assert api(pmo).post("rule-sets/", body).status_code == 201
    drain()
    after = colours(api, pmo)
    moved = {code: {"from": before[code], "to": after[code]}
             for code in after if after[code] != before[code]}  # fmt: skip
    assert told == moved
    assert differences() == []


def test_rules_that_say_the_same_would_move_nothing(wexmoor: int, pmo: User, api: Any) -> None:
    body = {"portfolio": wexmoor, "values": {"cost_green_pct": "5.0"}, "reason": "Said anew"}
    tried = api(pmo).post("rule-sets/?preview=1", body).json()
    assert (tried["programmes"], tried["projects"]) == ([], [])
    assert tried["hidden"] == {"programmes": 0, "projects": 0}


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
