"""The page of a programme."""

from collections.abc import Sequence
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import ngettext

from pmhub import formats
from pmhub.access.past_rights import seen_now
from pmhub.access.scoped_rows import ScopedRows
from pmhub.database.collation import InOrder
from pmhub.database.statements import ID
from pmhub.page_addresses import address_of
from programmes import queries
from programmes.models import Programme
from programmes.queries.track_rows import FINISHES, TRACK_COLUMNS
from programmes.views.health import disagreement, health_of
from programmes.views.movements import MovementsPage
from programmes.views.past import ProgrammePastPage
from programmes.views.rows import (
    dependency_row,
    first_rows,
    project_row,
    risk_row,
    share,
    sorted_by,
)
from programmes.wording import Outlook, Threat, sentence
from projects.models import Project

RISK = 3000  # bytes of one, about
FEW = 25  # projects in the table before one asks for all
FIRST = ScopedRows(
    lambda reader: (
        Project.objects.visible_to(reader)
        .filter(programme_id=ID)
        .only(*TRACK_COLUMNS)
        .order_by(InOrder("code"), "pk")[:FEW]
    )
)


class ProgrammePage(MovementsPage, ProgrammePastPage):
    """One programme: what is arriving, what threatens it, and the figures behind that."""

    template_name = "programmes/programme.html"
    region_template_name = "programmes/overview.html"
    columns = (
        "code", "health", "declared_finish", "propagated_finish", "slip_days", "percent_complete",
        "cpi", "spi", "eac", "approved_budget",
    )  # fmt: skip

    def answer(self) -> HttpResponse:
        """Return the page; for a programme that has become a part of another, lead to that one."""
        whole = None if self.at else self.programme.merged_into_id
        if whole and Programme.objects.visible_to(self.request.user).filter(pk=whole).exists():
            return redirect(address_of("programme", whole))
        return super().answer()

    def find_then(self) -> None:
        """Find the programme as it is, or was at the past moment."""
        super().find_then()
        self.title = f"{self.programme.code} {self.programme.name}"
        self.cache_for_reader()

    def depends_on(self) -> str:
        """Return also the moment since which movements are shown."""
        return f"{super().depends_on()}-{self.since()}"

    def looks_at(self) -> tuple[str, int]:
        """Return the kind and id of the programme."""
        return "programme", self.kwargs["pk"]

    def in_rest(self) -> tuple[str, str]:
        """Return the REST operation and address for the figures of the programme."""
        return "programmes_rollup", f"/api/v1/programmes/{self.kwargs['pk']}/rollup/"

    def crumbs(self) -> list[tuple[str, str]]:
        """Return the pages above this one: portfolio."""
        return super().crumbs()[:1]

    @property
    def here(self) -> str:
        """Return the programme by its code."""
        return self.programme.code

    def places(self) -> dict[str, str]:
        """Return the address of the programme in the tree of pages."""
        return dict.fromkeys(super().places(), "page")

    def region_context(self) -> dict[str, Any]:
        """Return everything the overview shows."""
        programme, user = self.programme, self.request.user
        figures = queries.rollup(programme, at=self.at, known=self.figures_freshness)
        order = self.request.GET.get("sort", "")
        projects, count, read = self.table(order)
        risks = self.kept(
            "risks", lambda: queries.top_risks(self.programme, self.request.user),
            lambda rows: RISK * (1 + len(rows)),
        )  # fmt: skip
        tracks, late = queries.roadmap_and_late(
            programme, user, read,
            ends={name: figures.value(name) for name in FINISHES}, whole=count == len(read),
        )  # fmt: skip
        return {
            **super().region_context(),
            "programme": programme,
            "unit": formats.money_unit(programme.portfolio),
            "rollup": figures,
            "as_of": figures.as_of,
            "coverage": coverage(figures),
            "m": figures.metrics,
            "shares": {
                "benefits": share(
                    figures.value("benefits_forecast_outturn"),
                    figures.value("benefits_whole_life_planned"),
                )
            },
            "health": health_of(programme, figures, user, {row.project.pk for row in read}),
            "disagreement": disagreement(programme, figures),
            "sentence": outlook_sentence(programme, figures, risks, late),
            "moved": self.moved(programme, self.figures_freshness),
            "series": queries.realisation_series(programme),
            "roadmap": tracks,
            "projects": projects,
            "project_count": count,
            "risks": [risk_row(risk) for risk in risks],
            "late": [dependency_row(row) for row in late],
            "sort": order,
        }

    def table(self, order: str) -> tuple[list[dict[str, Any]], int, Sequence[queries.ProjectRow]]:
        """Return the rows of projects, how many there are, and the projects that were read. In the
        order of codes, which is the default, only the rows that are shown are read."""
        every = self.request.GET.get("rows") == "all"
        mine = Project.objects.visible_to(self.request.user).filter(programme=self.programme)
        if order or every:
            read = queries.projects_table(seen_now(mine, self.request.user))
            rows = sorted_by([project_row(project) for project in read], order, self.columns)
            return first_rows(rows, self.request, FEW), len(read), read
        read = queries.project_rows(FIRST(self.request.user, id=self.programme.pk))
        count = len(read) if len(read) < FEW else seen_now(mine, self.request.user).count()
        return [project_row(project) for project in read], count, read


