"""A programme is split, and two are merged: the portfolio comes to the same, what counts one another
is not parted, and the past keeps what was true."""

from decimal import Decimal
from itertools import pairwise
from random import Random
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from benefits.models import BenefitLink, OverlapCase
from pmhub.models import User
from programmes.models import Decision, Envelope, Programme
from programmes.rollup.verify import differences
from projects.models import Risk
from tests import factories
from tests.api.conftest import errors_of

ADDED = ("money", "count")
WHY = {"reason": "Two things under one roof"}


def totals(read: Any, user: User, portfolio: int) -> dict[str, Any]:
    """What the whole portfolio comes to, of the figures that are sums."""
    metrics = read(user, f"portfolios/{portfolio}/rollup/").json()["metrics"]
    return {
        name: Decimal(str(figure["value"]))
        for name, figure in metrics.items()
        if figure["unit"] in ADDED and figure["value"] is not None
    }


def own(programme: Programme) -> dict[str, list[int]]:
    """The ids of all that can be chosen of a programme."""
    rows = {
        "projects": programme.projects.filter(status__in=["active", "on_hold"]),
        "benefits": programme.benefits,
        "outcomes": programme.outcomes,
        "risks": programme.risks,
        "issues": programme.issues,
        "lines": programme.lines,
    }
    return {name: [*each.order_by("pk").values_list("pk", flat=True)] for name, each in rows.items()}


def together(programme: Programme, chosen: dict[str, list[int]]) -> dict[str, list[int]]:
    """A choice with what may not be parted from it."""
    risks, benefits = {*chosen["risks"]}, {*chosen["benefits"]}
    projects = {*chosen["projects"]}
    for risk in Risk.objects.filter(project__programme=programme).order_by("pk"):
        above = {risk.escalated_to_id, risk.aggregated_into_id} - {None}
        if above & risks or (above and risk.project_id in projects):
            projects.add(risk.project_id)
            risks |= above
    for case in OverlapCase.objects.filter(programme=programme):
        pair = {case.first_id, case.second_id}
        benefits |= pair if pair & benefits else set()
    return chosen | {
        "risks": sorted(risks), "benefits": sorted(benefits), "projects": sorted(projects)
    }  # fmt: skip


@pytest.mark.parametrize("seed", range(3))
def test_whatever_goes_the_whole_comes_to_the_same(
    seed: int, demo: Any, pmo: User, api: Any, read: Any, drain: Any
) -> None:
    drain()
    random, programme = Random(seed), demo.programme("CAM")  # noqa: S311  # a choice, no secret
    before = totals(read, pmo, demo.portfolio.pk)
    some = {
        name: random.sample(ids, random.randint(0, len(ids))) for name, ids in own(programme).items()
    }
    for _ in range(5):  # until nothing more comes along
        some = together(programme, some)
    body = some | WHY | {"code": "CAN", "name": "Campus North", "contingency_budget": "1.00"}
    tried = api(pmo).verb(f"programmes/{programme.pk}/split/?preview=1", body)
    assert tried.status_code == 200, tried.json()
    assert not Programme.objects.filter(code="CAN").exists()
    answer = api(pmo).verb(f"programmes/{programme.pk}/split/", body)
    assert answer.status_code == 200, answer.json()
    assert answer.json()["along"] == tried.json()["object"]["along"]
    drain()
    new = Programme.objects.get(code="CAN")
    assert own(new) | {"projects": sorted(own(new)["projects"])} == {
        name: sorted(ids) for name, ids in some.items()
    }
    assert totals(read, pmo, demo.portfolio.pk) == before
    assert differences() == []


def test_a_merged_programme_comes_to_what_both_came_to(
    demo: Any, pmo: User, api: Any, read: Any, drain: Any, now: Any
) -> None:
    drain()
    first, second = demo.programme("CAM"), demo.programme("SSV")
    before, was = totals(read, pmo, demo.portfolio.pk), own(second)
    since = now()
    body = {"other": second.pk, "rename": True} | WHY
    tried = api(pmo).verb(f"programmes/{first.pk}/merger/?preview=1", body)
    assert tried.status_code == 200, tried.json()
    assert {each["code"] for each in tried.json()["programmes"]} >= {"CAM", "SSV"}
    answer = api(pmo).verb(f"programmes/{first.pk}/merger/", body)
    assert answer.status_code == 200, answer.json()
    drain()
    assert totals(read, pmo, demo.portfolio.pk) == before
    assert differences() == []
    second.refresh_from_db()
    assert (second.merged_into, second.stage) == (first, "terminated")
    assert not any(own(second).values())
    assert {*was["benefits"]} <= {*own(first)["benefits"]}
    # Its code leads on, and the past is as it was.
    listed = api(pmo).get("programmes/?code=SSV").json()["results"]
    assert [each["id"] for each in listed] == [first.pk]
    then = read(pmo, "benefits/", programme=str(second.pk), as_of=since).json()["results"]
    assert {each["id"] for each in then} == {*was["benefits"]}
    # The bridge says what it was.
    parts = read(
        pmo, f"programmes/{first.pk}/bridge/", metric="benefits_whole_life_planned", from_=since
    ).json()["parts"]
    assert {part["cause"] for part in parts} == {"record_moved"}
    assert all("SSV merged into CAM" in part["reason"] for part in parts), parts
    for programme in (first, second):
        made = Decision.objects.filter(programme=programme, cause="move").latest("pk")
        assert (made.outcome, made.rationale) == ("SSV became a part of CAM", WHY["reason"])
