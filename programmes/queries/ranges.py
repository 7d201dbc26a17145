"""Ranges and chances of a programme: those that a worker has stored. For the past, at another
loading and before the first simulation they are worked out from the facts and kept in this
process."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import lru_cache

from pmhub import reading_clock
from pmhub.database.statements import ID, Rows
from pmhub.plain_json import restored
from programmes.models import Programme, ProgrammeLine, ProgrammeRanges, ProgrammeRollup
from programmes.queries.as_of import NoMoment
from programmes.rollup.ranges.simulations import Ranges, study_of
from programmes.rollup.ranges.study import INDEPENDENT, Study
from programmes.rollup.risk_matrix import ScoredRisk
from projects.models import Project, Risk
from projects.simulation import Range, Tornado

STATES = Rows(
    lambda: ProgrammeRollup.objects.filter(pk=ID, computed_at__isnull=False).values_list(
        "programme__ranges__digest", "ranges_wanted", "programme__ranges__error",
        "generation", "computed_at", "engine_version",
    )
)  # fmt: skip
KEPT = 32  # programmes, or programmes at one loading
Stamp = tuple[int, str]  # whose, and what changes whenever its ranges do
Parts = Ranges | Study  # the same parts by the same names


@dataclass(frozen=True, slots=True)
class RangesState:
    """Which ranges of a programme are stored: their digest (empty for none), the digest of the
    facts for which ranges are wanted, and the error of the last simulation, if it failed."""

    programme: int
    digest: str
    wanted: str
    error: str
    generation: str

    @property
    def current(self) -> bool:
        """Return whether the stored ranges are those of the facts behind the programme's
        figures."""
        return bool(self.digest) and self.digest == self.wanted

    @property
    def stamp(self) -> Stamp:
        """Return the key under which the present ranges are cached."""
        return self.programme, self.digest if self.current else f"computed {self.generation}"


def ranges_state(programme: int) -> RangesState:
    """Return how the ranges of a programme stand."""
    rows = STATES(id=programme)
    if not rows:  # nothing is kept before the first computation
        return RangesState(programme, "", "", "", str(time.monotonic_ns()))
    [(digest, wanted, error, *generation)] = rows
    return RangesState(programme, digest or "", wanted, error or "", repr(generation))


def ranges_at(programme: Programme, at: datetime | None = None) -> tuple[Stamp, Parts]:
    """Return the ranges, now or at a moment, and the key under which they are cached. Raises
    NoMoment for a moment before the programme existed."""
    if at is not None:
        # What was true then is by what is known today, which may be more in a moment.
        today = time.monotonic_ns() if reading_clock.day() else ""
        stamp = programme.pk, f"at {at.isoformat()} {today}"
        return stamp, study(stamp)
    state = ranges_state(programme.pk)
    ranges = stored(state.stamp) if state.current else None
    return state.stamp, ranges or study(state.stamp)


def latest_ranges(state: RangesState) -> Ranges | None:
    """Return the ranges that were stored last, even if they are outdated; None where there are
    none."""
    return stored((state.programme, state.digest)) if state.digest else None


@lru_cache(maxsize=KEPT)
def stored(at: Stamp) -> Ranges | None:
    """Return the ranges that are stored for a programme and a digest; None where others are stored,
    or none."""
    row = ProgrammeRanges.objects.filter(pk=at[0], digest=at[1]).values_list("ranges").first()
    return restored(Ranges, row[0]) if row and row[0] else None


@lru_cache(maxsize=KEPT)
def study(at: Stamp) -> Study:
    """Return the programme's facts as simulations need them; raises NoMoment where it did not
    exist."""
    facts = study_of(at[0])
    if facts is None:
        raise NoMoment("not_there_then", "The programme was not there yet: nothing is known of it.")
    return facts


def exposure(at: Stamp, parts: Parts, loading: Decimal) -> Range:
    """Return the exposure at a loading: at 0 of independent risks, else simulated with shared
    causes."""
    if loading == parts.loading:
        return parts.exposure
    return parts.independent if loading == INDEPENDENT else _exposure(at, loading)


@lru_cache(maxsize=KEPT)
def _exposure(at: Stamp, loading: Decimal) -> Range:
    return study(at).exposure_at(loading)


Named = tuple[Tornado, dict[str, int], dict[str, int]]


def tornado(at: Stamp, parts: Parts, loading: Decimal) -> Named:
    """Return what each risk and each project does to the exposure at a loading; with the ids of the
    risks and of the projects that it names, by code."""
    if loading == INDEPENDENT:
        return parts.tornado, parts.named, parts.owning
    return _tornado(at, loading)


@lru_cache(maxsize=KEPT)
def _tornado(at: Stamp, loading: Decimal) -> Named:
    facts = study(at)
    tornado = facts.tornado_at(loading)
    return tornado, facts.risks_in(tornado), facts.projects_in(tornado)


def effects_on_exposure(programme: Programme, at: datetime | None = None) -> dict[int, float]:
    """Return by id how much each risk of the tornado moves the P80 of the exposure of independent
    risks; empty until that is simulated."""
    state = None if at else ranges_state(programme.pk)
    parts = latest_ranges(state) if state else ranges_at(programme, at)[1]
    if parts is None:
        return {}
    return {parts.named[risk.code]: risk.p80_effect for risk in parts.tornado.risks}


def register(at: Stamp, parts: Parts) -> tuple[ScoredRisk, ...]:
    """Return the counted risks with their scores, the highest expected cost first."""
    if isinstance(parts, Study):
        return parts.register
    rows = ProgrammeRanges.objects.filter(pk=at[0]).values_list("register", flat=True).first()
    return tuple(restored(ScoredRisk, row) for row in rows or ())


# What records are called is read with them: to rename one moves no figure and no range.


def titles_of_risks(ids: Iterable[int]) -> dict[int, str]:
    """Return the titles of these risks by id."""
    return dict(Risk.objects.filter(pk__in=list(ids)).values_list("pk", "title"))


def names_of_projects(ids: Iterable[int]) -> dict[int, str]:
    """Return the names of these projects by id."""
    return dict(Project.objects.filter(pk__in=list(ids)).values_list("pk", "name"))


def kinds_of_lines(ids: Iterable[int]) -> dict[int, str]:
    """Return the names of these lines of programmes by id."""
    return {line.pk: str(line) for line in ProgrammeLine.objects.filter(pk__in=list(ids))}
