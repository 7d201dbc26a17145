"""The page of a record's history."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pmhub.numerals import page_number
from pmhub.registers import Register
from pmhub.views.registers.cells import Column, cell, columns_for
from pmhub.views.registers.names import Names
from pmhub.views.registers.records import OneRecord

EVENTS = 50  # events of a page


class HistoryPage(OneRecord):
    """Who changed a record, when, from what to what, and why; the newest first."""

    template_name = "registers/history.html"
    about = "History"

    def find(self) -> None:
        """Find the record."""
        super().find()
        self.title = f"History of {self.called}"

    def crumbs(self) -> list[tuple[str, str]]:
        """Return the pages above, with that of the record."""
        return [*super().crumbs(), (self.short, self.address)]

    def in_rest(self) -> tuple[str, str]:
        """Return the request to REST for the history."""
        return self.rest_request("history")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add one page of events."""
        page = page_number(self.request.GET.get("page", ""))
        start = (page - 1) * EVENTS
        events = self.resource.events(self.record.pk, start, start + EVENTS + 1)
        return super().get_context_data(
            register=self.register,
            address=self.address,
            called=self.called,
            events=[in_words(self.register, event, self.request.user) for event in events[:EVENTS]],
            previous=page - 1,
            next=page + 1 if len(events) > EVENTS else 0,
            zone=getattr(getattr(self.record, "owner_portfolio", None), "time_zone", "UTC"),
            **kwargs,
        )


def in_words(register: Register, event: Mapping[str, Any], user: Any) -> dict[str, Any]:
    """Return an event of a record with its changes in words."""
    changes = [_change(register, change, user) for change in event["changes"]]
    return {**event, "changes": changes}


def _change(register: Register, change: Mapping[str, Any], user: Any) -> dict[str, Any]:
    column = columns_for(register, user).get(change["field"])
    return {
        "label": column.label if column else register.label(change["field"]),
        "before": _words(column, change, "from", user),
        "after": _words(column, change, "to", user),
    }


def _words(column: Column | None, change: Mapping[str, Any], end: str, user: Any) -> str:
    value = change[end]
    if value in (None, "", [], {}):
        return "empty"
    if isinstance(value, list | dict):
        return _entries(value)
    if column is None or column.model is not None:
        return str(change[f"{end}_label"] or value)
    row = {column.name: value, "currency": ""}
    return cell(column, row, Names({}, user), "", long=True).text


def _entries(value: list[Any] | dict[str, Any]) -> str:
    """Return the titles of the entries of a list, if all have one; else their number."""
    titles = [entry["title"] for entry in value if isinstance(entry, dict) and entry.get("title")]
    if len(titles) == len(value):
        return ", ".join(titles)
    return f"{len(value)} {'entry' if len(value) == 1 else 'entries'}"
