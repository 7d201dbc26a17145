"""All data held about a person, which they and the PMO may export."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.apps import apps
from django.db.models import QuerySet

from pmhub.database import history
from pmhub.database.custom import PREFIX
from pmhub.models import (
    Attempt,
    Comment,
    Digest,
    Favourite,
    Follow,
    Inbox,
    Job,
    Mail,
    Person,
    Session,
    Token,
    User,
    Visit,
    Webhook,
)
from pmhub.queries.history import ACTIONS, CALLED, changes_of, events, fields, rows
from programmes.queries.custom_fields import named_in, person_fields

Row = dict[str, Any]
UNTOLD = ("password",)  # fields whose values are hashes of secrets


def personal_data_of(person: Person, *, to: User) -> Row:
    """Return all data held about a person: their entry and its history, their account with its
    sign-ins, their roles, the records that name them, what they wrote and follow, and their acts.
    Titles of records are given as far as the reader may see them."""
    names = fields(Person)
    trail = rows(events(Person, person.pk), names, 0, None)  # type: ignore[arg-type]  # all of them
    return {
        "person": _values(person),
        "history": changes_of(Person, trail, names, to=to),
        "account": _account(person.user) if person.user else None,
        "roles": [_values(role) for role in person.roles.order_by("pk")],
        "records": list(_records(person, to)),
        "comments": _own(Comment, person.user, "text") if person.user else [],
        "follows": _own(Follow, person.user) if person.user else [],
        "favourites": _own(Favourite, person.user) if person.user else [],
        "acts": list(_acts(person.user)) if person.user else [],
    }


def _values(row: Any) -> Row:
    return {
        field.attname: getattr(row, field.attname)
        for field in row._meta.concrete_fields
        if field.name not in UNTOLD
    }


def _account(user: User) -> Row:
    """Return the data of an account, with its addresses, sessions, tokens, factors, sign-ins and
    the like, without secrets."""
    return {
        **_values(user),
        "mail_addresses": _listed(EmailAddress.objects.filter(user=user), "email", "verified"),
        "sessions": _listed(
            Session.objects.filter(user=user), "begun_at", "seen_at", "address", "browser"
        ),
        "visits": _listed(Visit.objects.filter(user=user), "begun_at", "before"),
        "tokens": _listed(
            Token.objects.filter(user=user),
            *("name", "scopes", "created", "expiry", "last_used_at"),
        ),
        "second_factors": _listed(
            Authenticator.objects.filter(user=user), "type", "created_at", "last_used_at"
        ),
        "providers": _listed(
            SocialAccount.objects.filter(user=user), "provider", "uid", "extra_data"
        ),
        "sign_ins": _listed(
            Attempt.objects.filter(user=user), "at", "door", "outcome", "address", "browser"
        ),
        "mails_waiting": _listed(Mail.objects.filter(user=user), "kind", "to", "due_at"),
        "digests": _listed(
            Digest.objects.filter(user=user), "due_at", "begun_at", "told_at", "waits", "told"
        ),
        "inbox": _listed(Inbox.objects.filter(user=user), "read"),
        "jobs": _listed(Job.objects.filter(owner=user), "title", "state", "created_at"),
        "webhooks": _listed(
            Webhook.objects.filter(owner=user), "name", "address", "topics", "state", "created_at"
        ),
    }


def _listed(records: QuerySet, *names: str) -> list[Row]:
    return list(records.order_by("pk").values(*names))


def _own(model: Any, user: User, *names: str) -> list[Row]:
    """Return what the user added to records (comments, follows or favourites): at which record,
    when, and these fields."""
    return _listed(
        model.objects.filter(created_by=user), "record_type", "record_id", "created_at", *names
    )


def _records(person: Person, to: User) -> Iterator[Row]:
    """Yield the records that name the person, each with the field."""
    models: list[Any] = apps.get_models()
    for model in models:
        if not hasattr(model, "pgh_event_model") or model._meta.model_name == "roleassignment":
            continue
        for name, lookup in _naming_fields(model, person):
            records = model._base_manager.filter(**lookup).order_by("pk")
            visible = model._default_manager.visible_to(to).filter(pk__in=records)
            seen = set(visible.order_by().values_list("pk", flat=True))
            for row in records:
                title = next((getattr(row, name) for name in CALLED if hasattr(row, name)), "")
                yield {
                    "type": model._meta.model_name,
                    "id": row.pk,
                    "field": name,
                    "title": title if row.pk in seen else None,
                }


def _naming_fields(model: Any, person: Person) -> Iterator[tuple[str, Row]]:
    """Yield the fields of a model that name the person, custom fields included, each with the
    lookup for it."""
    for field in [*model._meta.fields, *model._meta.many_to_many]:
        if field.related_model is Person:
            yield field.name, {field.name: person}
    for own, name in person_fields():
        if own is model:
            yield f"{PREFIX}{name}", named_in(name, person)


def _acts(user: User) -> Iterator[Row]:
    """Yield what the user did, by the history of each kind of record."""
    for model in apps.get_models():
        if not hasattr(model, "pgh_event_model"):
            continue
        events = history.events_of(model).objects.filter(pgh_context__user=user.pk)
        for event in events.order_by("pgh_id").values(
            "id", "pgh_created_at", "pgh_label", "pgh_context"
        ):
            yield {
                "at": event["pgh_created_at"],
                "type": model._meta.model_name,
                "id": event["id"],
                "action": ACTIONS[event["pgh_label"]],
                "reason": event["pgh_context"].get("reason"),
            }
