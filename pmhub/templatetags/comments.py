"""What stands at every record: what people say about it, and whether one follows it."""

from __future__ import annotations

from collections import Counter
from typing import Any

from django import template
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from pmhub import views
from pmhub.access.grants import Reader
from pmhub.database.statements import IDS, NAMES, OTHER_IDS, Rows
from pmhub.models import Attachment, Comment, Follow, attachable
from pmhub.page_addresses import address_of
from pmhub.queries.time_zones import zone_at
from pmhub.registers import registers

register = template.Library()

NEWEST = 20  # comments on the page of their record
OF_RECORD: dict[str, Any] = {"record_type__in": [NAMES], "record_id__in": [IDS]}
COMMENTS = Rows(lambda: Comment.objects.filter(**OF_RECORD).with_authors()[: NEWEST + 1])
FOLLOWS = Rows(lambda: Follow.objects.filter(**OF_RECORD, created_by__in=[OTHER_IDS]))


@register.inclusion_tag("comments/panel.html", takes_context=True)
def comments(context: template.Context, record: Any) -> dict[str, Any]:
    """Return the context of the newest comments on a record and of the form that adds one; empty
    for a record that nobody comments on."""
    kind = record._meta.model_name
    if kind not in attachable():
        return {}
    above = registers.of(type(record))
    newest = COMMENTS([record.pk], names=[kind])
    return {
        "record": record,
        "kind": kind,
        "comments": newest[:NEWEST],
        "more": len(newest) > NEWEST,
        "whole": address_of("comments-of", kind, record.pk),
        "activity": address_of("record-activity", above.name, record.pk) if above else "",
        "here": context["request"].path,
        "user": context["user"],
        "zone": zone_at(record) if newest else "",
    }


@register.simple_tag(takes_context=True)
def before_merger(context: template.Context, record: Any) -> SafeString:
    """Draw links to the comments, attachments, activity and history of the programmes or projects
    that were merged into this one, as far as the reader sees them."""
    reader = Reader(context["user"])
    key = type(record), record.pk, reader.key, get_language()
    return views.contents("before_merger", key, lambda: _before(record, reader), len)


def _before(record: Any, reader: Reader) -> SafeString:
    kind, above = record._meta.model_name, registers.of(type(record))
    parts = type(record)._default_manager.visible_to(reader).filter(merged_into=record)
    named = {row.pk: row for row in parts.only("code", "name").order_by("archived_at", "pk")}
    if not named or above is None:
        return SafeString("")
    there = {"record_type": kind, "record_id__in": list(named)}
    comments, files = (
        Counter(model._base_manager.filter(**there).values_list("record_id", flat=True))
        for model in (Comment, Attachment)
    )
    lines = [
        {
            "record": row,
            "comments": comments[pk],
            "all_comments": address_of("comments-of", kind, pk),
            "files": files[pk],
            "all_files": address_of("attachments-of", kind, pk),
            "activity": address_of("record-activity", above.name, pk),
            "history": address_of("record-history", above.name, pk),
        }
        for pk, row in named.items()
    ]
    return render_to_string("registers/before_merger.html", {"lines": lines})


@register.inclusion_tag("comments/follow.html", takes_context=True)
def follow(context: template.Context, record: Any) -> dict[str, Any]:
    """Return the context of the button that follows or unfollows a record; empty for a record that
    nobody follows."""
    kind = record._meta.model_name
    if kind not in attachable():
        return {}
    followed = FOLLOWS([record.pk], [context["user"].pk or 0], names=[kind])
    return {
        "kind": kind,
        "record": record,
        "followed": followed[0] if followed else None,
        "here": context["request"].path,
    }


@register.filter
def author(comment: Comment) -> str:
    """Return the name of the comment's author."""
    return comment.created_by.called if comment.created_by else "Somebody who has left"
