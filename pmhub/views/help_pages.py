"""The help: the keys, how to find things, and the glossary."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.urls import Resolver404, resolve

from pmhub import glossary, keyboard, page_help
from pmhub.page_addresses import address_of
from pmhub.registers import registers
from pmhub.views import CachedPage


def letter_pages() -> list[tuple[str, str, str]]:
    """Return the pages to which a letter after `g` leads, as (letter, name, address)."""
    return [(key, name, address_of(*route)) for key, (name, route) in keyboard.GO.items()]


def help_of(path: str) -> Iterator[str]:
    """Yield the help about the page at an address; nothing if there is none."""
    try:
        page = resolve(path).url_name or ""
    except Resolver404:
        return
    if page in page_help.PAGES:
        yield page_help.PAGES[page]
    parts = [registers.named(name) for name in path.strip("/").split("/")]
    shown = [register for register in parts if register is not None]
    if not shown:
        return
    yield shown[-1].about
    if page in ("register", "register-of"):
        yield page_help.LIST
    elif page == "record":
        yield page_help.RECORD


class HelpPage(CachedPage):
    """How to find one's way in the product, as a page or as a panel beside the page that is
    open."""

    template_name = "help/page.html"
    title = "Help"
    regions = ("panel",)

    def get_template_names(self) -> list[str]:
        """Return the template of the page, or that of the panel."""
        return ["help/panel.html" if self.region == "panel" else self.template_name]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the keys and the help about the page that is open."""
        return super().get_context_data(
            always=keyboard.ALWAYS.items(),
            letters=keyboard.LETTERS.items(),
            here=list(help_of(self.request.GET.get("at", ""))),
            going=letter_pages(),
            off=getattr(self.request.user, "shortcuts", True) is False,
            **kwargs,
        )


class GlossaryPage(CachedPage):
    """The glossary: what the words of the product mean."""

    template_name = "help/glossary.html"
    title = "Glossary"

    def crumbs(self) -> list[tuple[str, str]]:
        """Return the help page."""
        return [("Help", address_of("help"))]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the words, in the sections of the glossary."""
        return super().get_context_data(sections=glossary.sections(), **kwargs)
