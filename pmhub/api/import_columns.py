"""A column of an imported file, and the values of its cells."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rest_framework import serializers

from pmhub.api.columns import SEVERAL
from pmhub.api.parsing import loads
from pmhub.api.problems import Problem
from pmhub.numerals import whole_number
from pmhub.serializers.custom import YesNo

ADDRESS = ("id", "version")
APART = serializers.JSONField | serializers.DictField | serializers.ListSerializer


@dataclass(slots=True)
class Column:
    """A column of an imported file: its place and title, the `name` and field that it fills, and
    the model whose codes its cells hold (`named`)."""

    place: int
    title: str
    name: str
    field: Any = None
    named: Any = None  # a model
    ids: Mapping[str, list[int]] = dataclasses.field(default_factory=dict)  # by code

    def cell_of(self, texts: Sequence[str]) -> str:
        """Return the row's cell in this column; empty where the row ends before it."""
        return texts[self.place] if self.place < len(texts) else ""

    def value(self, text: str) -> Any:
        """Return the value of a cell as JSON would hold it; raises ValueError with a sentence."""
        kind = self.field
        if self.name in ADDRESS:
            number = whole_number(text)
            return text if number is None else number
        if isinstance(kind, serializers.ManyRelatedField | serializers.ListField):
            return [self._one(part) for part in parts_of(text)]
        if isinstance(kind, APART):
            try:
                return loads(text.encode())
            except Problem as problem:
                raise ValueError(problem.text) from None
        yes_or_no = isinstance(kind, serializers.BooleanField | YesNo)
        return self._one(text.lower() if yes_or_no else text)

    @property
    def nothing(self) -> Any:
        """The value that clears the field."""
        if isinstance(self.field, serializers.ManyRelatedField | serializers.ListField):
            return []
        return "" if getattr(self.field, "allow_blank", False) else None

    def _one(self, text: str) -> Any:
        if self.named is None:
            return text
        ids = self.ids.get(text := text.strip(), [])
        if len(ids) == 1:
            return ids[0]
        if ids:
            raise ValueError(f"Several have the code {text}: name one in {self.name}_id.")
        raise ValueError(f"There is no {self.named._meta.verbose_name} {text} that you may see.")


def named_by_id(column: Column, columns: Sequence[Column], texts: Sequence[str]) -> bool:
    """Return whether a cell holds a code that several records have, and the row's cell in the
    column of ids says which of them is meant."""
    codes = parts_of(column.cell_of(texts))
    if all(len(column.ids.get(code, ())) < 2 for code in codes):
        return False
    meant = {str(id) for code in codes for id in column.ids.get(code, ())}
    cells = [parts_of(each.cell_of(texts)) for each in columns if each.title == f"{column.name}_id"]
    return any(ids and meant.issuperset(ids) for ids in cells)


def parts_of(text: str) -> list[str]:
    """Return the values in a cell, one or several."""
    return [part.strip() for part in text.split(SEVERAL.strip()) if part.strip()]
