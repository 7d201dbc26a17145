"""What there is to tell: events of records that the owner of a webhook may see now.

Events of the history serve as the outbox: triggers write them in the transaction of the change, on
every path. They are numbered before they are committed, so that a late one may have a lower number
than some already read: `WebhookCursor` says how far all of them have arrived.
"""

from __future__ import annotations

import functools
import operator
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Max, Q, QuerySet

from pmhub.access import ScopedQuerySet, inherited, reading_roles, reads_deleted
from pmhub.access.grants import Grants, grants_of
from pmhub.access.restricted_fields import on_or_above
from pmhub.database import touches
from pmhub.database.history import events_of
from pmhub.database.locks import Lock, wait_for
from pmhub.models import Webhook, WebhookCursor, WebhookDelivery, WebhookState
from pmhub.permissions import Role
from pmhub.webhooks import figure_events

AT_ONCE = 5_000  # events of one kind
ACTIONS = {"insert": "created", "update": "updated", "delete": "deleted"}
ABOUT = ("pgh_id", "pgh_label", "pgh_created_at", "id", "version")

Row = dict[str, Any]


@cache
def collections() -> dict[str, tuple[Any, str]]:
    """Return the model and the collection of each kind of record whose changes are told. REST, a
    layer above, declares them."""
    resources = import_module(settings.COLLECTIONS).RESOURCES
    models = {name: view.serializer_class.Meta.model for name, view in resources.items()}
    return {
        str(model._meta.model_name): (model, name)
        for name, model in models.items()
        if hasattr(model, "pgh_event_model")
    }


def type_of(delivery: WebhookDelivery) -> str:
    """Return the type of a message, such as `risks.updated`."""
    if delivery.kind in collections():
        return f"{collections()[delivery.kind][1]}.{delivery.action}"
    return f"{delivery.kind}.{delivery.action}" if delivery.kind else delivery.action


def topics() -> list[str]:
    """Return the topics of webhooks: the collections, and the one for figures."""
    return sorted([figure_events.TOPIC, *(name for _, name in collections().values())])


def kinds() -> list[str]:
    """Return the kinds of sources that are read: the kinds of records, and figures."""
    return [*collections(), figure_events.KIND]


def begin() -> None:
    """Begin to read the history for a new webhook, inside its transaction: until that commits, no
    worker stops reading because there is no webhook."""
    wait_for(Lock.WEBHOOKS)
    _begin()


def _begin() -> None:
    """Begin to read the history of each kind that is not read yet, from its present end."""
    begun = set(WebhookCursor.objects.values_list("kind", flat=True))
    cursors = []
    for kind, (model, _) in collections().items():
        if kind not in begun:
            last = events_of(model).objects.aggregate(last=Max("pgh_id"))["last"] or 0
            cursors.append(WebhookCursor(kind=kind, settled=last, read=last))
    if figure_events.KIND not in begun:
        last = figure_events.last_number()
        cursors.append(WebhookCursor(kind=figure_events.KIND, settled=last, read=last))
    WebhookCursor.objects.bulk_create(cursors, ignore_conflicts=True)


def active() -> QuerySet[Webhook]:
    """Return the webhooks that are told of changes."""
    hooks = Webhook.objects.filter(state=WebhookState.ACTIVE, owner__is_active=True)
    return hooks.select_related("owner")


@transaction.atomic
def collect() -> int:
    """Make the messages for new events; return how many events were read. Does nothing while
    another worker does it."""
    if not _alone():
        return 0
    if not active().exists():
        # So that webhooks that are added later start from then.
        WebhookCursor.objects.all().delete()
        return 0
    _begin()
    hooks = list(active())
    stamps, oldest = touches.stamps_of_tables(), _transactions()[0]
    number, advanced = 0, []
    for cursor in WebhookCursor.objects.filter(kind__in=kinds()).order_by("kind"):
        news = _news(cursor, hooks, stamps)
        if news is None:
            continue
        WebhookDelivery.objects.bulk_create(news.messages, ignore_conflicts=True)
        if oldest >= cursor.horizon:
            cursor.settled = cursor.read
            cursor.read = max(news.numbers, default=cursor.read)
            cursor.horizon = 0
        cursor.stamp = news.stamp
        advanced.append(cursor)
        number += len(news.numbers)
    # Read after the events: a transaction that was numbered before has a lower number.
    newest = _transactions()[1]
    for cursor in advanced:
        cursor.horizon = cursor.horizon or newest
    WebhookCursor.objects.bulk_update(advanced, ["settled", "read", "horizon", "stamp"])
    return number


