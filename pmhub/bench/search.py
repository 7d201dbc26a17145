"""What it costs to find something among many records, for who sees few of them and who sees all."""

from __future__ import annotations

import time
from collections.abc import Iterator
from functools import partial
from typing import Any

from django.db import connection

from pmhub.bench.estate import WIDE, Bench, Finding
from pmhub.demo.estate import Size, load
from pmhub.models import Person, RoleAssignment, SearchEntry, User
from pmhub.queries import search
from programmes.models import CustomField, Portfolio

WORDS = ("R-77", "risk 17", "risk", "project 12", "deliverable", "quay 17", "nothing like it")
# SQL that gives a tenth of the risks a text in a custom field.
SAID = """
UPDATE projects_risk SET custom = jsonb_build_object('site', 'Quay ' || mod(id, 1000))
WHERE mod(id, 10) = 0
"""
TIMES = 20
RECORDS = 100_000
AIM = "≤ 100 ms"


def searching(bench: Bench) -> Iterator[Finding]:
    """Measure the 95th percentile of searches among 100,000 records, as the palette searches: for
    words of many records, of few, and of a custom field. This comes last, for so many records would
    slow down the other measures."""
    missing = RECORDS - SearchEntry.objects.count()
    if missing > 0:
        load(Size(WIDE, 2 * WIDE, missing, WIDE, 2 * WIDE), "SEARCH")
    few = User.objects.create_user("bench-few")
    person = Person.objects.create(code="BENCHFEW", name="Bench", user=few)
    programme = bench.wide.programmes.order_by("pk")[0]
    RoleAssignment.objects.create(person=person, role="viewer", programme=programme)
    _add_custom_texts()
    bench.settle()
    number = SearchEntry.objects.count()
    for who, user in (("all", User.objects.get(username="bench")), ("one programme", few)):
        sees = search.entries(user, archived=True).count()
        measure = partial(_milliseconds, user)
        taken = sorted(measure(words) for words in WORDS for _ in range(TIMES))
        p95 = taken[int(len(taken) * 0.95)]
        beside = f"{sees} of {number} records"
        yield Finding(f"search as who sees {who}", f"p95 {p95:.1f} ms", beside, aim=AIM)


def _add_custom_texts() -> None:
    """Give some of the risks a text in a custom field, which is searched too."""
    CustomField.objects.bulk_create(
        CustomField(portfolio=portfolio, entity="risk", type="text", name="site", label="Site")
        for portfolio in Portfolio.objects.all()
    )
    with connection.cursor() as cursor:
        cursor.execute(SAID)


def _milliseconds(user: Any, words: str) -> float:
    begun = time.perf_counter()
    search.first(user, words, 8)
    return 1000 * (time.perf_counter() - begun)
