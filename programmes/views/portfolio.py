"""The list of programmes and of projects that stand alone."""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import get_language

from pmhub import formats
from pmhub.access import can
from pmhub.access.grants import Reader
from pmhub.access.past_rights import seen_now
from pmhub.database import touches
from pmhub.page_addresses import address_of
from pmhub.views import quarter
from pmhub.views.content import Caching
from programmes import queries
from programmes.models import Portfolio, Programme
from programmes.queries import portfolio_list
from programmes.queries.freshness import freshness_of_all
from programmes.queries.stamps import COMMON
from programmes.rollup.metrics import OF_PORTFOLIOS
from programmes.views.movements import MAIN, MovementsPage
from programmes.views.past import PastPage
from programmes.views.portfolio_base import COMPUTED, PORTFOLIOS, ROW, listed
from programmes.views.portfolio_rows import (
    ORDERS,
    Column,
    LatestStatements,
    ProgrammeRow,
    chosen_columns,
    column_choices,
    latest_statements,
    programme_row,
    standalone_row,
    total_row,
)
from programmes.views.rows import COLOURS, SHOWN, find_record, share
from projects.models import Project

# Figures of the whole portfolio on its page, beside those whose movements are shown.
COMPARED = (
    "benefits_whole_life_planned", "benefits_actual_to_date", "benefits_planned_to_date",
    "variance_at_completion", "actual_cost", "total_forecast", "total_approved", "finish_baseline",
    "dependencies_late", "projects_live", "projects_stale", "risk_open_count",
)  # fmt: skip
LISTED = ("health", *portfolio_list.AMOUNTS.values(), *portfolio_list.DAYS.values())


