"""The base of records that somebody writes under their name."""

from __future__ import annotations

from typing import Any, ClassVar

from pmhub.serializers import NoCode, RecordSerializer
from pmhub.services import as_of, person_of


class AuthoredSerializer(RecordSerializer):
    """A record of what somebody says: whoever changes one of the fields `authored` becomes its
    author, named in the field `author`, who may not confirm it."""

    author: ClassVar[str] = "by"
    authored: ClassVar[tuple[str, ...]] = ()
    code = NoCode()

    class Meta(RecordSerializer.Meta):
        read_only_fields: ClassVar[tuple[str, ...]] = ("by",)
        derived: ClassVar[tuple[str, ...]] = ("code",)

    def store(self, row: Any, changed: list[str] | None) -> Any:
        """Store the record, with the user as its author if one of the fields `authored` changed."""
        if changed is None or {*changed} & {*self.authored}:
            setattr(row, self.author, person_of(self.user))
            changed = None if changed is None else [*changed, self.author]
        return super().store(row, changed)

    def default_day(self, attrs: dict[str, Any], name: str) -> None:
        """Set the day of a new record, if it is not given, to the status date."""
        if self.instance is None and name not in attrs:
            row = self.proposed(attrs)
            above = row.visible_through
            if not above or any(getattr(row, parent) for parent in above):
                attrs[name] = as_of(row)
