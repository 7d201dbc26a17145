"""Form fields of numbers: as people type and paste them, and rules that have names and defaults, of
which JSON keeps only those that differ."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from pmhub.numerals import typed, typed_share
from pmhub.rounding import exact
from pmhub.rules import Entry, Rules

SHARE = (5, 4)  # digits and decimals of a share of 1


class TypedDecimal(forms.DecimalField):
    """Field for a number, typed with the signs that people put between groups of digits, or for a
    share, which may also be typed as a percentage."""

    def to_python(self, value: Any) -> Any:
        """Return the typed number; refuse a text that is no number, as Django does."""
        reads = typed_share if (self.max_digits, self.decimal_places) == SHARE else typed
        number = reads(value) if isinstance(value, str) else None
        return super().to_python(value if number is None else number)


class TypedInteger(forms.IntegerField):
    """Field for a whole number, typed with signs between groups of digits."""

    def to_python(self, value: Any) -> Any:
        """Return the typed number; refuse a text that is no number, as Django does."""
        number = typed(value) if isinstance(value, str) else None
        return super().to_python(value if number is None else number)


class NamedRules(forms.MultiValueField):
    """Field with an input for each rule of a kind. A rule without an entry has its default, which
    is shown beside it. The value is the mapping that JSON keeps, with numbers as text, so that none
    is rounded."""

    def __init__(self, *, kind: type[Rules], **kwargs: Any) -> None:
        self.entries = [*kind.entries().values()]
        super().__init__(
            fields=[_field(entry) for entry in self.entries],
            widget=NamedRulesWidget(entries=self.entries),
            require_all_fields=False,
            required=False,
            **kwargs,
        )

    def compress(self, data_list: list[Any]) -> dict[str, str | bool]:
        """Return the entries that differ from the defaults."""
        return {
            entry.name: value if isinstance(value, bool | str) else exact(Decimal(value))
            for entry, value in zip(self.entries, data_list, strict=False)
            if value not in (None, "", entry.default)
        }


def _field(entry: Entry) -> forms.Field:
    if entry.type is bool:
        return forms.BooleanField(required=False)
    if entry.choices:
        return forms.ChoiceField(choices=_choices(entry), required=False)
    text = _("{name}: enter a number.").format(name=entry.label)
    options: dict[str, Any] = {"required": False, "error_messages": {"invalid": text}}
    if entry.type is int:
        return TypedInteger(**options)
    return TypedDecimal(max_digits=20, decimal_places=10, **options)


def _choices(entry: Entry) -> list[tuple[str, str]]:
    return [("", _("default")), *entry.words.items()]


class NamedRulesWidget(forms.MultiWidget):
    """Inputs for the rules of a kind, each with its label and its default."""

    def __init__(self, *, entries: Sequence[Entry]) -> None:
        self.entries = entries
        super().__init__({entry.name: _input(entry) for entry in entries})

    def decompress(self, value: Any) -> list[Any]:
        """Return the stored entries in the order of the rules, with None for a rule that has its
        default."""
        given = value if isinstance(value, Mapping) else {}
        return [given.get(entry.name) for entry in self.entries]

    def render(
        self, name: str, value: Any, attrs: dict[str, Any] | None = None, renderer: Any = None
    ) -> SafeString:
        """Return the inputs as an HTML list."""
        values = value if isinstance(value, list) else self.decompress(value)
        rows = []
        for entry, widget, held in zip(self.entries, self.widgets, values, strict=True):
            id = f"id_{name}_{entry.name}"
            drawn = widget.render(f"{name}_{entry.name}", held, {"id": id}, renderer)
            rows.append((id, entry.label, drawn, default_words(entry)))
        pattern = '<li><label for="{}">{}</label> {} <span class="help">{}</span></li>'
        return format_html("<ul>{}</ul>", format_html_join("", pattern, rows))


def default_words(entry: Entry) -> str:
    """Return a sentence with the default of a rule."""
    if entry.type is bool:
        return _("unless ticked, no")
    if entry.default is None:
        return _("empty: no limit")
    return _("default {value}").format(value=entry.in_words(entry.default))


def _input(entry: Entry) -> forms.Widget:
    if entry.type is bool:
        return forms.CheckboxInput()
    if entry.choices:
        return forms.Select(choices=_choices(entry))
    return forms.TextInput({"inputmode": "decimal", "autocomplete": "off"})
