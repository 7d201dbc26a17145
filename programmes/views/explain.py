"""Why a figure is what it is: a page, and the content of the side panel."""

from typing import Any

from django.http import Http404
from django.shortcuts import get_object_or_404
from django.urls import reverse

from pmhub import formats
from pmhub.addresses import address_of, then
from pmhub.views.registers.way import way_to
from programmes import queries
from programmes.rollup.metrics import BY_NAME, OF_PROJECTS
from programmes.views.bridge import LATELY, bridge_of, source_row
from programmes.views.health import health_of, reasons
from programmes.views.past import PastPage, ProgrammePastPage
from projects.models import Project

Explained = queries.Explanation | queries.ProjectExplanation

TOTALS = {"sum": "Sum", "max": "Latest", "count": "Count", "worst": "Worst"}
FORMULAS = {
    "sum": "The sum of the lines that count.",
    "max": "The latest of the lines that count.",
    "count": "The number of lines that count.",
    "worst": "The worst colour of the lines that count.",
}


class Explaining(PastPage):
    """Why a figure is what it is: a page, and the content of the side panel."""

    template_name = "programmes/explain_page.html"
    region_template_name = "programmes/explain_live.html"
    kept = False  # it names users

    @property
    def region_template(self) -> str:
        """The bare explanation for the panel."""
        return "programmes/explain.html" if self.region == "panel" else super().region_template

    def explained(self, found: Explained, page: str, health: dict[str, Any]) -> dict[str, Any]:
        """Value, formula, lines with their total, what is left out, what moved it."""
        metric, reading, owner = found.metric, found.reading, found.rollup.owner
        figure = Figure(metric, reading)
        look = formats.look_for(metric.unit, [figure.value, *(line.value for line in found.lines)])
        lines = [line_row(line, look) for line in found.lines]
        since = self.request.GET.get("since") or LATELY
        return {
            "owner": owner,
            "home": address_of(owner._meta.model_name or "", owner.pk) + then(self.at),
            "page": page,
            "metric": figure,
            "shown": formats.shown(figure, look),
            "unit_words": formats.money_unit(found.rollup.portfolio)
            if metric.unit == "money"
            else "",
            "formula": formula_words(metric),
            "included": [line for line in lines if line["included"]],
            "excluded": [line for line in lines if not line["included"]],
            "total": formats.shown(figure, look) if lines and figure.value is not None else "",
            "total_label": TOTALS.get(str(metric.aggregate), ""),
            "inputs": found.inputs,
            "dimensions": health.get("dimensions"),
            "reasons": health.get("reasons"),
            "bridge": bridge_of(owner, metric.name, self.request.user, since, self.at),
            "explain": reverse(page, args=[owner.pk, metric.name]),
            "rules": found.rules,
            "rollup": found.rollup,
            "as_of": found.rollup.as_of,
            "coverage": covered(reading, found.hidden),
        }


class ExplainPage(Explaining, ProgrammePastPage):
    """Why a figure of a programme is what it is."""

    kept = False

    def in_rest(self) -> tuple[str, str]:
        """The figure with its lines, as data."""
        return (
            "programmes_explanation",
            f"/api/v1{self.request.path.replace('/explain/', '/rollup/')}",
        )

    def find(self) -> None:
        """The programme, for whom it exists, and the metric, if there is one."""
        metric = BY_NAME.get(self.kwargs["metric"])
        self.about = metric.label if metric else ""
        super().find()
        if metric is None:
            raise Http404("There is no such metric.")

    def region_context(self) -> dict[str, Any]:
        """The figure with what explains it."""
        user, name = self.request.user, self.kwargs["metric"]
        found = queries.explanation(self.programme, name, user, self.at, self.standing)
        health = health_of(self.programme, found.rollup, user) if name == "health" else {}
        return {**super().region_context(), **self.explained(found, "explain", health)}


