"""The page of what happened at a record and at everything that belongs to it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from contextlib import suppress
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from pmhub.access.scoped_rows import read_anew
from pmhub.database.collation import InOrder
from pmhub.models import Person
from pmhub.queries import activity, readers
from pmhub.queries.activity import Entry, Place
from pmhub.registers import Register, registers
from pmhub.views.registers.histories import in_words
from pmhub.views.registers.names import Names
from pmhub.views.registers.records import OneRecord

ENTRIES = 40  # entries of a page
FEW = 6  # fields of one entry that are shown
PEOPLE, PERSON = 200, 2_000  # people that the filter offers; bytes of one, about
THERE = [("comment", "Comments"), ("attachment", "Attachments")]


class ActivityPage(OneRecord):
    """The changes, comments and files of a record and of everything that belongs to it, the latest
    first; `kind` and `by` restrict them to one kind or one person."""

    template_name = "registers/activity.html"
    about = "Activity"

    def find(self) -> None:
        """Find the record."""
        super().find()
        self.title = f"Activity of {self.called}"

    def in_rest(self) -> tuple[str, str]:
        """Return the request to REST for the same entries."""
        parameters = {
            "record_type": self.register.model._meta.model_name,
            "record_id": self.record.pk,
        }
        return "activity_list", f"/api/v1/activity/?{urlencode(parameters)}"

    def crumbs(self) -> list[tuple[str, str]]:
        """Return the pages above, with that of the record."""
        return [*super().crumbs(), (self.short, self.address)]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add one page of entries, and the kinds and people to choose from."""
        inside = activity.belonging_models(self.record, self._registers)
        titles = [(model._meta.model_name, self._registers[model].title) for model in inside]
        kinds = [*THERE, *sorted(titles, key=lambda pair: pair[1])]
        people = self.kept("people", self._people, lambda rows: PERSON * len(rows), of_found=False)
        kind = next((name for name, _ in kinds if name == self.request.GET.get("kind")), "")
        person = next((who for who in people if str(who.pk) == self.request.GET.get("by")), None)
        entries = activity.entries(
            self.record, inside, self.request.user, kind=kind,
            by=person.user_id if person else None, after=self._after(), most=ENTRIES + 1,
        )  # fmt: skip
        return super().get_context_data(
            kinds=kinds, people=people, kind=kind, person=person,
            lines=self._lines(entries[:ENTRIES]),
            older=entries[ENTRIES - 1].place if len(entries) > ENTRIES else "",
            zone=getattr(getattr(self.record, "owner_portfolio", None), "time_zone", "UTC"),
            **kwargs,
        )  # fmt: skip

    def _people(self) -> list[Person]:
        """Return the people to choose from, by name."""
        # Read anew, so that what else changes in the record does not count as read.
        rows = readers.people_around(read_anew(self.record), self.request.user)
        return list(rows.order_by(InOrder("name"), "pk")[:PEOPLE])

    def _after(self) -> Place | None:
        with suppress(ValueError):
            return Place.of(self.request.GET.get("after", ""))
        return None

    def _lines(self, entries: Iterable[Entry]) -> list[dict[str, Any]]:
        """Return the entries as the page shows them: at which record, by whom, and what."""
        described = activity.described(entries, self._changes_of_events, self.request.user)
        wanted: dict[Any, set[int]] = defaultdict(set)
        for entry, row in described:
            if "was" not in row:
                wanted[entry.model].add(entry.record_id)
        names = Names(wanted, self.request.user)
        return [
            {
                "at": entry.at,
                "kind": entry.kind,
                "one": self._registers[entry.model].one,
                "record": (row["was"], "")
                if "was" in row
                else names.part(entry.model, entry.record_id, long=True),
                "row": self._in_words(entry, row),
            }
            for entry, row in described
        ]

    @cached_property
    def _registers(self) -> dict[Any, Register]:
        """The registers by the model of their records."""
        return {register.model: register for register in registers}

    def _changes_of_events(self, model: Any, ids: set[int]) -> dict[int, dict[str, Any]]:
        changes: dict[int, dict[str, Any]] = self.resource_of(model, self.request).changes_of(ids)
        return changes

    def _in_words(self, entry: Entry, row: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return an entry with its changes in words; without changes if the record is new, as its
        page shows all of it."""
        changed = row["changes"] if row["action"] == "changed" else []
        brief = {**row, "changes": changed[:FEW], "more": max(0, len(changed) - FEW)}
        return in_words(self._registers[entry.model], brief, self.request.user)
