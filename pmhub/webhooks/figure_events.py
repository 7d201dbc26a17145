"""Figures that change: the ledger is the outbox, for what was computed is written there in one
transaction. What is tried, supposed or verified is not stored, and what is recomputed to the same
is not written: neither is told."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import Max, QuerySet

from pmhub.models import Webhook, WebhookDelivery
from pmhub.rounding import exact
from programmes.models import MetricValue, Programme, value_of

KIND, ACTION, TOPIC = "rollup", "changed", "rollup"
LEVEL = "programme"
ENDS = (("from", "valid_to"), ("to", "valid_from"))  # of a change, and the moment of its value

Row = dict[str, Any]
Change = dict[str, Any]


def last_number() -> int:
    """Return the number of the value that was stored last."""
    return MetricValue.objects.aggregate(last=Max("pk"))["last"] or 0


def changes_since(number: int, most: int) -> list[Row]:
    """Return the recomputes by which figures were stored after a number, of at most so many values:
    each of a programme at a moment, with the highest number of its values. One that is cut off
    there comes twice."""
    values = MetricValue.objects.filter(pk__gt=number).order_by("pk")
    highest: dict[tuple[int, datetime], int] = {}
    for pk, programme, stamp in values.values_list("pk", "programme", "valid_from")[:most]:
        highest[programme, stamp] = pk
    return [
        {"event": pk, "programme": programme, "stamp": stamp}
        for (programme, stamp), pk in highest.items()
    ]


def messages(hooks: Iterable[Webhook], changes: Sequence[Row]) -> Iterator[WebhookDelivery]:
    """Return a message for each recompute and webhook that is told of it."""
    for hook in hooks:
        if hook.topics and TOPIC not in hook.topics:
            continue
        told = [change for change in changes if change["stamp"] >= hook.active_since]
        seen = seen_by(hook, {change["programme"] for change in told})
        for change in told:
            if change["programme"] in seen:
                yield WebhookDelivery(
                    webhook=hook,
                    kind=KIND,
                    event=change["event"],
                    action=ACTION,
                    record_id=change["programme"],
                    happened_at=change["stamp"],
                )


def seen_by(hook: Webhook, programmes: Collection[int]) -> set[int]:
    """Return those of the programmes of which a webhook tells: its own, of those that its owner
    sees now."""
    if not programmes:
        return set()
    rows = Programme.objects.visible_to(hook.owner).filter(pk__in=programmes)
    rows = rows.filter(pk=hook.programme_id) if hook.programme_id else rows
    return set(rows.values_list("pk", flat=True))


def value_text(value: Decimal | date | str | None) -> str | None:
    """Return a value as a message says it."""
    if isinstance(value, Decimal):
        return exact(value)
    return None if value is None else str(value)


def moves_of(deliveries: Sequence[WebhookDelivery]) -> dict[int, list[Change]]:
    """Return, by message, which metrics changed and from what to what. Messages of one recompute
    that is told twice tell the same."""
    told: dict[tuple[int | None, datetime], dict[str, Change]] = {
        (row.record_id, row.happened_at): {} for row in deliveries
    }
    for end, moment in ENDS:
        for programme, stamp, metric, *value in _values(told, moment):
            if (changes := told.get((programme, stamp))) is not None:
                blank = {"metric": metric, "from": None, "to": None}
                changes.setdefault(metric, blank)[end] = value_text(value_of(*value))
    return {
        row.pk: [change for _, change in sorted(told[row.record_id, row.happened_at].items())]
        for row in deliveries
    }


def _values(moments: Iterable[tuple[int | None, datetime]], moment: str) -> QuerySet:
    """Return the values of programmes that began or ended at moments; each way has its index."""
    programmes, stamps = zip(*moments, strict=True)
    rows = MetricValue.objects.filter(
        **{"programme__in": {*programmes}, f"{moment}__in": {*stamps}}
    )
    return rows.values_list("programme", moment, "metric", "amount", "day", "word")
