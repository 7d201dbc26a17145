"""The saved views of a list: links to them, and the forms that make and change one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, QueryDict

from pmhub.access import can
from pmhub.models import SavedView
from pmhub.page_addresses import address_of
from pmhub.registers import Register
from pmhub.serializers.saved_views import SavedViewSerializer
from pmhub.views.registers import forms

FIELDS = ("name", "programme", "portfolio", "is_default")
LABELS = {
    "name": "Name",
    "programme": "Share with a programme",
    "portfolio": "Share with a portfolio",
    "is_default": "Open the list with it",
}
GONE = frozenset({"page", "filter"})  # parameters of an address that no saved view keeps
NEW, OLD = "view-", "this-view-"  # prefixes of the ids of the two forms


@dataclass(frozen=True, slots=True)
class ViewLink:
    """A link to a saved view; `kind` says that it is shared, or that the list opens with it."""

    name: str
    address: str
    kind: str
    is_current: bool


class SavedViews:
    """The saved views of a register that a user may see, on the page of a request. A filter that
    the page itself sets (`fixed`) is part of the views saved on it."""

    def __init__(self, register: Register, request: HttpRequest, fixed: Mapping[str, str]) -> None:
        self.register, self.request = register, request
        rows = SavedView.objects.visible_to(request.user).filter(collection=register.name)
        self.rows = list(rows)
        query = saved_query(fixed, request.GET)
        self.current = next((row for row in self.rows if row.query == query), None)

    @property
    def opening(self) -> str:
        """The address with which the list opens, if the user has a default view; else empty."""
        user = self.request.user
        own = [row for row in self.rows if row.is_default and row.created_by_id == user.pk]
        return self._address(own[0]) if own and own[0].query else ""

    def _address(self, row: SavedView) -> str:
        address = address_of("register", self.register.name)
        return f"{address}?{row.query}" if row.query else address

    @property
    def ways(self) -> list[ViewLink]:
        """The links: the user's own views, then those that others share."""
        own = [row for row in self.rows if row.created_by_id == self.request.user.pk]
        others = [row for row in self.rows if row not in own]
        return [
            *(self._way(row, "opens the list" if row.is_default else "") for row in own),
            *(self._way(row, "shared") for row in others),
        ]

    def _way(self, row: SavedView, kind: str) -> ViewLink:
        return ViewLink(row.name, self._address(row), kind, row is self.current)

    @property
    def everything(self) -> str:
        """The address of the list without any view."""
        return f"{address_of('register', self.register.name)}?view=table"

    @property
    def may_change(self) -> bool:
        """Whether the user may change the view that is shown."""
        return self.current is not None and can(self.request.user, "write", self.current)

    @property
    def new(self) -> list[Any]:
        """The fields of the form for a new view."""
        return self._fields(SavedViewSerializer(context=self._context), NEW)

    @property
    def old(self) -> list[Any]:
        """The fields of the form for the view that is shown."""
        return self._fields(SavedViewSerializer(self.current, context=self._context), OLD)

    @property
    def _context(self) -> dict[str, Any]:
        return {"request": self.request}

    def _fields(self, serializer: Any, prefix: str) -> list[Any]:
        inputs = forms.fields_of(serializer, FIELDS, prefix=prefix)
        for field in inputs:
            serializer.fields[field.name].label = LABELS[field.name]
        return inputs


def saved_query(fixed: Mapping[str, str], query: QueryDict) -> str:
    """Return a query in the form in which views are saved: with the filters that the page sets,
    without the page number, the filter form and empty values."""
    pairs = [(name, value) for name, values in query.lists() for value in values]
    rest = [(name, value) for name, value in pairs if name not in GONE and value != ""]
    return urlencode([*fixed.items(), *rest])
