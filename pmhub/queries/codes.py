"""Records found by their code, whatever its case, or by a former code."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from django.db import connection
from django.db.models import F

from pmhub.database.collation import Folded
from pmhub.models import FormerCode

KEYS = "SELECT said, pmhub_fold(said) FROM unnest(%s::text[]) AS said"


def _keys(codes: Iterable[str]) -> dict[str, str]:
    """Return, by code, the text by which it is compared with others."""
    with connection.cursor() as cursor:
        cursor.execute(KEYS, [sorted({*codes})])
        return dict(cursor.fetchall())


def ids_by_code(rows: Any, codes: Iterable[str]) -> Mapping[str, list[int]]:
    """Return the ids of the rows with these codes, by code. For a code that no row has, they are
    those of rows that had it before."""
    keys = _keys(codes)
    by_key: dict[str, list[int]] = defaultdict(list)
    held = rows.annotate(_key=Folded(F("code"))).filter(_key__in={*keys.values()})
    for key, pk in held.order_by("pk").values_list("_key", "pk"):
        by_key[key].append(pk)
    if lacking := {*keys.values()} - by_key.keys():
        former = FormerCode.leading(kind=rows.model._meta.model_name, key__in=lacking)
        led = former.filter(object_id__in=rows.order_by().values("pk"))
        for key, pk in led.order_by("object_id").values_list("key", "object_id"):
            by_key[key].append(pk)
    return {code: by_key[key] for code, key in keys.items() if key in by_key}
