"""The rows of the list of a portfolio, and the columns that its reader can choose."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any, NamedTuple

from django.db.models import Max, Q

from pmhub.database.questions import digest
from programmes import queries
from programmes.models import ConfidenceKind, DcaRecord, ReportState, StatusReport
from programmes.queries import portfolio_list
from programmes.views.health import detail_of, overridden_of, troubles
from programmes.views.rows import project_row, share


class Column(NamedTuple):
    """A column of the list: its label, how it looks, and whether the list can be ordered by it. It
    is a plain tuple because the context of each row holds it, and contexts are compared."""

    name: str
    label: str
    look: str = "num"
    orders: bool = True


COLUMNS = {
    column.name: column
    for column in (
        Column("health", "Health", ""),
        Column("dca", "DCA", ""),
        Column("benefits", "Benefits forecast"),
        Column("share", "of plan"),
        Column("cost", "Cost forecast"),
        Column("over", "against approved"),
        Column("slip", "Slip"),
        Column("cover", "Funding cover"),
        Column("exposure", "Exposure P80"),
        Column("computed", "Computed", "", orders=False),
        Column("planned", "Benefits planned"),
        Column("realised", "Benefits to date"),
        Column("approved", "Approved budget"),
        Column("finish", "Finish"),
        Column("live", "Projects live"),
        Column("complete", "Complete"),
        Column("stage", "Stage", "", orders=False),
        Column("manager", "Manager", "", orders=False),
        Column("reported", "Last report", orders=False),
        Column("lacking", "Data lacking", orders=False),
    )
}
USUAL = (
    "health", "dca", "benefits", "share", "cost", "over", "slip", "cover", "exposure", "computed",
)  # fmt: skip
ORDERS = ("name", *(name for name, column in COLUMNS.items() if column.orders))


def chosen_columns(names: Iterable[str]) -> list[Column]:
    """Return the columns of these names, or the usual ones where none is named."""
    columns = [COLUMNS[name] for name in dict.fromkeys(names) if name in COLUMNS]
    return columns or [COLUMNS[name] for name in USUAL]


def column_choices(columns: Iterable[Column]) -> list[tuple[str, str, bool]]:
    """Return all columns as (name, label, whether it is shown); the shown ones come first, in their
    order."""
    shown = {column.name: column for column in columns}
    return [(name, column.label, name in shown) for name, column in {**shown, **COLUMNS}.items()]


@dataclass(frozen=True, slots=True)
class LatestStatements:
    """What people last said about programmes and projects, by kind and id: the last day of their
    last report, and the delivery confidence of projects."""

    reports: Mapping[tuple[str, int], date]
    confidence: Mapping[int, str]


def latest_statements(programmes: Iterable[int], projects: Iterable[int]) -> LatestStatements:
    """Return what people last said: two queries."""
    of = {"programme": list(programmes), "project": list(projects)}
    rows = StatusReport.objects.filter(
        Q(programme__in=of["programme"]) | Q(project__in=of["project"]),
        state=ReportState.PUBLISHED,
    )
    reports = rows.order_by().values_list("programme", "project").annotate(Max("period_end"))
    judged = DcaRecord.objects.filter(project__in=of["project"], kind=ConfidenceKind.SELF)
    latest = judged.order_by("project", "-on", "-id").distinct("project")
    return LatestStatements(
        {
            ("programme", programme) if programme else ("project", project): day
            for programme, project, day in reports
        },
        {id: value.split("_")[0] for id, value in latest.values_list("project", "value")},
    )


class Figures(dict[str, queries.Reading]):
    """The figures of a programme, compared only by the moment of their computation and the bounds
    of their colours: that takes a tenth of the time of comparing each."""

    def __init__(self, rollup: queries.Rollup) -> None:
        super().__init__(
            (name, reading) for name, reading in rollup.metrics.items() if name != "health"
        )
        self.computed_at = rollup.computed_at

    def __reduce__(self) -> tuple[Any, ...]:
        if self.computed_at is None:
            return dict, ({**self},)
        bounds = [reading.bounds for reading in self.values() if reading.bounds]
        return tuple, ((self.computed_at, bounds),)


class ProgrammeRow(dict[str, Any]):
    """A programme as a row of the list. Parts of a page that show it compare a digest, which is
    made once."""

    @cached_property
    def digest(self) -> bytes:
        """Return a hash of the values."""
        return digest({**self})

    def __reduce__(self) -> tuple[Any, ...]:
        return bytes, (self.digest,)


def programme_row(figures: queries.Rollup, statements: LatestStatements) -> ProgrammeRow:
    """Return a programme as a row of the list."""
    programme = figures.programme
    benefits, planned = (
        figures.value(name) for name in ("benefits_forecast_outturn", "benefits_whole_life_planned")
    )
    variance, approved = figures.value("variance_at_completion"), figures.value("approved_budget")
    return ProgrammeRow({
        "id": programme.pk,
        "code": programme.code,
        "name": programme.name,
        # Of health the list shows the colour and the reasons alone.
        "m": Figures(figures),
        "state": figures.state,
        "computed_at": figures.computed_at,
        "failed_since": figures.failed_since,
        "next_attempt": figures.next_attempt,
        "error": figures.last_error,
        "zone": programme.portfolio.time_zone,
        "health": figures.value("health") or "grey",
        "overridden": overridden_of(detail_of(figures)),
        "reasons": "; ".join(troubles(figures)),
        "dca": programme.dca,
        "share": share(benefits, planned),
        "over": -variance if variance is not None and approved else None,
        "stage": programme.get_stage_display(),
        "manager": programme.programme_manager and programme.programme_manager.name,
        "reported": statements.reports.get(("programme", programme.pk)),
        "lacking": figures.missing + figures.stale if figures.computed_at else None,
    })  # fmt: skip


def standalone_row(row: queries.ProjectRow, statements: LatestStatements) -> dict[str, Any]:
    """Return a project outside every programme in sight as a row of the list."""
    project, cells = row.project, project_row(row)
    cost, approved = cells["eac"], cells["approved_budget"]
    released = cells["released"] or 0  # no saving
    portfolio = project.owner_portfolio
    return {
        **cells,
        "over": cost - approved + released if cost is not None and approved else None,
        "dca": statements.confidence.get(project.pk, ""),
        "computed_at": row.forecast.valid_from if row.forecast else None,
        "zone": portfolio.time_zone,
        "stage": project.get_stage_display(),
        "manager": project.project_manager and project.project_manager.name,
        "reported": statements.reports.get(("project", project.pk)),
    }


def total_row(words: str, totals: portfolio_list.Totals) -> dict[str, Any]:
    """Return a total as a row of the list, with its heading."""
    names = {"grey": "not known"}
    return {
        "words": words,
        "health": ", ".join(
            f"{number} {names.get(colour, colour)}"
            for colour, number in totals.colours.items()
            if number
        ),
        "benefits": totals.benefits,
        "planned": totals.planned,
        "share": share(totals.benefits, totals.planned),
        "cost": totals.cost,
        "over": totals.over,
    }
