"""Panels: parts that a page has beside what its register declares, such as a curve, a map, a board.

A register names its panels; what each is and what it reads is said in `views/panels.py` of its app.
A page made by hand takes one with `{% panel "name" record %}`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

# (record, request) → the context of the template; None where there is nothing to show or the reader
# may not see it. In a region or a panel that is cached, the request is a `CacheableRequest`.
Reads = Callable[[Any, Any], Mapping[str, Any] | None]


@dataclass(frozen=True, slots=True)
class Panel:
    """A part of a page, with its title, its template and the function that reads the template's
    context.

    A `cached` panel is rendered once for all readers who see the same, until a table that it was
    read from is written. It shows nothing of one user alone, and its function is given a
    `CacheableRequest`. A `folded` panel opens when one clicks its title, which shows the `count` of
    the context, if there is one. The registers in `lists` are not listed again below on the
    record's page. `columns` are those of the record that a cached panel reads, beside what the
    record is and where it belongs: they are read together, and the others where one is asked for.
    """

    title: str
    template: str
    reads: Reads
    cached: bool = False
    folded: bool = False
    lists: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()


panels: dict[str, Panel] = {}  # by name, filled by the routes of registers