@dataclass(frozen=True, slots=True)
class EventBatch:
    """What was read of one kind: the numbers of its events, their messages, and the stamp of the
    table if everything was read."""

    numbers: list[int]
    messages: Iterable[WebhookDelivery]
    stamp: int | None = None


def _news(
    cursor: WebhookCursor, hooks: list[Webhook], stamps: Mapping[str, int]
) -> EventBatch | None:
    """Read what comes after a cursor; None if there is nothing new."""
    if cursor.kind == figure_events.KIND:
        changes = figure_events.changes_since(cursor.settled, AT_ONCE)
        if not changes and cursor.settled == cursor.read:
            return None
        return EventBatch(
            [change["event"] for change in changes], figure_events.messages(hooks, changes)
        )
    model, name = collections()[cursor.kind]
    stamp: int | None = stamps[touches.topic_of(model)]
    if cursor.stamp == stamp and cursor.settled == cursor.read:
        return None
    kept = events_of(model).objects.filter(pgh_id__gt=cursor.settled)
    events = list(kept.order_by("pgh_id").values(*ABOUT)[:AT_ONCE])
    messages = _messages(hooks, cursor.kind, model, name, events)
    stamp = stamp if len(events) < AT_ONCE else None
    return EventBatch([event["pgh_id"] for event in events], messages, stamp)


def _messages(
    hooks: Iterable[Webhook], kind: str, model: Any, name: str, events: list[Row]
) -> Iterator[WebhookDelivery]:
    for hook in hooks:
        if hook.topics and name not in hook.topics:
            continue
        since_active = [event for event in events if event["pgh_created_at"] >= hook.active_since]
        seen = seen_by(hook, model, [event["pgh_id"] for event in since_active])
        for event in since_active:
            if event["pgh_id"] in seen:
                yield WebhookDelivery(
                    webhook=hook,
                    kind=kind,
                    event=event["pgh_id"],
                    action=ACTIONS[event["pgh_label"]],
                    record_id=event["id"],
                    version=event["version"],
                    happened_at=event["pgh_created_at"],
                )


def seen_by(hook: Webhook, model: Any, ids: Collection[int]) -> set[int]:
    """Return those of these events (ids) of a model about which a webhook may tell: events of
    records that its owner sees now, and deletions of records below roles of theirs; if the webhook
    is for one programme, only of what belongs to it."""
    user: Any = hook.owner
    if not ids or not grants_of(user).roles:
        return set()
    rows = model._default_manager.visible_to(user)
    within = Grants({("programme", hook.programme_id or 0): {Role.VIEWER.value}})
    if hook.programme_id:
        rows = rows.filter(on_or_above(model, within))
    condition = ~Q(pgh_label="delete") & Q(id__in=rows.order_by().values("pk"))
    if (gone := _deletions(model, user)) is not None:
        gone &= _below(model, within) if hook.programme_id else Q()
        condition |= Q(pgh_label="delete") & gone
    events = events_of(model).objects.filter(condition, pgh_id__in=ids)
    return set(events.values_list("pgh_id", flat=True))


def _deletions(model: Any, user: Any) -> Q | None:
    """Return the condition on events under which a user may know of a deletion; None if more than
    roles decides who sees such rows."""
    plain = type(model._default_manager.all()).visible_to is ScopedQuerySet.visible_to
    if model.of_author_alone is not None or not (plain or reads_deleted(model, user)):
        return None
    grants = reading_roles(model, grants_of(user))
    return Q() if grants.everywhere else _below(model, grants)


def _below(model: Any, grants: Grants) -> Q:
    """Return the condition on events that a parent of the row is where the roles are held, or
    below."""
    conditions = [Q(pgh_id__in=[])]
    for name in model.visible_through:
        parent: Any = model._meta.get_field(name).related_model
        if above := inherited(parent, grants):
            rows = parent._base_manager.filter(functools.reduce(operator.or_, above))
            conditions.append(Q(**{f"{name}__in": rows.values("pk")}))
    return functools.reduce(operator.or_, conditions)


def _alone() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [Lock.WEBHOOKS])
        return bool(cursor.fetchone()[0])


def _transactions() -> tuple[int, int]:
    """Return the ids of the oldest open transaction, and of the first that has not begun."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_snapshot_xmin(s)::text::bigint, pg_snapshot_xmax(s)::text::bigint"
            " FROM pg_current_snapshot() s"
        )
        oldest, newest = cursor.fetchone()
    return oldest, newest
