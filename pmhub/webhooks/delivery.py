"""Delivery: each message is signed by the rules of Standard Webhooks, and retried for a day."""

from __future__ import annotations

import time
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any

import orjson
import standardwebhooks
from django.db import transaction
from django.db.models import OuterRef, Q, Subquery
from django.utils import timezone
from urllib3.exceptions import HTTPError

from pmhub import encryption
from pmhub.models import DeliveryState, Webhook, WebhookDelivery, WebhookState
from pmhub.webhooks import figure_events, record_events, targets

PURPOSE, PREFIX = "webhooks", "whsec_"
AT_ONCE, THREADS = 50, 8
AT_MOST = 10  # seconds after which no further message to a webhook is begun
HOLD = timedelta(minutes=2)  # after this time the sender counts as dead
# Pauses before the next try, after each failure; after the last there is no further try.
PAUSES = (
    *(timedelta(seconds=5), timedelta(minutes=5), timedelta(minutes=30)),
    *(timedelta(hours=2), timedelta(hours=5), timedelta(hours=10)),
)
KEPT = timedelta(days=30)
NO_ANSWER = "There was no answer."
PING = "ping"


@dataclass(frozen=True, slots=True)
class Result:
    """The result of one attempt: the status of the answer, or the problem."""

    status: int | None
    problem: str
    at: datetime

    @property
    def is_success(self) -> bool:
        """Whether the message was accepted."""
        return self.status is not None and targets.is_success(self.status)


def send_due() -> int:
    """Send the messages that are due; return how many were tried. Webhooks do not wait for each
    other, and only one worker at a time sends to a webhook."""
    hooks = _claim()
    due = [_still_visible(hook, _due(hook)) for hook in hooks]
    tried = 0
    with ThreadPoolExecutor(THREADS) as pool:
        for hook, deliveries, results in zip(hooks, due, pool.map(_try_all, due), strict=True):
            _note(hook, deliveries, results)
            tried += len(results)
    return tried


def _claim() -> list[Webhook]:
    """Claim some webhooks with due messages, those that have waited longest first."""
    now = timezone.now()
    waiting = WebhookDelivery.objects.filter(
        webhook=OuterRef("pk"), state=DeliveryState.WAITING, due_at__lte=now
    )
    with transaction.atomic():
        free = record_events.active().filter(Q(sending_until=None) | Q(sending_until__lte=now))
        oldest = Subquery(waiting.order_by("due_at").values("due_at")[:1])
        due = free.annotate(oldest=oldest).filter(oldest__isnull=False).order_by("oldest", "pk")
        hooks: list[Any] = list(due.select_for_update(skip_locked=True, of=("self",))[:THREADS])
        taken = Webhook.objects.filter(pk__in=[hook.pk for hook in hooks])
        taken.update(sending_until=now + HOLD)
    return hooks


def _due(hook: Webhook) -> list[WebhookDelivery]:
    due = hook.deliveries.filter(state=DeliveryState.WAITING, due_at__lte=timezone.now())
    deliveries = list(due.order_by("due_at", "id")[:AT_ONCE])
    for delivery in deliveries:
        delivery.webhook = hook
    return deliveries


def _still_visible(hook: Webhook, due: list[WebhookDelivery]) -> list[WebhookDelivery]:
    """Return those of the messages about which the owner may still know; delete the others."""
    by_kind = defaultdict(list)
    for delivery in due:
        by_kind[delivery.kind].append(delivery)
    visible = [*by_kind.pop("", []), *_visible_figures(hook, by_kind.pop(figure_events.KIND, []))]
    for kind, deliveries in by_kind.items():
        model, _ = record_events.collections().get(kind, (None, ""))
        events = [delivery.event for delivery in deliveries if delivery.event is not None]
        seen = record_events.seen_by(hook, model, events) if model else set()
        visible += [delivery for delivery in deliveries if delivery.event in seen]
    hidden = {delivery.pk for delivery in due} - {delivery.pk for delivery in visible}
    if hidden:
        WebhookDelivery.objects.filter(pk__in=hidden).delete()
    return sorted(visible, key=lambda delivery: delivery.pk)


