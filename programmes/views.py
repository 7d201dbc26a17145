"""Pages of portfolios and programmes: the list, the overview, and why a figure is what it is."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Max, Sum
from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone

from pmhub.templatetags import pm
from pmhub.views import LivePage, state_in
from programmes import queries
from programmes.models import Portfolio, Programme, ProgrammeRollup
from programmes.rollup.metrics import BY_NAME
from programmes.wording import Outlook, Threat, sentence
from projects.models import Project, ProjectForecast

COLOURS = ["red", "amber", "green", "grey"]
WORST_FIRST = {colour: rank for rank, colour in enumerate(COLOURS)}
LISTED = (
    "health", "benefits_forecast_outturn", "benefits_whole_life_planned", "estimate_at_completion",
    "approved_budget", "slip_days", "funding_cover", "risk_p80",
)  # fmt: skip
# Where a dimension of health is explained: the metric behind it.
BEHIND = {
    "benefits": "benefits_attainment",
    "dis-benefits": "disbenefits_actual_to_date",
    "funding cover": "funding_cover",
    "risk": "risk_p80",
    "projects": "health",
}
REASON = re.compile(r"^(?P<what>[\w -]+?) (?P<colour>green|amber|red|grey): (?P<why>.*)$")
SHOWN = 100  # rows of a table before one asks for all: ?rows=all
MOVED_WITHIN = timedelta(days=30)


def sorted_by(rows: list[dict[str, Any]], order: str, keys: Iterable[str]) -> list[dict[str, Any]]:
    """Rows in the order that the address asks for; what is not known comes last either way."""
    name = order.removeprefix("-")
    if name not in keys:
        return rows
    known = [row for row in rows if _key(row, name) is not None]
    unknown = [row for row in rows if _key(row, name) is None]
    known.sort(key=lambda row: _key(row, name), reverse=order.startswith("-"))
    return known + unknown


def _key(row: dict[str, Any], name: str) -> Any:
    value = row.get(name)
    return WORST_FIRST.get(value, len(COLOURS)) if name in ("health", "dca") else value


def shown(rows: list[dict[str, Any]], request: HttpRequest) -> list[dict[str, Any]]:
    """The first rows, or all when the address asks for them."""
    return rows if request.GET.get("rows") == "all" else rows[:SHOWN]


def share(part: Any, whole: Any) -> Decimal | None:
    """Part of whole, where the whole is above 0."""
    return part / whole if part is not None and whole and whole > 0 else None


class PortfolioPage(LivePage):
    """Programmes and projects that stand alone, over everything one may see."""

    template_name = "programmes/portfolio.html"
    region_template_name = "programmes/portfolio_rows.html"
    title = "All programmes and projects"
    columns = (
        "name", "health", "dca", "benefits", "share", "cost", "over", "slip", "cover", "exposure",
    )  # fmt: skip

    def find(self) -> None:
        """Programmes and the projects outside them."""
        user = self.request.user
        self.programmes = queries.programmes_for(user)
        self.projects = Project.objects.visible_to(user).exclude(programme__in=self.programmes)

    def stamp(self) -> tuple[str, str]:
        """When anything of it was last computed, and what is asked for."""
        ids = [programme.pk for programme in self.programmes]
        computed = ProgrammeRollup.objects.filter(pk__in=ids).aggregate(
            Max("computed_at"), Sum("generation"), Sum("attempts")
        )
        forecasts = ProjectForecast.objects.filter(
            project__in=self.projects, valid_to__isnull=True
        ).aggregate(Max("valid_from"), Sum("id"))
        waiting = queries.pending(ids)
        figures = [*computed.values(), *forecasts.values(), sorted(waiting), ids]
        stamp = f"{figures}?{self.request.GET.urlencode()}"
        return stamp, "recomputing" if waiting else "fresh"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Rows that match the search and the filter, with totals of what is shown."""
        filters = {name: self.request.GET.get(name, "") for name in ("q", "health")}
        order = self.request.GET.get("sort", "")
        figures = queries.rollups(self.programmes, LISTED)
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
            any=bool(self.programmes or projects),
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
        "health": figures.value("health") or "grey",
        "reasons": "; ".join(troubles(figures)),
        "dca": programme.dca,
        "benefits": benefits,
        "planned": figures.value("benefits_whole_life_planned"),
        "share": share(benefits, figures.value("benefits_whole_life_planned")),
        "cost": cost,
        "over": cost - approved if cost is not None and approved is not None else None,
        "slip": figures.value("slip_days"),
        "cover": figures.value("funding_cover"),
        "exposure": figures.value("risk_p80"),
    }


