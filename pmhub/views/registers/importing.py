"""The page `/{collection}/import/`, which makes records of a register from a file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.http import Http404
from rest_framework import serializers

from pmhub.filters.custom import custom_fields
from pmhub.page_addresses import address_of
from pmhub.registers import Register
from pmhub.serializers.custom import YesNo, field_of
from pmhub.serializers.fields import Reason
from pmhub.table_formats import files_of
from pmhub.views import CachedPage
from pmhub.views.refusals import not_theirs
from pmhub.views.registers.new_record import new_address
from pmhub.views.registers.rows import Resources, missing_resource

ADDRESS = ("id", "version")
NOBODY = 0  # the id of no record, so that a file of its records has only a heading
MOST_CHOICES = 12
TAKES: tuple[tuple[Any, str], ...] = (
    (serializers.BooleanField | YesNo, "true or false"),
    (serializers.DateField, "a day, such as 2026-10-31"),
    (serializers.DateTimeField, "a moment, such as 2026-10-31T12:00:00Z"),
    (serializers.DecimalField | serializers.IntegerField, "a number"),
    (serializers.ManyRelatedField, "codes or ids, with ; between"),
    (serializers.RelatedField, "a code, or an id under the name with _id"),
    (serializers.CharField, "text"),
)


def import_address(register: Register, user: Any, resource: Any) -> str:
    """Return the address of the import page of a register; empty for users who may not make
    records, and if it takes no files."""
    may = resource.bulk is not None and new_address(register, user)
    return address_of("import-records", register.name) if may else ""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the file: the field that it fills, its name in the file, its label on pages, and
    what its cells accept."""

    field: str
    name: str
    label: str
    takes: str
    required: bool


class ImportPage(CachedPage):
    """The form that takes a file, with the columns that the file may have."""

    template_name = "registers/import.html"
    resource_of: Resources = staticmethod(missing_resource)  # set by the routes
    register: Register

    def find(self) -> None:
        """Find the register; raises Http404 if it takes no files, NotAllowed for users who may
        not write its records."""
        request: Any = self.request
        self.register = self.kwargs["register"]
        self.resource = self.resource_of(self.register.model, request)
        if self.resource.bulk is None:
            raise Http404
        if not import_address(self.register, request.user, self.resource):
            title = f"You may not import {self.register.title.lower()}"
            raise not_theirs(title, self.register.model(), request.user, way=self.crumbs()[-1])
        self.title = f"Import {self.register.title.lower()}"

    def in_rest(self) -> tuple[str, str]:
        """Return the request to REST that takes the file."""
        name = self.register.name
        return f"{name.replace('-', '_')}_bulk", f"/api/v1/{name}/bulk/"

    def crumbs(self) -> list[tuple[str, str]]:
        """Return the list of the register."""
        return [(self.register.title, address_of("register", self.register.name))]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the columns, and files to start from: an empty one and one with all records."""
        columns = [*self.columns()]
        names = [column.field for column in columns]
        return super().get_context_data(
            register=self.register,
            columns=columns,
            has_codes="code" in names,
            empty=self._files({"fields": ",".join(names), "ids": NOBODY}),
            full=self._files({"fields": ",".join([*ADDRESS, *names])}),
            **kwargs,
        )

    def _files(self, query: dict[str, Any]) -> list[tuple[str, str]]:
        return files_of(f"/api/v1/{self.register.name}/?{urlencode(query)}")

    def columns(self) -> Iterator[Column]:
        """Yield the columns that are read, custom fields included."""
        templates = self.register.serializer._templates()
        for name, field in templates.items():
            plain = not isinstance(field, Reason | serializers.JSONField)
            if plain and not field.read_only and not field.write_only:
                title = f"{name}_id" if names_by_id(field) else name
                yield Column(
                    name, title, self.register.label(name), cell_words(field), field.required
                )
        custom = custom_fields(self.register.model, self.request.user)
        for name, described in custom.items():
            if not described.retired:
                takes_so = cell_words(field_of(described))
                yield Column(name, name, described.label, takes_so, required=False)


def names_by_id(field: Any) -> bool:
    """Return whether a field refers to records without a code, which the file therefore names by
    id."""
    rows: Any = getattr(getattr(field, "child_relation", field), "queryset", None)
    if rows is None:
        return False
    return all(own.name != "code" for own in rows.model._meta.concrete_fields)


def cell_words(field: Any) -> str:
    """Return in words what the cells of a field accept."""
    if names_by_id(field):
        return "an id" if isinstance(field, serializers.RelatedField) else "ids, with ; between"
    if isinstance(field, serializers.ChoiceField) and not isinstance(field, YesNo):
        values = [str(value) for value in field.choices if value not in (None, "")]
        return f"one of: {', '.join(values[:MOST_CHOICES])}{' …' * (len(values) > MOST_CHOICES)}"
    return next((words for kind, words in TAKES if isinstance(field, kind)), "a value")
