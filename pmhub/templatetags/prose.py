"""Texts that people write in Markdown, as HTML that holds nothing but text."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from html import unescape
from typing import Any

import nh3
from django import template
from django.utils.html import escape, format_html, strip_tags
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt
from markdown_it.token import Token

from pmhub.mentions import MENTION, folded
from pmhub.page_addresses import address_of

register = template.Library()

# CommonMark with tables. HTML in a text stays text, and pictures would load from other sites.
MARKDOWN = (
    MarkdownIt("commonmark", {"html": False, "breaks": True}).enable("table").disable("image")
)
# The tags that such texts need; none of them has a style, a script or an id.
TAGS = {
    "a", "blockquote", "br", "code", "em", "h4", "h5", "h6", "hr", "li", "ol", "p", "pre", "strong",
    "table", "tbody", "td", "th", "thead", "tr", "ul",
}  # fmt: skip
# Headings, or lines in bold. Matching stays within a line: across empty lines it would take
# seconds.
HEADING = re.compile(r"^[^\S\n]*(\*\*[^*\n]+\*\*|#+ .*)[^\S\n]*$", re.MULTILINE)
BELOW = 3  # the level of the heading above a text


@register.filter
def prose(text: Any) -> SafeString:
    """Return a text in Markdown as HTML. Its headings are below that of the page, search engines
    are told not to follow its links, and only tags and attributes that are listed here are left."""
    return _cleaned(MARKDOWN.parse(str(text or "")))


@register.filter
def in_a_line(text: Any) -> str:
    """Return a text in Markdown as plain words in one line; headings are left out unless there is
    nothing else."""
    words = str(text or "")
    return _line_of(HEADING.sub("", words)) or _line_of(words)


def _line_of(text: str) -> str:
    words = strip_tags(prose(text)).splitlines()
    return unescape("; ".join(filter(None, map(str.strip, words))))


@register.filter
def said(comment: Any) -> SafeString:
    """Return a comment as HTML, in which each mention is the name of the person and a link to their
    page."""
    people = {folded(person.code): person for person in comment.mentions.all()}
    tokens = MARKDOWN.parse(comment.text)
    for token in tokens:
        links = 0
        for part in token.children or ():
            links += {"link_open": 1, "link_close": -1}.get(part.type, 0)
            if part.type == "text" and not links:
                part.type, part.content = "html_inline", _named(part.content, people)
    return _cleaned(tokens)


def _named(text: str, people: Mapping[str, Any]) -> str:
    """Return a text as HTML, in which codes of these people are links with their names."""

    def name(match: re.Match[str]) -> str:
        person = people.get(folded(match[1]))
        if person is None:
            return match[0]
        return format_html(
            '<a href="{}">@{}</a>', address_of("record", "people", person.pk), person.name
        )

    return MENTION.sub(name, escape(text))


def _cleaned(tokens: Sequence[Token]) -> SafeString:
    for token in tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(6, int(token.tag[1]) + BELOW)}"
    html = MARKDOWN.renderer.render(tokens, MARKDOWN.options, {})
    clean = nh3.clean(
        html,
        tags=TAGS,
        attributes={"*": set(), "a": {"href"}},
        url_schemes={"http", "https", "mailto"},
        link_rel="nofollow noopener noreferrer",
    )
    return mark_safe(clean)  # noqa: S308  # cleaned, just above
