"""The frame of every page: the tree of portfolios and what is in them, favourites, the menu."""

from typing import Any

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.functional import SimpleLazyObject
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from pmhub.access.grants import Reader
from pmhub.caching import BoundedCache
from pmhub.database import touches
from pmhub.database.past import as_at
from pmhub.queries import tree
from pmhub.registers import registers as known_registers
from pmhub.views.favourites import cached_favourites as drawn_favourites

TREES = 2_000_000  # bytes that a process keeps
ROW = 500  # bytes of a row of the tree, about

trees = BoundedCache(TREES)


def frame(request: HttpRequest) -> dict[str, Any]:
    """Return the context for the frame of every page, each part read when a template uses it."""
    drawn = SimpleLazyObject(lambda: drawn_tree(Reader(request.user)))
    own = SimpleLazyObject(lambda: drawn_favourites(request.user, request.path, None))
    return {"tree": drawn, "favourites": own, "places": {}, "menu": known_registers.menu}


@as_at(None)
def drawn_tree(reader: Reader) -> SafeString:
    """Return the tree as HTML. It shows the present, also around a page of the past. While no
    record gets another name or place, only the health of its rows is read again."""
    at = reader.key, touches.stamp_of_tables([touches.EVERYWHERE])
    branches = trees.get(at)
    if branches is None:
        branches = tree.tree(reader)
        rows = sum(1 + len(branch["programmes"]) + len(branch["projects"]) for branch in branches)
        trees.put(at, branches, ROW * rows)
    healths = tree.healths(branches)
    key = *at, get_language(), *(tuple(by_id.items()) for by_id in healths.values())
    html: SafeString | None = trees.get(key)
    if html is None:
        html = render_to_string("parts/tree.html", {"tree": tree.judged(branches, healths)})
        trees.put(key, html, len(html))
    return html
