"""The audit register as a page: who did what, when, from where and why."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase

from pmhub.access.grants import audits
from pmhub.filters.audit import AuditFilter
from pmhub.models import Act, AuditEntry, Person
from pmhub.numerals import page_number
from pmhub.queries.audit import name_entries
from pmhub.views import Page

ROWS = 50


class Audit(Page):
    """The entries of the audit register that match the form, the newest first."""

    template_name = "audit.html"
    title = "Audit register"

    def in_rest(self) -> tuple[str, str]:
        """Return the request to REST for the register."""
        return "audit_list", "/api/v1/audit/"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Raise Http404 for users who may not read the register."""
        if request.user.is_authenticated and not audits(request.user):
            raise Http404
        return super().dispatch(request, *args, **kwargs)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the form, one page of entries, and the position of that page."""
        rows = AuditEntry.objects.visible_to(self.request.user).order_by("-pk")
        filters = AuditFilter(self.request.GET, rows, request=self.request)
        wrong = filters.errors if not filters.is_valid() else {}
        page = page_number(self.request.GET.get("page", ""))
        matches = filters.qs if not wrong else rows.none()
        entries = name_entries(list(matches[(page - 1) * ROWS : page * ROWS + 1]))
        parameters = self.request.GET.copy()
        parameters.pop("page", None)
        return super().get_context_data(
            acts=Act.choices,
            asked=parameters,
            entries=entries[:ROWS],
            errors=[(name, text) for name, texts in wrong.items() for text in texts],
            filtered=any(parameters.values()),
            people=self._people(),
            page=page,
            more=len(entries) > ROWS,
            query=parameters.urlencode(),
            **kwargs,
        )

    def _people(self) -> Any:
        """Return the people to choose from in the form: those with an account, or who had one."""
        return Person.objects.visible_to(self.request.user).exclude(user=None)