def troubles(figures: queries.Rollup) -> list[str]:
    """The reasons for a colour other than green, without the colour."""
    reading = figures.metrics.get("health")
    found = [REASON.match(text) for text in (reading.detail.get("reasons", []) if reading else [])]
    return [
        f"{each['what'][:1].upper()}{each['what'][1:]}: {each['why']}"
        for each in found
        if each and each["colour"] in ("amber", "red")
    ]


def matches(row: dict[str, Any], filters: dict[str, str]) -> bool:
    """Whether the row is asked for."""
    wanted, colour = filters["q"].strip().casefold(), filters["health"]
    named = wanted in f"{row['code']} {row['name']}".casefold()
    return named and colour in ("", row["health"] if row["health"] in COLOURS else "grey")


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


class ProgrammePage(LivePage):
    """One programme: what is arriving, what threatens it, and the figures behind that."""

    template_name = "programmes/programme.html"
    region_template_name = "programmes/overview.html"
    columns = (
        "code", "health", "declared_finish", "propagated_finish", "slip_days", "percent_complete",
        "cpi", "spi", "eac", "approved_budget",
    )  # fmt: skip

    def find(self) -> None:
        """The programme, for whom it exists."""
        self.programme = find_programme(self.request.user, self.kwargs["pk"])
        self.title = f"{self.programme.code} {self.programme.name}"

    def crumbs(self) -> list[tuple[str, str]]:
        """Portfolio."""
        return [(self.programme.portfolio.name, reverse("portfolio"))]

    def stamp(self) -> tuple[str, str]:
        """When its figures were last computed, and in which order projects are asked for."""
        tag = queries.rollup_etag(self.programme.pk).strip('"')
        asked = self.request.GET.urlencode()
        return f"{tag}-{self.programme.version}-{asked}", state_in(tag)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Everything the overview shows."""
        programme, user = self.programme, self.request.user
        figures = queries.rollup(programme)
        order = self.request.GET.get("sort", "")
        table = queries.projects_table(Project.objects.visible_to(user).filter(programme=programme))
        projects = [project_row(each) for each in table]
        risks = queries.top_risks(programme, user)
        late = queries.late_dependencies(programme, user)
        return super().get_context_data(
            here="programme",
            here_programme=programme.pk,
            programme=programme,
            unit=pm.money_unit(programme.portfolio),
            rollup=figures,
            as_of=figures.as_of,
            coverage=coverage(figures),
            m=figures.metrics,
            shares={
                "benefits": share(
                    figures.value("benefits_forecast_outturn"),
                    figures.value("benefits_whole_life_planned"),
                )
            },
            health=health_of(programme, figures, projects),
            disagreement=disagreement(programme, figures),
            sentence=outlook_sentence(programme, figures, risks, late),
            series=queries.realisation_series(programme),
            roadmap=queries.roadmap(programme, user),
            projects=shown(sorted_by(projects, order, self.columns), self.request),
            project_count=len(projects),
            risks=[risk_row(each) for each in risks],
            late=[dependency_row(each) for each in late],
            sort=order,
            **kwargs,
        )


def find_programme(user: Any, pk: int) -> Programme:
    """The programme with what pages show of it; a stranger finds none."""
    programmes = Programme.objects.visible_to(user)
    return get_object_or_404(
        programmes.select_related("portfolio", "sro", "programme_manager"), pk=pk
    )


def coverage(figures: queries.Rollup) -> str:
    """How complete the figures are, in words."""
    said = []
    if figures.missing:
        said.append(f"{figures.missing} lines lack a fact they need")
    if figures.stale:
        said.append(f"{figures.stale} projects without a current report")
    return "; ".join(said)


def disagreement(programme: Programme, figures: queries.Rollup) -> str:
    """Judgement and arithmetic, where they differ."""
    derived = figures.value("health")
    if not programme.dca or derived not in ("green", "amber", "red") or derived == programme.dca:
        return ""
    return f"People say {programme.dca}, the figures say {derived}."


def health_of(
    programme: Programme, figures: queries.Rollup, projects: Iterable[dict[str, Any]]
) -> dict[str, Any]:
    """Derived health with its dimensions, and reasons that lead to what drives them."""
    reading = figures.metrics.get("health")
    detail = reading.detail if reading else {}
    drivers = {row["code"]: row["address"] for row in projects}
    return {
        "value": figures.value("health"),
        "dimensions": pm.in_order(detail.get("dimensions", {})),
        "reasons": [reason_of(programme, each, drivers) for each in detail.get("reasons", [])],
    }


def reason_of(programme: Programme, text: str, drivers: dict[str, str]) -> dict[str, Any]:
    """A reason as parts of text, the codes in it and the dimension itself being links."""
    found = REASON.match(text)
    if not found:
        return {"colour": "grey", "parts": [(text, "", False)]}
    what = found["what"]
    metric = BEHIND.get(what.removesuffix(" grey"))
    explained = reverse("explain", args=[programme.pk, metric]) if metric else ""
    parts: list[tuple[str, str, bool]] = [(what[:1].upper() + what[1:], explained, True)]
    words = re.split(r"([A-Z][A-Z0-9]*-[0-9A-Z]+)", f": {found['why']}")
    parts.extend((word, drivers.get(word, ""), False) for word in words)
    return {"colour": found["colour"], "parts": parts}


def project_row(row: queries.ProjectRow) -> dict[str, Any]:
    """What a table shows of a project; amounts as numbers, so that they sort."""
    project, forecast, figures, health = row.project, row.forecast, row.figures, row.health
    eac, approved = pm.decimal_of(figures.get("eac")), pm.decimal_of(figures.get("approved"))
    over = eac - approved if eac is not None and approved is not None else None
    return {
        "id": project.pk,
        "address": reverse("project", args=[project.pk]),
        "code": project.code,
        "name": project.name,
        "closed": not project.live,
        "health": health.get("effective", "grey"),
        "declared": health.get("declared"),
        "derived": health.get("derived"),
        "stale": health.get("stale"),
        "declared_finish": project.actual_finish or project.forecast_finish,
        "propagated_finish": forecast and forecast.finishes_on,
        "slip_days": forecast and forecast.slip_days,
        "driver": figures.get("driver_code"),
        "percent_complete": project.percent_complete,
        "cpi": pm.decimal_of(figures.get("cpi")),
        "spi": pm.decimal_of(figures.get("spi")),
        "eac": eac,
        "approved_budget": approved,
        "over": over if over is not None and over > 0 else None,
    }


def risk_row(row: queries.RiskRow) -> dict[str, Any]:
    """What the overview shows of a risk."""
    risk = row.risk
    return {
        "code": risk.code,
        "title": risk.title,
        "where": risk.project.code if risk.project else "Programme",
        "address": reverse("project", args=[risk.project_id]) if risk.project_id else "",
        "probability": risk.residual_probability,
        "expected": row.expected_value,
    }


def dependency_row(row: queries.DependencyRow) -> dict[str, Any]:
    """What the overview shows of a dependency; an end out of sight has no name."""
    link, figures = row.dependency, row.figures
    giver = link.giver.code if link.giver else link.external_giver
    return {
        "code": link.code,
        "deliverable": link.deliverable,
        "giver": giver if row.giver_visible else "A project you may not open",
        "giver_address": page_of(link.giver_id) if row.giver_visible else "",
        "receiver": link.receiver.code if row.receiver_visible else "A project you may not open",
        "receiver_address": page_of(link.receiver_id) if row.receiver_visible else "",
        "need_by": link.need_by,
        "on": figures.effective_forecast,
        "lateness": figures.lateness_days,
        "status": figures.status,
    }


def page_of(project_id: int | None) -> str:
    """The address of a project's page."""
    return reverse("project", args=[project_id]) if project_id else ""


