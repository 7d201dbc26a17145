"""What custom fields cost in lists: the same list before records have any, and with them."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from django.db import connection

from pmhub.bench.estate import Bench, Finding, versus
from pmhub.bench.timing import timed
from programmes.models import CustomField
from projects.models import Project

NUMBERS = 10  # fields, half of them filled in
FILLED = """
UPDATE projects_project SET custom = (
    SELECT jsonb_object_agg('number_' || place, (projects_project.id %% (10 * place))::text)
    FROM generate_series(1, %s) AS place)
WHERE programme_id = %s
"""


def custom_fields(bench: Bench) -> Iterator[Finding]:
    """Measure a list of the largest programme: plain, filtered by a custom field, and ordered by
    one."""
    programme = bench.programmes[max(bench.programmes)]
    path = f"/api/v1/projects/?programme={programme.pk}&page_size=50&ordering="

    def touch() -> None:
        first = Project.objects.filter(programme=programme).order_by("pk").values("pk")[:1]
        Project.objects.filter(pk__in=first).update(objective="")

    without = timed(partial(bench.by_token, path + "code"), 15, touch)
    CustomField.objects.bulk_create(
        CustomField(
            portfolio_id=programme.portfolio_id, entity="project", type="number",
            name=f"number_{place}", label=f"Number {place}",
        )
        for place in range(1, NUMBERS + 1)
    )  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(FILLED, [NUMBERS // 2, programme.pk])
    bench.settle()
    for what, query in (
        ("with custom fields", "code"),
        ("found by one", "code&custom.number_1=3"),
        ("in the order of one", "custom.number_2"),
    ):
        ours = timed(partial(bench.by_token, path + query), 15, touch)
        yield versus(f"list of 50 projects, {what}", ours, "≤ 1.5", without=without)
