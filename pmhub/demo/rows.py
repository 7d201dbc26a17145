"""What a loading of the demo knows: its data, who acts, and the rows that others name by code."""

from collections.abc import Iterable
from datetime import date
from typing import Any, TypeVar

from django.db import models

from pmhub.models import Record, User

Row = dict[str, Any]
Model = TypeVar("Model", bound=Record)


class DemoLoad:
    """One loading of the demo, with its data, the users who act and the loaded records by code."""

    by: User
    sponsor: User

    def __init__(self, data: Row) -> None:
        self.data = data
        self.as_of = date.fromisoformat(data["portfolio"]["status_date"])
        self.by_code: dict[str, Any] = {}

    def rows(
        self, model: type[Model], section: str | Iterable[Row], *extra: str, **given: Any
    ) -> list[tuple[Model, Row]]:
        """Add the rows of a section; return each new record with its row. Keys in `extra` are not
        fields of the model and are left to the caller."""
        source = list(self.data[section] if isinstance(section, str) else section)
        made = [model(**self.fields(model, row, extra), **given) for row in source]
        for record in made:
            record.created_by = record.updated_by = self.by
        model._base_manager.bulk_create(made)
        self.by_code |= {record.code: record for record in made if hasattr(record, "code")}
        return list(zip(made, source, strict=True))

    def fields(self, model: type[models.Model], row: Row, extra: Iterable[str] = ()) -> Row:
        """Return the fields of a row, with records in the place of their codes."""
        fields = {}
        for name, value in row.items():
            if name in extra:
                continue
            field: Any = model._meta.get_field(name)
            fields[name] = self.by_code[value] if field.is_relation else field.to_python(value)
        return fields
