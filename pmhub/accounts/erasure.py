"""Erasing a person: their account, name and addresses are removed; what they did stays, as done by
a person without a name. Afterwards nothing in the database holds their name or address."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

import pgtrigger
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.apps import apps
from django.db import connection, transaction
from django.db.models import Q
from django.utils import timezone

from pmhub.database import touches
from pmhub.database.deferred_checks import check_deferred
from pmhub.database.history import events_of
from pmhub.database.retention import DeletedWithParent
from pmhub.models import (
    Attempt,
    Digest,
    Follow,
    Inbox,
    Job,
    Mail,
    Person,
    Session,
    StoredAnswer,
    Token,
    User,
    Visit,
    Webhook,
)
from pmhub.models.jobs import OPEN
from pmhub.services import Conflict, answered_for, lock, refuse, save

BLANK = ("email", "organisation", "unit", "title", "competence", "certifications")
# Tables of people: the person's own rows are replaced field by field, others may name the person.
OF_PEOPLE = ("pmhub_person", "pmhub_personevent", "pmhub_user")

# The audit register is left out: it is sealed, and names people only by their ids.
COLUMNS = """
SELECT c.relname, a.attname, t.typname, CASE WHEN t.typname = 'varchar' THEN a.atttypmod - 4 END
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname = 'public'
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
JOIN pg_type t ON t.oid = a.atttypid
WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND a.attgenerated = ''
AND NOT EXISTS (SELECT FROM pg_attribute s WHERE s.attrelid = c.oid AND s.attname = 'seal')
AND t.typname IN ('text', 'varchar', 'jsonb')
AND (c.relname <> ALL (%s) OR a.attname = 'pgh_context')
ORDER BY c.relname LIKE '%%event', c.relname, a.attnum
"""


@transaction.atomic
def erase(person: Person, *, reason: str = "", by: User | None) -> Person:
    """Remove a person's name, addresses and account from the database for good. Raises Conflict,
    which lists the records, while the person answers for something or holds a role."""
    lock(person)
    name = f"Erased person {person.pk}"
    if person.name == name:
        raise Conflict({"name": ["This person is erased already."]})
    _check(person, by)
    words = list(_words(person))
    if any(word.casefold() in reason.casefold() for word in words):
        refuse("reason", "Say why without their name or address: the reason stays.")
    if person.user:
        _close(person.user)
    _forget(words)
    _forget_about(person)
    person.name, person.code = name, f"ERASED-{person.pk}"
    for field in BLANK:
        setattr(person, field, "")
    person.organisation_unit = None
    person.archived_at = timezone.now()
    save(person, "name", "code", *BLANK, "organisation_unit", "archived_at", by=by)
    blank: dict[str, Any] = {**dict.fromkeys(BLANK, ""), "organisation_unit": None}
    events_of(Person).objects.filter(id=person.pk).update(name=name, code=person.code, **blank)
    for pattern in _patterns(words, person):
        _replace(pattern, name)
    touches.touch_all_tables()  # the history was written to as well
    return person


def _check(person: Person, by: User | None) -> None:
    user = person.user
    if user is not None and user == by:
        raise Conflict({"name": ["Nobody erases themself: somebody else of the PMO does it."]})
    if user is not None and user.is_superuser and not (by and by.is_superuser):
        raise Conflict({"name": ["Only a superuser erases a superuser."]})
    current = Q(ends_on__isnull=True) | Q(ends_on__gte=timezone.localdate())
    held = [*answered_for(person), *((role, "person") for role in person.roles.filter(current))]
    if held:
        named = [
            {
                "type": row._meta.model_name,
                "id": row.pk,
                "code": getattr(row, "code", None),
                "title": str(row),
                "field": field,
            }
            for row, field in held
        ]
        listed = ", ".join(f"{post['field']} of {post['code'] or post['title']}" for post in named)
        text = f"Hand their work and roles over first (hand-over): {listed}."
        raise Conflict({"name": [text]}, kind="in_office", held=named)


def _words(person: Person) -> Iterator[str]:
    """Yield the names and addresses that the person has or had, each once."""
    words = [person.name, person.email]
    for name, email in events_of(Person).objects.filter(id=person.pk).values_list("name", "email"):
        words += [name, email]
    if user := person.user:
        words += [user.get_full_name(), user.email]
        words += EmailAddress.objects.filter(user=user).values_list("email", flat=True)
    yield from dict.fromkeys(word for word in words if word)


def _close(user: User) -> None:
    """Delete everything by which the user can sign in; of the account, only its id remains, which
    the history names."""
    for model in (
        Session, Visit, Token, Mail, Digest, Inbox, Attempt, StoredAnswer, EmailAddress,
        Authenticator,
    ):  # fmt: skip
        model.objects.filter(user=user).delete()
    SocialAccount.objects.filter(user=user).delete()
    Job.objects.filter(owner=user).delete()
    Webhook.objects.filter(owner=user).delete()
    Follow.objects.by(user).delete()
    user.username = f"erased-{user.pk}"
    user.first_name = user.last_name = user.email = user.time_zone = ""
    user.is_active = user.is_staff = user.is_superuser = False
    user.last_login = None
    user.set_unusable_password()
    user.save()


def _forget(words: Iterable[str]) -> None:
    """Delete short-lived data that may contain these words: mails, stored answers, and files that
    others asked for and can ask for again."""
    for word in words:
        if "@" in word:
            Mail.objects.filter(to__iexact=word).delete()
        with connection.cursor() as cursor:
            cursor.execute(
                'DELETE FROM "pmhub_storedanswer"'
                " WHERE position(convert_to(%s, 'UTF8') IN body) > 0",
                [_in_json(word)],
            )
    Job.objects.exclude(state__in=OPEN).delete()


def _forget_about(person: Person) -> None:
    """Delete the records that are about the person alone, such as their qualifications, with the
    history of these."""
    models: list[Any] = apps.get_models()
    theirs = {model: model.told_of for model in models if getattr(model, "told_of", "")}
    kept = [
        f"{model._meta.label}:{DeletedWithParent.name}" for model in theirs if model.undeletable
    ]
    with pgtrigger.ignore(*kept):
        for model, name in theirs.items():
            model._base_manager.filter(**{name: person}).delete()
            events_of(model).objects.filter(**{name: person.pk}).delete()
        check_deferred()  # while the triggers are ignored


def _patterns(words: Iterable[str], person: Person) -> Iterator[str]:
    """Yield regular expressions of PostgreSQL for the words: an address or several words in any
    case, a single word as it is written. A word that is also the name or address of another person
    is left out."""
    others = Person.objects.exclude(pk=person.pk)
    kept = [
        word
        for word in words
        if not others.filter(Q(name__iexact=word) | Q(email__iexact=word)).exists()
    ]
    kept += [text for word in kept if (text := _in_json(word)) != word]
    many = [word for word in kept if " " in word or "@" in word]
    for flags, group in (("(?i)", many), ("", [word for word in kept if word not in many])):
        if group:
            either = "|".join(re.escape(word) for word in sorted(group, key=len, reverse=True))
            yield rf"{flags}(?<!\w)(?:{either})(?!\w)"


def _in_json(word: str) -> str:
    """Return a word as it is written inside a JSON text."""
    return json.dumps(word, ensure_ascii=False)[1:-1]


def _replace(pattern: str, name: str) -> None:
    """Replace what matches by the name of the erased person, in every text of the database,
    including texts that are frozen otherwise, such as published reports."""
    frozen = [
        f"{model._meta.label}:{trigger.name}"
        for model in apps.get_models()
        for trigger in getattr(model._meta, "triggers", ())
        if isinstance(trigger, pgtrigger.Protect)
    ]
    with pgtrigger.ignore(*frozen), connection.cursor() as cursor:
        cursor.execute(COLUMNS, [[*OF_PEOPLE]])
        tables: dict[str, list[Any]] = {}
        for table, *column in cursor.fetchall():
            tables.setdefault(table, []).append(column)
        for table, columns in tables.items():
            values = ", ".join(_replaced(*column) for column in columns)
            where = " OR ".join(f'"{column}"::text ~ %s' for column, _, _ in columns)
            cursor.execute(
                f'UPDATE "{table}" SET {values} WHERE {where}',  # noqa: S608  # the database's own names
                [*[pattern, name] * len(columns), *[pattern] * len(columns)],
            )


def _replaced(column: str, kind: str, longest: int | None) -> str:
    """Return SQL that sets a column to its value with what matches replaced."""
    text = f"""regexp_replace("{column}"::text, %s, %s, 'g')"""
    if kind == "varchar" and longest and longest > 0:
        text = f"left({text}, {longest})"
    return f'"{column}" = {text}{"::jsonb" if kind == "jsonb" else ""}'
