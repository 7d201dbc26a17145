"""What all verbs share: locking rows, refusing in a sentence, and saving what changed with its
author.

A verb reads as a sentence: objects first, options by keyword, the actor last. It checks states,
never rights: the caller checks whether the actor may do it at all (`access.can`).
"""

import functools
import operator
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import count
from typing import Any, NoReturn, TypeVar

from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from pmhub.access import Withheld, holders
from pmhub.access.gained_roles import check_roles_gained
from pmhub.access.separation_of_duties import OWN, check_apart
from pmhub.database.day_triggers import PASSED
from pmhub.lifecycle import Move, find_move, with_article
from pmhub.models import Follow, Person, Record, RoleAssignment, SavedView, User

Row = TypeVar("Row", bound=Record)


class Conflict(ValidationError):
    """Raised when a verb is refused because of the present state of records, which has to be
    settled first.

    `errors` holds messages by field, or by the path to a place in the request (`risks/12`); `kind`
    names the conflict for programs, and `members` list what it is about.
    """

    def __init__(self, errors: dict[str, Any], *, kind: str = "wrong_state", **members: Any):
        super().__init__(errors)
        self.kind, self.members = kind, members


def refuse_state(field: str, message: str) -> NoReturn:
    """Raise Conflict (HTTP 409) with this sentence at this field."""
    raise Conflict({field: [message]})


def refuse(field: str, message: str) -> NoReturn:
    """Raise ValidationError (HTTP 400) with this sentence at this field."""
    raise ValidationError({field: [message]})


def lock(row: Row) -> Row:
    """Lock a row until the transaction ends, and return it as it is stored now; values that were
    set and not saved are lost. Waits for whoever has locked it.

    Rows that refer to it can still be added meanwhile (FOR NO KEY UPDATE).
    """
    rows = type(row)._base_manager.select_for_update(of=("self",), no_key=True)
    row.refresh_from_db(from_queryset=rows)
    return row


def add(row: Row, *, by: User | None) -> Row:
    """Check a new row and save it as created by the user; raises ValidationError."""
    row.created_by = row.updated_by = by
    row.full_clean()
    row.save()
    return row


def save(row: Row, *fields: str, by: User | None) -> Row:
    """Save these fields of a row as changed by the user (None for the product itself), and return
    the row with the version that a trigger has given it. Only the database checks them."""
    row.updated_by = by
    row.save(update_fields=[*fields, "updated_by"])
    row.refresh_from_db(fields=["version", "updated_at"])
    return row


@transaction.atomic
def appoint(
    row: Row, *, role: str, person: Person | None, replaces: Person | None = None, by: User | None
) -> Row:
    """Put a person into the post of the row that gives this role, in place of its holder; None
    leaves it vacant. If several people hold the post, `replaces` is the one who leaves it; with
    None the person is added."""
    lock(row)
    post = row.posts[role]
    held = holders(row, post)
    if person is not None:
        check_in_use("person", person)
        if row.has_ended:
            refuse_state("person", "This has ended: its posts stay as they were.")
    if replaces is not None and replaces.pk not in held:
        refuse("replaces", f"{replaces} does not hold this post.")
    if person is not None and person.pk in held:
        refuse("person", f"{person} holds this post already.")
    if not row._meta.get_field(post).many_to_many:
        setattr(row, post, person)
        return save(row, post, by=by)
    if person is None and replaces is None:
        refuse("person", "Say who comes, or in replaces who steps down.")
    people = getattr(row, post)
    people.remove(*filter(None, [replaces]))
    people.add(*filter(None, [person]))
    row.updated_at = timezone.now()  # the list is part of the record, so its version is raised
    return save(row, "updated_at", by=by)


@dataclass(frozen=True)
class HandedRecord:
    """A record that got another person in one of its fields."""

    record: Record
    field: str


@transaction.atomic
def hand_over(person: Person, *, to: Person, by: User | None) -> list[HandedRecord]:
    """Give everything a person answers for to another: posts, records of theirs that are not
    settled, and their roles from today on. What they did, and the roles they held, stay theirs."""
    if to.pk == person.pk or to.archived_at is not None:
        refuse("to", "Name somebody else, who is not archived.")
    check_roles_gained(person, to=to, field="to", by=by)
    for row in sorted((person, to), key=lambda row: row.pk):
        lock(row)
    handed = [HandedRecord(row, field) for row, field in answered_for(person)]
    for item in handed:
        _replace(item, person, to, by)
    return handed + [HandedRecord(role, "person") for role in _pass_on_roles(person, to, by)]


def answered_for(person: Person) -> Iterator[tuple[Any, str]]:
    """Yield the records that a person answers for, locked, each with the field that names them."""
    for model in apps.get_models():
        for field, condition in getattr(model, "answered_for", {}).items():
            rows: QuerySet = model._base_manager.select_for_update(of=("self",), no_key=True)
            for row in rows.filter(condition, **{field: person}).order_by("pk"):
                yield row, field


