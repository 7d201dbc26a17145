"""The number of records of each kind that a user may see, in the whole estate."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from typing import Any

from pmhub.access.grants import Reader
from pmhub.caching import quarter
from pmhub.database.cached_reads import CachedReads

KEPT, ROW = 2_000_000, 100  # bytes of counts kept by a process, and of one count, about

cache = CachedReads(KEPT)


def counts(models: Iterable[Any], user: Any) -> dict[Any, int]:
    """Return, by model, the number of records in use that a user may see. Takes a query for each
    model whose tables were touched since it was asked last."""
    key = user.pk, Reader(user).key, quarter()
    return {model: _counted(model, key, user) for model in models}


def _counted(model: Any, key: Hashable, user: Any) -> int:
    def read() -> int:
        number: int = _in_use(model, user).count()
        return number

    return cache(("count", model._meta.label), key, read, lambda _: ROW)


def _in_use(model: Any, user: Any) -> Any:
    rows = model._default_manager.visible_to(user).order_by()
    return rows.filter(archived_at=None) if hasattr(model, "archived_at") else rows
