"""How closely a project is watched: less experience and more complexity mean more oversight."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import ClassVar

from pmhub.rules import Rules
from projects.calendar import DEFAULT_CALENDAR, LEVELS, Calendar

MOST_WATCHED = LEVELS[-1]  # somebody else approves the reports of these projects
COMPETENCES = ("foundation", "practitioner", "senior", "expert")
COMPLEXITIES = (1, 2, 3, 4, 5)
NEEDS, HAS = "need_", "have_"  # followed by a complexity, or by a competence
HIGHEST_RUNG, MOST_STEPS, MOST_PROJECTS = Decimal(9), Decimal(3), Decimal(99)
MATURE, IMMATURE = 4, 1  # the least maturity of a mature team, the most of an immature one


@dataclass(frozen=True, slots=True)
class Ladder(Rules):
    """The rungs of experience: the one that each complexity needs, and the one on which each
    competence stands. Also by how many levels regulated work is watched more closely, a mature team
    less closely and an immature one more closely, and how many live projects one person manages at
    most."""

    need_1: int = 1
    need_2: int = 2
    need_3: int = 2
    need_4: int = 3
    need_5: int = 4
    have_foundation: int = 1
    have_practitioner: int = 2
    have_senior: int = 3
    have_expert: int = 4
    regulated: int = 1
    mature: int = 1
    immature: int = 1
    most_projects: int = 4

    RISING: ClassVar = (
        *((f"{NEEDS}{n}", f"{NEEDS}{n + 1}") for n in COMPLEXITIES[:-1]),
        ("have_foundation", "have_practitioner"),
        ("have_practitioner", "have_senior"),
        ("have_senior", "have_expert"),
    )
    HIGHEST: ClassVar[Mapping[str, Decimal]] = {
        **{f"{NEEDS}{n}": HIGHEST_RUNG for n in COMPLEXITIES},
        **{f"{HAS}{level}": HIGHEST_RUNG for level in COMPETENCES},
        **dict.fromkeys(("regulated", "mature", "immature"), MOST_STEPS),
        "most_projects": MOST_PROJECTS,
    }
    LABELS: ClassVar[Mapping[str, str]] = {
        **{f"{NEEDS}{n}": f"Experience that complexity {n} asks for" for n in COMPLEXITIES},
        **{f"{HAS}{level}": f"Experience of {level}" for level in COMPETENCES},
        "regulated": "Levels up for regulated work",
        "mature": f"Levels down for a team of maturity {MATURE} or 5",
        "immature": f"Levels up for a team of maturity {IMMATURE}",
        "most_projects": "Live projects that one person manages at most",
    }


DEFAULT_LADDER = Ladder()


def oversight_level(
    complexity: int,
    competence: str | None,
    regulated: bool,
    ladder: Ladder = DEFAULT_LADDER,
    *,
    maturity: int | None = None,
) -> str:
    """Return light, standard, enhanced or intensive, for a complexity of 1 to 5.

    Without a known project manager the least experience is assumed; a mature team is watched less
    closely, an immature one and regulated work more. Raises KeyError for another complexity or
    competence.
    """
    rungs = ladder.named
    lacking = rungs[f"{NEEDS}{complexity}"] - rungs[f"{HAS}{competence or COMPETENCES[0]}"]
    index = min(max(1 + lacking + _steps(maturity, ladder), 0), 3)
    return LEVELS[min(index + (ladder.regulated if regulated else 0), 3)]


def _steps(maturity: int | None, ladder: Ladder) -> int:
    """Return by how many levels the team's maturity has a project watched more closely; below 0,
    less closely."""
    if maturity is None:
        return 0
    return -ladder.mature if maturity >= MATURE else ladder.immature * (maturity <= IMMATURE)


def next_report_due(
    level: str, reported_on: date | None, calendar: Calendar = DEFAULT_CALENDAR
) -> date | None:
    """Return the day by which the next report is due after the period that ended on `reported_on`;
    None where there was no report yet: the first is due at once."""
    if reported_on is None:
        return None
    return reported_on + timedelta(weeks=calendar.report_weeks(level))


def next_inspection_due(
    level: str, since: date | None, calendar: Calendar = DEFAULT_CALENDAR
) -> date | None:
    """Return the day by which the next inspection is due, counted from the last one or else from
    the start of the project; None where `since` is None."""
    return since and since + timedelta(weeks=calendar.inspection_weeks(level))
