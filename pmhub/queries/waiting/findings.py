"""Runs the rules to find what waits for a user."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from functools import partial
from typing import Any

from pmhub.caching import quarter
from pmhub.database.cached_reads import CachedReads
from pmhub.database.past import as_at
from pmhub.queries.places import Places
from pmhub.queries.waiting.asked_rows import AskedRows, AskingUser
from pmhub.queries.waiting.rule import URGENCIES, Finding, Rule

KEPT, ROW = 8_000_000, 300  # bytes of findings kept by a process, and of one finding, about

cache = CachedReads(KEPT)


@as_at(None)
def waiting(user: Any, rules: Iterable[Rule], *, early: bool = False) -> list[Finding]:
    """Return what waits for a user by these rules, the most urgent first, at most `MOST` of each
    rule; with `early`, also what will wait later. Takes one query for each rule whose tables were
    touched since the user asked last, and two for the names of projects and programmes."""
    asker = AskingUser(user)
    rows = [(rule, row) for rule in rules for row in _found(rule, asker, early=early)]
    findings = list(_placed(asker, rows))
    findings.sort(key=_order)
    return findings


@as_at(None)
def next_waiting(user: Any, rule: Rule, *, after: int) -> tuple[str, str] | None:
    """Return what waits for a user next by a rule, beside the record with the id `after`: its code
    and the address where it is done; None if nothing else does."""
    rows = _found(rule, AskingUser(user), early=False)
    found = next((row for row in rows if row[0] != after), None)
    return found and (found[1], rule.address(found[0], found[-1]))


def _found(rule: Rule, asker: AskingUser, *, early: bool) -> Sequence[tuple[Any, ...]]:
    """Return what a rule finds for a user, from the cache if possible."""
    lists = rule.needs

    def read() -> list[tuple[Any, ...]]:
        return _rows_of(rule, early=early)(asker, **(lists(asker) if lists else {}))

    return cache(
        ("waits", rule.name), (asker.key, early, quarter()), read, lambda rows: ROW * len(rows)
    )


@functools.cache
def _rows_of(rule: Rule, *, early: bool) -> AskedRows:
    return AskedRows(partial(rule.finds, early=early))


def _placed(asker: AskingUser, rows: Sequence[tuple[Rule, tuple[Any, ...]]]) -> Iterator[Finding]:
    """Yield the findings with the names of those projects and programmes that the user may see."""
    places = Places(asker.user, (row[3:5] for _, row in rows))
    for rule, (id, code, called, project, programme, due, day) in rows:
        yield Finding(
            rule, asker.person, id, code, called, due, day,
            programme=places.programme(programme), place=places.of(project, programme),
        )  # fmt: skip


def _order(finding: Finding) -> tuple[Any, ...]:
    return URGENCIES.index(finding.urgency), finding.due or date.max, finding.rule.name, finding.id
