"""Form fields of numbers: as people type and paste them, and those that have names and defaults, of
which JSON keeps only those that differ."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from pmhub.numerals import typed, typed_share
from pmhub.rounding import exact
from pmhub.text import label_of

Defaults = Mapping[str, Decimal | int | bool]


SHARE = (5, 4)  # digits and decimals of a share of 1


class TypedDecimal(forms.DecimalField):
    """A number with the signs that people put between its groups; a share also as a percentage."""

    def to_python(self, value: Any) -> Any:
        """Read what was typed; what is no number is refused as it is."""
        reads = typed_share if (self.max_digits, self.decimal_places) == SHARE else typed
        number = reads(value) if isinstance(value, str) else None
        return super().to_python(value if number is None else number)


class TypedInteger(forms.IntegerField):
    """A whole number, likewise."""

    def to_python(self, value: Any) -> Any:
        """Read what was typed; what is no number is refused as it is."""
        number = typed(value) if isinstance(value, str) else None
        return super().to_python(value if number is None else number)


class NamedNumbers(forms.MultiValueField):
    """A number a name, shown with its default, which a name without an entry keeps. Gives the
    mapping that JSON keeps: numbers as text, so that none is rounded."""

    def __init__(self, *, defaults: Defaults, **kwargs: Any) -> None:
        self.defaults = defaults
        super().__init__(
            fields=[_number(name, default) for name, default in defaults.items()],
            widget=NamedNumbersWidget(defaults=defaults),
            require_all_fields=False,
            required=False,
            **kwargs,
        )

    def compress(self, data_list: list[Any]) -> dict[str, str | bool]:
        """The entries that are not the defaults."""
        given = dict(zip(self.defaults, data_list, strict=False))
        return {
            name: value if isinstance(value, bool) else exact(Decimal(value))
            for name, value in given.items()
            if value is not None and value != self.defaults[name]
        }


def _number(name: str, default: Decimal | int | bool) -> forms.Field:
    if isinstance(default, bool):
        return forms.BooleanField(required=False)
    text = _("{name}: enter a number.").format(name=label_of(name))
    told: dict[str, Any] = {"required": False, "error_messages": {"invalid": text}}
    if isinstance(default, int):
        return TypedInteger(**told)
    return TypedDecimal(max_digits=20, decimal_places=10, **told)


class NamedNumbersWidget(forms.MultiWidget):
    """An input a name, with its label and its default."""

    def __init__(self, *, defaults: Defaults) -> None:
        self.defaults = defaults
        super().__init__({name: _input(default) for name, default in defaults.items()})

    def decompress(self, value: Any) -> list[Any]:
        """Return what is stored, by name; nothing where the default holds."""
        given = value if isinstance(value, Mapping) else {}
        return [given.get(name) for name in self.defaults]

    def render(
        self, name: str, value: Any, attrs: dict[str, Any] | None = None, renderer: Any = None
    ) -> SafeString:
        """The inputs as a list."""
        values = value if isinstance(value, list) else self.decompress(value)
        rows = []
        for (key, default), widget, entry in zip(
            self.defaults.items(), self.widgets, values, strict=True
        ):
            id = f"id_{name}_{key}"
            drawn = widget.render(f"{name}_{key}", entry, {"id": id}, renderer)
            rows.append((id, label_of(key), drawn, shown(default)))
        pattern = '<li><label for="{}">{}</label> {} <span class="help">{}</span></li>'
        return format_html("<ul>{}</ul>", format_html_join("", pattern, rows))


def shown(default: Decimal | int | bool) -> str:
    """The default in words."""
    if isinstance(default, bool):
        return _("unless ticked, no")
    return _("default {number}").format(number=exact(Decimal(default)))


def _input(default: Decimal | int | bool) -> forms.Widget:
    if isinstance(default, bool):
        return forms.CheckboxInput()
    return forms.TextInput({"inputmode": "decimal", "autocomplete": "off"})
