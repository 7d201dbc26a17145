"""The base of admin pages of records that somebody writes under their name."""

from typing import Any

from django.http import HttpRequest

from pmhub.admin.pages import actor
from pmhub.admin.records import RecordAdmin
from pmhub.services import person_of


class AuthoredAdmin(RecordAdmin):
    """Admin pages of records that one person writes and another confirms by an action."""

    author = "by"

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """Keep author and confirmation from being edited: whoever writes is the author, and an
        action confirms."""
        names = (self.author, "verified_by", "approved_by")
        there = {field.name for field in self.model._meta.fields}
        given = super().get_readonly_fields(request, obj)
        return [*given, *(name for name in names if name in there)]

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Make the user the author of the record."""
        if not change or form.changed_data:
            setattr(obj, self.author, person_of(actor(request)))
            form.changed_data.append(self.author)
        super().save_model(request, obj, form, change)