def _replace(handed: HandedRecord, person: Person, to: Person, by: User | None) -> None:
    row, field = handed.record, handed.field
    # Also for a list, so that the version is raised.
    row.updated_by, row.updated_at = by, timezone.now()
    if row._meta.get_field(field).many_to_many:
        people = getattr(row, field)
        people.remove(person)
        people.add(to)
        row.save(update_fields=["updated_by", "updated_at"])
    else:
        setattr(row, field, to)
        row.save(update_fields=[field, "updated_by", "updated_at"])


def _pass_on_roles(person: Person, to: Person, by: User | None) -> Iterator[RoleAssignment]:
    """End the person's roles as of yesterday and give them to the other person from today, unless
    the other has them."""
    today = timezone.localdate()
    current = person.roles.select_for_update().filter(
        Q(ends_on__isnull=True) | Q(ends_on__gte=today)
    )
    for role in current.order_by("pk"):
        where = {f"{name}_id": getattr(role, f"{name}_id") for name in role.visible_through}
        new = {"role": role.role, "starts_on": role.starts_on, "ends_on": role.ends_on, **where}
        role.updated_by = by
        # The role never began, so nothing was done by it.
        if role.starts_on and role.starts_on >= today:
            RoleAssignment.objects.filter(pk=role.pk).delete()
        else:
            role.ends_on, new["starts_on"] = today - timedelta(days=1), today
            role.save(update_fields=["ends_on", "updated_by"])
        same = {name: value for name, value in new.items() if name != "starts_on"}
        if not to.roles.filter(**same).exists():
            to.roles.create(**new, created_by=by, updated_by=by)
        yield role


@transaction.atomic
def archive(row: Any, *, by: User | None) -> Any:
    """Archive a record that has ended: lists leave it out, figures still count it."""
    lock(row)
    if row.archived_at is not None:
        refuse_state("archived_at", "This is archived already.")
    if reason := row.against_archiving():
        refuse_state("archived_at", reason)
    row.archived_at = timezone.now()
    return save(row, "archived_at", by=by)


@transaction.atomic
def restore(row: Any, *, by: User | None) -> Any:
    """Take a record out of the archive."""
    lock(row)
    if row.archived_at is None:
        refuse_state("archived_at", "This is not archived.")
    row.archived_at = None
    return save(row, "archived_at", by=by)


def no_other_default(view: SavedView) -> None:
    """Make this view the only default one of its author for the list."""
    others = SavedView.objects.filter(created_by=view.created_by_id, collection=view.collection)
    others.filter(is_default=True).exclude(pk=view.pk).update(is_default=False)


def free_code(wish: str, taken: Callable[[str], bool]) -> str:
    """Return the wished code, with a number after it if it is taken."""
    return next(code for n in count(1) if not taken(code := wish if n == 1 else f"{wish}{n}"))


def follow(row: Any, user: User | None) -> None:
    """Have a user follow a record that they hand to somebody else, to hear what becomes of it."""
    if user is not None:
        at = {"record_type": row._meta.model_name, "record_id": row.pk}
        Follow.objects.get_or_create(created_by=user, **at, defaults={"updated_by": user})


def person_of(user: User | None) -> Person | None:
    """Return the person in the directory who signs in as this user; None if there is none."""
    return getattr(user, "person", None)


def judge_of(row: Any, field: str, does: str, by: User | None, *, own: str = OWN) -> Person:
    """Return the person of the user, who judges a row without a part in it. Raises Withheld at
    `field` if they have a part (`own` is the sentence), or if they are not in the directory of
    people (`does` completes the sentence)."""
    person = person_of(by)
    if person is None:
        raise Withheld(field, f"Only somebody in the directory of people {does}.")
    check_apart(by, row, field, own)
    return person


def not_in_the_future(field: str, day: date, *, as_of: date) -> None:
    """Refuse a day after both the status date and today for something that has happened."""
    if day > max(as_of, timezone.localdate()):
        refuse(field, "This day is still to come.")


def still_to_come(field: str, day: date | None, *, as_of: date) -> None:
    """Refuse a promised day before the status date."""
    if day is not None and day < as_of:
        refuse(field, PASSED)


def sentence(error: ValidationError) -> dict[str, Any]:
    """Return the messages of an error by field, with `__all__` for those about the whole record."""
    return error.message_dict if hasattr(error, "error_dict") else {"__all__": error.messages}


def as_of(row: Any) -> date:
    """Return the status date of the portfolio of a row; today if it belongs to none, such as a
    record about a person."""
    if row._meta.model_name == "portfolio":
        day: date = row.as_of
        return day
    above = (getattr(row, name) for name in row.visible_through)
    parent = next((parent for parent in above if parent is not None), None)
    return timezone.localdate() if parent is None else as_of(parent)


def check_days(row: Any, names: Iterable[str]) -> None:
    """Refuse future days for what has happened, and past days for what is promised, in these
    fields."""
    state = getattr(row, row.lifecycles[0].field) if row.planned_in else ""
    days = {
        name: getattr(row, name)
        for name in names
        if name in row.happened and state not in row.planned_in.get(name, ())
    }
    for name, day in days.items():
        if day is not None:
            not_in_the_future(name, day, as_of=as_of(row))
    for name in {*names} & {*row.promised}:
        if getattr(row, name) is not None:
            still_to_come(name, getattr(row, name), as_of=as_of(row))


