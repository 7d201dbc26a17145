"""Forecasts of benefits that others made worse, for who leads the programme: they are in force at
once, and nobody is asked first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import Case, OuterRef, Q, Subquery, Sum, When

from benefits.models import (
    CONCLUDED,
    Benefit,
    BenefitKind,
    BenefitProfileEntry,
    ProfileKind,
    ProfileVersion,
    VersionState,
)
from pmhub import formats
from pmhub.queries.history import names_of_users
from pmhub.queries.waiting.askers import records_with_known_actors

MOST = 100  # forecasts that are read
LEADS = ("benefit__programme__programme_manager", "benefit__programme__sro")


@dataclass(frozen=True, slots=True)
class WorseForecast:
    """A forecast that others made worse: the id of its version, its moment, the name of who wrote
    it, if the reader may know that, and what the benefit is forecast to come to now and before, in
    words, with the reason."""

    version: int
    at: datetime
    by: str
    said: str


def worse_forecasts(user: Any, since: datetime) -> list[WorseForecast]:
    """Return the forecasts in force that others wrote since a moment for benefits of programmes
    that the user leads, where a benefit now comes to less than before. Takes one query, and three
    more where it finds any."""
    person = getattr(user, "person", None)
    if person is None:
        return []
    leads = Q(**{LEADS[0]: person.pk}) | Q(**{LEADS[1]: person.pk})
    rows = (
        ProfileVersion.objects.visible_to(user)
        .filter(leads, kind=ProfileKind.FORECAST, state=VersionState.APPROVED)
        .filter(number__gt=1, created_at__gt=since)
        .exclude(Q(created_by=user.pk) | Q(benefit__status__in=CONCLUDED))
        .annotate(now=_outcome(0), before=_outcome(1))
        .select_related("benefit__programme__portfolio")
        .order_by("-pk")
    )
    worse = [row for row in rows[:MOST] if _is_worse(row.benefit, row.now, row.before)]
    if not worse:
        return []
    known = records_with_known_actors(ProfileVersion, {row.pk for row in worse}, user)
    names = names_of_users({row.created_by_id for row in worse if row.created_by_id})
    return [
        WorseForecast(
            row.pk, row.created_at,
            names.get(row.created_by_id or 0, "") if row.pk in known else "",
            f"forecast {formats.amount(row.now)} {row.benefit.amounts_in},"
            f" was {formats.amount(row.before)}: {row.reason}",
        )
        for row in worse
    ]  # fmt: skip


def _outcome(back: int) -> Case:
    """Return SQL for what a benefit comes to by the forecast that is `back` versions before this
    one: of a flow all periods together, of a stock its last level."""
    entries = BenefitProfileEntry.objects.filter(
        benefit=OuterRef("benefit"),
        version_kind=ProfileKind.FORECAST,
        version_number=OuterRef("number") - back,
    )
    total = entries.order_by().values("benefit").annotate(total=Sum("value")).values("total")
    last = entries.order_by("-period_end").values("value")[:1]
    return Case(When(benefit__kind=BenefitKind.FLOW, then=Subquery(total)), default=Subquery(last))


def _is_worse(benefit: Benefit, now: Decimal | None, before: Decimal | None) -> bool:
    """Return whether a benefit is forecast to come to less than before; of a loss, or of a level
    that is to fall, to more."""
    if now is None or before is None:
        return False
    direction = int(benefit.polarity)
    start, aim = benefit.baseline_value, benefit.target_value
    if benefit.kind == BenefitKind.STOCK and start is not None and aim is not None:
        direction = -1 if aim < start else 1
    return (now - before) * direction < 0
