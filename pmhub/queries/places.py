"""Where records belong: their projects and programmes by name, as far as a user may see them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pmhub.access.scoped_rows import ScopedRows
from pmhub.database.statements import IDS
from programmes.models import Programme
from projects.models import Project

Place = tuple[str, int, str, str]  # collection, id, code, name


def _names_of(model: Any, above: str) -> ScopedRows[tuple[Any, ...]]:
    """Id, code, name and programme of those of these records that one may see."""
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
    """The places of rows, each given by the ids of its project and its programme: two queries."""

    def __init__(self, user: Any, pairs: Iterable[tuple[int | None, int | None]]) -> None:
        pairs = list(pairs)
        self._projects = _named(PROJECTS, user, (project for project, _ in pairs))
        above = [programme for *_, programme in self._projects.values()]
        self._programmes = _named(PROGRAMMES, user, (*(pk for _, pk in pairs), *above))

    def programme(self, id: int | None) -> int | None:
        """Return the id of a programme that the user may see."""
        return id if id in self._programmes else None

    def of(self, project: int | None, programme: int | None) -> Place | None:
        """The project, or else the programme; None where the user may see neither."""
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
