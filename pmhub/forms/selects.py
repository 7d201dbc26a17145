"""Select inputs drawn in one go: with hundreds of options, a template for each would take most of
the time of a page."""

from __future__ import annotations

from typing import Any

from django import forms
from django.forms.utils import flatatt
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe


class PlainSelect(forms.Select):
    """A select input without groups."""

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        """Return the input as HTML."""
        chosen = set(self.format_value(value))
        attributes = {**self.build_attrs(self.attrs, attrs), "name": name}
        attributes |= {"multiple": True} if self.allow_multiple_selected else {}
        options = "".join(self._option(key, label, chosen) for key, label in self.choices)
        return format_html("<select{}>{}</select>", flatatt(attributes), mark_safe(options))  # noqa: S308  # escaped

    def _option(self, key: Any, label: Any, chosen: set[str]) -> str:
        value = "" if key is None else str(key)
        selected = " selected" if value in chosen else ""
        shown = conditional_escape(label)
        return f'<option value="{conditional_escape(value)}"{selected}>{shown}</option>'


class PlainSelectMultiple(PlainSelect, forms.SelectMultiple):
    """A select input for several options, without groups."""
