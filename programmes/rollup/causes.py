"""Why a line of the ledger moved: pure, from the turn itself and what happened around it.

A new cause is a member of `Cause` and a branch of `cause_of`. What the branch has to know is a
field of `Surroundings`, read in `queries/bridges/surroundings.py`, and for the figures of a project
in `queries/project_figures/bridge.py`. The name of a cause is also its words, unless
`wording/movements.py` has others.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from operator import itemgetter
from typing import Any

from programmes.rollup.metrics import ANYWHERE
from programmes.rollup.spans import Key, Turn
from programmes.sources import CURRENCY_RATE, DEPENDENCY, PROJECT


class Cause(StrEnum):
    """Why a source's part of a figure moved."""

    VALUE_EDITED = "value_edited"
    RECORD_ADDED = "record_added"
    RECORD_REMOVED = "record_removed"
    RECORD_MOVED = "record_moved"
    DATE_MOVED = "date_moved"
    PROJECT_JOINED = "project_joined"
    PROJECT_LEFT = "project_left"
    PROJECT_CLOSED = "project_closed"
    PROJECT_TERMINATED = "project_terminated"
    WEIGHT_CHANGED = "weight_changed"
    EXCHANGE_RATE = "exchange_rate"
    RULE_CHANGED = "rule_changed"
    LATE_CORRECTION = "late_correction"
    TIME_PASSED = "time_passed"

    __hash__ = str.__hash__  # that of enumerations is Python, and turns are grouped by it


