"""Who is given the stored answer again when a request is repeated with its key."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from django.core.exceptions import PermissionDenied
from django.http import Http404

from pmhub.access import can
from pmhub.api.representations import Row
from pmhub.models import lineage

Rows = list[Row]


class StoredAnswerRights:
    """The rights to a stored answer, asked anew each time it is given."""

    asks: ClassVar[Mapping[str, str]] = {}  # the right an action asks where it is not `write`

    def check_repeat(self: Any, answer: Any) -> None:
        """Who repeats a request still sees its record, and might still do it: else 404, 403."""
        ids = self._repeated(answer)
        rows = self.get_queryset().select_related(*lineage(self.model)).filter(pk__in=ids)
        if len(records := list(rows.order_by())) < len(ids):
            raise Http404
        if not all(self._may_repeat(record) for record in records):
            raise PermissionDenied("You may see this and not do it again.")

    def _may_repeat(self: Any, record: Any) -> bool:
        noun = self.kwargs.get("verb", self.action)
        user, verb = self.request.user, self.verbs().get(noun.replace("_", "-"))
        if verb is not None and noun not in self.asks:
            return verb.by.allows(user, record)
        return can(user, self.asks.get(noun, "write"), record)

    def _repeated(self: Any, answer: Any) -> Sequence[Any]:
        """The ids of the records that an answer was about; of what was deleted there is none."""
        if "pk" in self.kwargs:
            return [self.kwargs["pk"]]
        if "verb" in self.kwargs:
            answer = {"results": self.request.data}
        if not isinstance(answer, Mapping):
            return []
        rows: Rows = answer.get("results", [answer])
        return [row["id"] for row in rows]
