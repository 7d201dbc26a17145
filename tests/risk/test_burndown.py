"""What moved the expected exposure of a programme, month by month."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.utils import timezone

from programmes.models import LedgerLine
from programmes.queries import exposure_ahead, exposure_by_month
from programmes.queries.exposure import Movement, movement
from programmes.queries.ledger import readings_at
from projects.services import risk as services
from tests import factories

NEW, RESCORED, CLOSED, HAPPENED, OTHER = Movement


@pytest.mark.parametrize(
    ("before", "was", "after", "becomes", "found"),
    [
        (False, None, True, "", NEW),
        (False, "draft", True, "", NEW),
        (False, "not_estimated", True, "", NEW),
        (False, "escalated", True, "", OTHER),
        (False, "proximity_passed", True, "", OTHER),
        (True, "", True, "", RESCORED),
        (True, "", False, "closed", CLOSED),
        (True, "", False, "materialised", HAPPENED),
        (True, "", False, "escalated", OTHER),
        (True, "", False, "aggregated", OTHER),
        (True, "", False, "project_ended", OTHER),
        (True, "", False, None, OTHER),
    ],
)
def test_how_a_step_moves_the_exposure(before, was, after, becomes, found):
    assert movement(before=before, was=was, after=after, becomes=becomes) is found


@pytest.fixture
def line(nothing):
    """`line(programme, risk, amount or reason, begin, end=None)`: a line of a risk, once."""

    def make(programme, risk, said, begin, end=None):
        counted = not isinstance(said, str)
        LedgerLine.objects.create(
            programme=programme, metric="risk_mean", source_type="risk", source_id=risk,
            amount=Decimal(said) if counted else 99, included=counted,
            reason="" if counted else said, valid_from=begin, valid_to=end,
        )  # fmt: skip

    return make


def at(month, day, hour=12, minute=0, year=2026):
    """A moment, in UTC."""
    return datetime(year, month, day, hour, minute, tzinfo=UTC)


def test_months_open_as_the_one_before_closed(line):
    home = factories.portfolio(time_zone="Europe/London")
    programme, other = (factories.programme(portfolio=home) for _ in range(2))
    line(programme, 1, 100, at(9, 10), at(10, 5))
    line(programme, 1, 80, at(10, 5), at(11, 3))
    line(programme, 1, "closed", at(11, 3))
    line(programme, 2, 40, at(10, 20), at(10, 25))  # comes and goes within a month
    line(programme, 2, "materialised", at(10, 25))
    line(programme, 3, "draft", at(9, 1), at(9, 30, 23))
    line(programme, 3, 25, at(9, 30, 23), at(11, 2))  # the first moment of October in London
    line(programme, 4, -10, at(9, 30, 22, 59))  # the last minute of September there
    line(other, 5, 1000, at(10, 1))
    found = exposure_by_month(programme, at(11, 15))
    assert [(each.month, each.opening, each.moved, each.closing) for each in found] == [
        (date(2026, 11, 1), 95, {CLOSED: -80, OTHER: -25}, -10),
        (date(2026, 10, 1), 90, {NEW: 65, RESCORED: -20, HAPPENED: -40}, 95),
        (date(2026, 9, 1), 0, {NEW: 90}, 90),
    ]
    # At an earlier moment, what came later is not known.
    (october, _) = exposure_by_month(programme, at(10, 22))
    assert (october.moved, october.closing) == ({NEW: 65, RESCORED: -20}, 135)


def test_a_year_is_looked_back_on_and_opens_with_what_was_before(line):
    programme = factories.programme()
    line(programme, 1, 7, at(1, 1, year=2020), at(6, 1, year=2021))
    line(programme, 1, 9, at(6, 1, year=2021))
    found = exposure_by_month(programme, at(2, 15))
    assert [each.month for each in found][::11] == [date(2026, 2, 1), date(2025, 3, 1)]
    assert {(each.opening, each.closing) for each in found} == {(9, 9)}
    assert exposure_by_month(factories.programme()) == []


def test_ahead_goes_what_has_its_last_day_and_the_rest_is_left(line):
    programme = factories.programme()
    days = ("2026-10-31", "2026-12-01", "2026-12-31", "2028-05-01", None)
    risks = [factories.risk(programme, proximity_on=day).pk for day in days]
    for id, amount in zip(risks, (1, 20, 300, 4000, 50_000), strict=True):
        line(programme, id, amount, at(10, 1))
    line(programme, factories.risk(programme, proximity_on="2026-11-05").pk, "closed", at(10, 1))
    found = exposure_ahead(programme, date(2026, 10, 31), at(11, 15))
    assert [(each.month, each.risks, each.passing, each.left) for each in found[:4]] == [
        (date(2026, 10, 1), 1, 1, 54320),
        (date(2026, 11, 1), 0, 0, 54320),
        (date(2026, 12, 1), 2, 320, 54000),
        (date(2027, 1, 1), 0, 0, 54000),
    ]
    assert len(found) == 12  # a year, whatever comes after it
    assert exposure_ahead(programme, date(2026, 10, 31), at(9, 15)) == []
    assert exposure_ahead(factories.programme(), date(2026, 10, 31)) == []


def test_its_parts_are_the_difference_of_the_figure(demo, drain, pmo):
    """After each change the exposure at the end is the figure, and the movements lead to it."""
    programme = demo.programme("CAM")
    project = demo.project("CAM-02")

    def movements():
        """Sum the movements of all months by their kind; they lead to the figure."""
        months = exposure_by_month(programme)
        sums = dict.fromkeys(Movement, Decimal(0))
        for month in months:
            for kind, amount in month.moved.items():
                sums[kind] += amount
        figure = readings_at(programme, ["risk_mean"], timezone.now())["risk_mean"].value
        assert months[0].closing == figure == months[-1].opening + sum(sums.values())
        # What is read on from before is what is read from all of the ledger.
        assert months == exposure_by_month(programme, timezone.now())
        return sums

    def moved(change):
        """Which kinds of movements a change brings, and in which direction."""
        before = movements()
        change()
        drain()
        after = movements()
        return {
            kind: "up" if after[kind] > before[kind] else "down"
            for kind in Movement
            if after[kind] != before[kind]
        }

    threats = project.risks.filter(status="open", aggregated_into=None, kind="threat")
    first, second, third, *_ = threats.exclude(residual_cost_most_likely=None).order_by("code")
    assert moved(lambda: factories.risk(project)) == {NEW: "up"}
    first.residual_probability = Decimal("0.01")
    assert moved(first.save) == {RESCORED: "down"}
    assert moved(lambda: services.close_risk(first, by=pmo)) == {CLOSED: "down"}
    assert moved(lambda: services.materialise_risk(second, by=pmo)) == {HAPPENED: "down"}
    assert moved(lambda: services.escalate_risk(third, by=pmo)) == {NEW: "up", OTHER: "down"}
    assert moved(lambda: services.return_risk(third, by=pmo)) == {CLOSED: "down", OTHER: "up"}
    project.refresh_from_db()
    project.programme, project.tranche = demo.programme("NZE"), None
    assert moved(project.save) == {OTHER: "down"}
