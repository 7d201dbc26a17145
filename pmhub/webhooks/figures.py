"""Figures that change: the ledger is the outbox, for what was computed is written there in one
transaction. What is tried, supposed or verified is not stored, and what is recomputed to the same
is not written: neither is told."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import Max, Q

from pmhub.models import Webhook, WebhookDelivery
from pmhub.rounding import exact
from programmes.models import MetricValue, Programme

KIND, ACTION, TOPIC = "rollup", "changed", "rollup"
LEVEL = "programme"

Row = dict[str, Any]
Change = dict[str, Any]


def last() -> int:
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


def said(value: Decimal | date | str | None) -> str | None:
    """Return a value as a message says it."""
    if isinstance(value, Decimal):
        return exact(value)
    return None if value is None else str(value)


def moves_of(deliveries: Sequence[WebhookDelivery]) -> dict[int, list[Change]]:
    """Return, by message, which metrics changed and from what to what; in one query."""
    moments: dict[Any, int] = {(row.record_id, row.happened_at): row.pk for row in deliveries}
    stamps = {stamp for _, stamp in moments}
    rows = MetricValue.objects.filter(
        Q(valid_from__in=stamps) | Q(valid_to__in=stamps),
        programme__in={programme for programme, _ in moments},
    )
    moves: dict[int, dict[str, Change]] = {row.pk: {} for row in deliveries}
    for row in rows.order_by("metric"):
        for end, stamp in (("to", row.valid_from), ("from", row.valid_to)):
            if message := moments.get((row.programme_id, stamp)):
                blank = {"metric": row.metric, "from": None, "to": None}
                moves[message].setdefault(row.metric, blank)[end] = said(row.value)
    return {pk: [*by_metric.values()] for pk, by_metric in moves.items()}
