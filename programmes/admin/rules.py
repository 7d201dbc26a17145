"""Rule sets on the admin pages."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import ValidationError
from django.http import HttpRequest

from pmhub.admin.numbers import NamedRules
from pmhub.admin.records import RecordForm
from programmes.admin.authored import AuthoredAdmin
from programmes.models import RuleKind, RuleSet
from programmes.models.rule_set import checked
from programmes.rule_kinds import KINDS

FIXED = [kind for kind, rules in KINDS.items() if rules.entries()]


class RuleSetForm(RecordForm):
    """A form of a rule set, with a field for each rule of its kind."""

    def clean(self) -> Any:
        """Refuse values by which nothing could be judged."""
        cleaned = super().clean() or {}
        if {"kind", "values"} <= cleaned.keys():
            try:
                checked(cleaned["kind"], cleaned["values"])
            except ValidationError as error:
                self.add_error("values", error)
        return cleaned


def form_of(kind: str) -> type[RuleSetForm]:
    """Return the form for a kind of rules."""
    help_text = "Only what differs from the defaults is kept."
    return type(
        RuleSetForm.__name__,
        (RuleSetForm,),
        {"values": NamedRules(kind=KINDS[kind], help_text=help_text)},
    )


@admin.register(RuleSet)
class RuleSetAdmin(AuthoredAdmin):
    """Rule sets: another is added, of the kind in the address; none is changed."""

    form = form_of(RuleKind.THRESHOLDS)
    list_display = ("valid_from", "kind", "portfolio", "reason", "by")
    list_display_links = ("valid_from", "kind")
    list_filter = ("kind", "portfolio")
    list_select_related = ("portfolio", "by")
    date_hierarchy = "valid_from"
    search_fields = ("reason",)

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> Any:
        """Return the form of the kind. Categories, whose names are free, are written on the
        product's pages."""
        kind = request.POST.get("kind") or request.GET.get("kind") or RuleKind.THRESHOLDS
        if kind not in FIXED:
            kind = RuleKind.THRESHOLDS
        return super().get_form(request, obj, change=change, form=form_of(kind), **kwargs)

    def formfield_for_choice_field(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Offer the kinds whose rules have fixed names."""
        if db_field.name == "kind":
            kwargs["choices"] = [pair for pair in RuleKind.choices if pair[0] in FIXED]
        return super().formfield_for_choice_field(db_field, request, **kwargs)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Allow no changes."""
        return False
