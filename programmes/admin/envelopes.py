"""Envelopes on the admin pages."""

from django.contrib import admin

from programmes.admin.authored import AuthoredAdmin
from programmes.models import Envelope


@admin.register(Envelope)
class EnvelopeAdmin(AuthoredAdmin):
    """How much may be approved in a year."""

    author = "approved_by"
    list_display = ("fiscal_year", "treatment", "portfolio", "programme", "amount", "approved_by")
    list_display_links = ("fiscal_year", "treatment")
    list_filter = ("fiscal_year", "treatment", "programme")
    list_select_related = ("portfolio", "programme", "approved_by")
