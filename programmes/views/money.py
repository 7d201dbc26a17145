"""The money page of a programme, and of a project."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from decimal import Decimal
from functools import partial
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import Q, QuerySet
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from pmhub import formats
from pmhub.access import can
from pmhub.database import touches
from pmhub.database.statements import DAY, ID, IDS, Rows
from pmhub.page_addresses import address_of
from pmhub.serializers.verbs import verbs_of
from pmhub.views.content import Caching
from pmhub.views.registers.forms import STYLE, fields_of
from programmes import queries
from programmes.models import Programme, ProgrammeLine
from programmes.queries import money
from programmes.queries import ranges as simulated
from programmes.queries.cases import case_in_force
from programmes.queries.money import TREATMENTS, Amounts, MoneyTable
from programmes.rollup.ranges.costs import CostRange
from programmes.serializers.programme import ProgrammeSerializer
from programmes.views.past import PastPage, ProjectPastPage, SimulatedPage
from programmes.views.rows import wants_all
from projects.models import BudgetLine, CostActual, Project, spent_on_line
from projects.queries.portfolios import refers_to
from projects.queries.programmes import of_projects_in

EV = "earned_value"
RANGE = ("P10", "P90")
EARNED = (
    "budget_at_completion", "planned_value", EV, "actual_cost", "estimate_at_completion",
)  # fmt: skip
VERBS = ("contingency-draw", "contingency-return", "contingency-transfer")
OWN = "The programme itself"
# What else than a programme's stamp is shown.
BESIDE = (
    ("projects.commitment", 0), ("programmes.envelope", 0), ("projects.budgetrequest", 0),
    ("programmes.businesscase", 0),
)  # fmt: skip
FEW_POSTINGS = 25
PROJECTS = Rows(
    lambda: Project.objects.filter(pk__in=[IDS]).only(
        "terminated_on", "actual_finish", "forecast_finish"
    )
)
LINES = Rows(
    lambda: (
        BudgetLine.objects.filter(project_id=ID).annotate(spent=spent_on_line(DAY)).order_by("code")
    )
)
# Of what a posting belongs to, its code alone: what else is said of that changes often.
POSTED = ("project", "programme_line", "budget_line")


class Money(PastPage):
    """Base of the pages about money: what is approved, forecast, spent and ordered."""

    region_template_name = "programmes/money.html"
    template_name = "programmes/money_page.html"

    def parts(self, owner: Any, table: MoneyTable, projects: Iterable[int]) -> dict[str, Any]:
        """Return the parts of the page about the money of a programme or a project."""
        portfolio = owner.owner_portfolio if isinstance(owner, Project) else owner.portfolio
        return {
            "owner": owner,
            "is_programme": isinstance(owner, Programme),
            "unit": formats.money_unit(portfolio),
            "owners": owner_rows(table),
            "years": year_rows(table),
            "scattered": table.is_scattered,
            "whole": table.total(),
            "projects_alone": table.total(lambda cell: cell.owner[0] == "project"),
            "lines_alone": table.total(lambda cell: cell.owner[0] == "line"),
            "orders_address": f"{address_of('register', 'commitments')}"
            f"?{owner._meta.model_name}={owner.pk}",
            "orders": money.orders(projects, portfolio.as_of),
            "movements": money.movements(owner, self.request.user),
            "postings": self.kept("postings", partial(self.postings, owner), len, of_found=False),
        }

    def postings(self, owner: Any) -> SafeString:
        """Draw the postings that are shown, the latest first, and how many there are."""
        rows = posting_rows(owner, self.request.user)
        every = wants_all(self.request)
        shown = list(rows if every else rows[:FEW_POSTINGS])
        whole = every or len(shown) < FEW_POSTINGS
        posted = len(shown) if whole else rows.count()
        values = {"postings": shown, "posted": posted, "request": self.request}
        return render_to_string("programmes/postings.html", values)


class ProgrammeMoneyPage(Money, SimulatedPage):
    """The money of a programme: of its projects, and its own."""

    about = "Money"

    def in_rest(self) -> tuple[str, str]:
        """Return the REST operation and address for the figures."""
        return "programmes_rollup", f"/api/v1/programmes/{self.kwargs['pk']}/rollup/"

    def depends_on(self) -> str:
        """Return also the state of orders, envelopes, requests and business cases."""
        return f"{touches.stamp(BESIDE)}-{super().depends_on()}"

    def region_context(self) -> dict[str, Any]:
        """Return everything the page shows."""
        programme, user = self.programme, self.request.user
        figures = queries.rollup(programme, at=self.at, known=self.figures_freshness)
        table = money.money_of_programme(programme, user, self.at)
        projects = [id for kind, id in table.names if kind == "project"]
        ranges = self.find_ranges()
        return {
            **super().region_context(),
            **self.parts(programme, table, projects),
            "programme": programme,
            "may_edit": not self.at and can(user, "write", programme),
            "rollup": figures,
            "as_of": figures.as_of,
            "m": figures.metrics,
            "case": None if self.at else case_in_force(programme),
            **earned_value_chart(self.earned(figures, projects, ranges), programme.portfolio),
            **cost_rows(ranges.cost if ranges else None, table),
            "forms": "" if self.at else self.kept("forms", self.forms, len),
        }

    def find_ranges(self) -> simulated.Parts | None:
        """Return the ranges at the moment that is shown; for now, those stored last."""
        if self.ranges is not None:
            return simulated.latest_ranges(self.ranges)
        try:
            return simulated.ranges_at(self.programme, self.at)[1]
        except queries.NoMoment:
            return None

    def earned(
        self, figures: queries.Rollup, ids: Sequence[int], ranges: simulated.Parts | None
    ) -> money.EarnedValue | None:
        """Return the earned value with the exposure that was simulated last."""
        programme = self.programme
        part = None if self.at else ranges and ranges.independent
        risk = (Decimal(str(part.p10)), Decimal(str(part.p90))) if part else (None, None)
        return money.earned(
            PROJECTS(ids),
            programme.portfolio.as_of,
            values_of(figures),
            [
                (reading.since, reading.value)
                for reading in queries.history(programme, EV, self.at)
                if reading.since
            ],
            programme.portfolio.time_zone,
            risk,
        )

    def forms(self) -> SafeString:
        """Draw the forms that move contingency, for who may."""
        programme, user = self.programme, self.request.user
        unit = formats.money_unit(programme.portfolio)
        offers = []
        for verb in (verbs_of(ProgrammeSerializer)[name] for name in VERBS):
            if not verb.open_to(user, programme):
                continue
            form = verb.form_for(programme, self.request)
            names = [name for name in ("from_project", *form.fields) if name in form.fields]
            bound = fields_of(form, dict.fromkeys(names), unit=unit, prefix=f"{verb.noun}-")
            offers.append({
                "name": verb.noun,
                "title": verb.does,
                "says": verb.says,
                "address": f"/api/v1/programmes/{programme.pk}/{verb.noun}/",
                "fields": bound,
            })  # fmt: skip
        values = {"verbs": offers, "form_style": STYLE}
        return render_to_string("programmes/contingency_forms.html", values)


class ProjectMoneyPage(Money, ProjectPastPage):
    """The money of a project, line by line."""

    caching = Caching.BY_STAMP
    about = "Money"

    def in_rest(self) -> tuple[str, str]:
        """Return the REST operation and address for the lines."""
        return "budget_lines_list", f"/api/v1/budget-lines/?project={self.kwargs['pk']}"

    def stamp(self) -> tuple[str, str]:
        """Return a stamp of the last computation, of what was touched, and of the query."""
        if self.at:
            return self.past_stamp()
        computed_at, state = queries.project_standing(self.project)
        touched = queries.project_stamp(self.project.pk), touches.stamp(BESIDE)
        return f"{touched}-{computed_at}-{self.request.GET.urlencode()}", state

    def region_context(self) -> dict[str, Any]:
        """Return everything the page shows."""
        project = self.project
        forecast = queries.open_forecast(project, self.at)
        table = money.money_of_project(project, forecast)
        figures = queries.project_rollup(project, self.at)
        return {
            **super().region_context(),
            **self.parts(project, table, [project.pk]),
            "project": project,
            "rollup": figures,
            "as_of": figures.as_of,
            "m": figures.metrics,
            **earned_value_chart(self.earned(figures), project.owner_portfolio),
            "lines": LINES(id=project.pk, day=figures.as_of),
            "may_edit": not self.at
            and can(self.request.user, "write", BudgetLine(project=project)),
        }

    def earned(self, figures: Any) -> money.EarnedValue | None:
        """Return the earned value of the project."""
        return money.earned(
            [self.project],
            figures.as_of,
            values_of(figures),
            [point[:2] for point in queries.project_series(self.project, EV, self.at)],
            self.zone,
            money.exposure_ends(self.project, figures.as_of, self.at) or (None, None),
            "nothing_at_risk",
        )


def values_of(figures: Any) -> dict[str, Any]:
    """Return the figures that earned value is computed from, as they were computed."""
    pairs = figures.metrics.items()
    return {name: reading.unrounded for name, reading in pairs if name in EARNED}


def earned_value_chart(earned: money.EarnedValue | None, portfolio: Any) -> dict[str, Any]:
    """Return the earned value for the page, and the data of the chart as JSON: the defined
    estimates, and the range of the exposure apart."""
    if earned is None:
        return {"earned": None}
    defined = [estimate for estimate in earned.estimates if estimate.value is not None]
    ends = [row for row in defined if row.name in RANGE]
    drawn = {
        "as_of": earned.as_of,
        "ends": earned.ends,
        "unit": formats.money_unit(portfolio),
        "months": [
            {"day": month.day, "planned": number(month.planned), "earned": number(month.earned),
             "spent": number(month.spent), "indices": indices(month)}
            for month in earned.months
        ],
        "estimates": [
            {"name": row.name, "value": number(row.value)} for row in defined if row not in ends
        ],
        "range": [number(end.value) for end in ends] if len(ends) == len(RANGE) else None,
    }  # fmt: skip
    undrawn = [estimate for estimate in earned.estimates if estimate.value is None]
    return {"earned": earned, "undrawn": undrawn, "drawn": json.dumps(drawn, cls=DjangoJSONEncoder)}


def number(value: Any) -> float | None:
    """Return a figure as a number for a chart."""
    return None if value is None else float(value)


def indices(month: money.EarnedMonth) -> str:
    """Return the defined indices of a month, in words."""
    named = (("TCPI", month.tcpi), ("SPI(t)", month.spi_t))
    defined = [(name, index.value) for name, index in named if index and index.value is not None]
    return ", ".join(f"{name} {formats.ratio(value)}" for name, value in defined)


# Rows


def cost_rows(cost: CostRange | None, table: MoneyTable) -> dict[str, Any]:
    """Return the range of the programme's cost, and the names of the parts that widen it."""
    widest = [(row, "line" if row.is_line else "project") for row in (cost.widest if cost else ())]
    names = [table.names.get((kind, row.id), ("", ""))[1] for row, kind in widest]
    return {"cost": cost, "open_costs": [*zip((row for row, _ in widest), names, strict=True)]}