def coverage(figures: queries.Rollup) -> str:
    """Return how complete the figures are, in words."""
    parts = []
    if number := figures.missing:
        text = ngettext(
            "{count} line lacks a fact it needs", "{count} lines lack a fact they need", number
        )
        parts.append(text.format(count=number))
    if number := figures.stale:
        text = ngettext(
            "{count} project without a current report",
            "{count} projects without a current report",
            number,
        )
        parts.append(text.format(count=number))
    return "; ".join(parts)


def outlook_sentence(
    programme: Programme,
    figures: queries.Rollup,
    risks: Sequence[queries.RiskRow],
    late: Sequence[queries.DependencyRow],
) -> str:
    """Return the sentence at the top of the page."""
    portfolio = programme.portfolio
    outlook = Outlook(
        benefits_forecast=figures.value("benefits_forecast_outturn"),
        benefits_planned=figures.value("benefits_whole_life_planned"),
        benefits_actual=figures.value("benefits_actual_to_date"),
        benefits_at_stake=figures.value("benefits_at_stake"),
        finish=figures.value("finish_propagated"),
        slip_days=whole_days(figures.value("slip_days")),
        hidden_delay_days=whole_days(figures.value("hidden_delay_days")),
        unbaselined=missing_from(figures, "finish_baseline"),
        approved=figures.value("approved_budget"),
        variance=figures.value("variance_at_completion"),
        unforecast=missing_from(figures, "variance_at_completion"),
        funding_cover=figures.value("funding_cover"),
        cover_bounds=figures.metrics["funding_cover"].bounds if figures.metrics else (),
        late=latest_dependency(late),
        risk=largest(risks),
    )
    return sentence(outlook, lambda amount: formats.spoken(amount, portfolio), formats.day)


def missing_from(figures: queries.Rollup, name: str) -> int:
    """Return how many lines of a figure lack a fact that they need."""
    figure = figures.metrics.get(name)
    return figure.missing if figure else 0


def whole_days(value: Any) -> int | None:
    """Return days as a whole number; None where they are not known."""
    return None if value is None else int(value)


def latest_dependency(late: Sequence[queries.DependencyRow]) -> Threat | None:
    """Return the dependency that comes latest after it is needed; None where none is late."""
    overdue = [row for row in late if (row.figures.lateness_days or 0) > 0]
    worst = max(overdue, key=lambda row: row.figures.lateness_days or 0, default=None)
    if worst is None:
        return None
    link = worst.dependency
    return Threat(link.code, link.deliverable, days_late=worst.figures.lateness_days)


def largest(risks: Sequence[queries.RiskRow]) -> Threat | None:
    """Return the risk with the largest expected cost; None without one."""
    for row in risks:
        return Threat(row.risk.code, row.risk.title, expected_cost=row.expected_value)
    return None
