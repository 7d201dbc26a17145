"""The list of programmes and of projects that stand alone."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from django.db.models import Max, Sum
from django.shortcuts import get_object_or_404

from pmhub.access import can
from pmhub.templatetags import pm
from pmhub.text import plain
from programmes import queries
from programmes.models import Portfolio, ProgrammeRollup
from programmes.views.health import troubles
from programmes.views.past import PastPage
from programmes.views.rows import COLOURS, project_row, share, shown, sorted_by
from projects.models import ProjectForecast

LISTED = (
    "health", "benefits_forecast_outturn", "benefits_whole_life_planned", "estimate_at_completion",
    "approved_budget", "slip_days", "funding_cover", "risk_p80",
)  # fmt: skip


class PortfolioPage(PastPage):
    """Programmes and projects that stand alone: of one portfolio, or all that one may see."""

    template_name = "programmes/portfolio.html"
    region_template_name = "programmes/portfolio_rows.html"
    title = "All programmes and projects"
    columns = (
        "name", "health", "dca", "benefits", "share", "cost", "over", "slip", "cover", "exposure",
    )  # fmt: skip

    def find(self) -> None:
        """Programmes and the projects outside them, those in use or the archived ones."""
        self.find_then()
        zones = [each.portfolio.time_zone for each in self.programmes]
        self.find_moment(zones[0] if zones else "UTC")

    def find_then(self) -> None:
        """These, now or then."""
        user = self.request.user
        portfolio = None
        if "pk" in self.kwargs:
            portfolio = get_object_or_404(Portfolio.objects.visible_to(user), pk=self.kwargs["pk"])
            self.title = portfolio.name
        programmes, projects = queries.inside(user, portfolio)
        self.archived = self.request.GET.get("archived") == "true"
        self.programmes = [each for each in programmes if bool(each.archived_at) is self.archived]
        self.projects = projects.filter(archived_at__isnull=not self.archived)
        self.others = len(programmes) - len(self.programmes)
        self.others += projects.filter(archived_at__isnull=self.archived).count()
        seen = Portfolio.objects.visible_to(user)
        mine = [portfolio] if portfolio else list(seen)
        self.whole = all(can(user, "view", each) for each in mine)
        if not portfolio and not self.whole:
            self.title = "Programmes and projects you may see"

    def stamp(self) -> tuple[str, str]:
        """When anything of it was last computed, and what is asked for."""
        if self.at:
            return self.past_stamp()
        ids = [programme.pk for programme in self.programmes]
        computed = ProgrammeRollup.objects.filter(pk__in=ids).aggregate(
            Max("computed_at"), Sum("generation"), Sum("attempts")
        )
        forecasts = ProjectForecast.objects.filter(
            project__in=self.projects, valid_to__isnull=True
        ).aggregate(Max("valid_from"), Sum("id"))
        waiting = queries.pending(ids)
        figures = [*computed.values(), *forecasts.values(), sorted(waiting), ids, self.others]
        stamp = f"{figures}?{self.request.GET.urlencode()}"
        return stamp, "recomputing" if waiting else "fresh"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Rows that match the search and the filter, with totals of what is shown."""
        filters = {name: self.request.GET.get(name, "") for name in ("q", "health")}
        order = self.request.GET.get("sort", "")
        figures = queries.rollups(self.programmes, LISTED, self.at)
        rows = [programme_row(figures[each.pk]) for each in self.programmes]
        rows = sorted_by([row for row in rows if matches(row, filters)], order, self.columns)
        projects = [project_row(each) for each in queries.projects_table(self.projects)]
        alone = [row for row in projects if matches(row, filters)]
        portfolios = Portfolio.objects.visible_to(self.request.user)
        return super().get_context_data(
            filters=filters,
            sort=order,
            here="portfolio",
            colours=COLOURS,
            programmes=shown(rows, self.request),
            programme_count=len(rows),
            projects=shown(alone, self.request),
            project_count=len(alone),
            totals=totals(rows) if len(rows) > 1 else None,
            unit=", ".join(sorted({pm.money_unit(each) for each in portfolios})),
            any=bool(self.programmes or projects or self.others),
            archived=self.archived,
            others=self.others,
            whole=self.whole,
            **kwargs,
        )


def programme_row(figures: queries.Rollup) -> dict[str, Any]:
    """What the list shows of a programme."""
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


def matches(row: dict[str, Any], filters: dict[str, str]) -> bool:
    """Whether the row is asked for."""
    colour, named = filters["health"], plain(f"{row['code']} {row['name']}")
    if not all(word in named for word in plain(filters["q"]).split()):
        return False
    return colour in ("", row["health"] if row["health"] in COLOURS else "grey")


def totals(rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Sums of what is shown; a figure that one programme lacks counts for nothing."""
    health = Counter(row["health"] for row in rows)
    benefits = sum(row["benefits"] or 0 for row in rows)
    words = {"grey": "not known"}
    return {
        "count": len(rows),
        "health": ", ".join(f"{health[c]} {words.get(c, c)}" for c in COLOURS if health[c]),
        "benefits": benefits,
        "share": share(benefits, sum(row["planned"] or 0 for row in rows)),
        "cost": sum(row["cost"] or 0 for row in rows),
        "over": sum(row["over"] or 0 for row in rows),
    }
