"""The names of the records behind figures, as far as a reader may see them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.apps import apps
from django.db.models import Q

from pmhub.access import ScopedQuerySet
from pmhub.access.scoped_rows import ScopedRows
from pmhub.database.history import events_of
from pmhub.database.statements import IDS
from pmhub.text import in_order
from programmes.sources import DEPENDENCY, KINDS, PROJECT, SourceKind
from projects.disclosure import End
from projects.models import Dependency, Project
from projects.queries.dependencies import ends_of

Key = tuple[str, int]  # kind and id
NOTHING = (End(False, None, None), "")


@dataclass(frozen=True, slots=True)
class Source:
    """The source record of a ledger line. It is hidden where the reader may not open it, and gone
    where it was deleted since. A reader who is a party to a dependency of a hidden project still
    learns the deliverable and whom to contact, and the title of the project where its portfolio
    discloses that."""

    type: str
    id: int
    code: str = ""
    title: str = ""
    hidden: bool = False
    gone: bool = False
    contact: str = ""
    deliverable: str = ""

    @property
    def kind(self) -> SourceKind:
        """Return the kind of record."""
        return KINDS[self.type]


def sources(keys: Iterable[Key], user: Any) -> dict[Key, Source]:
    """Return the sources of lines, with one query for each kind and a few more where some cannot be
    seen. Of a record out of sight it has what a party to a dependency is told, of a deleted one the
    last name that the reader could see."""
    by_kind: dict[str, list[int]] = {}
    for name, id in keys:
        by_kind.setdefault(name, []).append(id)
    named: dict[Key, Source] = {}
    hidden: dict[Key, int | None] = {}
    for name, ids in by_kind.items():
        for id, *called in _names_of(name)(user, ids):
            named[name, id] = _named(name, id, called)
        unseen = [id for id in ids if (name, id) not in named]
        if unseen:
            kind = KINDS[name]
            there = _projects_of(kind, unseen)
            hidden |= {(name, id): project for id, project in there.items()}
            gone = [id for id in unseen if id not in there]
            last = _last_names(kind, gone, user) if gone else {}
            named |= {(name, id): _named(name, id, last.get(id), gone=True) for id in gone}
    return named | _disclosed(hidden, by_kind.get(DEPENDENCY.name, ()), user)


@cache
def _names_of(name: str) -> Callable[[Any, list[int]], Iterable[Any]]:
    """Return the query of id, code and title of records of a kind, for a reader. It is compiled
    once for all readers, unless some roles alone see a record, such as a draft of a business
    case."""
    kind = KINDS[name]
    model: Any = apps.get_model(kind.model)

    def named(reader: Any, ids: Any) -> Any:
        rows = model.objects.visible_to(reader).filter(pk__in=ids).order_by()
        return rows.values_list("pk", kind.code, kind.title)

    alike = model.objects._queryset_class.visible_to is ScopedQuerySet.visible_to
    return ScopedRows(lambda reader: named(reader, [IDS])) if alike else named


def _projects_of(kind: SourceKind, ids: Collection[int]) -> dict[int, int | None]:
    """Return those of the records that exist, each with its project if it has one."""
    rows: Any = apps.get_model(kind.model)._default_manager.filter(pk__in=ids)
    relation = "pk" if kind is PROJECT else to_project(kind)
    if relation is None:
        return dict.fromkeys(rows.values_list("pk", flat=True))
    return dict(rows.values_list("pk", relation))


def _disclosed(
    hidden: Mapping[Key, int | None], on_the_way: Collection[int], user: Any
) -> dict[Key, Source]:
    """Return records out of sight, with what the reader is told of their projects: by a dependency
    that is among the sources too, or else by the first one by code."""
    projects = {project for project in hidden.values() if project is not None}
    ends_disclosed: dict[int, tuple[End, str]] = {}
    if projects:
        meeting = Q(giver__in=projects) | Q(receiver__in=projects)
        links = list(Dependency.objects.visible_to(user).filter(meeting))
        links.sort(key=lambda link: (link.pk not in on_the_way, in_order(link.code)))
        ends = ends_of([link.pk for link in links], user) if links else {}
        for link in links:
            for side, project in (("giver", link.giver_id), ("receiver", link.receiver_id)):
                end = ends.get((link.pk, side))
                if project is not None and end and (end.contact or end.title):
                    ends_disclosed.setdefault(project, (end, link.deliverable))
    disclosed = {}
    for key, project in hidden.items():
        end, deliverable = ends_disclosed.get(project, NOTHING) if project is not None else NOTHING
        disclosed[key] = Source(
            *key,
            title=end.title or "",
            hidden=True,
            contact=end.contact or "",
            deliverable=deliverable,
        )
    return disclosed


def to_project(kind: SourceKind) -> str | None:
    """Return the relation from a kind of record to its project; None where there is none."""
    model: Any = apps.get_model(kind.model)
    return next(
        (name for name in kind.homes if model._meta.get_field(name).related_model is Project), None
    )


def _named(name: str, id: int, called: Sequence[Any] | None, *, gone: bool = False) -> Source:
    code, title = (str(word) for word in called or ("", ""))
    return Source(name, id, code, title.replace("_", " "), gone=gone)


def _last_names(kind: SourceKind, ids: Sequence[int], user: Any) -> dict[int, list[str]]:
    """Return code and title of deleted records, by id, from their history; empty where it has no
    such field. Records whose home is out of sight, or deleted too, are left out."""
    model: Any = apps.get_model(kind.model)
    events = events_of(model)
    kept = {field.name for field in events._meta.concrete_fields}
    names = (kind.code, kind.title)
    columns = [name for name in names if name in kept]
    rows = list(
        events.objects.filter(id__in=ids, pgh_label="delete").values("id", *columns, *kind.homes)
    )
    seen = {name: _visible(model, name, {row[name] for row in rows}, user) for name in kind.homes}
    return {
        row["id"]: [row.get(name, "") for name in names]
        for row in rows
        if (home := next((name for name in kind.homes if row[name]), None))
        and row[home] in seen[home]
    }


def _visible(model: Any, name: str, ids: set[int | None], user: Any) -> set[int]:
    """Return those of the related records that a user may see."""
    home: Any = model._meta.get_field(name).related_model
    wanted = ids - {None}
    rows = home.objects.visible_to(user).filter(pk__in=wanted) if wanted else home.objects.none()
    return set(rows.values_list("pk", flat=True))
