"""The forms of the admin pages, as a browser would send them back."""

from typing import Any


def entries(page: Any, **changes: Any) -> dict[str, Any]:
    """Return what a browser would send for the form on a page, with these changes."""
    forms = [page.context["adminform"].form]
    for inline in page.context["inline_admin_formsets"]:
        forms += [inline.formset.management_form, *inline.formset.initial_forms]
    found: dict[str, Any] = {}
    for form in forms:
        for bound in form:
            if hasattr(bound.field.widget, "widgets_names"):
                found |= _parts(bound)
            elif (value := _sent(bound)) is not None:
                found[bound.html_name] = value
    return found | changes


def _parts(bound: Any) -> dict[str, str]:
    """Return what the inputs of one field with several inputs would send."""
    widget = bound.field.widget
    values = zip(widget.widgets_names, widget.decompress(bound.value()), strict=True)
    return {
        f"{bound.html_name}{name}": "on" if value is True else str(value)
        for name, value in values
        if value not in (None, False)
    }


def _sent(bound: Any) -> Any:
    value = bound.value()
    if value is None or value is False or value == "":
        return None
    if isinstance(value, bool):
        return "on"
    if isinstance(value, list):
        return [str(each) for each in value]
    format_value = getattr(bound.field.widget, "format_value", None)
    sent = format_value(value) if format_value else value
    return str(sent[0] if isinstance(sent, list) else sent)


def errors(page: Any) -> dict[str, list[str]]:
    """Return the messages on the form, by field."""
    assert page.status_code == 200
    return dict(page.context["adminform"].form.errors)


def said(page: Any) -> list[str]:
    """Return the messages at the top of the page."""
    return [str(message) for message in page.context["messages"]]
