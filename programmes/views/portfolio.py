"""The list of programmes and of projects that stand alone."""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import get_language

from pmhub import formats
from pmhub.access import can
from pmhub.addresses import address_of
from pmhub.database import touches
from pmhub.database.statements import ID, Statement
from pmhub.grants import Reader
from pmhub.scoped import ScopedRows
from pmhub.views import quarter
from programmes import queries
from programmes.models import Portfolio, Programme
from programmes.queries import listing
from programmes.queries.stamps import COMMON
from programmes.rollup.metrics import OF_PORTFOLIOS
from programmes.views.health import troubles
from programmes.views.moved import MAIN, TellsMoved
from programmes.views.past import PastPage
from programmes.views.rows import COLOURS, SHOWN, one_of, project_row, share
from projects.models import Project

LISTED = (
    "health", "benefits_forecast_outturn", "benefits_whole_life_planned", "estimate_at_completion",
    "approved_budget", "slip_days", "funding_cover", "risk_p80",
)  # fmt: skip


PORTFOLIOS = ScopedRows(lambda reader: Portfolio.objects.visible_to(reader).filter(pk=ID))
# When figures of these programmes and of these projects were last computed.
COMPUTED = Statement("""
SELECT (SELECT (max(computed_at), sum(generation), sum(attempts))::text
        FROM programmes_programmerollup WHERE programme_id = ANY(%(ids)s)),
    (SELECT (max(valid_from), sum(id))::text FROM projects_projectforecast
        WHERE project_id = ANY(%(other_ids)s) AND valid_to IS NULL)
""")
LISTS, ROW = 4_000_000, 6000  # bytes that a process keeps of what lists hold; of a row, about

listed = touches.KeptReads(LISTS, asks_again=True)


