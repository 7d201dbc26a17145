"""The base of what somebody writes under their name on the admin pages."""

from typing import Any

from django.http import HttpRequest

from pmhub.admin.pages import actor
from pmhub.admin.records import RecordAdmin
from pmhub.services import person_of


class AuthoredAdmin(RecordAdmin):
    """Pages of what somebody says and somebody else confirms, by an action."""

    author = "by"

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """Let nobody change who said or confirmed it: whoever types it in says it, and an action
        confirms it."""
        names = (self.author, "verified_by", "approved_by")
        there = {field.name for field in self.model._meta.fields}
        given = super().get_readonly_fields(request, obj)
        return [*given, *(name for name in names if name in there)]

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Whoever changes it says it from here on."""
        if not change or form.changed_data:
            setattr(obj, self.author, person_of(actor(request)))
            form.changed_data.append(self.author)
        super().save_model(request, obj, form, change)
