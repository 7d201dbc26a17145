"""The sentence on top of a programme, and why a figure moved in words."""

from datetime import date
from decimal import Decimal

import pytest

from programmes.wording import Outlook, Threat, movement, sentence


def said(**figures):
    return sentence(Outlook(**figures), lambda amount: f"£{amount}k", lambda day: day.isoformat())


def test_it_says_what_arrives_when_and_what_threatens_it():
    assert said(
        benefits_forecast=Decimal(60388),
        benefits_planned=Decimal(63860),
        benefits_actual=Decimal(-362),
        finish=date(2029, 5, 5),
        slip_days=36,
        hidden_delay_days=36,
        variance=Decimal(-12210),
        funding_cover=Decimal("0.866"),
        late=Threat("D06", "Interim heat on", days_late=78),
        risk=Threat("R01", "Steel price", expected_cost=Decimal(805)),
    ) == (
        "£60388k of £63860k planned benefit is forecast to arrive (95%), £-362k so far."
        " The last project finishes on 2029-05-05, 36 days after baseline, none of it declared;"
        " projects cost £12210k more than approved."
        " What threatens it: D06 “Interim heat on” is 78 days late;"
        " the largest risk is R01 “Steel price”, worth £805k on average;"
        " contingency covers 87% of what may be needed."
    )


@pytest.mark.parametrize(
    ("figures", "words"),
    [
        ({}, "Nothing can be said yet: there are no figures."),
        (
            {"finish": date(2027, 1, 1), "slip_days": 0},
            "The last project finishes on 2027-01-01, on its baseline.",
        ),
        (
            {"finish": date(2027, 1, 1), "slip_days": -1, "variance": Decimal(0)},
            "The last project finishes on 2027-01-01, 1 day before baseline;"
            " projects cost what was approved.",
        ),
        (
            {"finish": date(2027, 1, 1), "slip_days": 9, "hidden_delay_days": 4},
            "The last project finishes on 2027-01-01, 9 days after baseline, 4 of them undeclared.",
        ),
        ({"variance": Decimal(5)}, "Projects cost £5k less than approved."),
        (
            {"variance": Decimal(0), "unforecast": 2},
            "Projects cost what was approved, leaving out 2 projects without a forecast of cost.",
        ),
        (
            {"finish": date(2027, 1, 1), "slip_days": 9, "hidden_delay_days": 4, "unbaselined": 1},
            "The last project finishes on 2027-01-01, 9 days after baseline (1 project without"
            " one), 4 of them undeclared.",
        ),
        (
            {"benefits_planned": Decimal(0), "benefits_forecast": Decimal(3)},
            "£3k of benefit is forecast; no net benefit is planned.",
        ),
        (
            {"benefits_planned": Decimal(4), "benefits_forecast": Decimal(3)},
            "£3k of £4k planned benefit is forecast to arrive (75%), none measured so far.",
        ),
        (
            {
                "benefits_planned": Decimal(4),
                "benefits_forecast": Decimal(3),
                "benefits_actual": Decimal(0),
            },
            "£3k of £4k planned benefit is forecast to arrive (75%), none so far.",
        ),
        ({"funding_cover": Decimal(1)}, "Nothing can be said yet: there are no figures."),
        (
            {"late": Threat("D1", "Heat", days_late=1)},
            "What threatens it: D1 “Heat” is 1 day late.",
        ),
    ],
)
def test_what_is_not_known_is_left_out(figures, words):
    assert said(**figures) == words


@pytest.mark.parametrize(
    ("told", "words"),
    [
        (("value_edited", "project", "", ""), "value edited"),
        (("record_added", "risk", None, ""), "risk raised"),
        (("record_added", "benefitmeasurement", None, ""), "measurement added"),
        (("record_removed", "benefit", "", None), "benefit deleted"),
        (("value_edited", "risk", "", "closed"), "risk closed"),
        (("value_edited", "risk", "escalated", ""), "risk returned to its project"),
        (("value_edited", "benefit", "no_profile", ""), "profile entered"),
        (("value_edited", "risk", "", None), "risk moved elsewhere"),
        (("date_moved", "dependency", None, ""), "dependency became late"),
        (("time_passed", "dependency", None, ""), "time passed: dependency became late"),
        (("time_passed", "risk", "", "proximity_passed"), "time passed: proximity date passed"),
        (("time_passed", "project", "", ""), "time passed"),
        (("project_left", "risk", "", None), "project left"),
        (("rule_changed",), "rule changed"),
    ],
)
def test_why_a_figure_moved(told, words):
    assert movement(*told) == words


def test_contingency_is_released_or_returned():
    movements = [
        movement("record_added", "contingencymovement", None, "", less=less)
        for less in (True, False)
    ]
    assert movements == ["contingency released", "contingency returned"]
