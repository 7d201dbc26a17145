"""How closely a project is watched: less experience and more complexity mean more oversight."""

from dataclasses import dataclass
from datetime import date, timedelta

NEED = {1: 1, 2: 2, 3: 2, 4: 3, 5: 4}  # experience that a complexity of 1 to 5 asks for
HAVE = {"foundation": 1, "practitioner": 2, "senior": 3, "expert": 4}


@dataclass(frozen=True, slots=True)
class Regime:
    """What a level of oversight means: weeks between reports."""

    level: str
    reporting_interval_weeks: int


REGIMES = (
    Regime("light", 8),
    Regime("standard", 4),
    Regime("enhanced", 2),
    Regime("intensive", 1),
)
BY_LEVEL = {regime.level: regime for regime in REGIMES}


MOST_WATCHED = REGIMES[-1].level  # whose reports somebody else approves


def oversight_level(complexity: int, competence: str | None, regulated: bool) -> str:
    """Light, standard, enhanced or intensive, for a complexity of 1 to 5.

    No known project manager counts as the least experienced one; regulated work is one level up.
    Raises KeyError for another complexity or competence.
    """
    lacking = NEED[complexity] - HAVE[competence or "foundation"]
    index = min(max(1 + lacking, 0), 3) + int(regulated)
    return REGIMES[min(index, 3)].level


def reporting_interval_weeks(level: str) -> int:
    """Weeks between two reports. Raises KeyError for an unknown level."""
    return BY_LEVEL[level].reporting_interval_weeks


def next_report_due(level: str, reported_on: date | None) -> date | None:
    """The day by which the next report is due after the period that ended on `reported_on`; None
    where there was none yet, which is due at once. Raises KeyError for an unknown level."""
    if reported_on is None:
        return None
    return reported_on + timedelta(weeks=reporting_interval_weeks(level))
