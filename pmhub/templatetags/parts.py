"""Parts that stand on many pages alike. What a tag takes is what its function takes; a part that
others stand in ends with `end` and its name, such as `{% table "risks-title" %}…{% endtable %}`."""

import pickle
from collections.abc import Iterable, Mapping
from functools import lru_cache
from hashlib import blake2b
from typing import Any
from urllib.parse import urlencode

from django import template
from django.forms.utils import flatatt
from django.template.loader import render_to_string
from django.urls import get_script_prefix
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

from pmhub import views
from pmhub.access import can
from pmhub.access.scoped_rows import read_anew
from pmhub.caching import BoundedCache, quarter
from pmhub.database import past
from pmhub.forms.drawing import field_as_html
from pmhub.models import LARGEST_FILE, Attachment, attachable
from pmhub.page_addresses import address_of
from pmhub.queries.time_zones import zone_at
from pmhub.registers import parent_field, registers
from pmhub.registers.panels import panels
from pmhub.table_formats import files_of
from pmhub.views.content import CacheableRequest
from pmhub.views.help_pages import letter_pages
from pmhub.views.registers.new_record import new_address_below
from programmes.queries.checklist import MissingItem, missing_items

register = template.Library()

# The last letter of headings over figures, and of headings that are not printed.
FIGURES, SCREEN = "#", "!"
LOOKS = {FIGURES: mark_safe(' class="num"'), SCREEN: mark_safe(' class="no-print"')}
PARTS = 4_000_000  # bytes of rendered parts that a process keeps

drawn = BoundedCache(PARTS)
register.simple_tag(letter_pages)


@register.simple_tag
def part(template: str, **context: Any) -> SafeString:
    """Draw a template that sees these values and nothing else. It is rendered once for each set of
    values, so that after a change only the parts with other values are rendered again. The values
    are rows of views: a record would have to be compared with everything that it leads to. Parts of
    pages that show the past are not kept, for their links stay in the past."""
    if past.is_past():
        return render_to_string(template, context)
    values = pickle.dumps(context, pickle.HIGHEST_PROTOCOL)
    key = template, get_language(), blake2b(values, digest_size=16).digest()
    html: SafeString | None = drawn.get(key)
    if html is None:
        html = render_to_string(template, context)
        drawn.put(key, html, 2 * len(html))
    return html


@register.simple_block_tag
def table(content: str, by: str = "", label: str = "", look: str = "rows cards") -> SafeString:
    """Draw a table that scrolls in its own box, by keyboard too. Its name is the heading with the
    id `by`, or `label`. `look` holds its classes; with `cards` each row is a card on a phone."""
    named = flatatt({"aria-labelledby": by or None, "aria-label": label or None})
    return format_html(
        '<div class="table-scroll" tabindex="0" role="group"{}><table class="{}">{}</table></div>',
        named, look, content,
    )  # fmt: skip


@register.simple_tag
def columns(*names: str, more: Iterable[Mapping[str, Any]] = ()) -> SafeString:
    """Draw the headings of a table. A name that ends with `#` heads a column of figures, a name
    that ends with `!` is not printed. After the names come the `name` of each of `more`, as
    headings of figures."""
    return _columns(tuple(str(name) for name in names), tuple(str(head["name"]) for head in more))


@lru_cache(maxsize=256)
def _columns(names: tuple[str, ...], more: tuple[str, ...]) -> SafeString:
    given = [*names, *(f"{name}{FIGURES}" for name in more)]
    cells = ((LOOKS[name[-1]], name[:-1]) if name[-1:] in LOOKS else ("", name) for name in given)
    return format_html(
        "<thead><tr>{}</tr></thead>", format_html_join("", '<th scope="col"{}>{}</th>', cells)
    )


@register.simple_tag
def tag(text: Any, colour: str = "") -> SafeString:
    """Draw a word or two in a small box. With a `colour` (green, amber or red) it is a status
    too."""
    look = f"tag tag-{colour}" if colour else "tag"
    return format_html('<span class="{}">{}</span>', look, text)