def check_people(row: Any, given: Mapping[str, Any]) -> None:
    """Refuse to make an archived person answer for something. `given` are new values by field; for
    a list, all that it will hold."""
    for name in given.keys() & getattr(row, "answered_for", {}).keys():
        listed = row._meta.get_field(name).many_to_many
        held = holders(row, name) if listed and row.pk else set()
        for person in given[name] if listed else [given[name]]:
            if person is not None and person.pk not in held:
                check_in_use(name, person)


def check_in_use(field: str, person: Person) -> None:
    """Refuse a person who is archived."""
    if person.archived_at is not None:
        refuse(field, f"{person} is archived: choose somebody else.")


def check_named(row: Any, given: Mapping[str, Any]) -> None:
    """Refuse to make a row name a record that is archived or over. What was named before stays; a
    parent itself decides what may be added to it. `given` are new values by field; for a list, all
    that it will hold."""
    check_people(row, given)
    relations = {field.name: field for field in row._meta.get_fields() if field.related_model}
    for name, value in given.items():
        relation = relations.get(name)
        if relation is None:
            continue
        model: Any = relation.related_model
        if name in row.visible_through or over_of(model) is None:
            continue
        # The other fields name people who did something.
        if model is Person and name not in row.still_to_act:
            continue
        named = value if relation.many_to_many else [value]
        held = holders(row, name) if relation.many_to_many and row.pk else set()
        for other in named:
            if other is not None and other.pk not in held and (said := why_over(other)):
                refuse_state(name, f"{other} is {said}: choose another.")


def over_of(model: Any) -> Q | None:
    """Return the condition under which a row of a model can no longer be newly named; None if it
    always can."""
    conditions = []
    if hasattr(model, "archived_at"):
        conditions.append(Q(archived_at__isnull=False))
    if states := getattr(model, "over_in", ()):
        conditions.append(Q(**{f"{model.lifecycles[0].field}__in": states}))
    return functools.reduce(operator.or_, conditions) if conditions else None


def why_over(row: Any) -> str:
    """Return, in a word, why a row can no longer be newly named, such as retired; empty if it
    can."""
    if getattr(row, "archived_at", None) is not None:
        return "archived"
    if not row.over_in:
        return ""
    field = row.lifecycles[0].field
    over = getattr(row, field) in row.over_in
    return str(getattr(row, f"get_{field}_display")()).lower() if over else ""


def unless_over(row: Any) -> Any:
    """Return what a copy of a record names in place of this row: the row itself, or None if it can
    no longer be newly named."""
    return None if row is None or why_over(row) else row


# Life cycles


def check_move(row: Any, noun: str, target: str = "") -> str:
    """Return the state to which a move leads the row; `target` chooses one if there are several.
    Raises Conflict if it leads nowhere from the present state."""
    lifecycle, move = find_move(type(row), noun)
    state = getattr(row, lifecycle.field)
    reached = move.target_from(state, target)
    if reached is None:
        refuse_state(lifecycle.field, _why_no_move(row, lifecycle.field, move, target))
    return reached


def _why_no_move(row: Any, field: str, move: Move, target: str) -> str:
    """Return why a move leads nowhere: the states from which it does, and the state of the row."""
    labels = {str(key): str(label).lower() for key, label in row._meta.get_field(field).choices}
    sources = move.leads.get(target, ()) if target else move.sources
    before = " or ".join(label for key, label in labels.items() if key in sources)
    now = labels[getattr(row, field)]
    where = f" to {labels[target]}" if target and len(move.leads) > 1 else ""
    name = with_article(str(row._meta.verbose_name)).capitalize()
    if not before:
        return f"{name} is not {move.done}{where}; this one is {now}."
    return f"{name} is {move.done}{where} when it is {before}; this one is {now}."


@transaction.atomic
def turn(row: Row, *, noun: str, target: str = "", by: User | None, **fields: Any) -> Row:
    """Make a move of the row's life cycle with the fields that it asks for, and return the saved
    row; `target` as for `check_move`. The caller has checked who may make it."""
    lifecycle, move = find_move(type(row), noun)
    reached = check_move(lock(row), noun, target)
    for name in move.clears:
        field: Any = row._meta.get_field(name)
        setattr(row, name, field.get_default())
    for name, value in fields.items():
        setattr(row, name, value)
    setattr(row, lifecycle.field, reached)
    check_days(row, fields)
    return save(row, lifecycle.field, *move.clears, *fields, by=by)


def turn_by_hand(row: Row, *, noun: str, by: User | None, **said: Any) -> Row:
    """Make a move for a user, who must have no part in the record if the move requires that."""
    lifecycle, move = find_move(type(row), noun)
    if move.by.apart:
        check_apart(by, row, lifecycle.field)
    return turn(row, noun=noun, by=by, **said)
