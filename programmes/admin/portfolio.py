"""Portfolios and their objectives."""

from django.contrib import admin

from pmhub.admin.numbers import NamedRules
from pmhub.admin.records import RecordAdmin, RecordForm, Rows
from programmes.health import Thresholds
from programmes.models import (
    Portfolio,
    StrategicObjective,
)


class ObjectiveRows(Rows):
    """The objectives of a portfolio."""

    model = StrategicObjective
    fields = ("code", "title", "measure", "target", "target_on", "weight", "status")


class PortfolioForm(RecordForm):
    """A form of a portfolio, with a field for each threshold."""

    rag_thresholds = NamedRules(
        kind=Thresholds, help_text="Only what differs from the defaults is kept."
    )


@admin.register(Portfolio)
class PortfolioAdmin(RecordAdmin):
    """Portfolios, with the rules of their figures."""

    form = PortfolioForm
    list_display = ("code", "name", "organisation", "currency", "pmo_type", "as_of")
    list_display_links = ("code", "name")
    search_fields = ("code", "name", "organisation")
    inlines = (ObjectiveRows,)


@admin.register(StrategicObjective)
class ObjectiveAdmin(RecordAdmin):
    """Strategic objectives."""

    list_display = ("code", "title", "portfolio", "target", "target_on", "owner", "status")
    list_display_links = ("code", "title")
    list_filter = ("status", "portfolio")
    list_select_related = ("portfolio", "owner")
    search_fields = ("code", "title", "measure")