def _visible_figures(hook: Webhook, due: list[WebhookDelivery]) -> list[WebhookDelivery]:
    """Return those messages about figures that may still be told, with their content."""
    seen = figure_events.seen_by(hook, {row.record_id for row in due if row.record_id})
    visible = [row for row in due if row.record_id in seen]
    moves = figure_events.moves_of(visible) if visible else {}
    for row in visible:
        row.moves = moves[row.pk]
    return visible


def _try_all(deliveries: list[WebhookDelivery]) -> list[Result]:
    """Send the messages of one webhook, until one is not accepted or some seconds have passed. It
    runs in a thread, and makes no queries."""
    results: list[Result] = []
    ends = time.monotonic() + AT_MOST
    for delivery in deliveries:
        results.append(_try(delivery))
        if not results[-1].is_success or time.monotonic() > ends:
            break
    return results


def _try(delivery: WebhookDelivery) -> Result:
    try:
        body = orjson.dumps(body_of(delivery))
        status = targets.post(delivery.webhook.address, body, headers_of(delivery, body))
    except targets.TargetRefused as closed:
        return Result(None, str(closed), timezone.now())
    except (HTTPError, OSError, ValueError):
        return Result(None, NO_ANSWER, timezone.now())
    return Result(status, "", timezone.now())


def _note(hook: Webhook, deliveries: list[WebhookDelivery], results: list[Result]) -> None:
    """Store the results of the messages to one webhook; messages after one that failed wait as long
    as that one."""
    fields: dict[str, Any] = {"sending_until": None}
    for delivery, result in zip(deliveries, results, strict=False):
        _store_result(delivery, result)
    if results and results[-1].is_success:
        fields["failing_since"] = None
    elif results:
        fields["failing_since"] = hook.failing_since or results[-1].at
        rest = WebhookDelivery.objects.filter(
            pk__in=[delivery.pk for delivery in deliveries[len(results) :]]
        )
        rest.update(due_at=deliveries[len(results) - 1].due_at)
    if results and results[-1].status == HTTPStatus.GONE:
        fields["state"] = WebhookState.PAUSED
    Webhook.objects.filter(pk=hook.pk).update(**fields)


def _store_result(delivery: WebhookDelivery, result: Result) -> None:
    """Store the result of one message, and when it is tried again."""
    if result.is_success:
        delivery.state = DeliveryState.DELIVERED
    elif delivery.tries >= len(PAUSES):
        delivery.state = DeliveryState.FAILED
    else:
        delivery.due_at = result.at + PAUSES[delivery.tries]
    delivery.tries += 1
    delivery.sent_at, delivery.status, delivery.problem = result.at, result.status, result.problem
    delivery.save(update_fields=["tries", "sent_at", "status", "problem", "due_at", "state"])


# What is sent


def body_of(delivery: WebhookDelivery) -> dict[str, Any]:
    """Return the body of a message: which record changed, how and when, but none of its content; or
    which figures changed, from what to what."""
    body = {"type": record_events.type_of(delivery), "timestamp": delivery.happened_at.isoformat()}
    if not delivery.kind:
        return {**body, "data": {}}
    if delivery.kind == figure_events.KIND:
        address = f"{delivery.webhook.base}/api/v1/programmes/{delivery.record_id}/rollup/"
        place = {"level": figure_events.LEVEL, "id": delivery.record_id, "url": address}
        return {**body, "data": {**place, "metrics": delivery.moves}}
    collection = record_events.collections()[delivery.kind][1]
    data = {
        "collection": collection,
        "id": delivery.record_id,
        "version": delivery.version,
        "url": f"{delivery.webhook.base}/api/v1/{collection}/{delivery.record_id}/",
    }
    return {**body, "data": data}


def headers_of(delivery: WebhookDelivery, body: bytes) -> dict[str, str]:
    """Return the headers of a message, with its signature."""
    at = timezone.now()
    key = encryption.decrypt(delivery.webhook.secret, PURPOSE)
    return {
        "Content-Type": "application/json",
        "User-Agent": "pmhub-webhooks",
        "webhook-id": delivery.name,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": standardwebhooks.Webhook(key).sign(delivery.name, at, body.decode()),
    }


# What is kept


def forget_old() -> None:
    """Delete messages that are older than `KEPT`."""
    WebhookDelivery.objects.filter(created_at__lt=timezone.now() - KEPT).delete()
