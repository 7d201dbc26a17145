"""Rows of the audit register with the present names of who acted and of what they acted on."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from django.apps import apps

from pmhub.access import Visible
from pmhub.models import AuditEntry, Person, User

NAMES = ("code", "reference", "name", "title")  # fields by which people recognise a record


def name_entries(entries: Sequence[AuditEntry]) -> Sequence[AuditEntry]:
    """Give each row its `person` (the actor, or None), `who` and `what`: one query for each kind of
    thing they name, as the register holds ids alone."""
    actors = {entry.actor for entry in entries if entry.actor}
    people = {person.user_id: person for person in Person.objects.filter(user__in=actors)}
    users = dict(User.objects.filter(pk__in=actors).values_list("pk", "username"))
    things = _things(entries)
    for entry in entries:
        person: Any = people.get(entry.actor or 0)
        entry.person = person  # type: ignore[attr-defined]  # set on the entries of this list alone
        entry.who = person.name if person else users.get(entry.actor or 0, "")  # type: ignore[attr-defined]  # as above
        entry.what = things.get((entry.object_type, entry.object_id), "")  # type: ignore[attr-defined]  # as above
    return entries


def _things(entries: Sequence[AuditEntry]) -> dict[tuple[str, str], str]:
    wanted: dict[str, set[str]] = defaultdict(set)
    for entry in entries:
        if entry.object_id.isdecimal():
            wanted[entry.object_type].add(entry.object_id)
    kinds = {model._meta.model_name: model for model in apps.get_models()}
    return {
        (kind, str(pk)): " ".join(filter(None, words))
        for kind, ids in wanted.items()
        if kind in kinds and (fields := _names(kinds[kind]))
        for pk, *words in kinds[kind]._base_manager.filter(pk__in=ids).values_list("pk", *fields)
    }


def _names(model: Any) -> list[str]:
    if model is User:
        return ["username"]
    if not issubclass(model, Visible):
        return []
    fields = {field.name for field in model._meta.concrete_fields}
    return [name for name in NAMES if name in fields]
