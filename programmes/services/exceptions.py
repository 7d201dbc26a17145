"""Raising exceptions where tolerances are broken, and deciding what becomes of them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from django.db import transaction

from pmhub.access.separation_of_duties import check_apart
from pmhub.formats import amount, exactly
from pmhub.models import User
from pmhub.services import (
    add,
    as_of,
    check_move,
    lock,
    person_of,
    refuse,
    save,
    turn,
)
from programmes.models import (
    Answer,
    BusinessCase,
    Decision,
    DecisionCause,
    ExceptionReport,
    ExceptionState,
    Portfolio,
    Tolerance,
)
from programmes.models.exception.states import STANDING
from programmes.models.tolerance import OF_MONEY, OWN
from programmes.queries.exceptions import BrokenTolerance, broken_now
from programmes.wording.exceptions import CAUSES
from projects.models import Project

E = ExceptionState
OUTSIDE = (
    "It is still beyond its tolerance: have what was decided done first, or say why it is closed"
    " nevertheless. Another is opened then."
)


def raise_exceptions() -> int:
    """Open a report for each breach that has none, and for each whose decision to go on no longer
    holds: its day has passed, or the new tolerance is broken too. Return how many were opened. To
    be called after figures were worked off, never by a preview, a rebuild or a comparison."""
    breaches = broken_now()
    standing = {
        (
            exception_report.tolerance_id,
            exception_report.project_id,
            exception_report.case_id,
        ): exception_report
        for exception_report in ExceptionReport.objects.filter(
            state__in=STANDING, tolerance__in={breach.tolerance for breach in breaches}
        )
    }
    return sum(_raise(breach, standing.get(breach.key)) for breach in breaches)


@transaction.atomic
def _raise(broken: BrokenTolerance, standing: ExceptionReport | None) -> bool:
    tolerance = Tolerance.objects.filter(pk=broken.tolerance).first()
    place = _place(broken)
    if tolerance is None or place is None or broken.strayed < tolerance.value:
        return False  # gone or ended, or allowed, since the figures were worked out
    day = as_of(place)
    # Somebody may have decided about it, or closed it, since it was read.
    if standing is not None and lock(standing).state in STANDING:
        if not _is_over(standing, broken.strayed, tolerance.value, day):
            return False
        turn(standing, noun="closure", by=None)
    report = ExceptionReport(
        project_id=broken.project,
        case_id=broken.case,
        tolerance=tolerance,
        kind=broken.kind,
        now=broken.strayed,
        approved=tolerance.value,
        opened_on=day,
        cause=CAUSES[broken.kind].format(
            now=_amount_in_words(broken.strayed, broken.kind, place.owner_portfolio),
            may=_amount_in_words(tolerance.value, broken.kind, place.owner_portfolio),
        ),
    )
    # Another worker may open the same report at the same time: one of the two is kept.
    ExceptionReport.objects.bulk_create([report], ignore_conflicts=True)
    return True


def _amount_in_words(value: Decimal, kind: str, portfolio: Portfolio) -> str:
    return exactly(value, portfolio) if kind in OF_MONEY else amount(value)


def _place(broken: BrokenTolerance) -> Any:
    """Return the project or the business case that has strayed; None where it has ended since."""
    if broken.project is not None:
        place: Any = Project.objects.filter(pk=broken.project).first()
        return place if place and place.live else None
    case = BusinessCase.objects.filter(pk=broken.case or 0).first()
    return case if case and not case.place.has_ended else None


def _is_over(report: ExceptionReport, strayed: Decimal, may: Decimal, day: date) -> bool:
    """Return whether a decision to go on no longer holds: its day has passed, or the value has
    strayed beyond the new tolerance too."""
    if report.state != E.DECIDED or report.decision != Answer.CONTINUE:
        return False
    if report.until is not None:
        return report.until < day
    return strayed > may > report.approved


@transaction.atomic
def decide_exception(
    report: ExceptionReport,
    *,
    decision: str,
    until: date | None = None,
    tolerance_value: Decimal | None = None,
    reason: str,
    by: User | None,
) -> ExceptionReport:
    """Decide what becomes of an exception. A decision to go on takes the last day beyond the
    tolerance, or a new tolerance, which is set with it."""
    home = lock(_home(report))  # of two decisions about it each finds its own record
    check_move(lock(report), "decision")
    day = as_of(report)
    check_apart(by, report, "decision", OWN)
    if decision != Answer.CONTINUE and (until is not None or tolerance_value is not None):
        refuse("decision", "Only what goes on has a day or a new tolerance.")
    if decision == Answer.CONTINUE and until is None and tolerance_value is None:
        refuse("until", "Say by when it is within its tolerance again, or give a new tolerance.")
    if until is not None and until <= day:
        refuse("until", "This day is still to come.")
    if tolerance_value is not None:
        _tolerate(report, home, tolerance_value, by=by)
    turn(
        report,
        noun="decision",
        decision=decision,
        until=until,
        decided_on=day,
        reason=reason,
        by=by,
    )
    report.decision_record = _record(home)
    return save(report, "decision_record", by=by)


@transaction.atomic
def close_exception(
    report: ExceptionReport, *, reason: str = "", by: User | None
) -> ExceptionReport:
    """Close an exception once what was decided is done. Where the figure is still beyond its
    tolerance, the reason says why it is closed nevertheless, and another exception is opened."""
    check_move(lock(report), "closure")
    if not reason.strip() and _strayed_now(report) is not None:
        refuse("reason", OUTSIDE)
    return turn(report, noun="closure", by=by)


def _strayed_now(report: ExceptionReport) -> Decimal | None:
    """Return how far the value strays now; None where it is within its tolerance again."""
    key = (report.tolerance_id, report.project_id, report.case_id)
    return next((broken.strayed for broken in broken_now() if broken.key == key), None)


def _home(report: ExceptionReport) -> Any:
    """Return the project, or the programme or project of the business case: the tolerance and the
    decision are about it."""
    return report.project or (report.case and report.case.place)


def _tolerate(report: ExceptionReport, home: Any, value: Decimal, *, by: User | None) -> None:
    """Set a tolerance on the programme or project itself, so that the value is within it."""
    strayed = _strayed_now(report)
    least, says = (strayed, "strays by") if strayed else (report.approved, "may stray by")
    if value < least:
        text = f"It {says} {amount(least)} {report.amounts_in}: give that or more."
        refuse("tolerance_value", text)
    old = report.tolerance
    where = {home._meta.model_name: home, "stage": old.stage}
    own = Tolerance.objects.filter(**where, kind=report.kind).first()
    if own is None:
        own = Tolerance(**where, kind=report.kind, side=old.side, value=value, by=person_of(by))
        add(own, by=by)
        return
    lock(own)
    own.value, own.by = value, person_of(by)
    save(own, "value", "by", by=by)


def _record(home: Any) -> Decision | None:
    """Return the decision that deciding the exception has just left."""
    rows = Decision.objects.filter(**{home._meta.model_name: home}, cause=DecisionCause.EXCEPTION)
    return rows.order_by("-pk").first()