def outlook_sentence(
    programme: Programme,
    figures: queries.Rollup,
    risks: Sequence[queries.RiskRow],
    late: Sequence[queries.DependencyRow],
) -> str:
    """The sentence on top."""
    portfolio = programme.portfolio
    overdue = [each for each in late if (each.figures.lateness_days or 0) > 0]
    worst = max(overdue, key=lambda each: each.figures.lateness_days or 0, default=None)
    top = next(iter(risks), None)
    outlook = Outlook(
        benefits_forecast=figures.value("benefits_forecast_outturn"),
        benefits_planned=figures.value("benefits_whole_life_planned"),
        benefits_actual=figures.value("benefits_actual_to_date"),
        finish=figures.value("finish_propagated"),
        slip_days=whole(figures.value("slip_days")),
        hidden_delay_days=whole(figures.value("hidden_delay_days")),
        variance=figures.value("variance_at_completion"),
        funding_cover=figures.value("funding_cover"),
        late=worst
        and Threat(
            worst.dependency.code,
            worst.dependency.deliverable,
            days_late=worst.figures.lateness_days,
        ),
        risk=top and Threat(top.risk.code, top.risk.title, expected_cost=top.expected_value),
    )
    return sentence(outlook, lambda amount: pm.spoken(amount, portfolio), pm.day)


def whole(value: Any) -> int | None:
    """Days as a whole number."""
    return None if value is None else int(value)


