"""Webhooks as their owners make, change and test them."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Iterable

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import OuterRef, QuerySet, Subquery
from django.db.models.functions import Now
from django.utils import timezone

from pmhub import encryption
from pmhub.models import DeliveryState, User, Webhook, WebhookDelivery, WebhookState
from pmhub.webhooks import record_events, targets
from pmhub.webhooks.delivery import PING, PREFIX, PURPOSE
from programmes.models import Programme

MOST = 20  # webhooks of one person
TOO_MANY = f"Nobody has more than {MOST} webhooks: delete one."
UNKNOWN = "There is no such collection, or it tells of no changes: {}."


def webhooks_for(user: User) -> QuerySet[Webhook]:
    """Return all webhooks, each with the code of its programme as `within`: None if the user may
    not see the programme now, for instance after losing a role, or after it became part of
    another."""
    visible = Programme.objects.visible_to(user).order_by()
    within = visible.filter(pk=OuterRef("programme")).values("code")[:1]
    return Webhook.objects.annotate(within=Subquery(within)).order_by("-id")


@transaction.atomic
def make(
    owner: User,
    *,
    name: str,
    address: str,
    base: str,
    topics: Iterable[str] = (),
    programme: Programme | None = None,
) -> tuple[Webhook, str]:
    """Return a new webhook of a user and its secret, which cannot be read again; raises
    ValidationError. It is told of changes from now on."""
    check_address(address)
    wanted = check_topics(topics)
    # The lock makes two requests at once count one after the other.
    User.objects.select_for_update(no_key=True).get(pk=owner.pk)
    if Webhook.objects.filter(owner=owner).count() >= MOST:
        raise ValidationError({"name": TOO_MANY})
    key = new_key()
    record_events.begin()
    hook = Webhook.objects.create(
        owner=owner,
        name=name,
        address=address,
        base=base.rstrip("/"),
        topics=wanted,
        programme=programme,
        secret=encryption.encrypt(key, PURPOSE),
    )
    return hook, key


def new_key() -> str:
    """Return a new secret in the form of Standard Webhooks."""
    return PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()


def check_address(address: str) -> None:
    """Raise ValidationError for an address to which we do not send."""
    try:
        targets.check(address)
    except targets.TargetRefused as closed:
        raise ValidationError({"address": str(closed)}) from None


def check_topics(topics: Iterable[str]) -> list[str]:
    """Return the topics, each once and in order; raises ValidationError for an unknown one."""
    wanted = sorted(set(topics))
    if unknown := [topic for topic in wanted if topic not in record_events.topics()]:
        raise ValidationError({"topics": UNKNOWN.format(unknown[0])})
    return wanted


@transaction.atomic
def change(hook: Webhook, **fields: object) -> None:
    """Store new values of name, address, topics, programme or state. A webhook that is resumed is
    told of changes from then on; messages that still waited are sent."""
    if fields.get("state") == WebhookState.ACTIVE and not hook.is_active:
        record_events.begin()
        fields |= {"active_since": Now(), "failing_since": None}
    for name, value in fields.items():
        setattr(hook, name, value)
    hook.save(update_fields=list(fields))
    hook.refresh_from_db()


def ping(hook: Webhook) -> WebhookDelivery:
    """Return a message without content, which tests a webhook; it is sent with the next ones."""
    return hook.deliveries.create(action=PING)


def resend(delivery: WebhookDelivery) -> WebhookDelivery:
    """Queue a message again, with the same id, as if it had not been tried."""
    delivery.state, delivery.tries, delivery.due_at = DeliveryState.WAITING, 0, timezone.now()
    delivery.save(update_fields=["state", "tries", "due_at"])
    return delivery
