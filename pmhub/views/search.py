"""The search of everything, as a page and in the palette that opens over any page."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse

from pmhub.models import SearchEntry
from pmhub.queries import search
from pmhub.queries.snippets import snippets
from pmhub.views import CachedPage
from pmhub.views.favourites import page_of, words_of
from pmhub.views.palette import Palette
from pmhub.views.recently_viewed import looked_at, recent

LONGEST, MOST_WORDS = 200, 8  # the limits of REST
ON_A_PAGE, FEW, MOST = 50, 8, 20
ALIKE = "Records spelt alike"


class SearchPage(CachedPage):
    """The search of everything: records of every kind that contain some words and that the user may
    see."""

    template_name = "search/page.html"
    title = "Search"
    regions = ("palette",)

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Return the page, or the content of the palette."""
        text = request.GET.get("q", "").replace("\0", "")[:LONGEST]
        self.words = " ".join(text.split()[:MOST_WORDS])
        self.looked_at = () if self.words else tuple(looked_at(request))
        return super().get(request, *args, **kwargs)

    def depends_on(self) -> Hashable:
        """Return the recently viewed records, which are shown while no words are given."""
        return self.looked_at

    def in_rest(self) -> tuple[str, str]:
        """Return the request to REST for the same search; empty without words."""
        address = f"/api/v1/search/?{urlencode({'q': self.words})}"
        return ("search_list", address) if self.words else ("", "")

    def get_template_names(self) -> list[str]:
        """Return the template of the page, or that of the palette."""
        return ["search/palette.html" if self.region == "palette" else self.template_name]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the words and what was found."""
        context = self._palette() if self.region == "palette" else self._found()
        return super().get_context_data(words=self.words, **context, **kwargs)

    def _palette(self) -> dict[str, Any]:
        palette = Palette(self.request, self.words)
        offered = [("Actions", palette.actions[:MOST]), ("Pages", palette.pages[:FEW])]
        groups = [self._records() if self.words else ("Recent", self._recent()), *offered]
        # Words that are only similar come after exact matches.
        groups.sort(key=lambda group: group[0] == ALIKE)
        return {"groups": [group for group in groups if group[1]]}

    def _recent(self) -> list[dict[str, Any]]:
        return [line_of(entry) for entry in recent(self.request.user, self.looked_at)]

    def _records(self) -> tuple[str, list[dict[str, Any]]]:
        entries, alike = search.first(self.request.user, self.words, FEW)
        return ALIKE if alike else "Records", lines_of(entries, self.words)

    def _found(self) -> dict[str, Any]:
        if not self.words:
            return {"recent": self._recent()}
        hits = self._look()
        kinds = [kind for kind in self.request.GET.getlist("kind") if kind in search.kinds()]
        parameters = self.request.GET.copy()
        parameters.pop("page", None)
        pages = Paginator(hits.of(kinds), ON_A_PAGE)
        # Known already: without this the search would run once more.
        pages.count = hits.number(kinds)
        page = pages.get_page(self.request.GET.get("page"))
        return {
            "page": page,
            "lines": lines_of(list(page), self.words),
            "alike": hits.alike,
            "kinds": [
                (kind, words_of(kind).capitalize(), number, kind in kinds)
                for kind, number in hits.counts.items()
            ],
            "chosen": kinds,
            "archived": self._archived,
            "total": sum(hits.counts.values()),
            "query": parameters.urlencode(),
        }

    @property
    def _archived(self) -> bool:
        return self.request.GET.get("archived") == "all"

    def _look(self) -> search.SearchResult:
        return search.look(self.request.user, self.words, archived=self._archived)


def lines_of(entries: Sequence[SearchEntry], words: str) -> list[dict[str, Any]]:
    """Return the lines for records that were found by some words."""
    snippets_by_entry = snippets(entries, words)
    return [
        line_of(entry) | {"said": snippets_by_entry.get((entry.kind, entry.object_id))}
        for entry in entries
    ]


def line_of(entry: SearchEntry) -> dict[str, Any]:
    """Return the line for a record that was found or viewed."""
    return {
        "name": f"{entry.code} {entry.name}".strip(),
        "code": entry.code,
        "title": entry.name,
        "beside": words_of(entry.kind),
        "address": page_of(entry.kind, entry.object_id),
        "archived": entry.archived,
    }
