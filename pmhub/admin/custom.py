"""Custom fields on the admin pages: inputs among the others, judged as over REST."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from django import forms
from rest_framework.exceptions import ValidationError

from pmhub.database.custom import COLUMN, PREFIX
from pmhub.models import Customised, Person
from pmhub.serializers.custom import merged_values
from programmes.models import FieldType
from programmes.queries.custom_fields import FieldDescription, custom_of, visible_custom_fields

NOT_SET = [("", "Not set")]


class CustomForm(forms.ModelForm):
    """Form of a record with inputs for its custom fields."""

    reader: Any = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in self._own():
            value = self.instance.custom.get(name.removeprefix(PREFIX))
            self.initial[name] = str(value).lower() if isinstance(value, bool) else value

    def _own(self) -> list[str]:
        return [name for name in self.fields if name.startswith(PREFIX)]

    def _post_clean(self) -> None:
        """Validate the entered values of custom fields as REST does."""
        super()._post_clean()  # type: ignore[misc]  # not in the stubs
        if self.errors:
            return
        given = {
            name.removeprefix(PREFIX): getattr(self.cleaned_data[name], "pk", None)
            or self.cleaned_data[name]
            or None
            for name in self._own()
            if name in self.changed_data or self.instance.pk is None
        }
        before = self.instance if self.instance.pk else None
        try:
            context = {"request": SimpleNamespace(user=self.reader)}
            self.instance.custom = merged_values(self.instance, given, before, context)
        except ValidationError as error:
            detail: Any = error.detail
            for name, texts in detail[COLUMN].items():
                own = f"{PREFIX}{name}"
                self.add_error(own if own in self.fields else None, [str(text) for text in texts])


def with_inputs(form: Any, model: Any, record: Any, reader: Any) -> Any:
    """Return a form class with an input for each custom field of the record or, for a new record,
    for each that the reader sees."""
    if not issubclass(model, Customised):
        return form
    fields = custom_of(record) if record else visible_custom_fields(model, reader)
    inputs = {field.key: _input(field) for field in fields if not field.retired}
    return type(form.__name__, (CustomForm, form), {**inputs, "reader": reader})


def _input(field: FieldDescription) -> forms.Field:
    given: dict[str, Any] = {"required": False, "label": field.label}
    if field.type == FieldType.CHOICE:
        return forms.ChoiceField(choices=NOT_SET + [(v, v) for v in field.values], **given)
    if field.type == FieldType.BOOL:
        return forms.ChoiceField(choices=[*NOT_SET, ("true", "Yes"), ("false", "No")], **given)
    if field.type == FieldType.PERSON:
        people = Person.objects.filter(archived_at__isnull=True)
        return forms.ModelChoiceField(queryset=people, **given)
    return forms.CharField(strip=True, **given)


def columns(names: list[str]) -> list[str]:
    """Return the names, with those of inputs of custom fields replaced by the column that keeps
    them."""
    return list(dict.fromkeys(COLUMN if name.startswith(PREFIX) else name for name in names))
