"""Why a figure is what it is: a page, and the content of the side panel."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.http import Http404
from django.urls import reverse

from pmhub import formats
from pmhub.database.past import as_at
from pmhub.page_addresses import address_of, then
from pmhub.rules import Rules
from pmhub.views.content import Caching
from pmhub.views.registers.breadcrumbs import way_to
from programmes import queries
from programmes.models import Portfolio, RuleKind
from programmes.queries import NoMoment
from programmes.queries.corrections import corrections
from programmes.rollup.metrics import BY_NAME, OF_PORTFOLIOS, OF_PROJECTS
from programmes.rule_kinds import KINDS
from programmes.views.bridge import bridge_of, explained_at, source_row
from programmes.views.explanation_rows import coverage_words, formula_words, line_row
from programmes.views.health import health_of, reasons
from programmes.views.past import PastPage, ProgrammePastPage, ProjectPastPage
from programmes.views.period import requested_period
from programmes.views.portfolio_base import PORTFOLIOS
from programmes.views.rows import find_record

Explained = queries.Explanation | queries.ProjectExplanation | queries.PortfolioExplanation

EXPOSURE = "risk_p80"
FINISHES = ("finish_propagated",)
HOMES = {"portfolio": "one-portfolio", "programme": "programme", "project": "project"}

TOTALS = {"sum": "Sum", "max": "Latest", "count": "Count", "worst": "Worst"}


class ExplanationPage(PastPage):
    """Why a figure is what it is: a page, and the content of the side panel."""

    template_name = "programmes/explanation_page.html"
    region_template_name = "programmes/explanation_live.html"
    caching = Caching.BY_READS  # it names users

    @property
    def region_template(self) -> str:
        """Return the template: for the panel, the bare explanation."""
        return "programmes/explanation.html" if self.region == "panel" else super().region_template

    def explained(self, basis: Explained, page: str, health: dict[str, Any]) -> dict[str, Any]:
        """Return value, formula, lines with their total, excluded lines, and what moved the
        figure."""
        metric, reading, owner = basis.metric, basis.reading, basis.rollup.owner
        figure, user = Figure(metric, reading), self.request.user
        whole = total_of(basis, figure)
        look = formats.look_for(whole.unit, [whole.value, *(line.value for line in basis.lines)])
        portfolio = basis.rollup.portfolio
        lines = [line_row(line, look, portfolio) for line in basis.lines]
        chosen = requested_period(self.request.GET, owner, user, self.at)
        of_portfolio = basis.rollup if isinstance(basis.rollup, queries.PortfolioRollup) else None
        now = None if self.at or chosen.until else of_portfolio
        return {
            "owner": owner,
            "home": address_of(HOMES[owner._meta.model_name or ""], owner.pk) + then(self.at),
            "page": page,
            "metric": figure,
            "shown": formats.shown(figure, look if whole is figure else ""),
            "unit_words": formats.money_unit(portfolio) if metric.unit == "money" else "",
            "formula": formula_words(metric),
            "included": [line for line in lines if line["included"]],
            "excluded": [line for line in lines if not line["included"]],
            "total": formats.shown(whole, look) if lines and whole.value is not None else "",
            "total_label": TOTALS.get(str(whole.aggregate), ""),
            "inputs": basis.inputs,
            "dimensions": health.get("dimensions"),
            "reasons": health.get("reasons"),
            "bridge": bridge_of(owner, metric.name, user, chosen, self.at, now),
            "explain": reverse(page, args=[owner.pk, metric.name]),
            "judged": judged_by(basis, dict(health.get("dimensions") or ())),
            "rollup": basis.rollup,
            "as_of": basis.rollup.as_of,
            "coverage": coverage_words(reading, basis.hidden),
            "corrected": self.corrected(basis, look) if self.on else None,
        }

    def found_at(self, at: datetime | None) -> Explained:
        """Return the explanation of the figure, now or at a past moment."""
        raise NotImplementedError

    def corrected(self, basis: Explained, look: str) -> dict[str, Any]:
        """Return the records by which the figure as *true then* differs from it as *known then*."""
        with as_at(self.at):
            known = self.found_at(self.at)
        late = corrections(known, basis)
        return {
            "known": formats.looks(late.known, look),
            "true": formats.looks(late.true, look),
            "difference": formats.change(late.difference, look),
            "computed_for": known.rollup.as_of if known.rollup.as_of != self.on else None,
            "rows": [
                {
                    **source_row(part.source),
                    "known": formats.looks(part.known, look),
                    "true": formats.looks(part.true, look),
                    "change": formats.change(part.amount, look),
                }
                for part in late.parts
            ],
            "inputs": [
                (metric.label, formats.shown(known), formats.shown(true))
                for metric, known, true in late.inputs
            ],
        }


class ProgrammeExplanationPage(ExplanationPage, ProgrammePastPage):
    """Why a figure of a programme is what it is."""

    def in_rest(self) -> tuple[str, str]:
        """Return the REST operation and address for the figure with its lines."""
        return (
            "programmes_explanation",
            f"/api/v1{self.request.path.replace('/explain/', '/rollup/')}",
        )

    def find(self) -> None:
        """Find the programme and the metric; raises Http404."""
        metric = BY_NAME.get(self.kwargs["metric"])
        self.about = metric.label if metric else ""
        super().find()
        if metric is None:
            raise Http404("There is no such metric.")

    def region_context(self) -> dict[str, Any]:
        """Return the figure with what explains it."""
        user, name = self.request.user, self.kwargs["metric"]
        basis = self.found_at(self.at)
        health = health_of(self.programme, basis.rollup, user) if name == "health" else {}
        context = {**super().region_context(), **self.explained(basis, "explain", health)}
        if name == EXPOSURE:
            effects = queries.effects_on_exposure(self.programme, self.at)
            for line in context["included"]:
                line["effect"] = formats.signed(effects.get(line["id"]))
            context["effects"] = bool(effects)
        if name in FINISHES:
            context["chain"] = queries.chain_of(self.programme, user)
        return context

    def found_at(self, at: datetime | None) -> queries.Explanation:
        """Return the figure of the programme."""
        name, user = self.kwargs["metric"], self.request.user
        return queries.explanation(self.programme, name, user, at, self.figures_freshness)


class PortfolioExplanationPage(ExplanationPage):
    """Why a figure of a portfolio is what it is."""

    portfolio: Portfolio

    def in_rest(self) -> tuple[str, str]:
        """Return the REST operation and address for the figure with its lines."""
        return (
            "portfolios_explanation",
            f"/api/v1{self.request.path.replace('/explain/', '/rollup/')}",
        )

    def find(self) -> None:
        """Find the portfolio and the metric; raises Http404."""
        self.find_then()
        if self.kwargs["metric"] not in OF_PORTFOLIOS:
            raise Http404("A portfolio has no such metric.")
        self.find_moment(self.portfolio.time_zone)

    def find_then(self) -> None:
        """Find the portfolio as it is, or was at the past moment."""
        self.portfolio = find_record(PORTFOLIOS, self.request.user, self.kwargs["pk"])
        metric = OF_PORTFOLIOS.get(self.kwargs["metric"])
        self.about = metric.label if metric else ""
        self.title = f"{self.about}, {self.portfolio.name}"

    def figures_of(self) -> Iterable[Any]:
        """Return the portfolio."""
        return [self.portfolio]

    def not_there_then(self) -> None:
        """Raise NoMoment: before the portfolio existed, there are no parts to explain."""
        raise NoMoment("not_there_then", "The portfolio was not there yet.")

    def crumbs(self) -> list[tuple[str, str]]:
        """Return the pages above this one: the portfolio."""
        return way_to(self.portfolio, self.request.user, self.at)

    def stamp(self) -> tuple[str, str]:
        """Return a stamp of the figures of its parts and of the query."""
        if self.at:
            return self.past_stamp()
        return self.kept("stamp", self.read_stamp, lambda stamp: len("".join(stamp)))

    def read_stamp(self) -> tuple[str, str]:
        """Read which figures the parts have, and how they stand."""
        metrics = [OF_PORTFOLIOS[self.kwargs["metric"]]]
        figures = queries.portfolio_rollup(self.portfolio, self.request.user, metrics=metrics)
        parts = [(part.type, part.id, part.computed_at) for part in figures.parts]
        return f"{parts}-{self.request.GET.urlencode()}", figures.state

    def region_context(self) -> dict[str, Any]:
        """Return the figure with what explains it."""
        name = self.kwargs["metric"]
        basis = self.found_at(self.at)
        context = {**super().region_context(), **self.explained(basis, "portfolio-explain", {})}
        for line in (*context["included"], *context["excluded"]):
            line["address"] = explained_at(line["type"], line["id"], name) and (
                explained_at(line["type"], line["id"], name) + context["bridge"]["within"]
            )
        return context

    def found_at(self, at: datetime | None) -> queries.PortfolioExplanation:
        """Return the figure of the portfolio."""
        name, user = self.kwargs["metric"], self.request.user
        return queries.portfolio_explanation(self.portfolio, name, user, at)


class ProjectExplanationPage(ExplanationPage, ProjectPastPage):
    """Why a figure of a project is what it is."""

    def in_rest(self) -> tuple[str, str]:
        """Return the REST operation and address for the figure with its lines."""
        return (
            "projects_explanation",
            f"/api/v1{self.request.path.replace('/explain/', '/rollup/')}",
        )

    def find(self) -> None:
        """Find the project and the metric; raises Http404."""
        metric = OF_PROJECTS.get(self.kwargs["metric"])
        self.about = metric.at_project.label if metric else ""
        super().find()
        if metric is None:
            raise Http404("A project has no such metric.")

    def stamp(self) -> tuple[str, str]:
        """Return a stamp of the last computation, of what was touched, and of the query."""
        if self.at:
            return self.past_stamp()
        computed_at, state = queries.project_standing(self.project)
        touched = queries.project_stamp(self.project.pk)
        return f"{touched}-{computed_at}-{self.request.GET.urlencode()}", state

    def region_context(self) -> dict[str, Any]:
        """Return the figure with what explains it."""
        user, name = self.request.user, self.kwargs["metric"]
        basis = self.found_at(self.at)
        health = self.health(basis) if name == "health" else {}
        return {
            **super().region_context(),
            **self.explained(basis, "project-explain", health),
            "lacking": basis.lacking,
            "chain": queries.chain_of(self.project, user) if name in FINISHES else [],
        }

    def found_at(self, at: datetime | None) -> queries.ProjectExplanation:
        """Return the figure of the project."""
        name, user = self.kwargs["metric"], self.request.user
        return queries.project_explanation(self.project, name, user, at)

    def health(self, explanation: queries.ProjectExplanation) -> dict[str, Any]:
        """Return dimensions and reasons; the codes of records in these are links to their rows."""
        stored = explanation.reading.detail if explanation.reading else {}
        page = address_of("project", self.project.pk) + then(self.at)
        return {
            "dimensions": formats.in_order(stored.get("dimensions", {})),
            "reasons": reasons(stored, lambda driver: f"{page}#{driver['code']}"),
        }


class Figure:
    """A metric with its value, None while there is none."""

    def __init__(self, metric: Any, reading: Any) -> None:
        self.name, self.label, self.unit = metric.name, metric.label, metric.unit
        self.aggregate = metric.aggregate
        self.value = reading.value if reading else None
        self.reason = reading.reason if reading else ""
        self.at = reading.at if reading else None
        self.bounds = reading.bounds if reading else ()


def total_of(basis: Explained, figure: Figure) -> Figure:
    """Return the figure that is the total of the lines: this one, or the input whose lines they
    are."""
    metric = basis.metric
    if not metric.of_lines:
        return figure
    made = next((reading for reading in basis.inputs if reading.name == metric.explained_by), None)
    return Figure(made.metric, made) if made else figure


def judged_by(basis: Explained, dimensions: Iterable[str]) -> list[dict[str, Any]]:
    """Return the rules that turn the colour of a figure, with their values and the rule set that
    has them; None as the set where the defaults hold. Thresholds are only those of the figure's
    dimensions."""
    sets, portfolio = {rule.kind: rule for rule in basis.rules}, basis.rollup.portfolio
    # What covers the risks of a programme is a part of its dimension of risk.
    also = () if isinstance(basis, queries.ProjectExplanation) else ("cover",)
    named = basis.metric.judged_by or [f"{name}_" for name in (*dimensions, *also)]
    judged = []
    for kind in queries.kinds_that_judge(basis.metric):
        rules = portfolio.rules_of(KINDS[kind])
        bounds = kind == RuleKind.THRESHOLDS
        rows = thresholds(rules, tuple(named)) if bounds else each_rule(rules)
        judged.append({
            "title": RuleKind(kind).label, "set": sets.get(kind), "rows": rows, "bounds": bounds,
        })  # fmt: skip
    return judged


def each_rule(rules: Rules) -> list[tuple[str, str]]:
    """Return rules as (rule, value), both in words."""
    named = rules.named
    return [(entry.label, entry.in_words(named[name])) for name, entry in rules.entries().items()]


def thresholds(rules: Rules, named: tuple[str, ...]) -> list[tuple[str, str, str]]:
    """Return the thresholds whose names begin with one of these as (label, last green, last
    amber)."""
    pairs: dict[str, dict[str, str]] = {}
    for name, entry in rules.entries().items():
        for colour in ("green", "amber"):
            if name.startswith(named) and f"_{colour}" in name:
                of = entry.label.replace(f" {colour}", "")
                pairs.setdefault(of, {})[colour] = entry.in_words(rules.named[name])
    return [(of, bounds.get("green", ""), bounds.get("amber", "")) for of, bounds in pairs.items()]