@register.simple_block_tag
def fold(content: str, id: str, title: str, closed: Any = True, look: str = "") -> SafeString:
    """Draw a box that opens when one clicks its title, for forms that most readers do not need. It
    is open at first if `closed` is empty. `look` holds further classes of its content."""
    return format_html(
        '<details{}><summary>{}</summary><div class="{}">{}</div></details>',
        flatatt({"class": "section form-box", "id": id, "open": not closed}),
        title, f"body {look}".strip(), content,
    )  # fmt: skip


@register.simple_tag
def fields(form: Iterable[Any], style: Any) -> SafeString:
    """Draw the fields of a form side by side, each with the template of its kind from the folder of
    the `style`."""
    drawn = format_html_join("", "{}", ((field_as_html(field, style),) for field in form))
    return format_html('<div class="fields">{}</div>', drawn)


@register.simple_tag(takes_context=True)
def panel(context: template.Context, name: str, record: Any) -> SafeString:
    """Draw the panel of this name about a record; nothing if it has nothing to show. Its template
    gets what the panel reads, `record`, `title`, `user` and `request`."""
    request = context["request"]
    # Of the past none is kept, and a page may name a record that was not there yet.
    if not panels[name].cached or record is None or past.is_past():
        return _panel(name, record, request)
    cacheable = CacheableRequest(request)
    key = record.pk, cacheable.key, get_language(), quarter()

    def read() -> SafeString:
        # Read anew, so that a change of the record, or of its ancestors, counts as a change of what
        # was read.
        return _panel(name, read_anew(record, panels[name].columns), cacheable)

    return views.contents(("panel", name), key, read, len)


def _panel(name: str, record: Any, request: Any) -> SafeString:
    panel = panels[name]
    read = panel.reads(record, request)
    if read is None:
        return mark_safe("")
    given = {"record": record, "title": panel.title, "user": request.user, "request": request}
    content = render_to_string(panel.template, {**given, **read})
    if panel.folded:
        box = fold(content, name, _counted(panel.title, read.get("count")))
        return format_html('<section aria-label="{}">{}</section>', panel.title, box)
    return format_html(
        '<section class="section" id="{0}" aria-labelledby="{0}-title">'
        '<header><h2 id="{0}-title">{1}</h2></header>{2}</section>',
        name, panel.title, content,
    )  # fmt: skip


def _counted(title: str, count: int | None) -> str:
    """Return a title, followed by a count that is not zero."""
    return format_html('{} <span class="quiet">{}</span>', title, count) if count else title


@register.simple_tag(takes_context=True)
def registers_of(context: template.Context, record: Any) -> SafeString:
    """Draw a menu with the registers of a programme, project or portfolio, with its history and,
    for readers who may write it, the form with all its fields."""
    model: Any = type(record)
    above = registers.of(model)
    values = {
        "id": record.pk,
        "called": getattr(record, "code", "") or record.name,
        "links": above
        and _registers_inside(above.name, record.pk, get_language(), get_script_prefix()),
        "name": above and above.name,
        "may": above and can(context["user"], "write", record),
    }
    return part("parts/registers_of.html", **values)


@lru_cache(maxsize=256)
def _registers_inside(above: str, pk: int, *_shown: str | None) -> list[tuple[str, str]]:
    """Return the registers of a record as (title, address), by title; cached by what these depend
    on besides, the language and the prefix of addresses."""
    register_above = registers.named(above)
    inside = registers.narrowed_by(register_above.model) if register_above else []
    return [
        (str(item.title), address_of("register-of", above, pk, item.name))
        for item in sorted(inside, key=lambda item: item.title)
    ]


@register.inclusion_tag("parts/file_links.html")
def file_links(address: str) -> dict[str, Any]:
    """Draw the links to a table that REST answers at an address, as a file of each format."""
    return {"files": files_of(address)}


@register.inclusion_tag("parts/register_title.html", takes_context=True)
def register_title(
    context: template.Context, record: Any, name: str, title: str, id: str, rows: Any = ()
) -> dict[str, Any]:
    """Draw the title of a section that shows a register of a record. It links to the whole register
    and, for readers who may write there, to a form for a new record and, if there are `rows`, to
    the grid that edits them."""
    below, above = registers.named(name), registers.of(type(record))
    if below is None or above is None:
        raise LookupError(name)
    address = address_of("register-of", above.name, record.pk, name)
    relation, user = parent_field(below, type(record)), context["user"]
    may = relation and not context.get("at")
    may = may and can(user, "write", below.model(**{relation: record}))
    return {
        "title": title,
        "id": id,
        "one": below.one,
        "about": below.about,
        "address": address,
        "new": new_address_below(below, record, user) if may else "",
        "grid": f"{address}?view=grid" if may and rows else "",
    }


