"""Risks that are counted in one of their programme: who says so, and what counts then."""

import re
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from pmhub.models import User
from programmes import queries
from programmes.models import LedgerLine, Programme
from programmes.rollup import worker
from programmes.rollup.verify import differences
from projects.models import Risk
from tests import factories
from tests.api.conftest import errors_of


@pytest.fixture
def risk(demo: Any) -> Risk:
    """An open threat of a project of Campus Renewal."""
    rows = demo.project("CAM-02").risks.filter(status="open", kind="threat", aggregated_into=None)
    found: Risk = rows.exclude(residual_cost_most_likely=None).order_by("code").first()
    return found


@pytest.fixture
def above(demo: Any) -> Risk:
    """An open threat of the programme itself."""
    found: Risk = demo.programme("CAM").risks.filter(status="open", kind="threat").first()
    return found


def test_a_risk_is_counted_in_another_and_by_itself_again(
    demo: Any, risk: Risk, above: Risk, cam_manager: User, api_of: Any, drain: Any
) -> None:
    programme, api = demo.programme("CAM"), api_of(cam_manager)

    def mean() -> Any:
        drain()
        return queries.rollup(programme).value("risk_mean")

    before = mean()
    place = f"/api/v1/risks/{risk.pk}"
    made = api.post(f"{place}/aggregation/", {"aggregated_into": above.pk}, format="json")
    assert (made.status_code, made.json()["aggregated_into"]) == (200, above.pk)
    assert mean() < before
    again = api.post(f"{place}/separation/", {}, format="json")
    assert (again.status_code, again.json()["aggregated_into"]) == (200, None)
    assert mean() == before


def test_it_is_for_who_leads_the_programme(
    risk: Risk, above: Risk, cam02_manager: User, client_of: Any, api_of: Any
) -> None:
    place = f"/api/v1/risks/{risk.pk}/aggregation/"
    answer = api_of(cam02_manager).post(place, {"aggregated_into": above.pk}, format="json")
    assert answer.status_code == 403
    page = client_of(cam02_manager).get(f"/risks/{risk.pk}/").content.decode()
    assert "/escalation/" in page
    assert "/aggregation/" not in page
    risk.refresh_from_db()
    assert risk.aggregated_into is None


@pytest.mark.parametrize("what", ["of a project", "closed", "an opportunity", "the other way"])
def test_only_its_like_of_the_programme_counts_it(
    what: str, demo: Any, risk: Risk, above: Risk, cam_manager: User, api_of: Any
) -> None:
    wrong = {
        "of a project": factories.risk(demo.project("CAM-03")),
        "closed": Risk.objects.create(
            programme=demo.programme("CAM"), code="RC", title="Over", status="closed"
        ),
        "an opportunity": Risk.objects.create(
            programme=demo.programme("CAM"), code="RO", title="Luck", kind="opportunity"
        ),
        "the other way": above,
    }[what]
    row = above if what == "the other way" else risk
    place = f"/api/v1/risks/{row.pk}/aggregation/"
    answer = api_of(cam_manager).post(place, {"aggregated_into": wrong.pk}, format="json")
    if what == "the other way":
        assert answer.status_code in (400, 409)
    else:
        assert (answer.status_code, set(errors_of(answer))) == (400, {"/aggregated_into"})


def test_the_forms_offer_the_risks_that_can_count_it(
    demo: Any, risk: Risk, cam_manager: User, client_of: Any
) -> None:
    mine = Risk.objects.filter(programme=demo.programme("CAM"), status="open", kind=risk.kind)
    wanted = {"", *map(str, mine.values_list("pk", flat=True))}
    client = client_of(cam_manager)
    page = client.get(f"/risks/{risk.pk}/").content.decode()
    edit = client.get(f"/risks/{risk.pk}/edit/").content.decode()
    for html, name in (
        (page, "escalated_to"), (page, "aggregated_into"), (edit, "aggregated_into"),
    ):  # fmt: skip
        choice = re.search(rf'<select[^>]*name="{name}".*?</select>', html, re.DOTALL)
        assert choice, name
        assert {*re.findall(r'<option value="([^"]*)"', choice[0])} == wanted


def test_what_was_escalated_is_given_back_by_who_leads_the_programme(
    demo: Any, cam02_manager: User, cam_manager: User, client_of: Any, api_of: Any
) -> None:
    for name, record in (("risks", demo.risk("R02")), ("issues", demo.issue("I01"))):
        place = f"/api/v1/{name}/{record.pk}"
        handed = api_of(cam02_manager).post(f"{place}/escalation/", {}, format="json")
        assert handed.status_code == 200, handed.json()
        page = client_of(cam02_manager).get(f"/{name}/{record.pk}/").content.decode()
        assert "/return/" not in page
        own = api_of(cam02_manager).post(f"{place}/return/", {}, format="json")
        assert own.status_code == 403
        given = api_of(cam_manager).post(f"{place}/return/", {}, format="json")
        assert given.status_code == 200, given.json()


def counted(programme: Programme) -> dict[str, str]:
    """Return why each risk of a programme does not count, by its code; empty where it counts."""
    worker.drain()
    codes = dict(Risk.objects.values_list("pk", "code"))
    lines = LedgerLine.objects.filter(
        programme=programme, metric="risk_mean", valid_to__isnull=True
    )
    return {codes[line.source_id]: line.reason for line in lines}


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"proximity_on": date(2026, 10, 30)}, "proximity_passed"),
        ({"residual_probability": None}, "not_estimated"),
        ({"status": "closed"}, "closed"),
    ],
)
def test_a_risk_counts_by_itself_while_the_one_it_stands_in_does_not_count(
    nothing: None, change: dict[str, Any], reason: str
) -> None:
    programme = factories.programme()
    project = factories.project(programme=programme)
    large = factories.risk(programme, code="LARGE", residual_cost_max=2000)
    part = {"aggregated_into": large, "code": "PART", "proximity_on": date(2027, 1, 1)}
    factories.risk(project, **part)
    factories.risk(project, **part | {"code": "PAST", "proximity_on": date(2026, 10, 30)})
    # A project that ends transfers its risks to the programme.
    factories.risk(project, **part | {"code": "TRANSFERRED"})
    Risk.objects.filter(code="TRANSFERRED").update(project=None, programme=programme)
    parts = ("PART", "PAST", "TRANSFERRED")
    inside = {"LARGE": "", **dict.fromkeys(parts, "aggregated")}
    assert counted(programme) == inside
    # Written without the verbs, which keep it open while risks are counted in it.
    Risk.objects.filter(pk=large.pk).update(**change)
    apart = {"LARGE": reason, "PART": "", "PAST": "proximity_passed", "TRANSFERRED": ""}
    assert counted(programme) == apart
    # Two of 0.25 x (50 + 100 + 200) / 3, each rounded.
    assert queries.rollup(programme).value("risk_mean") == Decimal("58.34")
    assert differences() == []
    if reason == "closed":
        return
    Risk.objects.filter(pk=large.pk).update(proximity_on=None, residual_probability=Decimal("0.25"))
    assert counted(programme) == inside
    assert differences() == []
