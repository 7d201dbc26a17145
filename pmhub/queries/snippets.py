"""Snippets: the custom field in which a record contains a word that its code and name do not."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from pmhub.database.custom import ENTITIES
from pmhub.database.search_table import TEXTS
from pmhub.models import SearchEntry, lineage
from pmhub.queries.search import kinds
from pmhub.text import plain
from programmes.queries.custom_fields import custom_of


@dataclass(frozen=True, slots=True)
class Snippet:
    """A field of a record that contains a word: its name, its label on pages, and its text."""

    field: str
    label: str
    text: str

    def __str__(self) -> str:
        return f"{self.label}: {self.text}"


def snippets(entries: Iterable[SearchEntry], text: str) -> dict[tuple[str, int], Snippet]:
    """Return, by kind and id, a snippet for each entry that contains a word only in a custom field.
    Takes one query for each kind of record that may have custom fields."""
    missing: dict[str, dict[int, list[str]]] = defaultdict(dict)
    words = plain(text).split()
    for entry in entries:
        called = plain(f"{entry.code} {entry.name}")
        sought = [word for word in words if word not in called]
        if sought and entry.kind in ENTITIES:
            missing[entry.kind][entry.object_id] = sought
    return {
        (kind, record.pk): snippet
        for kind, sought in missing.items()
        for record in _records(kinds()[kind], sought)
        for snippet in _matching_field(record, sought[record.pk])
    }


def _records(model: Any, ids: Iterable[int]) -> Any:
    return model._base_manager.filter(pk__in=[*ids]).select_related(*lineage(model))


def _matching_field(record: Any, words: Iterable[str]) -> Iterator[Snippet]:
    """Yield the first field that contains one of the words, if there is one."""
    for field in custom_of(record):
        value = record.custom.get(field.name)
        if field.type in TEXTS and value and any(word in plain(value) for word in words):
            yield Snippet(field.key, field.label, value)
            return
