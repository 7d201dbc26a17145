"""The sections of a record's page, with its fields as the register declares them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from pmhub.database.custom import PREFIX
from pmhub.formats import NOTHING
from pmhub.registers import Matrix, Register
from pmhub.views.registers import forms
from pmhub.views.registers.cells import Cell, Column, cell
from pmhub.views.registers.names import Names, name_fields


def sections_of(
    register: Register, row: Mapping[str, Any], columns: Mapping[str, Column], names: Names
) -> list[dict[str, Any]]:
    """Return each section with its cells, or with the rows of its matrix. Fields that the title
    shows are left out, and so are empty parents of a record that has another parent."""
    shown = _in_title(register) | _other_parents(register, row)

    def cell_of(name: str) -> Cell:
        return cell(columns[name], row, names, "", long=True)

    sections = []
    for section in register.sections:
        made: dict[str, Any] = {"title": section.title}
        if isinstance(section, Matrix):
            made["views"] = list(section.views.values())
            made["matrix"] = [
                (words, [replace(cell_of(f"{view}_{part}"), label=label)
                         for view, label in section.views.items()])
                for part, words in section.parts.items()
            ]  # fmt: skip
        else:
            kept = [name for name in section.fields if name in columns and name not in shown]
            made["cells"] = [cell_of(name) for name in kept]
            made["prose"] = section.prose
        if made.get("matrix") or made.get("cells"):
            sections.append(made)
    custom = [name for name in columns if name.startswith(PREFIX)]
    if custom := [name for name in custom if not columns[name].gone or row[name] is not None]:
        sections.append({"title": forms.CUSTOM, "cells": [cell_of(name) for name in custom]})
    return sections


def _in_title(register: Register) -> set[str]:
    """Return the fields that the title of a record shows."""
    called, names = register.called, name_fields(register.model)
    return {"code", *(name for name in names if not called or f"{{{name}}}" in called)}


def _other_parents(register: Register, row: Mapping[str, Any]) -> set[str]:
    """Return the relations to parents that the record does not have, if it has another parent."""
    empty = {name for name in register.parents if row.get(name) is None}
    return empty if len(empty) < len(register.parents) else set()


def filled(sections: list[dict[str, Any]]) -> tuple[list[dict[str, Any]], list[str]]:
    """Return the sections with any value, and the titles of the empty ones; if all are empty, all
    of them, so that the page is not."""
    empty = [section for section in sections if not any(_cells(section))]
    if len(empty) == len(sections):
        return sections, []
    kept = [section for section in sections if section not in empty]
    return kept, [section["title"] for section in empty]


def _cells(section: Mapping[str, Any]) -> Iterator[bool]:
    """Yield, for each cell of a section, whether it has a value."""
    for cells in [section.get("cells", ()), *(row for _, row in section.get("matrix", ()))]:
        for each in cells:
            yield bool(each.parts or each.colour or each.text != NOTHING)


def in_rows(sections: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return sections for rows of two, each with whether it is `wide` and takes a whole row: a
    matrix does, and a section without a neighbour."""
    placed: list[dict[str, Any]] = []
    alone = True  # whether the next field begins a row
    for place, section in enumerate(sections):
        last = place + 1 == len(sections) or "matrix" in sections[place + 1]
        wide = "matrix" in section or (alone and last)
        placed.append({**section, "wide": wide})
        alone = wide or not alone
    return placed
