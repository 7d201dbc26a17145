"""Fields of forms: drawn once for all that say the same, and never one in the place of another."""

from decimal import Decimal
from typing import Any

import pytest
from django.utils import translation
from rest_framework import serializers
from rest_framework.renderers import HTMLFormRenderer

from pmhub.forms import drawing
from pmhub.forms.drawing import field_as_html

STYLE = {"template_pack": "rest_framework/pmhub"}
COLOURS, SIZES = [("red", "Red"), ("green", "Green")], [("s", "Small")]


def bound(field: serializers.Field, name: str = "asked", given: Any = None) -> Any:
    """A field of a form that shows this value."""
    form = type("Form", (serializers.Serializer,), {name: field})
    return form({name: given})[name]


def amount() -> serializers.Field:
    return serializers.DecimalField(max_digits=9, decimal_places=2)


FORMS = [
    lambda: bound(serializers.CharField()),
    lambda: bound(serializers.CharField(), "other"),
    lambda: bound(serializers.CharField(), given="Something"),
    lambda: bound(serializers.CharField(), given="<b>"),
    lambda: bound(serializers.CharField(label="Other")),
    lambda: bound(serializers.CharField(help_text="Helps")),
    lambda: bound(serializers.CharField(required=False)),
    lambda: bound(serializers.CharField(style={"placeholder": "Such as this"})),
    lambda: bound(serializers.CharField(style={"prefix": "move-"})),
    lambda: bound(serializers.CharField(style={"base_template": "textarea.html"})),
    lambda: bound(amount(), given=Decimal("1.00")),
    lambda: bound(amount(), given=Decimal("2.00")),
    lambda: bound(serializers.BooleanField(), given=True),
    lambda: bound(serializers.BooleanField(), given=False),
    lambda: bound(serializers.ChoiceField(COLOURS), given="red"),
    lambda: bound(serializers.ChoiceField(COLOURS), given="green"),
    lambda: bound(serializers.ChoiceField(SIZES), given="red"),
    lambda: bound(serializers.ChoiceField(COLOURS, allow_null=True), given="red"),
    lambda: bound(serializers.ChoiceField(COLOURS, allow_blank=True), given="red"),
    lambda: bound(serializers.ListField(style={"rows": [{"id": 1, "code": "R1", "name": "One"}]})),
    lambda: bound(serializers.ListField(style={"rows": [{"id": 2, "code": "R2", "name": "Two"}]})),
]


def test_each_is_what_its_template_draws_the_first_time_and_the_next() -> None:
    drawing.drawn.clear()
    for _ in range(2):
        for form in FORMS:
            assert field_as_html(form(), STYLE) == HTMLFormRenderer().render_field(form(), STYLE)


def test_a_field_that_says_the_same_is_drawn_once() -> None:
    first, second = (field_as_html(FORMS[0](), STYLE) for _ in range(2))
    assert first is second
    with translation.override("de"):
        assert field_as_html(FORMS[0](), STYLE) is not first


def test_what_is_no_plain_value_is_drawn_each_time() -> None:
    form = bound(serializers.CharField(style={"placeholder": object()}))
    with pytest.raises(TypeError):
        drawing.said_by(form, STYLE)
    assert field_as_html(form, STYLE) is not field_as_html(form, STYLE)
