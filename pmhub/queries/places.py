"""The projects and programmes to which records belong, by name, as far as a user may see them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pmhub.access.scoped_rows import ScopedRows
from pmhub.database.statements import IDS
from programmes.models import Programme
from projects.models import Project

Place = tuple[str, int, str, str]  # collection, id, code, name


def _names_of(model: Any, above: str) -> ScopedRows[tuple[Any, ...]]:
    """Return a query for the id, code, name and programme of projects or programmes that a user may
    see."""
    return ScopedRows(
        lambda reader: (
            model.objects.visible_to(reader)
            .filter(pk__in=[IDS])
            .order_by()
            .values_list("pk", "code", "name", above)
        )
    )


PROJECTS, PROGRAMMES = _names_of(Project, "programme"), _names_of(Programme, "pk")


class Places:
    """The projects and programmes with these pairs of ids, as far as the user may see them; two
    queries."""

    def __init__(self, user: Any, pairs: Iterable[tuple[int | None, int | None]]) -> None:
        pairs = list(pairs)
        self._projects = _named(PROJECTS, user, (project for project, _ in pairs))
        above = [programme for *_, programme in self._projects.values()]
        self._programmes = _named(PROGRAMMES, user, (*(pk for _, pk in pairs), *above))

    def programme(self, id: int | None) -> int | None:
        """Return the id of the programme if the user may see it, else None."""
        return id if id in self._programmes else None

    def of(self, project: int | None, programme: int | None) -> Place | None:
        """Return the project, or else the programme, as (collection, id, code, name); None if the
        user may see neither."""
        for kind, id, named in (
            ("projects", project, self._projects),
            ("programmes", programme, self._programmes),
        ):
            if id is not None and id in named:
                _, code, name, _ = named[id]
                return kind, id, code, name
        return None


def _named(rows: Any, user: Any, ids: Iterable[int | None]) -> dict[int, Any]:
    wanted = sorted({id for id in ids if id is not None})
    return {row[0]: row for row in rows(user, wanted)} if wanted else {}
