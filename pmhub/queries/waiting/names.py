"""SQL for the names, on Home, of records that have more in their name than a code or title."""

from __future__ import annotations

from typing import Any

from django.db.models import Case, CharField, F, Func, Value, When
from django.db.models.functions import Coalesce, Concat

from programmes.models import ReportKind
from projects.models import OversightDecision


def label_of(model: Any, name: str) -> Case:
    """Return SQL for the label of a choice."""
    labels = model._meta.get_field(name).flatchoices
    whens = (When(**{name: value}, then=Value(str(label))) for value, label in labels)
    return Case(*whens, default=Value(""), output_field=CharField())


OTHERWISE = Concat(
    label_of(OversightDecision, "level"), Value(" where its facts ask for "), "derived_then"
)


def day_of(name: str) -> Func:
    """Return SQL for a day in words, as `pmhub.formats.day` writes it."""
    return Func(F(name), Value("FMDD Mon YYYY"), function="to_char", output_field=CharField())


REPORT = Concat(
    Case(
        When(kind=ReportKind.END, then=Value("End report of ")), default=Value("Status report of ")
    ),
    Coalesce("programme__code", "project__code"), Value(" to "), day_of("period_end"),
)  # fmt: skip
