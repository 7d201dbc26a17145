"""Saved views: their fields, and which of them may be written."""

from __future__ import annotations

from typing import Any, ClassVar

from django.core.exceptions import TooManyFieldsSent
from django.http import QueryDict
from rest_framework.exceptions import ValidationError

from pmhub.models import SavedView
from pmhub.registers import registers
from pmhub.serializers.fields import NoCode
from pmhub.serializers.records import HEAD, RECORD, RecordSerializer
from pmhub.services import no_other_default


class SavedViewSerializer(RecordSerializer):
    """A list with its filters and order: `query` is the part of its address after the `?`. Only its
    author sees it, unless it names a portfolio or a programme, with whose readers it is shared. The
    author's list opens with the view that `is_default`; only one view of a list can be that."""

    code = NoCode()

    class Meta(RecordSerializer.Meta):
        model = SavedView
        fields = [
            *HEAD, "collection", "name", "query", "portfolio", "programme", "is_default", *RECORD,
        ]  # fmt: skip
        derived = ("code",)
        extra_kwargs: ClassVar[dict[str, Any]] = {"is_default": {"required": False}}

    def validate_collection(self, name: str) -> str:
        """Refuse the name of a list that does not exist."""
        if registers.named(name) is None:
            raise ValidationError("There is no list of this name.")
        return name

    def validate_query(self, query: str) -> str:
        """Return the query without the parameters that only the page of the list uses, such as the
        number of the open page."""
        try:
            parameters = QueryDict(query.removeprefix("?"), mutable=True)
        except TooManyFieldsSent:
            raise ValidationError("No list is asked for so many things.") from None
        for name in ("page", "filter"):  # they belong to the page and to its form of filters
            parameters.pop(name, None)
        return parameters.urlencode()

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse a query that the list would not accept."""
        register = registers.named(self.after(attrs, "collection") or "")
        if register is not None and not attrs.keys().isdisjoint({"collection", "query"}):
            query = QueryDict(self.after(attrs, "query") or "")
            if wrong := registers.misread(register, query, self.context["request"]):
                raise ValidationError({"query": [wrong]})
        return attrs

    def store(self, row: SavedView, changed: list[str] | None) -> Any:
        """Save the view; a new default replaces the former one."""
        if row.is_default and (changed is None or "is_default" in changed):
            no_other_default(row)
        return super().store(row, changed)
