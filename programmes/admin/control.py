"""By which rules, by whom and within which limits is decided."""

from dataclasses import asdict
from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from pmhub.admin.numbers import NamedNumbers
from pmhub.admin.records import RecordForm
from programmes.admin.governance import Authored
from programmes.health import DEFAULT
from programmes.models import RuleSet


class RuleSetForm(RecordForm):
    """A set of rules, each by name with its default."""

    values = NamedNumbers(
        defaults=asdict(DEFAULT), help_text="Only what differs from the defaults is kept."
    )


@admin.register(RuleSet)
class RuleSetAdmin(Authored):
    """Rule sets: another is added, none is changed."""

    form = RuleSetForm
    list_display = ("valid_from", "kind", "portfolio", "reason", "by")
    list_display_links = ("valid_from", "kind")
    list_filter = ("kind", "portfolio")
    list_select_related = ("portfolio", "by")
    date_hierarchy = "valid_from"
    search_fields = ("reason",)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """None is changed."""
        return False