@register.simple_block_tag(takes_context=True)
def records(
    context: template.Context,
    content: str,
    record: Any,
    name: str,
    title: str,
    rows: Any,
    aside: str = "",
    look: str = "",
) -> SafeString:
    """Draw a section that shows a register of a record as a table with this content of headings and
    rows. Without rows it explains what such a record is. `aside` is shown beside the title; `look`
    holds further classes, such as `wide`."""
    id = f"{name}-title"
    given = register_title(context, record, name, title, id, rows)
    heading = render_to_string("parts/register_title.html", given)
    beside = format_html('<span class="aside">{}</span>', aside) if aside else ""
    body = table(content, by=id) if rows else format_html('<p class="none">{}</p>', given["about"])
    return format_html(
        '<section class="{}" aria-labelledby="{}"><header>{}{}</header>{}</section>',
        f"section {look}".strip(), id, heading, beside, body,
    )  # fmt: skip


@register.simple_tag
def record_cell(name: str, id: Any, code: str, title: Any) -> SafeString:
    """Draw the cell with the name of a row: code and title of a register's record, as a link to its
    page."""
    called = format_html('<span class="code">{}</span> ', code) if code else ""
    return format_html(
        '<th scope="row" class="name-cell"><a href="{}">{}{}</a></th>',
        address_of("record", name, id), called, title,
    )  # fmt: skip


@register.simple_tag(takes_context=True)
def attachments(context: template.Context, record: Any, *, all: bool = False) -> SafeString:
    """Draw the attachments of a record and, for readers who may write it, the form that attaches a
    file. With `all`, earlier versions and a way to remove each are shown too. A record that cannot
    have attachments shows nothing."""
    if record._meta.model_name not in attachable():
        return SafeString("")
    may = can(context["user"], "write", record)
    zone = zone_at(record)
    key = type(record), record.pk, may, all, zone, get_language(), views.quarter()
    return views.contents(
        "attachments", key, lambda: _attachments(record, zone, may=may, all=all), len
    )


def _attachments(record: Any, zone: str, *, may: bool, all: bool) -> SafeString:
    kind = record._meta.model_name
    rows = {row.pk: row for row in Attachment.objects.of(record)}
    followed = {row.version_of_id for row in rows.values()}
    values = {
        "id": record.pk,
        "kind": kind,
        "whole": address_of("attachments-of", kind, record.pk),
        "lines": [(row, _earlier(row, rows)) for row in rows.values() if row.pk not in followed],
        "may": may,
        "largest": LARGEST_FILE // 1024**2,
        "all": all,
        "zone": zone,
    }
    return render_to_string("attachments/panel.html", values)


def _earlier(row: Attachment, rows: Mapping[int, Attachment]) -> list[Attachment]:
    """Return the earlier versions of an attachment, the newest first."""
    earlier = []
    while before := rows.get(row.version_of_id or 0):
        earlier.append(before)
        row = before
    return earlier


@register.inclusion_tag("parts/checklist.html", takes_context=True)
def checklist(context: template.Context, record: Any) -> dict[str, Any]:
    """Return what a programme or project lacks, each with the address where to add it; empty for
    readers who may not write it."""
    above = registers.of(type(record))
    if above is None or not can(context["user"], "write", record):
        return {"items": []}
    edit = address_of("edit-record", above.name, record.pk)
    return {
        "items": [
            (item, _mended(item, above.name, record) or edit) for item in missing_items(record)
        ]
    }


def _mended(lack: MissingItem, name: str, record: Any) -> str:
    """Return the address where a missing item is added that is not a field of the record; empty for
    a field."""
    if lack.of:
        query = urlencode([(lack.of, record.pk), *lack.given])
        return f"{address_of('new-record', lack.register)}?{query}"
    return address_of("register-of", name, record.pk, lack.register) if lack.register else ""
