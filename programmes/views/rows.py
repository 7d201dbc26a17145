"""Rows of tables as dictionaries; their order and number are those of the address."""

from collections.abc import Iterable, Sequence
from copy import copy
from datetime import datetime
from decimal import Decimal
from typing import Any, TypeVar

from django.http import Http404, HttpRequest

from pmhub import formats
from pmhub.access.grants import Reader
from pmhub.access.scoped_rows import ScopedRows
from pmhub.caching import quarter
from pmhub.database.cached_reads import CachedReads
from pmhub.database.statements import ID
from pmhub.page_addresses import address_of, then
from pmhub.text import in_order
from programmes import queries
from programmes.models import Programme
from programmes.views.health import overridden_of
from projects.disclosure import End
from projects.schedule.dependency import WILL_NOT_COME

COLOURS = ["red", "amber", "green", "grey"]
WORST_FIRST = {colour: rank for rank, colour in enumerate(COLOURS)}
Row = TypeVar("Row")
SHOWN = 100  # rows of a table before one asks for all: ?rows=all


# Bytes that a process keeps of the records of pages; of one with those above it, about.
RECORDS, RECORD = 2_000_000, 8000
found = CachedReads(RECORDS)
PROGRAMMES = ScopedRows(
    lambda reader: (
        Programme.objects.visible_to(reader)
        .filter(pk=ID)
        .select_related("portfolio", "sro", "programme_manager")
    )
)


def one_of(rows: Sequence[Row]) -> Row:
    """Return the only row; raises Http404 where there is none."""
    for row in rows:
        return row
    raise Http404


def find_record(rows: ScopedRows[Row], user: Any, pk: int) -> Row:
    """Return the record with this id, as a copy of one that is cached until it is touched; raises
    Http404 for users who may not see it."""
    key = pk, Reader(user).key, quarter()
    read = found(rows, key, lambda: rows(user, id=pk), lambda records: RECORD * (1 + len(records)))
    return copy(one_of(read))


def find_programme(user: Any, pk: int) -> Programme:
    """Return the programme with what pages show of it; raises Http404 for users who may not see
    it."""
    return find_record(PROGRAMMES, user, pk)


def sorted_by(rows: list[dict[str, Any]], order: str, keys: Iterable[str]) -> list[dict[str, Any]]:
    """Return rows in the order that the address asks for; unknown values are last in both
    directions."""
    name = order.removeprefix("-")
    if name not in keys:
        return rows
    known = [row for row in rows if _key(row, name) is not None]
    unknown = [row for row in rows if _key(row, name) is None]
    known.sort(key=lambda row: _key(row, name), reverse=order.startswith("-"))
    return known + unknown


def _key(row: dict[str, Any], name: str) -> Any:
    value = row.get(name)
    if name in ("health", "dca"):
        return WORST_FIRST.get(str(value), len(COLOURS))
    return in_order(value) if isinstance(value, str) else value


def wants_all(request: HttpRequest) -> bool:
    """Return whether the address asks for all rows of a table."""
    return request.GET.get("rows") == "all"


def first_rows(rows: list[Row], request: HttpRequest, few: int = SHOWN) -> list[Row]:
    """Return the first few rows, or all where the address asks for them."""
    return rows if wants_all(request) else rows[:few]


def share(part: Any, whole: Any) -> Decimal | None:
    """Return part over whole, where the whole is above 0; else None."""
    return part / whole if part is not None and whole and whole > 0 else None


def project_row(row: queries.ProjectRow) -> dict[str, Any]:
    """Return a project as a row; amounts are numbers, so that they can be sorted."""
    project, forecast, figures, health = row.project, row.forecast, row.figures, row.health
    eac, approved = (
        formats.decimal_of(figures.get("eac")),
        formats.decimal_of(figures.get("approved")),
    )
    over = eac - approved if eac is not None and approved else None
    stopped = project.terminated  # it has no finish any more that could be early or late
    return {
        "id": project.pk,
        "address": address_of("project", project.pk),
        "code": project.code,
        "name": project.name,
        "ended": "" if project.live else "Stopped" if stopped else "Closed",
        "stopped_on": project.terminated_on,
        "health": health.get("effective", "grey"),
        "declared": health.get("declared"),
        "derived": health.get("derived"),
        "overridden": overridden_of(health),
        "stale": health.get("stale"),
        "declared_finish": None if stopped else row.declared("finish"),
        "propagated_finish": None if stopped else forecast and forecast.finishes_on,
        "slip_days": None if stopped else forecast and forecast.slip_days,
        "driver": "" if stopped else figures.get("driver_code"),
        "percent_complete": project.percent_complete,
        "cpi": formats.decimal_of(figures.get("cpi")),
        "spi": formats.decimal_of(figures.get("spi")),
        "eac": eac,
        "approved_budget": approved,
        "released": formats.decimal_of(figures.get("released")),
        "over": over if over is not None and over > 0 else None,
    }


def risk_row(row: queries.RiskRow) -> dict[str, Any]:
    """Return a risk as a row of the overview."""
    risk = row.risk
    return {
        "id": risk.pk,
        "code": risk.code,
        "title": risk.title,
        "where": risk.project.code if risk.project else "Programme",
        "address": address_of("project", risk.project_id) if risk.project_id else "",
        "probability": row.probability,
        "expected": row.expected_value,
    }


def dependency_row(row: queries.DependencyRow) -> dict[str, Any]:
    """Return a dependency as a row of the overview; for an end out of sight, with whom to call."""
    link, figures = row.dependency, row.figures
    giver, receiver = row.giver, row.receiver
    return {
        "id": link.pk,
        "code": link.code,
        "deliverable": link.deliverable,
        "giver": end_named(giver, link.giver) if giver else link.external_giver,
        "giver_address": page_of(link.giver_id) if giver and giver.visible else "",
        "receiver": end_named(receiver, link.receiver),
        "receiver_address": page_of(link.receiver_id) if receiver.visible else "",
        "need_by": link.need_by,
        "on": figures.effective_forecast,
        "never": figures.reason == WILL_NOT_COME,
        "lateness": figures.lateness_days,
        "status": figures.status,
    }


def end_named(end: End, project: Any) -> str:
    """Return the code of a project at an end of a dependency, or what the reader is told in its
    place."""
    return str(project.code) if end.visible else end.words


def page_of(project_id: int | None, at: datetime | None = None) -> str:
    """Return the address of a project's page, at a past moment if one is given."""
    return address_of("project", project_id) + then(at) if project_id else ""
