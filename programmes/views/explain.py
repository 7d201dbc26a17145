"""Why a figure is what it is: a page, and the content of the side panel."""

from typing import Any

from django.http import Http404
from django.urls import reverse

from pmhub.templatetags import pm
from programmes import queries
from programmes.rollup.metrics import BY_NAME
from programmes.views.bridge import LATELY, bridge_of, source_row
from programmes.views.health import health_of
from programmes.views.past import ProgrammePastPage

TOTALS = {"sum": "Sum", "max": "Latest", "count": "Count", "worst": "Worst"}
FORMULAS = {
    "sum": "The sum of the lines that count.",
    "max": "The latest of the lines that count.",
    "count": "The number of lines that count.",
    "worst": "The worst colour of the lines that count.",
}


class ExplainPage(ProgrammePastPage):
    """Why a figure is what it is: a page, and the content of the side panel."""

    template_name = "programmes/explain_page.html"
    region_template_name = "programmes/explain_live.html"
    kept = False  # it names users

    def find(self) -> None:
        """The programme, for whom it exists, and the metric, if there is one."""
        metric = BY_NAME.get(self.kwargs["metric"])
        self.about = metric.label if metric else ""
        super().find()
        if metric is None:
            raise Http404("There is no such metric.")

    @property
    def region_template(self) -> str:
        """The bare explanation for the panel."""
        return "programmes/explain.html" if self.region == "panel" else super().region_template

    def region_context(self) -> dict[str, Any]:
        """Value, formula, lines with their total, what is left out, what moved it."""
        user = self.request.user
        found = queries.explanation(
            self.programme, self.kwargs["metric"], user, self.at, self.standing
        )
        metric, reading = found.metric, found.reading
        portfolio = self.programme.portfolio
        figure = Figure(metric, reading)
        look = pm.look_for(metric.unit, [figure.value, *(line.value for line in found.lines)])
        lines = [line_row(line, look) for line in found.lines]
        health = health_of(self.programme, found.rollup, user) if metric.name == "health" else {}
        since = self.request.GET.get("since") or LATELY
        return {
            **super().region_context(),
            "programme": self.programme,
            "metric": figure,
            "shown": pm.shown(figure, look),
            "unit_words": pm.money_unit(portfolio) if metric.unit == "money" else "",
            "formula": formula_words(metric),
            "included": [line for line in lines if line["included"]],
            "excluded": [line for line in lines if not line["included"]],
            "total": pm.shown(figure, look) if lines and figure.value is not None else "",
            "total_label": TOTALS.get(str(metric.aggregate), ""),
            "inputs": found.inputs,
            "dimensions": health.get("dimensions"),
            "reasons": health.get("reasons"),
            "bridge": bridge_of(self.programme, metric.name, user, since, self.at),
            "explain": reverse("explain", args=[self.programme.pk, metric.name]),
            "rollup": found.rollup,
            "as_of": found.rollup.as_of,
            "coverage": covered(reading, found.hidden),
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


def source_name(source: queries.Source | None) -> str:
    """A record in short; out of sight it has no name."""
    return f"{source.code} {source.title}".strip() if source and not source.hidden else ""


def line_row(line: queries.ExplainedLine, look: str) -> dict[str, Any]:
    """A line as the panel shows it."""
    return {
        **source_row(line.source),
        "about": source_name(line.about),
        "shown": pm.looks(line.value, look),
        "colour": line.value if look == "status" else None,
        "included": line.included,
        "reason": line.reason,
        "since": line.inputs.get("not_measured_since"),
    }
