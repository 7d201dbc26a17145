"""The rights to get a stored answer again when a request is repeated with its key."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar

from django.core.exceptions import PermissionDenied
from django.http import Http404

from pmhub.access import can
from pmhub.api.representations import Row
from pmhub.api.resources import API, model_of, view_of
from pmhub.models import lineage

Rows = list[Row]
ADDRESS = re.compile(rf"/{API}([a-z-]+)/\d+/$")


class StoredAnswerRights:
    """Checks the rights to a stored answer each time it is asked for."""

    asks: ClassVar[Mapping[str, str]] = {}  # the right an action asks where it is not `write`

    def check_repeat(self: Any, answer: Any) -> None:
        """Raise 404 unless the user who repeats a request still sees its records, and 403 unless
        they may still make it; remove from the answer what they may not see of them any more."""
        ids = self._repeated(answer)
        rows = self.get_queryset().select_related(*lineage(self.model)).filter(pk__in=ids)
        if len(records := list(rows.order_by())) < len(ids):
            raise Http404
        if not all(self._may_repeat(record) for record in records):
            raise PermissionDenied("You may see this and not do it again.")
        for model, told in _records_in(answer).items():
            view = view_of(model)()
            view.request, view.action = self.request, self.action
            view.withhold(told)

    def _may_repeat(self: Any, record: Any) -> bool:
        noun = self.kwargs.get("verb", self.action)
        user, verb = self.request.user, self.verbs().get(noun.replace("_", "-"))
        if verb is not None and noun not in self.asks:
            return verb.by.allows(user, record)
        return can(user, self.asks.get(noun, "write"), record)

    def _repeated(self: Any, answer: Any) -> Sequence[Any]:
        """Return the ids of the records in an answer; none for a bulk deletion, whose answer is
        empty."""
        if "pk" in self.kwargs:
            return [self.kwargs["pk"]]
        if "verb" in self.kwargs:
            answer = {"results": self.request.data}
        if not isinstance(answer, Mapping):
            return []
        rows: Rows = answer.get("results", [answer])
        return [row["id"] for row in rows]


def _records_in(answer: Any) -> dict[Any, Rows]:
    """Return the records within an answer, by model."""
    records: dict[Any, Rows] = defaultdict(list)
    for row in _rows_in(answer):
        found = ADDRESS.search(str(row["url"]))
        model = model_of(found[1]) if found else None
        if model is not None:
            records[model].append(row)
    return records


def _rows_in(answer: Any) -> Iterator[Row]:
    """Yield the records within an answer, however deep they lie: what has an id and an address."""
    if isinstance(answer, dict) and {"id", "url"} <= answer.keys():
        yield answer
    below = answer.values() if isinstance(answer, dict) else answer
    for value in below if isinstance(answer, dict | list) else ():
        yield from _rows_in(value)