class PortfolioPage(TellsMoved, PastPage):
    """Programmes and projects that stand alone: of one portfolio, or all that one may see."""

    template_name = "programmes/portfolio.html"
    region_template_name = "programmes/portfolio_rows.html"
    kept = True
    portfolio: Portfolio | None
    title = "All programmes and projects"
    columns = (
        "name", "health", "dca", "benefits", "share", "cost", "over", "slip", "cover", "exposure",
    )  # fmt: skip

    def looks_at(self) -> tuple[str, int] | None:
        """The portfolio, where it is one."""
        return ("portfolio", self.kwargs["pk"]) if "pk" in self.kwargs else None

    def in_rest(self) -> tuple[str, str]:
        """The figures of the portfolio as data, or all programmes."""
        one = f"portfolios/{self.kwargs['pk']}/rollup/" if "pk" in self.kwargs else ""
        return ("portfolios", f"/api/v1/{one}") if one else ("programmes", "/api/v1/programmes/")

    def find(self) -> None:
        """Programmes and the projects outside them, those in use or the archived ones."""
        self.find_then()
        self.find_moment(self.portfolio.time_zone if self.portfolio else self.zone_of_first())

    def find_then(self) -> None:
        """These, now or then."""
        user = self.request.user
        self.portfolio = None
        if "pk" in self.kwargs:
            self.portfolio = one_of(PORTFOLIOS(user, id=self.kwargs["pk"]))
            self.title = self.portfolio.name
        self.ask_alone()
        self.archived = self.request.GET.get("archived") == "true"
        seen = [self.portfolio] if self.portfolio else Portfolio.objects.visible_to(user)
        self.whole = all(can(user, "view", each) for each in seen)
        if not self.portfolio and not self.whole:
            self.title = "Programmes and projects you may see"

    def figures_of(self) -> Iterable[Any]:
        """The portfolio, or all that the reader may see."""
        return (
            [self.portfolio] if self.portfolio else Portfolio.objects.visible_to(self.request.user)
        )

    @cached_property
    def within(self) -> tuple[QuerySet[Programme], QuerySet[Project]]:
        """Programmes and the projects outside them, archived or not."""
        return listing.within(self.request.user, self.portfolio)

    @property
    def programmes(self) -> QuerySet[Programme]:
        """Those that are listed."""
        return self.within[0].filter(archived_at__isnull=not self.archived)

    @property
    def projects(self) -> QuerySet[Project]:
        """Those outside the programmes that are listed."""
        return self.within[1].filter(archived_at__isnull=not self.archived)

    def zone_of_first(self) -> str:
        """The time zone of the first programme of all."""
        return self.programmes.values_list("portfolio__time_zone", flat=True).first() or "UTC"

    def places(self) -> dict[str, str]:
        """The portfolio."""
        return {address_of("portfolio"): "page"}

    def stamp(self) -> tuple[str, str]:
        """Return when anything of it was last computed, what was touched of it, and what is asked
        for."""
        if self.at:
            return self.past_stamp()
        ids, alone, others = self.listed
        [(computed, forecasts)] = COMPUTED(ids, alone)
        waiting = queries.pending(ids)
        touched = touches.stamp(
            [*COMMON, ("programmes.programme", 0), *(("projects.project", each) for each in alone)]
        )
        figures = [computed, forecasts, sorted(waiting), ids, alone, touched, others]
        stamp = f"{figures}?{self.request.GET.urlencode()}-{self.since()}"
        return stamp, "recomputing" if waiting else "fresh"

    @cached_property
    def listed(self) -> tuple[list[int], list[int], int]:
        """The ids of what is listed, programmes and projects outside them, and how many more are
        archived, or where these are shown, in use; of now, read when one of them was touched."""
        if self.at:
            return self.read_listed()
        key = self.portfolio and self.portfolio.pk, self.archived, Reader(self.request.user).key
        return listed("listed", key, self.read_listed, lambda found: 40 * sum(map(len, found[:2])))

    def read_listed(self) -> tuple[list[int], list[int], int]:
        """Read these."""
        programmes, projects = (
            sorted(each.order_by().values_list("pk", flat=True))
            for each in (self.programmes, self.projects)
        )
        others = (each.filter(archived_at__isnull=self.archived).count() for each in self.within)
        return programmes, projects, sum(others)

    @property
    def any(self) -> bool:
        """Return whether there is anything at all to see."""
        return any(self.listed)

    def told_around(self) -> Hashable:
        """Whether there is anything to search."""
        return self.any

    @property
    def others(self) -> int:
        """Return how many are archived, or where these are shown, in use."""
        return self.listed[2]

    @property
    def asked(self) -> listing.Asked:
        """Return what of the list is asked for."""
        words, colour, order, rows = (
            self.request.GET.get(name, "") for name in ("q", "health", "sort", "rows")
        )
        return listing.Asked(
            words.replace("\x00", " "),
            colour,
            order if order.removeprefix("-") in self.columns else "",
            None if rows == "all" else SHOWN,
        )

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Return what stands above the region: the search, the filter, and the day to go back
        to."""
        return super().get_context_data(
            **PastPage.region_context(self),
            filters={name: self.request.GET.get(name, "") for name in ("q", "health")},
            sort=self.request.GET.get("sort", ""),
            colours=COLOURS,
            any=self.any,
            archived=self.archived,
            **kwargs,
        )

    def region_context(self) -> dict[str, Any]:
        """Rows that match the search and the filter, with totals of all that match."""
        rows = self.rows()
        figures = queries.rollups(rows.programmes, LISTED, self.at)
        told = listing.totals(rows.matching, self.asked, self.at)
        return {
            **super().region_context(),
            "sort": self.request.GET.get("sort", ""),
            "programmes": [programme_row(figures[programme.pk]) for programme in rows.programmes],
            "programme_count": told.count,
            "projects": rows.projects,
            "project_count": rows.project_count,
            "totals": totals(told) if told.count > 1 else None,
            "unit": rows.unit,
            "any": self.any,
            "begins": not self.any and can(self.request.user, "write", Portfolio()),
            "archived": self.archived,
            "others": self.others,
            "whole": self.whole,
            **self.of_whole(),
        }

    def of_whole(self) -> dict[str, Any]:
        """Main figures of the portfolio and what moved them, for who sees all of one."""
        if not self.portfolio or not self.whole or self.archived:
            return {}
        figures = queries.portfolio_rollup(self.portfolio, self.request.user, self.at)
        return {
            "view_of": self.portfolio.pk,
            "own": [figures.reading(OF_PORTFOLIOS[name]) for name in MAIN if name in OF_PORTFOLIOS],
            "moved": self.moved(self.portfolio),
        }

    def rows(self) -> "Rows":
        """The rows of the list, read when one of them is another."""
        if self.at:
            return self.read_rows()
        key = (
            self.portfolio and self.portfolio.pk, self.archived, self.asked,
            Reader(self.request.user).key, get_language(), quarter(),
        )  # fmt: skip
        return listed("rows", key, self.read_rows, lambda rows: ROW * (1 + len(rows)))

    def read_rows(self) -> "Rows":
        """Read these."""
        asked = self.asked
        projects, count = listing.projects_listed(self.projects, asked, self.at)
        portfolios = Portfolio.objects.visible_to(self.request.user)
        return Rows(
            programmes=listing.programmes_listed(self.programmes, asked, self.at),
            matching=listing.matching(self.programmes, asked),
            projects=[project_row(each) for each in queries.projects_table(projects)],
            project_count=count,
            unit=", ".join(sorted({formats.money_unit(portfolio) for portfolio in portfolios})),
        )


@dataclass(frozen=True, slots=True)
class Rows:
    """What is listed: programmes that are shown and the ids of all that match, projects that are
    shown as rows and how many match, and the units of all amounts."""

    programmes: Sequence[Programme]
    matching: Sequence[int]
    projects: Sequence[Mapping[str, Any]]
    project_count: int
    unit: str

    def __len__(self) -> int:
        return len(self.programmes) + len(self.projects)


def programme_row(figures: queries.Rollup) -> dict[str, Any]:
    """Return what the list shows of a programme."""
    programme = figures.programme
    benefits = figures.value("benefits_forecast_outturn")
    cost, approved = figures.value("estimate_at_completion"), figures.value("approved_budget")
    return {
        "id": programme.pk,
        "code": programme.code,
        "name": programme.name,
        "m": figures.metrics,
        "state": figures.state,
        "computed_at": figures.computed_at,
        "failed_since": figures.failed_since,
        "next_attempt": figures.next_attempt,
        "error": figures.last_error,
        "zone": programme.portfolio.time_zone,
        "health": figures.value("health") or "grey",
        "reasons": "; ".join(troubles(figures)),
        "dca": programme.dca,
        "benefits": benefits,
        "planned": figures.value("benefits_whole_life_planned"),
        "share": share(benefits, figures.value("benefits_whole_life_planned")),
        "cost": cost,
        "over": cost - approved if cost is not None and approved else None,
        "slip": figures.value("slip_days"),
        "cover": figures.value("funding_cover"),
        "exposure": figures.value("risk_p80"),
    }


def totals(told: listing.Totals) -> dict[str, Any]:
    """The sums of all that matches."""
    words = {"grey": "not known"}
    return {
        "count": told.count,
        "health": ", ".join(
            f"{number} {words.get(colour, colour)}"
            for colour, number in told.colours.items()
            if number
        ),
        "benefits": told.benefits,
        "share": share(told.benefits, told.planned),
        "cost": told.cost,
        "over": told.over,
    }
