"""The columns of exported and imported tables: media types of the files, and how a column names a
reference."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pmhub.access import ScopedQuerySet
from pmhub.models import Person
from pmhub.serializers.fields import Currency
from programmes.models import FieldType
from programmes.queries.custom_fields import FieldDescription

CSV = "text/csv"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MONEY_UNIT = "money_unit"  # beside a currency: in what its amounts are, such as thousands
SEVERAL = "; "  # between the values of a list
# Characters with which a formula begins for a spreadsheet, full-width ones too.
DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def related_to(model: Any, name: str, custom: Mapping[str, FieldDescription]) -> Any:
    """Return the model to which a member refers; None unless its records have rights of their
    own."""
    if name in custom:
        return Person if custom[name].type == FieldType.PERSON else None
    field = {field.name: field for field in model._meta.get_fields()}.get(name)
    related = field.related_model if field is not None and field.is_relation else None
    scoped = related is not None and isinstance(related._default_manager.all(), ScopedQuerySet)
    return related if scoped else None


def has_code(model: Any) -> bool:
    """Return whether records of a model have a code."""
    return any(field.name == "code" for field in model._meta.concrete_fields)


def has_money(view: Any) -> bool:
    """Return whether the records of a resource say in which currency their amounts are, and not in
    which unit."""
    fields = view.serializer_class._templates()
    return isinstance(fields.get("currency"), Currency) and MONEY_UNIT not in fields
