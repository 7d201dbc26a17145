"""Asking the rules what waits for somebody."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from pmhub.caching import quarter
from pmhub.database import touches
from pmhub.database.past import as_at
from pmhub.database.statements import IDS
from pmhub.grants import Reader
from pmhub.queries.waiting.declaring import URGENCIES, Asker, Finding, Rule
from pmhub.scoped import ScopedRows
from programmes.models import Programme
from projects.models import Project

MOST = 500  # findings of one rule
KEPT, ROW = 4_000_000, 300  # bytes that a process keeps of them, and of one of them, about

kept = touches.KeptReads(KEPT)


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
Place = tuple[str, int, str, str]


@as_at(None)
def waiting(user: Any, rules: Iterable[Rule], *, early: bool = False) -> list[Finding]:
    """Return what waits for a user by these rules, the most urgent first: at most `MOST` of each;
    `early`: also what will wait later. One query a rule, of those whose tables were touched since
    the user asked last, and two for the names of where it is."""
    asker = Asker.of(user)
    key = user.pk, asker.person, Reader(user).key, early, quarter()
    rows = [(rule, row) for rule in rules for row in _found(rule, asker, key, early=early)]
    findings = list(_placed(asker, rows))
    findings.sort(key=_order)
    return findings


def _found(rule: Rule, asker: Asker, key: Hashable, *, early: bool) -> Sequence[tuple[Any, ...]]:
    """What a rule finds for somebody, read now or before."""
    return kept(
        ("waits", rule.name),
        key,
        lambda: list(rule.finds(asker, early=early)[:MOST]),
        lambda rows: ROW * len(rows),
    )


def _placed(asker: Asker, rows: Sequence[tuple[Rule, tuple[Any, ...]]]) -> Iterator[Finding]:
    """The findings with the names of the projects and programmes that the person may see."""
    projects = _named(PROJECTS, asker.user, (row[3] for _, row in rows))
    above = (programme for *_, programme in projects.values())
    programmes = _named(PROGRAMMES, asker.user, (*(row[4] for _, row in rows), *above))
    for rule, (id, code, called, project, programme, due, day) in rows:
        yield Finding(
            rule, asker.person, id, code, called, due, day,
            programme=programme if programme in programmes else None,
            place=_place(project, programme, projects, programmes),
        )  # fmt: skip


def _place(
    project: int | None,
    programme: int | None,
    projects: Mapping[int, Any],
    programmes: Mapping[int, Any],
) -> Place | None:
    for kind, id, known in (("projects", project, projects), ("programmes", programme, programmes)):
        if id is not None and id in known:
            _, code, name, _ = known[id]
            return kind, id, code, name
    return None


def _named(rows: Any, user: Any, ids: Iterable[int | None]) -> dict[int, Any]:
    wanted = sorted({id for id in ids if id is not None})
    return {row[0]: row for row in rows(user, wanted)} if wanted else {}


def _order(finding: Finding) -> tuple[Any, ...]:
    return URGENCIES.index(finding.urgency), finding.due or date.max, finding.rule.name, finding.id