class ProjectExplainPage(Explaining):
    """Why a figure of a project is what it is."""

    def in_rest(self) -> tuple[str, str]:
        """The figure with its lines, as data."""
        return (
            "projects_explanation",
            f"/api/v1{self.request.path.replace('/explain/', '/rollup/')}",
        )

    def find(self) -> None:
        """The project, for whom it exists, and the metric, if it has that."""
        self.find_then()
        if self.kwargs["metric"] not in OF_PROJECTS:
            raise Http404("A project has no such metric.")
        self.find_moment(self.project.owner_portfolio.time_zone)

    def find_then(self) -> None:
        """The project, now or then."""
        projects = Project.objects.visible_to(self.request.user)
        self.project = get_object_or_404(
            projects.select_related("programme__portfolio", "portfolio"), pk=self.kwargs["pk"]
        )
        metric = OF_PROJECTS.get(self.kwargs["metric"])
        self.about = metric.at_project.label if metric else ""
        self.title = f"{self.about}, {self.project.code}"

    def crumbs(self) -> list[tuple[str, str]]:
        """The project, and what it belongs to."""
        return way_to(self.project, self.request.user, self.at)

    def stamp(self) -> tuple[str, str]:
        """Return what was computed last, what was touched, and what is asked for."""
        if self.at:
            return self.past_stamp()
        self.figures = queries.project_rollup(self.project)
        touched = queries.project_stamp(self.project.pk)
        told = f"{touched}-{self.figures.computed_at}-{self.request.GET.urlencode()}"
        return told, self.figures.state

    def region_context(self) -> dict[str, Any]:
        """The figure with what explains it."""
        user, name = self.request.user, self.kwargs["metric"]
        found = queries.project_explanation(self.project, name, user, self.at)
        health = self.health(found) if name == "health" else {}
        return {
            **super().region_context(),
            **self.explained(found, "project-explain", health),
            "lacking": found.lacking,
        }

    def health(self, explanation: queries.ProjectExplanation) -> dict[str, Any]:
        """Dimensions and reasons; the codes of records in these lead to their rows."""
        stored = explanation.reading.detail if explanation.reading else {}
        page = address_of("project", self.project.pk) + then(self.at)
        return {
            "dimensions": formats.in_order(stored.get("dimensions", {})),
            "reasons": reasons(stored, lambda driver: f"{page}#{driver['code']}"),
        }


class Figure:
    """A metric with its value, or without one while there is none."""

    def __init__(self, metric: Any, reading: Any) -> None:
        self.name, self.label, self.unit = metric.name, metric.label, metric.unit
        self.value = reading.value if reading else None
        self.reason = reading.reason if reading else ""
        self.at = reading.at if reading else None
        self.bounds = reading.bounds if reading else ()


def formula_words(metric: Any) -> str:
    """Return how the figure comes about, in words."""
    return metric.formula or FORMULAS.get(str(metric.aggregate), "")


def covered(reading: Any, hidden: int) -> str:
    """Return how many lines count, are left out, lack a fact, or name what the reader may not
    open."""
    if reading is None:
        return ""
    counts = (
        (reading.included, "counted"),
        (reading.excluded, "left out"),
        (reading.missing, "lack a fact"),
        (hidden, "of a source you may not open"),
    )
    return ", ".join(f"{number} {words}" for number, words in counts if number)


def source_name(source: queries.Source | None) -> str:
    """A record in short; out of sight it has no name."""
    return f"{source.code} {source.title}".strip() if source and not source.hidden else ""


def line_row(line: queries.ExplainedLine, look: str) -> dict[str, Any]:
    """A line as the panel shows it."""
    return {
        **source_row(line.source),
        "about": source_name(line.about),
        "shown": formats.looks(line.value, look),
        "colour": line.value if look == "status" else None,
        "included": line.included,
        "reason": line.reason,
        "since": line.inputs.get("not_measured_since"),
        "on": line.inputs.get("posted_on"),
    }
