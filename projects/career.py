"""The career ladder: what each step asks of somebody, and what they still lack for the next. Plain
values."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import ClassVar

from pmhub.rounding import rounded
from pmhub.rules import Rules

YEAR = Decimal(365)  # leap days are ignored: a day and the same day a year later are one year apart
MOST_YEARS, MOST = Decimal(40), Decimal(99)


class Step(StrEnum):
    """The steps of the ladder, the lowest first."""

    COORDINATOR = "coordinator"
    PROJECT_MANAGER = "project_manager"
    PROGRAMME_MANAGER = "programme_manager"
    PORTFOLIO_MANAGER = "portfolio_manager"

    @property
    def words(self) -> str:
        """The step as people read it."""
        return self.value.replace("_", " ").capitalize()

    @property
    def following(self) -> "Step | None":
        """The step above; None at the top."""
        place = STEPS.index(self) + 1
        return STEPS[place] if place < len(STEPS) else None


STEPS = tuple(Step)
# The step of each role; any other role is on the lowest.
STEP_OF: Mapping[str, Step | None] = {
    "project_manager": Step.PROJECT_MANAGER,
    "programme_manager": Step.PROGRAMME_MANAGER,
    "portfolio_manager": Step.PORTFOLIO_MANAGER,
    "pmo": Step.PORTFOLIO_MANAGER,
    # Those who direct, check or read are on no step.
    **dict.fromkeys(
        ("sponsor", "sro", "project_executive", "board_member", "assurer", "finance", "viewer")
    ),
}


class Experience(StrEnum):
    """How experienced a step asks somebody to be in leading change."""

    ANY = "any"
    FOUNDATION = "foundation"
    PRACTITIONER = "practitioner"
    SENIOR = "senior"
    EXPERT = "expert"


EXPERIENCES = tuple(member.value for member in Experience)


@dataclass(frozen=True, slots=True)
class Career(Rules):
    """What each step asks for: experience in leading change, years in the role of the step below,
    how many projects or programmes were led in that role, and qualifications in force."""

    project_manager_competence: Experience = Experience.PRACTITIONER
    project_manager_years: Decimal = Decimal(1)
    project_manager_led: int = 0
    project_manager_qualifications: int = 0
    programme_manager_competence: Experience = Experience.SENIOR
    programme_manager_years: Decimal = Decimal(3)
    programme_manager_led: int = 2
    programme_manager_qualifications: int = 0
    portfolio_manager_competence: Experience = Experience.EXPERT
    portfolio_manager_years: Decimal = Decimal(3)
    portfolio_manager_led: int = 1
    portfolio_manager_qualifications: int = 0

    HIGHEST: ClassVar[Mapping[str, Decimal]] = {
        f"{step}_{asked}": most
        for step in STEPS[1:]
        for asked, most in (("years", MOST_YEARS), ("led", MOST), ("qualifications", MOST))
    }
    LABELS: ClassVar[Mapping[str, str]] = {
        f"{step}_{asked}": f"{step.words}: {words}"
        for step in STEPS[1:]
        for asked, words in (
            ("competence", "experience in leading change"),
            ("years", "years on the step below"),
            ("led", "projects or programmes led there"),
            ("qualifications", "qualifications in force"),
        )
    }


@dataclass(frozen=True, slots=True)
class Span:
    """A time in which somebody held a role at a place (its kind and id): until `ends`, or still."""

    role: str
    place: tuple[str, int]
    begins: date
    ends: date | None = None

    @property
    def step(self) -> Step | None:
        """The step to which the role belongs; None where it belongs to none."""
        return STEP_OF.get(self.role, Step.COORDINATOR)


@dataclass(frozen=True, slots=True)
class Requirement:
    """One requirement of a step, with what somebody has towards it."""

    name: str
    asked: str
    has: str
    met: bool


def highest_step(spans: Iterable[Span], on: date) -> Step | None:
    """Return the highest step on which somebody stands on a day, else the highest on which they
    ever stood; None where they never stood on one."""
    climbed = [(span, step) for span in spans if span.begins <= on and (step := span.step)]
    current = [(span, step) for span, step in climbed if span.ends is None or span.ends >= on]
    steps = [STEPS.index(step) for _, step in current or climbed]
    return STEPS[max(steps)] if steps else None


def years_on(step: Step, spans: Iterable[Span], on: date) -> Decimal:
    """Return the years up to a day in which somebody stood on a step; times that overlap count
    once."""
    times = sorted(
        (span.begins, min(span.ends or on, on))
        for span in spans
        if span.step == step and span.begins <= on
    )
    days, reached = 0, date.min
    for begins, ends in times:
        days += max((ends - max(begins, reached)).days, 0)
        reached = max(reached, ends)
    return Decimal(days) / YEAR


def requirements_above(
    below: Step, career: Career, spans: Sequence[Span], *, competence: str, qualifications: int,
    on: date,
) -> list[Requirement]:  # fmt: skip
    """Return the requirements of the step above `below`, each with what somebody has towards it; an
    empty list at the top. Requirements that are set to nothing are left out."""
    above = below.following
    if above is None:
        return []
    named = career.named
    level: Experience = named[f"{above}_competence"]
    years, has_years = named[f"{above}_years"], years_on(below, spans, on)
    led = len({span.place for span in spans if span.step == below and span.begins <= on})
    rank = EXPERIENCES.index(competence or "any")
    pairs = [
        (level != Experience.ANY,
         Requirement("Experience", level.value, competence or "not assessed",
                     rank >= EXPERIENCES.index(level))),
        (years, Requirement(f"Years as {below.words.lower()}", str(years),
                    str(rounded(has_years, 1, [years])), has_years >= years)),
    ]  # fmt: skip
    for words, name, has in (
        (f"Led as {below.words.lower()}", "led", led),
        ("Qualifications in force", "qualifications", qualifications),
    ):
        demanded = named[f"{above}_{name}"]
        pairs.append((demanded, Requirement(words, str(demanded), str(has), has >= demanded)))
    return [ask for demanded, ask in pairs if demanded]