MOVED = "moved"  # what has happened to a record that went to another programme
UNDONE = (Cause.TIME_PASSED, Cause.RULE_CHANGED)  # nobody did it to the source
# What a rate that changed looks like, before it is known that it did.
CONVERTED = (Cause.VALUE_EDITED, Cause.LATE_CORRECTION, Cause.DATE_MOVED)
OF_PROJECT = (
    Cause.PROJECT_JOINED,
    Cause.PROJECT_LEFT,
    Cause.PROJECT_CLOSED,
    Cause.PROJECT_TERMINATED,
)
Membership = frozenset[tuple[int, datetime]]


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What happened to a programme between two moments, beside the lines of one metric.

    `boundaries` are the computations at which the status date or the rules were new; `joined`,
    `left`, `closed` and `terminated` name projects with the computation that saw it; `home` tells
    the project of a source that is not one; `late` says when the past of a source was corrected;
    `happened` when a record was inserted, updated or deleted, for sources whose line began or
    ended, both in the order of time; `ways` lead from the record whose edit moved the dates of a
    source to that, for the turn at a moment; `edited` says which record was edited last before
    another turn, and by whom.
    """

    boundaries: Mapping[datetime, Cause] = field(default_factory=dict)
    joined: Membership = frozenset()
    left: Membership = frozenset()
    closed: Membership = frozenset()
    terminated: Membership = frozenset()
    home: Mapping[Key, int | None] = field(default_factory=dict)
    late: Mapping[Key, Sequence[datetime]] = field(default_factory=dict)
    happened: Mapping[Key, Sequence[tuple[datetime, str]]] = field(default_factory=dict)
    ways: Mapping[tuple[Key, datetime], tuple[Key, ...]] = field(default_factory=dict)
    edited: Mapping[tuple[Key, datetime], tuple[Key, int | None]] = field(default_factory=dict)

    @property
    def has_members_moved(self) -> bool:
        """Return whether projects joined, left or ended."""
        return bool(self.joined or self.left or self.closed or self.terminated)


# Metrics whose lines dates move at times.
COSTS, HEALTH = ("costs_present_value", "case_costs_present_value"), "health"
SCHEDULE = {"schedule", "dependencies"}  # dimensions of health that dates decide


@dataclass(frozen=True, slots=True)
class TurnCause:
    """The cause of a turn, with the edited record where it is known, and with the user where two
    users have edited that record."""

    cause: Cause
    root: Key | None = None
    by: int | None = None


def turn_cause(metric: str, turn: Turn, around: Surroundings) -> TurnCause:
    """Return why a line of a metric turned, with the edited record where it is known."""
    cause = cause_of(metric, turn, around)
    if cause in UNDONE or cause in OF_PROJECT:
        return TurnCause(cause)
    turned = (turn.source, turn.at)
    if cause is Cause.DATE_MOVED and turned in around.ways:
        return TurnCause(cause, around.ways[turned][0])
    root, by = around.edited.get(turned, (None, None))
    if root and root[0] == CURRENCY_RATE.name and cause in CONVERTED:
        cause = Cause.EXCHANGE_RATE
    return TurnCause(cause, root, by)


def cause_of(metric: str, turn: Turn, around: Surroundings) -> Cause:
    """Return the cause for which a line of a metric turned, without the record that was edited."""
    return (
        _of_project(turn, around)
        or around.boundaries.get(turn.at)
        or _of_record(turn, around)
        or _of_value(metric, turn, around)
    )


def project_of(source: Key, around: Surroundings) -> int | None:
    """Return the project that a source is, or belongs to; None for other sources."""
    return source[1] if source[0] == PROJECT.name else around.home.get(source)


def _of_project(turn: Turn, around: Surroundings) -> Cause | None:
    if not around.has_members_moved:
        return None
    moved = (project_of(turn.source, around), turn.at)
    if turn.before is None and moved in around.joined:
        return Cause.PROJECT_JOINED
    if turn.after is None and moved in around.left:
        return Cause.PROJECT_LEFT
    if moved in around.terminated:  # it changes what goes on counting too: cost, plan, budget
        return Cause.PROJECT_TERMINATED
    counted = [bool(span and span.included) for span in (turn.before, turn.after)]
    if moved in around.closed and counted[0] != counted[1]:
        return Cause.PROJECT_CLOSED
    return None


def _of_record(turn: Turn, around: Surroundings) -> Cause | None:
    if turn.before is not None and turn.after is not None:
        return None
    events = around.happened.get(turn.source, ())
    labels = [label for _, label in turn.held_of(events, key=itemgetter(0))]
    if turn.source[0] == DEPENDENCY.name:
        labels = labels[-1:]  # it has a line only while it is late
    if MOVED in labels:
        return Cause.RECORD_MOVED
    if turn.before is None and "insert" in labels:
        return Cause.RECORD_ADDED
    if turn.after is None and "delete" in labels:
        return Cause.RECORD_REMOVED
    return None


def _of_value(metric: str, turn: Turn, around: Surroundings) -> Cause:
    if ANYWHERE[metric].correctable and turn.held_of(around.late.get(turn.source, ())):
        return Cause.LATE_CORRECTION
    if turn.changed("confidence"):
        return Cause.WEIGHT_CHANGED
    return Cause.DATE_MOVED if _dated(metric, turn) else Cause.VALUE_EDITED


def can_be_dated(metric: str) -> bool:
    """Return whether lines of a metric can turn because dates moved."""
    return ANYWHERE[metric].dated or metric in (*COSTS, HEALTH)


def _dated(metric: str, turn: Turn) -> bool:
    if ANYWHERE[metric].dated:
        return True
    if turn.before is None or turn.after is None:
        return False
    if metric in COSTS:
        # The same money at another time.
        return turn.before.inputs == turn.after.inputs
    if metric == HEALTH:
        findings = [span.inputs.get("findings", ()) for span in (turn.before, turn.after)]
        changed = _not_in(findings[0], findings[1]) | _not_in(findings[1], findings[0])
        return bool(changed) and changed <= SCHEDULE
    return False


def _not_in(findings: Sequence[Mapping[str, Any]], others: Sequence[Any]) -> set[str]:
    """Return the dimensions of the findings that are not among the others."""
    return {finding["dimension"] for finding in findings if finding not in others}
