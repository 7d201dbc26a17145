"""Writes results: closes what changed and opens what is new; the rest stays as it is."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.db import connection

from pmhub.database.statements import IDS, Statement
from pmhub.rounding import rounded
from programmes.models import LedgerLine, MetricValue, RollupBasis, RollupRequest
from programmes.rollup.compute import ENGINE_VERSION, NOTHING, ProgrammeResult, Results
from programmes.rollup.derived import overriding
from programmes.rollup.facts import PortfolioFacts, ProjectResult
from programmes.rollup.intervals import (
    Row,
    close,
    exchange_open,
    insert_open,
    open_rows,
    replace_open,
)
from programmes.rollup.ledger import Figure, Line, Value, text
from programmes.rollup.project_case import case_standing
from programmes.rollup.ranges.studies import studies
from projects.evm import indices
from projects.models import Dependency, Project, ProjectForecast
from projects.schedule import START

LINE_KEY = ("programme_id", "metric", "source_type", "source_id")
VALUE_KEY = ("programme_id", "metric")
BASIS_KEY = ("programme_id",)


def write(results: Results, stamp: datetime, before: Results = NOTHING) -> None:
    """Store the results of a batch, valid from `stamp`, and request the projects elsewhere that
    they move. Where the results `before` are known to be stored, only what differs is written;
    raises StoredRowsDiffer where something else is stored."""
    lines, values = line_rows(results, before), value_rows(results, before)
    if before is NOTHING:
        ids = list(results.programmes)
        changed = replace_open(LedgerLine, LINE_KEY, ids, lines, stamp)
        changed |= replace_open(MetricValue, VALUE_KEY, ids, values, stamp)
        replace_open(RollupBasis, BASIS_KEY, ids, basis_rows(results), stamp)
    else:
        gone = line_rows(before, results)
        changed = exchange_open(LedgerLine, LINE_KEY, gone, lines, stamp)
        gone = value_rows(before, results)
        changed |= exchange_open(MetricValue, VALUE_KEY, gone, values, stamp)
    moved = _replace_forecasts(results, stamp, before)
    _ask_receivers(results, moved)
    wanted = ranges_wanted(results)
    for result in results.programmes.values():
        id = result.facts.id
        _settle(result, stamp, changed=id in changed, ranges_wanted=wanted[id])


# Rows as the ledger keeps them


def line_rows(results: Results, before: Results = NOTHING) -> list[Row]:
    """Return the lines of the batch as rows of the ledger, without those that are as `before`."""
    return [
        _line_row(id, metric, line)
        for id, programme in results.programmes.items()
        for metric, line in programme.lines_since(before.programmes.get(id))
    ]


def _line_row(programme: int, metric: str, line: Line) -> Row:
    return {
        "programme_id": programme,
        "metric": metric,
        "source_type": line.source_type,
        "source_id": line.source_id,
        **_columns(line.value),
        "included": line.included,
        "reason": line.reason,
        "inputs": dict(line.inputs),
    }


def value_rows(results: Results, before: Results = NOTHING) -> list[Row]:
    """Return the figures of the batch as rows of their table, without those that are as
    `before`."""
    earlier = {id: programme.figures for id, programme in before.programmes.items()}
    return [
        _value_row(id, metric, figure)
        for id, programme in results.programmes.items()
        for metric, figure in programme.figures.items()
        if earlier.get(id, {}).get(metric) != figure
    ]


def _value_row(programme: int, metric: str, figure: Figure) -> Row:
    return {
        "programme_id": programme,
        "metric": metric,
        **_columns(figure.value),
        "reason": figure.reason,
        "detail": dict(figure.detail),
        "included": figure.included,
        "excluded": figure.excluded,
        "missing": figure.missing,
    }


def basis_rows(results: Results) -> list[Row]:
    """Return under which date, engine and rules the figures of each programme are computed."""
    return [
        {
            "programme_id": programme.facts.id,
            "as_of": programme.facts.portfolio.as_of,
            "engine_version": ENGINE_VERSION,
            "rules": programme.facts.portfolio.rules,
        }
        for programme in results.programmes.values()
    ]


def _columns(value: Value) -> Row:
    return {
        "amount": value if isinstance(value, Decimal) else None,
        "day": value if isinstance(value, date) else None,
        "word": value if isinstance(value, str) else "",
    }


# Forecasts of projects


HOMES = Statement(
    lambda: Project.objects.filter(pk__in=[IDS]).order_by().values_list("pk", "programme_id"),
    reads=lambda: connection,
)


def _replace_forecasts(results: Results, stamp: datetime, before: Results) -> set[int]:
    """Store the forecast of each project; return the projects whose dates moved."""
    rows = {
        id: forecast_row(result)
        for id, result in results.projects.items()
        if before.projects.get(id) is not result
    }
    if not rows:
        return set()
    columns = [*next(iter(rows.values()))]
    stored = {
        project: dict(zip(["id", *columns], [id, *values], strict=True))
        for id, (project, *values) in open_rows(
            ProjectForecast, rows, ["project_id", *columns], "project_id"
        )
    }
    # A project that left since it was read is another programme's to write: a request of its own
    # says so. Looked up after `stored`: if it leaves from here on and that programme is quicker,
    # there is a second open forecast, which the database refuses, and all is read again.
    home = dict(HOMES(list(rows)))
    rows = {id: row for id, row in rows.items() if home.get(id, 0) == row["computed_under"]}
    changed = {id for id, row in rows.items() if not _same(stored.get(id), row)}
    close(ProjectForecast, [stored[id]["id"] for id in changed if id in stored], stamp)
    insert_open(ProjectForecast, [{"project_id": id, **rows[id]} for id in sorted(changed)], stamp)
    _set_alarms(results)
    return {id for id in changed if _moved(stored.get(id), rows[id])}


def forecast_row(result: ProjectResult) -> Row:
    """Return what is stored for a project, without its id."""
    timeline, health = result.timeline, result.health
    driver = timeline.driver
    return {
        "computed_under": result.facts.programme,
        "starts_on": timeline.start,
        "finishes_on": timeline.finish,
        "slip_days": result.slip_days,
        "hidden_delay_days": timeline.hidden_delay_days,
        "driver": driver if isinstance(driver, int) else None,
        "events": timeline.as_json(),
        "figures": _project_figures(result),
        "health": {
            "derived": health.derived.value if health.derived else None,
            "declared": health.declared or None,
            "effective": str(health.effective),
            **overriding(health),
            "stale": health.stale,
            "differs": health.differs,
            "dimensions": {name: str(rag) for name, rag in health.dimensions.items()},
            "findings": [finding.data for finding in health.findings],
        },
    }


def _project_figures(result: ProjectResult) -> Row:
    facts = result.facts
    ratios = indices(result.bac, result.pv, result.ev, result.ac)
    return {
        "bac": text(result.bac),
        "pv": text(result.pv),
        "ev": text(result.ev),
        "ac": text(result.ac),
        "eac": text(result.eac),
        "eac_basis": result.etc_basis,
        "eac_cpi": _of_ten_places(result.eac_cpi),
        "approved": text(facts.approved),
        "released": text(facts.released),
        "cpi": _of_ten_places(ratios["cpi"].value),
        "spi": _of_ten_places(ratios["spi"].value),
        "driver_code": result.driver_code,
        "case": case_standing(result),
        "baseline_finish": text(facts.baseline.finish if facts.baseline else None),
        "declared_start": text(result.timeline.declared_day(START)),
        "declared_finish": text(facts.declared_finish),
    }


def _of_ten_places(value: Decimal | None) -> str | None:
    return None if value is None else text(rounded(value, 10))


def _same(stored: Row | None, row: Row) -> bool:
    return stored is not None and all(stored[name] == value for name, value in row.items())


def _moved(stored: Row | None, row: Row) -> bool:
    return stored is None or stored["events"] != row["events"]


def _set_alarms(results: Results) -> None:
    """Store when the figures of projects that stand alone change by themselves."""
    for id, result in results.projects.items():
        if result.facts.programme is None:
            portfolio = results.facts.portfolios[results.facts.portfolio_of[id]]
            ProjectForecast.objects.filter(
                project_id=id, computed_under__isnull=True, valid_to__isnull=True
            ).update(stale_after=stale_after(portfolio))


def _ask_receivers(results: Results, moved: set[int]) -> None:
    """Request the projects outside the batch that depend on projects whose dates moved."""
    if not moved:
        return
    receivers = (
        Dependency.objects.filter(giver_id__in=moved)
        .exclude(receiver_id__in=list(results.projects))
        .order_by("receiver_id")
        .values_list("receiver_id", flat=True)
        .distinct()
    )
    RollupRequest.objects.bulk_create([RollupRequest(kind="P", object_id=id) for id in receivers])


# The programme's own row


def ranges_wanted(results: Results) -> dict[int, str]:
    """Return for each programme the digest of the facts from which its ranges have to be
    simulated."""
    timelines = {id: project.timeline for id, project in results.projects.items()}
    return {study.programme.id: study.digest for study in studies(results.facts, timelines)}


SETTLE = Statement(
    """