def owner_rows(table: MoneyTable) -> list[dict[str, Any]]:
    """Return a row for each project and each line of the programme, with its parts by year and
    treatment."""
    by_owner, parts = table.by("owner"), table.by("owner", "year", "treatment")
    return [
        {
            "code": code,
            "name": name,
            "project": owner[1] if owner[0] == "project" else None,
            "line": owner[1] if owner[0] == "line" else None,
            "unforecast": owner[0] == "project" and owner[1] in table.unforecast,
            "amounts": by_owner.get((owner,), Amounts()),
            "parts": [
                part(year, treatment, amounts)
                for (whose, year, treatment), amounts in in_order(parts)
                if whose == owner
            ],
        }
        for owner, (code, name) in table.names.items()
    ]


def year_rows(table: MoneyTable) -> list[dict[str, Any]]:
    """Return a row for each fiscal year and treatment."""
    sums = table.by("year", "treatment")
    return [part(year, treatment, amounts) for (year, treatment), amounts in in_order(sums)]


def in_order(parts: dict[tuple[Any, ...], Amounts]) -> list[tuple[tuple[Any, ...], Amounts]]:
    """Return parts by year, those without one last, then capital before revenue before neither."""
    ranks = {name: rank for rank, name in enumerate(TREATMENTS)}
    return sorted(
        parts.items(), key=lambda item: (item[0][-2] is None, item[0][-2], ranks[item[0][-1]])
    )


def part(year: int | None, treatment: str, amounts: Amounts) -> dict[str, Any]:
    """Return the amounts of a year and a treatment as a part of a row."""
    return {
        "year": "No year" if year is None else f"FY{year}",
        "treatment": TREATMENTS[treatment],
        "amounts": amounts,
    }


def posting_rows(owner: Any, user: Any) -> QuerySet[CostActual]:
    """Return the postings of a project, or of a programme and its projects, the latest first."""
    own = [field.name for field in CostActual._meta.concrete_fields]
    rows = (
        CostActual.objects.visible_to(user)
        .select_related(*POSTED, "reversed_by")
        .only(*own, *(f"{name}__code" for name in POSTED), "reversed_by__reverses")
    )
    if isinstance(owner, Project):
        return rows.filter(project=owner)
    lines = Q(refers_to("programme_line", ProgrammeLine.objects.filter(programme=owner)))
    return rows.filter(of_projects_in(owner) | lines)
