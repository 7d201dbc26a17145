"""Changes of figures, read from the ledger, in which the results of a computation are stored in one
transaction. Trial computations, scenarios and verifications store nothing there, nor does a
recompute with the same results: none of these is told."""

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
# Names of the values before and after a change, with the column of its moment.
ENDS = (("from", "valid_to"), ("to", "valid_from"))

Row = dict[str, Any]
Change = dict[str, Any]


def last_number() -> int:
    """Return the id of the value that was stored last; 0 if there is none."""
    return MetricValue.objects.aggregate(last=Max("pk"))["last"] or 0


def changes_since(number: int, most: int) -> list[Row]:
    """Return the recomputes that stored values after this id, from at most so many values: each
    with its programme, its moment and the highest id of its values. A recompute that is cut off
    there is returned again next time."""
    values = MetricValue.objects.filter(pk__gt=number).order_by("pk")
    highest: dict[tuple[int, datetime], int] = {}
    for pk, programme, stamp in values.values_list("pk", "programme", "valid_from")[:most]:
        highest[programme, stamp] = pk
    return [
        {"event": pk, "programme": programme, "stamp": stamp}
        for (programme, stamp), pk in highest.items()
    ]


def messages(hooks: Iterable[Webhook], changes: Sequence[Row]) -> Iterator[WebhookDelivery]:
    """Yield a message for each recompute and each webhook that is to be told of it."""
    for hook in hooks:
        if hook.topics and TOPIC not in hook.topics:
            continue
        since_active = [change for change in changes if change["stamp"] >= hook.active_since]
        seen = seen_by(hook, {change["programme"] for change in since_active})
        for change in since_active:
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
    """Return those of these programmes that a webhook tells about: that its owner sees now and, if
    it is for one programme, that one."""
    if not programmes:
        return set()
    rows = Programme.objects.visible_to(hook.owner).filter(pk__in=programmes)
    rows = rows.filter(pk=hook.programme_id) if hook.programme_id else rows
    return set(rows.values_list("pk", flat=True))


def value_text(value: Decimal | date | str | None) -> str | None:
    """Return a value as messages write it."""
    if isinstance(value, Decimal):
        return exact(value)
    return None if value is None else str(value)


def moves_of(deliveries: Sequence[WebhookDelivery]) -> dict[int, list[Change]]:
    """Return, by message, which metrics changed and from what to what. Two messages about the same
    recompute have the same content."""
    by_moment: dict[tuple[int | None, datetime], dict[str, Change]] = {
        (row.record_id, row.happened_at): {} for row in deliveries
    }
    for end, moment in ENDS:
        for programme, stamp, metric, *value in _values(by_moment, moment):
            if (changes := by_moment.get((programme, stamp))) is not None:
                blank = {"metric": metric, "from": None, "to": None}
                changes.setdefault(metric, blank)[end] = value_text(value_of(*value))
    return {
        row.pk: [change for _, change in sorted(by_moment[row.record_id, row.happened_at].items())]
        for row in deliveries
    }


def _values(moments: Iterable[tuple[int | None, datetime]], moment: str) -> QuerySet:
    """Return the values of these programmes that began, or ended, at these moments; each way has
    its index."""
    programmes, stamps = zip(*moments, strict=True)
    rows = MetricValue.objects.filter(
        **{"programme__in": {*programmes}, f"{moment}__in": {*stamps}}
    )
    return rows.values_list("programme", moment, "metric", "amount", "day", "word")