UPDATE programmes_programmerollup SET
    computed_at = %(stamp)s, as_of = %(day)s, engine_version = %(engine)s,
    generation = generation + %(changed)s, stale_after = %(stale_after)s, covered = %(covered)s,
    missing = %(missing)s, stale = %(stale)s, ranges_wanted = %(ranges)s,
    attempts = 0, failed_since = NULL, last_error = ''
WHERE programme_id = %(id)s RETURNING programme_id
""",
    types={
        **dict.fromkeys(("engine", "changed", "covered", "missing", "stale"), "integer"),
        **dict.fromkeys(("stamp", "stale_after"), "timestamptz"),
        "ranges": "text",
    },
    reads=lambda: connection,
)


def _settle(result: ProgrammeResult, stamp: datetime, *, changed: bool, ranges_wanted: str) -> None:
    figures = result.figures.values()
    SETTLE(
        id=result.facts.id,
        stamp=stamp,
        day=result.facts.portfolio.as_of,
        engine=ENGINE_VERSION,
        changed=int(changed),
        stale_after=stale_after(result.facts.portfolio),
        covered=sum(figure.included for figure in figures),
        missing=sum(figure.missing for figure in figures),
        stale=sum(project.health.stale for project in result.facts.projects),
        ranges=ranges_wanted,
    )


def stale_after(portfolio: PortfolioFacts) -> datetime | None:
    """Return the next moment at which figures change by themselves: midnight, where the status date
    is today; else None."""
    if not portfolio.moves:
        return None
    return datetime.combine(
        portfolio.as_of + timedelta(days=1), time.min, ZoneInfo(portfolio.time_zone)
    )
