"""Form fields as HTML; most look the same for every user and every time, and are cached."""

from __future__ import annotations

import marshal
from collections.abc import Hashable, Mapping
from datetime import date, time
from decimal import Decimal
from typing import Any

from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from rest_framework.renderers import HTMLFormRenderer
from rest_framework.utils.serializer_helpers import BoundField

from pmhub.caching import BoundedCache

FIELDS = 4_000_000  # bytes of rendered fields that a process keeps
PLAIN = (str, int, float, Decimal, date, time, bytes, type(None))
UNSHARED = 2  # the format of `marshal` in which equal values have equal bytes
FLAGS = ("required", "allow_null", "allow_blank")

drawn = BoundedCache(FIELDS)


def field_as_html(field: Any, style: Mapping[str, Any]) -> SafeString:
    """Return a bound field as HTML; fields with the same content are drawn once."""
    try:
        key = said_by(field, style)
    except TypeError:
        return _draw(field, style)
    html: SafeString | None = drawn.get(key)
    if html is None:
        html = _draw(field, style)
        drawn.put(key, html, 2 * len(html))
    return html


def said_by(field: Any, style: Mapping[str, Any]) -> Hashable:
    """Return all that a template reads of a field, as a key. Raises TypeError if that is more than
    plain values; such a field is drawn each time."""
    if type(field) is not BoundField:
        raise TypeError(type(field))
    inner = field._field
    chosen = hasattr(inner, "iter_options") and "base_template" not in inner.style
    options = [vars(option) for option in inner.iter_options()] if chosen else []
    return (
        get_language(),
        type(inner),
        field.name,
        *(getattr(inner, name, False) for name in FLAGS),
        *map(value_key, (inner.label, inner.help_text, field.value, field.errors, inner.style)),
        value_key(style),
        value_key(options),
    )


def value_key(value: Any) -> Hashable:
    """Return a key for a value, which includes its type; raises TypeError unless it is a text,
    number, day or time, or a list or dictionary of such."""
    if isinstance(value, Promise):
        return str(value)
    if isinstance(value, PLAIN):
        return type(value), value
    try:
        # Quick for long lists of choices. It refuses what is not of a plain type itself.
        return type(value), marshal.dumps(value, UNSHARED)
    except ValueError:
        pass
    if isinstance(value, Mapping):
        return tuple((name, value_key(part)) for name, part in value.items())
    if isinstance(value, list | tuple):
        return tuple(map(value_key, value))
    raise TypeError(type(value))


def _draw(field: Any, style: Mapping[str, Any]) -> SafeString:
    return SafeString(HTMLFormRenderer().render_field(field, style))
