"""A benefit goes to another programme: the totals of both change by exactly it, and the bridge says
that it moved."""

from decimal import Decimal
from typing import Any

import pytest

from benefits.models import Benefit, OverlapCase
from pmhub.models import User
from programmes.models import Programme
from tests import factories
from tests.api.conftest import errors_of

METRIC = "benefits_whole_life_planned"


@pytest.fixture
def moved(demo: Any) -> tuple[Benefit, Programme, Programme]:
    """A benefit of one programme of the demo, and the programme that is to have it."""
    benefit = demo.benefit("B01")
    OverlapCase.objects.filter(first=benefit).update(
        state="resolved", resolution="none", reason="Read apart", resolved_on="2026-10-31"
    )
    return benefit, benefit.programme, demo.programme("NZE")


def planned(api: Any, user: User, programme: Programme) -> Decimal:
    """What a programme plans over the whole life of its benefits."""
    found = api(user).get(f"programmes/{programme.pk}/rollup/").json()["metrics"]
    return Decimal(found[METRIC]["value"])


def test_totals_change_by_exactly_the_benefit_and_the_bridge_says_moved(
    moved: tuple[Benefit, Programme, Programme],
    pmo: User,
    api: Any,
    read: Any,
    drain: Any,
    now: Any,
) -> None:
    benefit, here, there = moved
    before = planned(api, pmo, here), planned(api, pmo, there)
    since = now()
    path = f"benefits/{benefit.pk}/move/"
    body = {"to_programme": there.pk, "reason": "Energy is theirs"}
    tried = api(pmo).verb(f"{path}?preview=1", body)
    assert tried.status_code == 200, tried.json()
    benefit.refresh_from_db()
    assert benefit.programme == here
    measured = benefit.measurements.count()
    answer = api(pmo).verb(path, body)
    assert answer.status_code == 200, answer.json()
    drain()
    after = planned(api, pmo, here), planned(api, pmo, there)
    lost, won = before[0] - after[0], after[1] - before[1]
    assert lost == won > 0
    assert (benefit.measurements.count(), benefit.contributions.exists()) == (measured, True)
    for programme, sign in ((here, -1), (there, 1)):
        found = read(pmo, f"programmes/{programme.pk}/bridge/", metric=METRIC, from_=since).json()
        [part] = found["parts"]
        assert (part["cause"], part["words"]) == ("record_moved", "benefit moved")
        assert Decimal(part["amount"]) == sign * lost
        assert part["source"]["code"] == "B01"


def test_it_goes_to_a_programme_of_the_portfolio_by_who_may_write_at_both(
    moved: tuple[Benefit, Programme, Programme], pmo: User, cam_manager: User, api: Any
) -> None:
    benefit, here, there = moved
    path = f"benefits/{benefit.pk}/move/"
    body = {"to_programme": there.pk, "reason": "Energy is theirs"}
    assert api(cam_manager).verb(path, body).status_code in (400, 403, 404)
    factories.role(cam_manager, "viewer", programme=there)
    assert api(User.objects.get(pk=cam_manager.pk)).verb(path, body).status_code == 403
    assert errors_of(api(pmo).verb(path, {"to_programme": there.pk})) == {"/reason": "required"}
    assert errors_of(api(pmo).verb(path, body | {"to_programme": here.pk})).keys() == {
        "/to_programme"
    }
    other = factories.programme()
    assert errors_of(api(pmo).verb(path, body | {"to_programme": other.pk})).keys() == {
        "/to_programme"
    }
    benefit.refresh_from_db()
    assert benefit.programme == here
