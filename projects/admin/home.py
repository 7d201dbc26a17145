"""The filter of records by the programme that they belong to."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from pmhub.database.collation import InOrder
from pmhub.numerals import whole_number
from programmes.models import Programme
from projects.queries.programmes import in_programme


class HomeFilter(admin.SimpleListFilter):
    """The programme that a record belongs to, itself or through its project."""

    title = "programme"
    parameter_name = "programme"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Return the programmes by code."""
        rows = Programme.objects.order_by(InOrder("code"), "pk").values_list("pk", "code", "name")
        return [(str(pk), f"{code} {name}") for pk, code, name in rows]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Return the records of the programme itself and of its projects."""
        home = whole_number(self.value() or "")
        if home is None:
            return queryset
        return queryset.filter(in_programme(home))
