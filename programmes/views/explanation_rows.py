"""Words and rows of the pages that explain figures."""

from typing import Any

from pmhub import formats
from programmes import queries
from programmes.models import Portfolio
from programmes.views.bridge import source_row

FORMULAS = {
    "sum": "The sum of the lines that count.",
    "max": "The latest of the lines that count.",
    "count": "The number of lines that count.",
    "worst": "The worst colour of the lines that count.",
}


def formula_words(metric: Any) -> str:
    """Return how the figure comes about, in words."""
    return metric.formula or FORMULAS.get(str(metric.aggregate), "")


def coverage_words(reading: Any, hidden: int) -> str:
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
    """Return the name of a record in short; empty for a record out of sight."""
    return f"{source.code} {source.title}".strip() if source and not source.hidden else ""


def reason_of(line: queries.ExplainedLine) -> str:
    """Return why a line does not count, or counts in part; for a missing exchange rate, which
    one."""
    if line.reason != "no_rate":
        return line.reason
    currency, year = line.inputs.get("foreign_currency"), line.inputs.get("fiscal_year")
    if year:
        return f"no budget rate for {currency} in FY{year}"
    if planned := line.inputs.get("planned_on"):
        return f"no budget rate for {currency} in the year of {formats.day(planned)}"
    if posted := line.inputs.get("posted_on"):
        return f"no rate for {currency} on {formats.day(posted)}"
    return f"no budget rate for {currency}"


def foreign_of(line: queries.ExplainedLine, portfolio: Portfolio) -> str:
    """Return a line's amount in another currency and the rate that converts it: 2,500 €k at
    0.86."""
    inputs = line.inputs
    if inputs.get("foreign_amount") is None:
        return ""
    unit = formats.unit_of(inputs["foreign_currency"], portfolio.money_unit)
    rate = inputs.get("exchange_rate")
    amount = f"{formats.amount(inputs.get('foreign_amount'))} {unit}"
    return f"{amount} at {formats.plain(rate)}" if rate else amount


def line_row(line: queries.ExplainedLine, look: str, portfolio: Portfolio) -> dict[str, Any]:
    """Return a line as the panel shows it."""
    return {
        **source_row(line.source),
        "type": line.source.type,
        "id": line.source.id,
        "about": source_name(line.about),
        "shown": formats.looks(line.value, look),
        "colour": line.value if look == "status" else None,
        "included": line.included,
        "reason": reason_of(line),
        "foreign": foreign_of(line, portfolio),
        "since": line.inputs.get("not_measured_since"),
        "on": line.inputs.get("posted_on"),
        "done": line.inputs.get("done"),
        "weight": line.inputs.get("weight"),
        "points": line.inputs.get("points_done"),
    }
