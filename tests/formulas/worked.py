"""Worked examples, most of them published, and the demo portfolio with its expected results.

Every number is read as Decimal, exactly as printed.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

DATA = Path(__file__).parent.parent / "data"


def _read(name):
    text = (DATA / name).read_text(encoding="utf-8")
    return json.loads(text, parse_float=Decimal, parse_int=Decimal)


@dataclass(frozen=True)
class Example:
    id: str
    topic: str
    title: str
    source: dict
    inputs: dict
    expected: dict
    tolerance: dict
    notes: str

    def agrees(self, got, name):
        """Assert that a figure, or a list or mapping of figures, is the expected one."""
        assert_close(got, self.expected[name], self.tolerance, f"{self.id} {name}")


EXAMPLES = {row["id"]: Example(**row) for row in _read("worked_examples.json")}
DEMO = _read("demo_examples.json")
AS_OF = date.fromisoformat(DEMO["status_date"])


def worked(*ids):
    """Parametrise a test with these examples."""
    return pytest.mark.parametrize("example", [EXAMPLES[code] for code in ids], ids=ids)


def assert_close(got, want, tolerance, what=""):
    if isinstance(want, Mapping):
        assert set(got) == set(want), what
        for key in want:
            assert_close(got[key], want[key], tolerance, f"{what} {key}")
    elif isinstance(want, list):
        assert len(got) == len(want), what
        for index, each in enumerate(want):
            assert_close(got[index], each, tolerance, f"{what} {index}")
    elif isinstance(want, Decimal) and got is not None:
        allowed = max(tolerance.get("abs", 0), abs(want) * tolerance.get("rel", 0))
        assert abs(Decimal(got) - want) <= allowed, f"{what}: {got} is not {want}"
    else:
        assert got == want, what


def day(text):
    return date.fromisoformat(text) if text else None


def by_id(table):
    return {row["id"]: row for row in DEMO[table]}
