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
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

from pmhub import views
from pmhub.access import can
from pmhub.access.scoped_rows import place_statement
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
from programmes.views.rows import one_of

register = template.Library()

# What a heading ends with that stands over figures, and one of what is done on the screen alone.
FIGURES, SCREEN = "#", "!"
LOOKS = {FIGURES: mark_safe(' class="num"'), SCREEN: mark_safe(' class="no-print"')}
PARTS = 4_000_000  # bytes that a process keeps of them

drawn = BoundedCache(PARTS)
register.simple_tag(letter_pages)


@register.simple_tag
def part(template: str, **context: Any) -> SafeString:
    """A template that shows these values and sees nothing else: drawn once for each of what they
    are, so that after a change only the parts that say something else are drawn again. The values
    are rows of views, not records, which would have to be compared with all that hangs on them. Of
    the past, whose links stay there, none is kept."""
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
    """A table that scrolls in its own box, by keyboard too. It is named `by` the heading with that
    id, or by a label; `look`: its classes, of which `cards` makes each row a card on a phone."""
    named = flatatt({"aria-labelledby": by or None, "aria-label": label or None})
    return format_html(
        '<div class="table-scroll" tabindex="0" role="group"{}><table class="{}">{}</table></div>',
        named, look, content,
    )  # fmt: skip


@register.simple_tag
def columns(*names: str, more: Iterable[Mapping[str, Any]] = ()) -> SafeString:
    """The headings of a table. A name that ends with `#` stands over figures, as do those of
    `more`, which come last: what has a `name` in each; one that ends with `!` is not printed."""
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
    """A word or two in a small box; `colour`: green, amber or red, where it is a status too."""
    look = f"tag tag-{colour}" if colour else "tag"
    return format_html('<span class="{}">{}</span>', look, text)


@register.simple_block_tag
def fold(content: str, id: str, title: str, closed: Any = True, look: str = "") -> SafeString:
    """A box that opens on its title, for forms that most readers do not need. It is open from the
    start where what `closed` names is empty; `look`: further classes of what is inside."""
    return format_html(
        '<details{}><summary>{}</summary><div class="{}">{}</div></details>',
        flatatt({"class": "section form-box", "id": id, "open": not closed}),
        title, f"body {look}".strip(), content,
    )  # fmt: skip


@register.simple_tag
def fields(form: Iterable[Any], style: Any) -> SafeString:
    """The fields of a form side by side, each as its kind asks; `style` names the folder of their
    templates."""
    drawn = format_html_join("", "{}", ((field_as_html(field, style),) for field in form))
    return format_html('<div class="fields">{}</div>', drawn)


@register.simple_tag(takes_context=True)
def panel(context: template.Context, name: str, record: Any) -> SafeString:
    """The panel of a name, about a record; nothing where it has nothing to show. What it reads
    stands beside `record`, `title` and `user`."""
    request = context["request"]
    # Of the past none is kept, and a page may name a record that was not there yet.
    if not panels[name].cached or record is None or past.is_past():
        return _panel(name, record, request)
    asked = CacheableRequest(request)
    key = record.pk, asked.key, get_language(), quarter()
    # Read anew, so that a change of the record, or of what is above it, is one of what was read.
    again = place_statement(type(record))  # type: ignore[arg-type]  # a class can be hashed
    return views.panels(name, key, lambda: _panel(name, one_of(again(id=record.pk)), asked), len)


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
    """A title, with how many there are below it where that is said."""
    return format_html('{} <span class="quiet">{}</span>', title, count) if count else title


@register.simple_tag(takes_context=True)
def registers_of(context: template.Context, record: Any) -> SafeString:
    """The registers of a programme, a project or a portfolio, as a menu that opens, and its own
    history and, for who may write it, all its fields."""
    above = registers.of(type(record))
    inside = registers.narrowed_by(above.model) if above else []
    links = [
        (item.title, address_of("register-of", above and above.name, record.pk, item.name))
        for item in sorted(inside, key=lambda item: item.title)
    ]
    values = {
        "id": record.pk,
        "called": getattr(record, "code", "") or record.name,
        "links": links,
        "name": above and above.name,
        "may": above and can(context["user"], "write", record),
    }
    return part("parts/registers_of.html", **values)


@register.inclusion_tag("parts/file_links.html")
def file_links(address: str) -> dict[str, Any]:
    """Draw the links to a table that REST answers at an address, as a file of each format."""
    return {"files": files_of(address)}


@register.inclusion_tag("parts/register_title.html", takes_context=True)
def register_title(
    context: template.Context, record: Any, name: str, title: str, id: str, rows: Any = ()
) -> dict[str, Any]:
    """Draw the title of a section that shows a register of a record: a link to the whole, for who
    may write there also to a new one and, where there are `rows`, to the grid that edits them."""
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
    """A section that shows a register of a record as a table, whose headings and rows stand inside;
    without rows it says what such a record is. `aside`: beside the title; `look`: further
    classes, such as `wide`."""
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
    """The cell that names a row: the code and title of a record of a register, and its address."""
    called = format_html('<span class="code">{}</span> ', code) if code else ""
    return format_html(
        '<th scope="row" class="name-cell"><a href="{}">{}{}</a></th>',
        address_of("record", name, id), called, title,
    )  # fmt: skip


@register.simple_tag(takes_context=True)
def attachments(context: template.Context, record: Any, *, all: bool = False) -> SafeString:
    """Return what is attached to a record, and for who may write it the form that attaches more;
    `all` with earlier versions, and the way to remove each. Of a record that has none, nothing."""
    if record._meta.model_name not in attachable():
        return SafeString("")
    may = can(context["user"], "write", record)
    zone = zone_at(record)
    key = type(record), record.pk, may, all, zone, get_language(), views.quarter()
    return views.panels(
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
    """The versions before one, the newest first."""
    earlier = []
    while before := rows.get(row.version_of_id or 0):
        earlier.append(before)
        row = before
    return earlier


@register.inclusion_tag("parts/checklist.html", takes_context=True)
def checklist(context: template.Context, record: Any) -> dict[str, Any]:
    """Return what a programme or a project lacks, each with the way to mend it, for who may."""
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
    """Return where something is mended that is not a field of the record; empty for one that is."""
    if lack.of:
        query = urlencode([(lack.of, record.pk), *lack.given])
        return f"{address_of('new-record', lack.register)}?{query}"
    return address_of("register-of", name, record.pk, lack.register) if lack.register else ""
