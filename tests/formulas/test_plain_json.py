"""Dataclasses as JSON and back, as objects and as rows of their fields."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import orjson
import pytest

from pmhub.plain_json import restored, written, written_as_rows


@dataclass(frozen=True, slots=True)
class Part:
    share: Decimal
    word: str | None


@dataclass(frozen=True, slots=True)
class Whole:
    on: date | None
    parts: tuple[Part, ...]
    first: Part | None


WHOLES = (
    Whole(date(2026, 10, 31), (Part(Decimal("0.10"), "a"), Part(Decimal(2), None)), None),
    Whole(None, (), Part(Decimal("-1.5"), "")),
)


@pytest.mark.parametrize("write", [written, written_as_rows], ids=["objects", "rows"])
def test_what_is_written_is_read_back(write):
    assert restored(tuple[Whole, ...], orjson.loads(write(WHOLES))) == WHOLES


def test_a_row_holds_the_fields_of_a_dataclass_in_their_order():
    assert written_as_rows(WHOLES[:1]) == b'[["2026-10-31",[["0.10","a"],["2",null]],null]]'
