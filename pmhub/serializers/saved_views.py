"""What a saved view looks like, and what may be written of it."""

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
    """A list as somebody wants to see it: `query` is what stands behind the `?` of its address.
    It is its author's, unless it names a portfolio or a programme, with whose readers it is shared.
    The author's list opens with the one that `is_default`; setting it takes it from another."""

    code = NoCode()

    class Meta(RecordSerializer.Meta):
        model = SavedView
        fields = [
            *HEAD, "collection", "name", "query", "portfolio", "programme", "is_default", *RECORD,
        ]  # fmt: skip
        derived = ("code",)
        extra_kwargs: ClassVar[dict[str, Any]] = {"is_default": {"required": False}}

    def validate_collection(self, name: str) -> str:
        """The name of a list that there is."""
        if registers.named(name) is None:
            raise ValidationError("There is no list of this name.")
        return name

    def validate_query(self, query: str) -> str:
        """Return what is asked of the list, whichever page of it was open."""
        try:
            asked = QueryDict(query.removeprefix("?"), mutable=True)
        except TooManyFieldsSent:
            raise ValidationError("No list is asked for so many things.") from None
        for name in ("page", "filter"):  # of the page, and of the form of a filter
            asked.pop(name, None)
        return asked.urlencode()

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse what the list would not answer."""
        register = registers.named(self.after(attrs, "collection") or "")
        if register is not None and not attrs.keys().isdisjoint({"collection", "query"}):
            query = QueryDict(self.after(attrs, "query") or "")
            if wrong := registers.misread(register, query, self.context["request"]):
                raise ValidationError({"query": [wrong]})
        return attrs

    def store(self, row: SavedView, changed: list[str] | None) -> Any:
        """Save it; the default of before is none any more."""
        if row.is_default and (changed is None or "is_default" in changed):
            no_other_default(row)
        return super().store(row, changed)
