"""What happens to the records of a programme that is split or merged, kind by kind."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django.db import IntegrityError, InternalError, transaction
from django.db.models import QuerySet
from django.utils import timezone

from pmhub.database.deferring import check_deferred
from pmhub.models import Record, User
from pmhub.services import lock, person_of, refuse, refuse_state
from pmhub.text import in_order
from programmes.models import Decision, DecisionCause, Programme
from programmes.models.ended import ENDED
from programmes.models.states import DecisionState, ProgrammeStage

FEW = 20  # records of a kind that are named


class Fate(StrEnum):
    """What happens to a record."""

    GOES = "goes"
    STAYS = "stays"
    GOES_ON = "goes_on"  # it holds across both programmes
    ENDS = "ends"
    COPIED = "copied"
    RENAMED = "renamed"
    SUPERSEDED = "superseded"


@dataclass(frozen=True, slots=True)
class Along:
    """Records of one kind, what happens to them and why; the first of them by name."""

    kind: str
    fate: Fate
    count: int
    says: str = ""
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reorganised:
    """A programme that was split or merged, the other one, and what happened to which records."""

    programme: Programme
    other: Programme
    along: list[Along]


def told(model: Any, fate: Fate, names: Collection[str], says: str = "") -> Iterator[Along]:
    """Yield what happens to the records of a model that are called so; nothing where none is."""
    if names:
        first = tuple(sorted(names, key=in_order)[:FEW])
        yield Along(_called(model, len(names)), fate, len(names), says, first)


def counted(model: Any, fate: Fate, count: int, says: str = "") -> Iterator[Along]:
    """Yield what happens to so many records of a model, which are not named."""
    if count:
        yield Along(_called(model, count), fate, count, says)


def _called(model: Any, count: int) -> str:
    words = model._meta.verbose_name if count == 1 else model._meta.verbose_name_plural
    return str(words)


def carry(
    model: Any, ids: Collection[int], to: Programme, *, by: User | None, **more: Any
) -> list[int]:
    """Have records belong to another programme, and set `more` of them; return those that stay, as
    their rules hold them where they are. What goes together is one statement."""
    if not ids or _carried(model, ids, to, by, more):
        return []
    return [pk for pk in ids if not _carried(model, [pk], to, by, more)]


def _carried(
    model: Any, ids: Collection[int], to: Programme, by: User | None, more: dict[str, Any]
) -> bool:
    return tried(
        lambda: model._base_manager.filter(pk__in=ids).update(
            programme=to, updated_by=by, updated_at=timezone.now(), **more
        )
    )


def tried(write: Callable[[], object]) -> bool:
    """Write and return True, or undo it and return False where a rule of the rows refuses it."""
    try:
        with transaction.atomic():
            write()
            check_deferred()
    except (IntegrityError, InternalError):
        return False
    return True


def lock_all(*programmes: Programme) -> None:
    """Hold programmes in the order of their ids, in which the engine holds them too."""
    for each in sorted(programmes, key=lambda one: one.pk):
        lock(each)


def held(model: Any, **which: Any) -> QuerySet:
    """Return rows as they are now, held until the transaction ends, in the order of their ids."""
    rows = model._base_manager.select_for_update(of=("self",), no_key=True)
    return rows.filter(**which).order_by("pk")


def seen(model: Any, by: User | None) -> QuerySet:
    """Return the rows of a model of which the user is told."""
    rows = model.objects.visible_to(by) if by is not None else model._base_manager.all()
    return rows.order_by()


def check_goes_on(programme: Programme, field: str) -> None:
    """Refuse a programme that has ended, or is paused."""
    if programme.stage in ENDED:
        refuse_state(field, "A programme that has ended stays as it is.")
    if programme.stage == ProgrammeStage.PAUSED:
        refuse_state(field, "Resume the programme first.")


def check_reason(reason: str) -> None:
    """Refuse what is done without a reason."""
    if not reason.strip():
        refuse("reason", "Say why.")


def decide(programme: Programme, *, title: str, outcome: str, reason: str, by: User | None) -> None:
    """Leave a decision of what was reorganised."""
    Decision.objects.create(
        programme=programme,
        cause=DecisionCause.MOVE,
        state=DecisionState.MADE,
        title=title[:200],
        outcome=outcome,
        rationale=reason,
        decided_on=programme.portfolio.as_of,
        decided_by=person_of(by),
        created_by=by,
        updated_by=by,
    )


def others_of(
    programme: Programme, but: Collection[Any], by: User | None
) -> Iterable[tuple[Any, int]]:
    """Yield the models of which records belong to a programme, each with how many the user sees,
    but those of some models."""
    for relation in programme._meta.related_objects:
        model: Any = relation.related_model
        belongs = relation.field.name == "programme" and issubclass(model, Record)
        if not belongs or model in but:
            continue
        yield model, seen(model, by).filter(programme=programme).count()