class ExplainPage(LivePage):
    """Why a figure is what it is: a page, and the content of the side panel."""

    template_name = "programmes/explain_page.html"
    region_template_name = "programmes/explain_live.html"

    def find(self) -> None:
        """The programme, for whom it exists, and the metric, if there is one."""
        self.programme = find_programme(self.request.user, self.kwargs["pk"])
        metric = BY_NAME.get(self.kwargs["metric"])
        if metric is None:
            raise Http404("There is no such metric.")
        self.title = f"{metric.label}, {self.programme.code}"

    def crumbs(self) -> list[tuple[str, str]]:
        """Portfolio, programme."""
        return [
            (self.programme.portfolio.name, reverse("portfolio")),
            (self.programme.code, reverse("programme", args=[self.programme.pk])),
        ]

    def stamp(self) -> tuple[str, str]:
        """When the programme's figures were last computed."""
        tag = queries.rollup_etag(self.programme.pk).strip('"')
        return tag, state_in(tag)

    def get_template_names(self) -> list[str]:
        """The bare explanation for the panel."""
        if self.region == "panel":
            return ["programmes/explain.html"]
        return super().get_template_names()

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Value, formula, lines with their total, what is left out, what moved it."""
        found = queries.explanation(self.programme, self.kwargs["metric"], self.request.user)
        metric, reading = found.metric, found.reading
        portfolio = self.programme.portfolio
        figure = Figure(metric, reading)
        lines = [line_row(line, metric) for line in found.lines]
        moves = queries.movements(
            self.programme, metric.name, self.request.user, timezone.now() - MOVED_WITHIN
        )
        health = health_of(self.programme, found.rollup, lines) if metric.name == "health" else {}
        return super().get_context_data(
            here_programme=self.programme.pk,
            programme=self.programme,
            metric=figure,
            shown=pm.shown(figure),
            unit_words=pm.money_unit(portfolio) if metric.unit == "money" else "",
            formula=formula_words(metric),
            included=[line for line in lines if line["included"]],
            excluded=[line for line in lines if not line["included"]],
            total=pm.shown(figure) if lines and figure.value is not None else "",
            total_label=TOTALS.get(str(metric.aggregate), ""),
            inputs=found.inputs,
            dimensions=health.get("dimensions"),
            reasons=health.get("reasons"),
            moves=[move_row(move, metric) for move in moves],
            rollup=found.rollup,
            as_of=found.rollup.as_of,
            coverage=covered(reading, found.hidden),
            **kwargs,
        )


TOTALS = {"sum": "Sum", "max": "Latest", "count": "Count", "worst": "Worst"}
FORMULAS = {
    "sum": "The sum of the lines that count.",
    "max": "The latest of the lines that count.",
    "count": "The number of lines that count.",
    "worst": "The worst colour of the lines that count.",
}


class Figure:
    """A metric with its value, or without one while there is none."""

    def __init__(self, metric: Any, reading: Any) -> None:
        self.name, self.label, self.unit = metric.name, metric.label, metric.unit
        self.value = reading.value if reading else None
        self.reason = reading.reason if reading else ""


def formula_words(metric: Any) -> str:
    """How the figure comes about, in words."""
    return metric.formula or FORMULAS.get(str(metric.aggregate), "")


def covered(reading: Any, hidden: int) -> str:
    """How many lines count, are left out, lack a fact, or name what the reader may not open."""
    if reading is None:
        return ""
    counts = (
        (reading.included, "counted"),
        (reading.excluded, "left out"),
        (reading.missing, "lack a fact"),
        (hidden, "of a source you may not open"),
    )
    return ", ".join(f"{number} {words}" for number, words in counts if number)


def line_row(line: queries.ExplainedLine, metric: Any) -> dict[str, Any]:
    """A line as the panel shows it."""
    return {
        **source_row(line.source),
        "shown": in_words(line.value, metric),
        "colour": line.value if metric.unit == "status" else None,
        "included": line.included,
        "reason": line.reason,
    }


def source_row(source: queries.Source) -> dict[str, Any]:
    """The source of a line: its name, and its page where it has one."""
    if source.hidden:
        return {"code": "", "title": f"A {source.type} that you may not open", "address": ""}
    page = {"project": "project", "programme": "programme"}.get(source.type)
    return {
        "code": source.code,
        "title": source.title[:1].upper() + source.title[1:],
        "address": reverse(page, args=[source.id]) if page else "",
    }


def in_words(value: Any, metric: Any) -> str:
    """A line's value as the metric's unit asks."""
    if value is None:
        return pm.NOTHING
    if isinstance(value, date):
        return pm.day(value)
    if isinstance(value, str):
        return pm.WORDS.get(value, value)
    return pm.LOOKS["days" if metric.unit == "days" else "money"](value)


def move_row(move: queries.Movement, metric: Any) -> dict[str, Any]:
    """A movement as the panel shows it."""
    return {
        **source_row(move.source),
        "at": move.at,
        "before": in_words(move.before, metric),
        "after": in_words(move.after, metric),
        "change": pm.signed(move.change) if move.change is not None else "",
    }
