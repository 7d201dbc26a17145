"""The search of everything: a page, and the palette that opens over any page."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse

from pmhub.addresses import address_of
from pmhub.models import SearchEntry
from pmhub.queries import search
from pmhub.registers import registers
from pmhub.views import Page
from pmhub.views.palette import Palette
from pmhub.views.recent import recent

LONGEST, MOST_WORDS = 200, 8  # as REST takes them
ON_A_PAGE, IN_PALETTE, FEW = 50, 8, 6


class SearchPage(Page):
    """What is called by some words, of every kind that one may see."""

    template_name = "search/page.html"
    title = "Search"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """The page, or what the palette shows."""
        asked = request.GET.get("q", "").replace("\0", "")[:LONGEST]
        self.words = " ".join(asked.split()[:MOST_WORDS])
        return super().get(request, *args, **kwargs)

    def get_template_names(self) -> list[str]:
        """The page, or the palette over another."""
        return ["search/palette.html" if self.region == "palette" else self.template_name]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """What was asked for and what was found."""
        shown = self._palette() if self.region == "palette" else self._found()
        return super().get_context_data(words=self.words, **shown, **kwargs)

    def _palette(self) -> dict[str, Any]:
        palette = Palette(self.request, self.words)
        looked_at = [] if self.words else recent(self.request)
        hits = self._look().hits[:IN_PALETTE] if self.words else []
        return {
            "groups": [
                (title, offers)
                for title, offers in (
                    ("Recent", [_line(entry) for entry in looked_at]),
                    ("Records", [_line(entry) for entry in hits]),
                    ("Actions", palette.actions[: FEW if self.words else None]),
                    ("Pages", palette.pages[:FEW] if self.words else palette.pages[:IN_PALETTE]),
                )
                if offers
            ],
        }

    def _found(self) -> dict[str, Any]:
        if not self.words:
            return {"recent": [_line(entry) for entry in recent(self.request)]}
        found = self._look()
        kinds = [kind for kind in self.request.GET.getlist("kind") if kind in search.kinds()]
        asked = self.request.GET.copy()
        asked.pop("page", None)
        page = Paginator(found.of(kinds), ON_A_PAGE).get_page(self.request.GET.get("page"))
        return {
            "page": page,
            "lines": [_line(entry) for entry in page],
            "alike": found.alike,
            "kinds": [
                (kind, _kind(kind).capitalize(), number, kind in kinds)
                for kind, number in found.counts.items()
            ],
            "chosen": kinds,
            "archived": self._archived,
            "total": sum(found.counts.values()),
            "query": asked.urlencode(),
        }

    @property
    def _archived(self) -> bool:
        return self.request.GET.get("archived") == "all"

    def _look(self) -> search.Found:
        return search.look(self.request.user, self.words, archived=self._archived)


def _line(entry: SearchEntry) -> dict[str, Any]:
    model = search.kinds()[entry.kind]
    register = registers.of(model)
    page = ("record", register.name) if register else (entry.kind,)
    return {
        "name": f"{entry.code} {entry.name}".strip(),
        "code": entry.code,
        "title": entry.name,
        "beside": _kind(entry.kind),
        "address": address_of(*page, entry.object_id),
        "archived": entry.archived,
    }


def _kind(kind: str) -> str:
    return str(search.kinds()[kind]._meta.verbose_name)
