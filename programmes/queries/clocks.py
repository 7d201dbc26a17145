"""The two clocks by which the past is read: what was known at a moment, what was true on a day."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any

from pmhub.database import past
from programmes.models import Portfolio, Programme
from programmes.queries.as_of import DAY, NoMoment, moment
from programmes.rollup.dry_run import PreviewTooLarge
from programmes.rollup.true_then import true_on
from projects.models import Project

KNOWN, TRUE = "as_of", "on"  # the parameters
Clock = tuple[datetime | None, date | None]  # the moment, and the day if it is of what was true


class BadClock(NoMoment):
    """A text is no moment of the past; `name` is the parameter in which it was given."""

    def __init__(self, name: str, error: NoMoment) -> None:
        super().__init__(error.code, error.detail)
        self.name = name


def requested_clock(address: Mapping[str, str], zone: str) -> Clock:
    """Return the moment, and the day if it is of what was true, for which an address asks. Raises
    BadClock for a text that is no moment of the past."""
    if TRUE not in address or not address[TRUE]:
        return _moment(KNOWN, address[KNOWN], zone) if address.get(KNOWN) else None, None
    text = address[TRUE].strip()
    if address.get(KNOWN):
        raise BadClock(TRUE, NoMoment("two_clocks", "Ask by one clock: as_of or on."))
    if not DAY.fullmatch(text):
        raise BadClock(TRUE, NoMoment("invalid", "Give a day: 2026-10-31."))
    return _moment(TRUE, text, zone), date.fromisoformat(text)


def _moment(name: str, text: str, zone: str) -> datetime:
    try:
        return moment(text, zone)
    except NoMoment as error:
        raise BadClock(name, error) from None


@contextmanager
def read_by(clock: Clock, *records: Any) -> Iterator[None]:
    """Within the context, let all reads be of the past by a clock. What was true is computed for
    these portfolios, programmes and projects, with all that they wait for; raises BadClock where
    that is too much."""
    at, on = clock
    if at is None or on is None:
        with past.as_at(at):
            yield
        return
    try:
        with true_on(on, at, *owners(records)):
            yield
    except PreviewTooLarge:
        detail = "So much cannot be computed while you wait: ask for a single programme."
        raise BadClock(TRUE, NoMoment("too_wide", detail)) from None


def owners(records: Iterable[Any]) -> tuple[list[int], list[int]]:
    """Return the programmes, and the projects outside them, whose figures a page of these records
    shows."""
    programmes, projects = set[int](), set[int]()
    for record in records:
        if isinstance(record, Programme):
            programmes.add(record.pk)
        elif isinstance(record, Project) and record.programme_id:
            programmes.add(record.programme_id)
        elif isinstance(record, Project):
            projects.add(record.pk)
        elif isinstance(record, Portfolio):
            programmes |= {*_ids_in(Programme, record)}
            projects |= {*_ids_in(Project, record)}
    return sorted(programmes), sorted(projects)


def _ids_in(model: Any, portfolio: Portfolio) -> Iterable[int]:
    ids: Iterable[int] = model.objects.filter(portfolio=portfolio).values_list("pk", flat=True)
    return ids
