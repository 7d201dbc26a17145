"""Merging two entries of one person, or of one resource: references to one become references to the
other."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import nullcontext, suppress
from dataclasses import dataclass
from typing import Any, TypeVar

import pgtrigger
from django.db import DatabaseError, connection, transaction
from django.db.models import Model
from django.utils import timezone

from pmhub.access.gained_roles import check_roles_gained
from pmhub.database.custom import COLUMN
from pmhub.models import Attachment, Comment, Person, Record, User, portfolio_of
from pmhub.services import lock, refuse, refuse_state, save
from programmes.queries.custom_fields import named_in, person_fields
from programmes.services.reorganisation.dispositions import follow_on

Row = TypeVar("Row", bound=Record)
ITSELF = "Name another one: nothing is merged with itself."
SIGNS_IN = "This one signs in: merge the other way round, or close its account first."
PUT_AWAY = "This one is archived already."
RESTORE = "This is archived: restore it first."
ELSEWHERE = "Name one of the same portfolio."
MERGED = "Merged into "  # begins the title of a person who was merged into another entry
# Fields of an assessment with its statement and its author.
ASSESSED = (
    "discipline_id", "level", "assessed_on", "assessor_id", "evidence", "next_on", "created_by_id",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Reference:
    """A relation through which records name the merged entry: how many were `moved` to the other
    entry, and how many `stay`, as they record what was decided or done."""

    model: Any
    field: str
    moved: int
    stay: int

    @property
    def words(self) -> str:
        """The kind of these records and the field, in words."""
        return f"{self.model._meta.verbose_name_plural}: {self.field.replace('_', ' ')}"


@transaction.atomic
def merge_people(person: Person, *, duplicate: Person, by: User | None) -> Person:
    """Make all references to the duplicate entry of a person refer to this one, and archive the
    duplicate; its title then names this one. What was signed under the duplicate stays so."""
    _lock_both(person, duplicate)
    if duplicate.user_id is not None:
        refuse_state("duplicate", SIGNS_IN)
    if duplicate.archived_at is not None:
        refuse("duplicate", PUT_AWAY)
    check_roles_gained(duplicate, to=person, field="duplicate", by=by)
    _assess_alike(person, duplicate, by=by)
    move_references(duplicate, person, by=by)
    duplicate.title = f"{MERGED}{person.code} {person.name}"[:200]
    duplicate.archived_at = timezone.now()
    save(duplicate, "title", "archived_at", by=by)
    return person


def merged_into(ids: Collection[int]) -> dict[int, int]:
    """Return, for those of these people (ids) that were merged, the id of the entry into which each
    was; it is found by the code in their title."""
    rows = Person.objects.filter(pk__in=ids, archived_at__isnull=False, title__startswith=MERGED)
    codes = {pk: title.split()[2] for pk, title in rows.values_list("pk", "title")}
    people = dict(Person.objects.filter(code__in=codes.values()).values_list("code", "pk"))
    return {pk: people[code] for pk, code in codes.items() if code in people}


def _assess_alike(person: Any, duplicate: Any, *, by: User | None) -> None:
    """Copy the duplicate's last assessment for leading change and for each discipline to the
    person, if it is later than their own: existing assessments are never changed."""
    told, mine = duplicate.competence_records, person.competence_records
    last = told.order_by("discipline_id", "-assessed_on", "-pk").distinct("discipline_id")
    for record in last:
        if mine.filter(discipline=record.discipline, assessed_on__gte=record.assessed_on).exists():
            continue
        # If the assessor is the person, the database refuses it, and the other entry keeps it.
        with suppress(DatabaseError), transaction.atomic():
            mine.create(updated_by=by, **{name: getattr(record, name) for name in ASSESSED})


@transaction.atomic
def merge_rows(row: Row, *, duplicate: Row, by: User | None) -> Row:
    """Make all references to a duplicate record refer to this one, and delete the duplicate. Raises
    Conflict, with what they are, if some references cannot be moved."""
    _lock_both(row, duplicate)
    if portfolio_of(row) != portfolio_of(duplicate):
        refuse("duplicate", ELSEWHERE)
    moved = move_references(duplicate, row, by=by)
    if left := [kind for kind in moved if kind.stay]:
        names = "; ".join(f"{kind.stay} {kind.words}" for kind in left)
        refuse_state("duplicate", f"These cannot go along: {names}.")
    _move_attached(duplicate, row)
    duplicate.delete()
    return row


def _move_attached(row: Any, into: Any) -> None:
    """Move the comments, attachments, followers and favourites of a record to another record."""
    with pgtrigger.ignore("pmhub.Comment:comment_stays", "pmhub.Attachment:kept"):
        for model in (Comment, Attachment):
            model.objects.of(row).update(record_id=into.pk)
    follow_on(row, into)


def _lock_both(row: Any, duplicate: Any) -> None:
    if row.pk == duplicate.pk:
        refuse("duplicate", ITSELF)
    for entry in sorted((row, duplicate), key=lambda one: one.pk):
        lock(entry)
    if getattr(row, "archived_at", None) is not None:
        refuse_state("archived_at", RESTORE)


def move_references(row: Any, into: Any, *, by: User | None) -> list[Reference]:
    """Make references to a record refer to another one, relation by relation; return for each how
    many were moved, and how many their rules hold back."""
    return list(_moved(row, into, by=by))


def _moved(row: Any, into: Any, *, by: User | None) -> Iterator[Reference]:
    """Move the references to a record, and yield each relation with the numbers."""
    for relation in row._meta.get_fields(include_hidden=True):
        model = relation.related_model
        if not (relation.auto_created and not relation.concrete and _counts(model)):
            continue
        if relation.many_to_many:
            continue  # the table of a list belongs to another relation
        field = relation.field.name
        rows = model._base_manager.filter(**{field: row}).order_by("pk")
        ids = list(rows.values_list("pk", flat=True))
        if ids:
            stay = sum(not _moves(model, pk, field, into, by) for pk in ids)
            yield Reference(model._meta.auto_created or model, field, len(ids) - stay, stay)
    if isinstance(row, Person):
        yield from _moved_in_custom(row, into, by)


def _moved_in_custom(person: Person, into: Person, by: User | None) -> Iterator[Reference]:
    """Move the references to a person in custom fields, and yield each field with the numbers."""
    for model, name in person_fields():
        rows = model._base_manager.filter(**named_in(name, person)).order_by("pk")
        naming = list(rows)
        if naming:
            stay = sum(not _names(row, name, into, by) for row in naming)
            yield Reference(model, name, len(naming) - stay, stay)


def _names(row: Any, name: str, into: Person, by: User | None) -> bool:
    """Make a custom field of a record name another person; return whether its rules allowed it."""
    row.custom = {**row.custom, name: into.pk}
    row.updated_by = by
    try:
        with transaction.atomic():
            row.save(update_fields=[COLUMN, "updated_by"])
    except DatabaseError:
        return False
    return True


def _counts(model: Any) -> bool:
    """Return whether rows of a model are references to move: records, and the lists of records. The
    history keeps the old names."""
    owner: Any = model._meta.auto_created or model
    return issubclass(owner, Record) and not model._meta.proxy


def _moves(model: type[Model], pk: int, field: str, into: Any, by: User | None) -> bool:
    """Make a row name another record; return whether its rules allowed it. If a list already holds
    the other record, the reference to the first one is removed."""
    listed = model._meta.auto_created is not False
    stamps = {} if listed else {"updated_by": by, "updated_at": timezone.now()}
    rows = model._base_manager.filter(pk=pk)
    try:
        with transaction.atomic(), _unfrozen(model, field):
            rows.update(**{field: into}, **stamps)
            # Deferred constraints are checked at once, so that only this row is left as it was.
            with connection.cursor() as cursor:
                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
                cursor.execute("SET CONSTRAINTS ALL DEFERRED")
    except DatabaseError:
        if listed:
            return bool(rows.delete()[0])
        return False
    return True


def _unfrozen(model: Any, field: str) -> Any:
    """Return a block that allows a settled record to name the other entry, if it is about the
    person, who may still read it and appeal."""
    if field not in getattr(model, "about_whom", ()):
        return nullcontext()
    frozen = [trigger for trigger in model._meta.triggers if isinstance(trigger, pgtrigger.Protect)]
    return pgtrigger.ignore(*(f"{model._meta.label}:{trigger.name}" for trigger in frozen))