class PortfolioPage(MovementsPage, PastPage):
    """Programmes and projects that stand alone: those of one portfolio, or all that the reader may
    see."""

    template_name = "programmes/portfolio.html"
    region_template_name = "programmes/portfolio_rows.html"
    caching = Caching.BY_STAMP
    computed_panels = ("envelopes",)
    portfolio: Portfolio | None
    title = "All programmes and projects"

    def looks_at(self) -> tuple[str, int] | None:
        """Return the kind and id of the portfolio, where the page is about one."""
        return ("portfolio", self.kwargs["pk"]) if "pk" in self.kwargs else None

    def in_rest(self) -> tuple[str, str]:
        """Return the REST operation and address for the figures of the portfolio, or for all
        programmes."""
        one = f"portfolios/{self.kwargs['pk']}/rollup/" if "pk" in self.kwargs else ""
        if one:
            return "portfolios_rollup", f"/api/v1/{one}"
        return "programmes_list", "/api/v1/programmes/"

    def find(self) -> None:
        """Find the portfolio, and the moment that is shown."""
        self.find_then()
        self.find_moment(self.portfolio.time_zone if self.portfolio else self.zone_of_first())

    def find_then(self) -> None:
        """Find the portfolio, or all, as they are or were at the past moment."""
        user = self.request.user
        self.portfolio = None
        if "pk" in self.kwargs:
            self.portfolio = find_record(PORTFOLIOS, user, self.kwargs["pk"])
            self.title = self.portfolio.name
        self.cache_for_reader()
        self.archived = self.request.GET.get("archived") == "true"
        seen = seen_now(Portfolio.objects.visible_to(user), user)
        self.portfolios = [self.portfolio] if self.portfolio else list(seen)
        self.whole = all(can(user, "view", portfolio) for portfolio in self.portfolios)
        if not self.portfolio and not self.whole:
            self.title = "Programmes and projects you may see"

    def figures_of(self) -> Iterable[Any]:
        """Return the portfolio, or all that the reader may see."""
        return (
            [self.portfolio] if self.portfolio else Portfolio.objects.visible_to(self.request.user)
        )

    @cached_property
    def programmes_and_projects(self) -> tuple[QuerySet[Programme], QuerySet[Project]]:
        """Return the programmes and the projects outside them, archived or not."""
        return portfolio_list.programmes_and_projects(self.request.user, self.portfolio)

    @property
    def programmes(self) -> QuerySet[Programme]:
        """Return the programmes that are listed."""
        return self.programmes_and_projects[0].filter(archived_at__isnull=not self.archived)

    @property
    def projects(self) -> QuerySet[Project]:
        """Return the projects outside the programmes that are listed."""
        return self.programmes_and_projects[1].filter(archived_at__isnull=not self.archived)

    def record_of_panels(self) -> Portfolio | None:
        """Return the portfolio, where the page shows one as it is now."""
        return None if self.at else self.portfolio

    def zone_of_first(self) -> str:
        """Return the time zone of the first programme of all."""
        # Not of `within`, which is of the moment that is found by it.
        rows, _ = portfolio_list.programmes_and_projects(self.request.user, None)
        return rows.values_list("portfolio__time_zone", flat=True).first() or "UTC"

    def crumbs(self) -> list[tuple[str, str]]:
        """Return the pages above this one: the list of all, for one portfolio."""
        return [("Portfolio", address_of("portfolio"))] if self.portfolio else []

    def places(self) -> dict[str, str]:
        """Return the address of the portfolio in the tree of pages."""
        return {address_of("portfolio"): "page"}

    def stamp(self) -> tuple[str, str]:
        """Return a stamp of the last computation of any part, of what was touched, and of the
        query; and the state of the figures."""
        if self.at:
            return self.past_stamp()
        ids, alone, others = self.listed
        [(computed, forecasts)] = COMPUTED(ids, alone)
        waiting = queries.pending(ids)
        touched = touches.stamp(
            [*COMMON, ("programmes.programme", 0), *(("projects.project", pk) for pk in alone)]
        )
        figures = [computed, forecasts, sorted(waiting), ids, alone, touched, others]
        stamp = f"{figures}?{self.request.GET.urlencode()}-{self.since()}"
        return stamp, "recomputing" if waiting else "fresh"

    @cached_property
    def listed(self) -> tuple[list[int], list[int], int]:
        """Return the ids of the programmes and standalone projects that are listed, and the number
        of the others: archived ones or, where these are listed, those in use. For now it is cached
        until one is touched."""
        if self.at:
            return self.read_listed()
        key = self.portfolio and self.portfolio.pk, self.archived, Reader(self.request.user).key
        return listed("listed", key, self.read_listed, lambda ids: 40 * sum(map(len, ids[:2])))

    def read_listed(self) -> tuple[list[int], list[int], int]:
        """Read what `listed` returns."""
        programmes, projects = (
            sorted(part.order_by().values_list("pk", flat=True))
            for part in (self.programmes, self.projects)
        )
        others = (
            part.filter(archived_at__isnull=self.archived).count()
            for part in self.programmes_and_projects
        )
        return programmes, projects, sum(others)

    @property
    def any(self) -> bool:
        """Return whether there is anything at all to see."""
        return any(self.listed)

    def content_depends_on(self) -> Hashable:
        """Return whether there is anything to search."""
        return self.any

    @property
    def others(self) -> int:
        """Return how many are archived or, where these are listed, in use."""
        return self.listed[2]

    @property
    def asked(self) -> portfolio_list.ListQuery:
        """Return which part of the list is asked for."""
        words, colour, order, rows = (
            self.request.GET.get(name, "") for name in ("q", "health", "sort", "rows")
        )
        return portfolio_list.ListQuery(
            words.replace("\x00", " "),
            colour if colour in COLOURS else "",
            order if order.removeprefix("-") in ORDERS else "",
            None if rows == "all" else SHOWN,
        )

    @property
    def columns(self) -> list[Column]:
        """Return the columns that are asked for."""
        return chosen_columns(self.request.GET.getlist("column"))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Return what stands above the region: the search, the filter, and the day to go back
        to."""
        return super().get_context_data(
            **PastPage.region_context(self),
            filters={"q": self.request.GET.get("q", ""), "health": self.asked.colour},
            sort=self.request.GET.get("sort", ""),
            asked_columns=self.request.GET.getlist("column"),
            offered=column_choices(self.columns),
            kept=[(name, value) for name, value in self.request.GET.items() if name != "column"],
            colours=COLOURS,
            any=self.any,
            archived=self.archived,
            tabs_of=self.portfolios[0] if len(self.portfolios) == 1 else None,
            several=len(self.portfolios) > 1,
            **kwargs,
        )

    def region_context(self) -> dict[str, Any]:
        """Return rows that match the search and the filter, with totals of all that match."""
        rows = self.rows()
        programmes = portfolio_list.totals(rows.matching, self.asked, self.at)
        return {
            **super().region_context(),
            "sort": self.request.GET.get("sort", ""),
            "columns": self.columns,
            "programmes": rows.with_figures(self.at),
            "programme_count": programmes.count,
            "projects": rows.projects,
            "project_count": rows.alone.count,
            "totals": self.totals(programmes, rows.alone) if len(rows.units) == 1 else [],
            "unit": ", ".join(rows.units),
            "any": self.any,
            **self.beginning(),
            "archived": self.archived,
            "others": self.others,
            "whole": self.whole,
            **self.of_whole(),
        }

    def beginning(self) -> dict[str, Any]:
        """Return what the reader may begin: a programme in the first portfolio, or while there is
        none, a portfolio."""
        if self.at or self.archived:
            return {}
        first = next(iter(self.portfolios), None)
        row: Any = Programme(portfolio=first) if first else Portfolio()
        return {"begins": can(self.request.user, "write", row), "first": first}

    def of_whole(self) -> dict[str, Any]:
        """Return main figures of the portfolio and what moved them, for a reader who sees all of
        it."""
        if not self.portfolio or not self.whole or self.archived:
            return {}
        metrics = [OF_PORTFOLIOS[name] for name in (*MAIN, *COMPARED) if name in OF_PORTFOLIOS]
        figures = queries.portfolio_rollup(self.portfolio, self.request.user, self.at, metrics)
        readings = {metric.name: figures.reading(metric) for metric in metrics}
        return {
            "view_of": self.portfolio.pk,
            "m": readings,
            "share": share(
                readings["benefits_forecast_outturn"].value,
                readings["benefits_whole_life_planned"].value,
            ),
            "moved": self.moved(self.portfolio, figures),
        }

    def totals(
        self, programmes: portfolio_list.Totals, projects: portfolio_list.Totals
    ) -> list[dict[str, Any]]:
        """Return a total of the programmes and one of the projects, where there are several, and
        one of both together; each with its heading."""
        seen = "" if self.whole else " you may see"
        kinds = (("programme", programmes, seen), ("project", projects, f" outside them{seen}"))
        rows = [
            total_row(f"{total.count} {one}s{words}", total)
            for one, total, words in kinds
            if total.count > 1
        ]
        if programmes.count and projects.count:
            rows.append(total_row("Together", portfolio_list.combined_totals(programmes, projects)))
        return rows

    def rows(self) -> "Rows":
        """Return the rows of the list, cached until one of them is touched."""
        if self.at:
            return self.read_rows()
        key = (
            self.portfolio and self.portfolio.pk, self.archived, self.asked,
            Reader(self.request.user).key, get_language(), quarter(),
        )  # fmt: skip
        return listed("rows", key, self.read_rows, lambda rows: ROW * (1 + len(rows)))

    def read_rows(self) -> "Rows":
        """Read what `rows` returns."""
        query = self.asked
        programmes = portfolio_list.programmes_listed(self.programmes, query, self.at)
        projects = queries.projects_table(
            portfolio_list.projects_listed(self.projects, query, self.at)
        )
        statements = latest_statements(
            (row.pk for row in programmes), (row.project.pk for row in projects)
        )
        return Rows(
            programmes=programmes,
            matching=portfolio_list.matching_ids(self.programmes, query),
            projects=[standalone_row(row, statements) for row in projects],
            alone=portfolio_list.project_totals(
                portfolio_list.matching_ids(self.projects, query), query, self.at
            ),
            said=statements,
            units=sorted({formats.money_unit(portfolio) for portfolio in self.portfolios}),
        )


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows of the page: the programmes on it with the ids of all that match, the projects on it
    with the totals of all that match, the latest statements about both, and the units of all
    amounts."""

    programmes: Sequence[Programme]
    matching: Sequence[int]
    projects: Sequence[Mapping[str, Any]]
    alone: portfolio_list.Totals
    said: LatestStatements
    units: Sequence[str]
    _drawn: dict[int, tuple[Hashable, ProgrammeRow]] = field(default_factory=dict, repr=False)

    def with_figures(self, at: datetime | None) -> list[ProgrammeRow]:
        """Return the rows of the programmes. Those of now are made once for each computation."""
        if at is not None:
            figures = queries.rollups(self.programmes, LISTED, at)
            return [programme_row(figures[row.pk], self.said) for row in self.programmes]
        known = freshness_of_all([programme.pk for programme in self.programmes])
        keys = {id: (stand, stand.state) for id, stand in known.items()}
        rows = {id: drawn for id, drawn in self._drawn.items() if drawn[0] == keys[id]}
        changed = [programme for programme in self.programmes if programme.pk not in rows]
        for id, rollup in queries.rollups(changed, LISTED, known=known).items():
            rows[id] = self._drawn[id] = keys[id], programme_row(rollup, self.said)
        return [rows[programme.pk][1] for programme in self.programmes]

    def __len__(self) -> int:
        return len(self.programmes) + len(self.projects)
