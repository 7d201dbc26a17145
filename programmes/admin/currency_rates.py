"""Exchange rates."""

from django.contrib import admin

from pmhub.admin.records import RecordAdmin
from programmes.models import CurrencyRate


@admin.register(CurrencyRate)
class CurrencyRateAdmin(RecordAdmin):
    """Rates by which money in other currencies is converted."""

    list_display = ("currency", "kind", "valid_from", "rate", "portfolio", "source")
    list_filter = ("kind", "currency", "portfolio")
    list_select_related = ("portfolio",)
    date_hierarchy = "valid_from"
    search_fields = ("currency", "source", "portfolio__code")
