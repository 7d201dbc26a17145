"""The career ladder: where somebody stands by the roles they held, and what the next step lacks."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from projects.career import (
    Career,
    Experience,
    Span,
    Step,
    highest_step,
    requirements_above,
    years_on,
)

TODAY = date(2026, 10, 31)
FIRST = Span("risk_owner", ("project", 1), date(2020, 1, 1), date(2021, 1, 1))
LED = Span("project_manager", ("project", 1), date(2021, 1, 1), date(2024, 1, 1))
BESIDE = Span("project_manager", ("project", 2), date(2023, 1, 1), date(2025, 1, 1))


@pytest.mark.parametrize(
    ("spans", "step"),
    [
        ([], None),
        ([FIRST], Step.COORDINATOR),
        ([FIRST, LED], Step.PROJECT_MANAGER),  # of before, where none is held now
        ([LED, Span("risk_owner", ("programme", 1), date(2026, 1, 1))], Step.COORDINATOR),
        # Who reads or directs stands beside the ladder.
        ([LED, Span("viewer", ("programme", 1), date(2026, 1, 1))], Step.PROJECT_MANAGER),
        ([Span("sro", ("programme", 1), date(2026, 1, 1))], None),
        ([Span("pmo", ("organisation", 0), date(2026, 1, 1))], Step.PORTFOLIO_MANAGER),
        ([Span("portfolio_manager", ("portfolio", 1), date(2026, 1, 1))], Step.PORTFOLIO_MANAGER),
        ([Span("coordinator", ("project", 1), date(2026, 1, 1))], Step.COORDINATOR),
        # What is still to come counts later.
        ([Span("programme_manager", ("programme", 1), date(2027, 1, 1)), LED],
         Step.PROJECT_MANAGER),
    ],
)  # fmt: skip
def test_somebody_stands_where_their_roles_put_them(spans: list[Span], step: Step | None) -> None:
    assert highest_step(spans, TODAY) == step


def test_times_that_overlap_count_once() -> None:
    years = years_on(Step.PROJECT_MANAGER, [LED, BESIDE], TODAY)
    assert Decimal(4) <= years < Decimal("4.01")
    assert years_on(Step.PROJECT_MANAGER, [FIRST], TODAY) == 0


def lacking(career: Career, spans: list[Span], competence: str) -> list[str]:
    """What the step above that of a project manager still lacks."""
    found = requirements_above(
        Step.PROJECT_MANAGER, career, spans, competence=competence, qualifications=0, on=TODAY
    )
    return [each.name for each in found if not each.met]


def test_the_next_step_says_what_is_lacking() -> None:
    assert lacking(Career(), [LED, BESIDE], "senior") == []
    assert lacking(Career(), [LED], "") == [
        "Experience", "Led as project manager",
    ]  # fmt: skip
    easy = Career(
        programme_manager_competence=Experience.ANY, programme_manager_years=Decimal(0),
        programme_manager_led=0, programme_manager_qualifications=1,
    )  # fmt: skip
    assert lacking(easy, [], "") == ["Qualifications in force"]


@pytest.mark.parametrize(
    ("until", "met", "has"),
    [(date(2023, 12, 25), False, "2.98"), (date(2024, 1, 1), True, "3.0")],
)
def test_somewhat_less_than_the_years_that_are_asked_for_is_less(
    until: date, met: bool, has: str
) -> None:
    found = requirements_above(
        Step.PROJECT_MANAGER, Career(), [replace(LED, ends=until)], competence="",
        qualifications=0, on=TODAY,
    )  # fmt: skip
    years = next(each for each in found if each.name.startswith("Years"))
    assert (years.met, years.has) == (met, has)


def test_what_somebody_is_yet_to_lead_counts_later() -> None:
    to_come = Span("project_manager", ("project", 3), date(2027, 1, 1))
    assert lacking(Career(), [LED, to_come], "senior") == ["Led as project manager"]
    assert lacking(Career(), [LED, replace(to_come, begins=TODAY)], "senior") == []


def test_above_the_top_nothing_is_asked() -> None:
    top = Step.PORTFOLIO_MANAGER
    assert requirements_above(top, Career(), [], competence="", qualifications=0, on=TODAY) == []
