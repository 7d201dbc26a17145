"""What happens to the records of a programme or a project that is split or merged, kind by kind."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from typing import Any

from django.db import IntegrityError, InternalError, transaction
from django.db.models import QuerySet
from django.utils import timezone

from pmhub.database.deferred_checks import check_deferred
from pmhub.models import Coded, Favourite, Follow, Record, User, Webhook
from pmhub.page_addresses import address_of
from pmhub.services import Conflict, as_of, free_code, lock, person_of, refuse, refuse_state, save
from pmhub.text import in_order
from programmes.models import Decision, DecisionCause, Programme
from programmes.models.closure_triggers import ENDED
from programmes.models.states import DecisionState, ProgrammeStage
from programmes.queries.step_blockers import see

FEW = 20  # records of a kind that are named
LONGEST = 18  # of a new code, with room for a number
CLASH = "Both have {}: let them be renamed, or rename them first."
HELD = "Their rules hold them where they are"


class Fate(StrEnum):
    """What happens to a record in a split or a merger."""

    GOES = "goes"
    STAYS = "stays"
    GOES_ON = "goes_on"  # it holds across both programmes
    ENDS = "ends"
    COPIED = "copied"
    RENAMED = "renamed"
    SUPERSEDED = "superseded"


@dataclass(frozen=True, slots=True)
class RecordFates:
    """Records of one kind with the same fate, and why; the first of them are named."""

    kind: str
    fate: Fate
    count: int
    says: str = ""
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reorganisation:
    """A programme or project that was split or merged, the other one, and the fates of their
    records."""

    record: Any
    other: Any
    along: list[RecordFates]


def named_fate(
    model: Any, fate: Fate, names: Collection[str], says: str = ""
) -> Iterator[RecordFates]:
    """Yield the fate of the records of a model with these names; nothing where there are none."""
    if names:
        first = tuple(sorted(names, key=in_order)[:FEW])
        yield RecordFates(_kind_in_words(model, len(names)), fate, len(names), says, first)


def counted_fate(model: Any, fate: Fate, count: int, says: str = "") -> Iterator[RecordFates]:
    """Yield the fate of `count` records of a model, which are not named; nothing where there are
    none."""
    if count:
        yield RecordFates(_kind_in_words(model, count), fate, count, says)


def _kind_in_words(model: Any, count: int) -> str:
    words = model._meta.verbose_name if count == 1 else model._meta.verbose_name_plural
    return str(words)


def move_records(
    model: Any,
    ids: Collection[int],
    to: Any,
    *,
    by: User | None,
    settled: bool = True,
    **more: Any,
) -> list[int]:
    """Move records to another programme or project, and set `more` values of them; return those
    that their rules do not let move.

    All are moved by one statement if that is possible, else one by one. Checks at the end of the
    transaction are run now only if `settled`: otherwise they may depend on what is moved next.
    """
    values = {to.grant_kind: to, **more}

    def goes(*rows: int) -> bool:
        return try_write(partial(set_values, model, rows, by=by, **values), settled=settled)

    return [] if not ids or goes(*ids) else [pk for pk in ids if not goes(pk)]


def set_values(model: Any, ids: Collection[int], *, by: User | None, **values: Any) -> None:
    """Set values of records by one statement."""
    rows = model._base_manager.filter(pk__in=ids)
    rows.update(updated_by=by, updated_at=timezone.now(), **values)


def transfer_records(
    models: Iterable[Any],
    other: Any,
    to: Any,
    *,
    which: Mapping[Any, dict[str, Any]],
    whole: Collection[Any],
    unsettled: Collection[Any] = (),
    by: User | None,
) -> Iterator[RecordFates]:
    """Move the records of these models to another programme or project, of some models only those
    that fulfil `which`; yield the fates of those that the user sees. A model in `whole` is refused
    unless all its records can move. A model in `unsettled` is checked together with what is moved
    next."""
    for model in models:
        rows = locked_rows(model, **{other.grant_kind: other}, **which.get(model, {}))
        ids = [*rows.values_list("pk", flat=True)]
        told_of = {*visible_rows(model, by).filter(pk__in=ids).values_list("pk", flat=True)}
        stay = move_records(model, ids, to, by=by, settled=model not in unsettled)
        if stay and model in whole:
            row = model._base_manager.get(pk=stay[0])
            refuse_state("other", f"{getattr(row, 'code', row)} cannot go along.")
        yield from counted_fate(model, Fate.GOES, len(told_of - {*stay}))
        yield from counted_fate(model, Fate.STAYS, len(told_of & {*stay}), HELD)


def follow_on(other: Any, to: Any) -> None:
    """Move the followers, favourites and webhooks of a record to the record of which it has become
    a part."""
    if other.grant_kind == "programme":
        Webhook.objects.filter(programme=other).update(programme=to)
    models: tuple[Any, ...] = (Follow, Favourite)
    for model in models:
        mine, theirs = (
            model._base_manager.filter(record_type=row._meta.model_name, record_id=row.pk)
            for row in (to, other)
        )
        theirs.exclude(created_by__in=mine.values("created_by")).update(record_id=to.pk)


# Codes that both have


def renumber(
    models: Iterable[Any], record: Any, other: Any, *, may: bool, by: User | None
) -> Iterator[RecordFates]:
    """Give a free code to each record of `other` whose code a record of `record` has too; raise
    Conflict unless that is allowed (`may`). A record that cannot change keeps its code, and will
    not move. Records that the user does not see are neither named nor asked about."""
    clashes = {model: rows for model in models if (rows := _clashing(model, record, other))}
    names = {model: _names(model, rows, by) for model, rows in clashes.items()}
    if any(names.values()) and not may:
        codes = [code for those in names.values() for code in those.values()][:FEW]
        both = ", ".join(f"“{code}”" for code in codes)
        raise Conflict({"rename": [CLASH.format(both)]}, kind="code_taken")
    for model, rows in clashes.items():
        taken = {*_codes(model, record), *_codes(model, other)}
        done = [row.pk for row in rows if _renamed(row, other, taken, by)]
        yield from named_fate(
            model, Fate.RENAMED, [code for pk, code in names[model].items() if pk in done]
        )


def _names(model: Any, rows: list[Any], by: User | None) -> dict[int, str]:
    """Return by id the codes of those rows that the user sees."""
    ids = [row.pk for row in rows]
    return dict(visible_rows(model, by).filter(pk__in=ids).order_by("pk").values_list("pk", "code"))


def _renamed(row: Any, other: Any, taken: set[str], by: User | None) -> bool:
    """Give a row a free code, unless its rules do not let it change; return whether that was
    done."""
    row.code = free_code(
        f"{row.code}-{other.code}"[:LONGEST], lambda code: code.casefold() in taken
    )
    taken.add(row.code.casefold())
    return try_write(lambda: save(row, "code", by=by))


def _clashing(model: Any, record: Any, other: Any) -> list[Any]:
    """Return the records of `other` with a code that a record of `record` has."""
    names = {field.name for field in model._meta.concrete_fields}
    if "code" not in names or issubclass(model, Coded):
        return []
    taken = {*_codes(model, record)}
    rows = locked_rows(model, **{other.grant_kind: other})
    return [row for row in rows if row.code.casefold() in taken]


def _codes(model: Any, home: Any) -> Iterator[str]:
    rows = model._base_manager.filter(**{home.grant_kind: home})
    return (code.casefold() for code in rows.values_list("code", flat=True))


def try_write(write: Callable[[], object], *, settled: bool = True) -> bool:
    """Write and return True, or undo the write and return False where a rule of the rows refuses
    it. Rules that are checked at the end of the transaction are checked now if `settled`."""
    try:
        with transaction.atomic():
            write()
            if settled:
                check_deferred()
    except (IntegrityError, InternalError):
        return False
    return True


def lock_all(*rows: Any) -> None:
    """Lock programmes, or projects, in the order of their ids, as the engine does."""
    for row in sorted(rows, key=lambda one: one.pk):
        lock(row)


def locked_rows(model: Any, **which: Any) -> QuerySet:
    """Return the present rows, locked until the transaction ends, in the order of their ids."""
    rows = model._base_manager.select_for_update(of=("self",), no_key=True)
    return rows.filter(**which).order_by("pk")


def visible_rows(model: Any, by: User | None) -> QuerySet:
    """Return the rows of a model that the user may see; all without a user."""
    rows = model.objects.visible_to(by) if by is not None else model._base_manager.all()
    return rows.order_by()


def check_goes_on(programme: Programme, field: str) -> None:
    """Refuse a programme that has ended or is paused."""
    if programme.stage in ENDED:
        refuse_state(field, "A programme that has ended stays as it is.")
    if programme.stage == ProgrammeStage.PAUSED:
        refuse_state(field, "Resume the programme first.")


def check_reason(reason: str) -> None:
    """Refuse an empty reason."""
    if not reason.strip():
        refuse("reason", "Say why.")


def check_settled(
    waiting: Iterable[tuple[str, str, QuerySet]], by: User | None, field: str = "other"
) -> None:
    """Refuse, at a field, while something waits that would never be decided or would lose its
    effect. Each is given as what settles it, its collection, and the rows; one that the user does
    not see is neither named nor linked."""
    problems, ways = [], []
    for does, collection, rows in waiting:
        if not (row := rows.first()):
            continue
        name = f"{does} its {row._meta.verbose_name}"
        if visible_rows(rows.model, by).filter(pk=row.pk).exists():
            called = getattr(row, "code", f"“{row}”")
            name = f"{name} {called}"
            ways.append((called, address_of("record", collection, row.pk)))
        problems.append(f"{name} first.")
    if problems:
        raise Conflict({field: problems}, see=see(ways))


def decide(record: Any, *, title: str, outcome: str, reason: str, by: User | None) -> None:
    """Leave a decision about what was reorganised."""
    Decision.objects.create(
        **{record.grant_kind: record},
        cause=DecisionCause.MOVE,
        state=DecisionState.MADE,
        title=title[:200],
        outcome=outcome,
        rationale=reason,
        decided_on=as_of(record),
        decided_by=person_of(by),
        created_by=by,
        updated_by=by,
    )


def others_of(record: Any, but: Collection[Any], by: User | None) -> Iterable[tuple[Any, int]]:
    """Yield the models whose records belong to a programme or project, except some, each with how
    many records the user sees."""
    for relation in record._meta.related_objects:
        model: Any = relation.related_model
        belongs = relation.field.name == record.grant_kind and issubclass(model, Record)
        if not belongs or model in but:
            continue
        yield model, visible_rows(model, by).filter(**{record.grant_kind: record}).count()
