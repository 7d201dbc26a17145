"""What the command palette offers: pages, and actions on the page that is open."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest

from pmhub.access import can
from pmhub.access.grants import audits
from pmhub.models import lineage
from pmhub.page_addresses import address_of
from pmhub.registers import Register, registers
from pmhub.serializers.verbs import verbs_of
from pmhub.text import plain
from pmhub.views.registers.names import name_fields
from pmhub.views.registers.new_record import new_address, new_address_below

HERE = re.compile(r"/([a-z][a-z-]*)/([0-9]{1,18})/")
# Registers whose records have other pages than the usual one, with their verbs elsewhere.
OWN_PAGES = ("portfolios", "programmes", "projects")
PARTS = {
    "programmes": {
        "Benefits": "programme-benefits",
        "Risk": "programme-risk",
        "Money": "programme-money",
        "Governance": "programme-governance",
        "What-if": "programme-what-if",
        "Reports": "programme-reports",
    },
    "projects": {"Money": "project-money", "Weekly update": "project-update"},
}
PAGES = {
    "Home": "home",
    "Inbox": "inbox",
    "Portfolio": "portfolio",
    "PMO": "pmo",
    "Calendar": "calendar",
    "Resource load": "resource-load",
    "Attachments": "attachments",
    "Search": "search",
    "Help": "help",
    "Glossary": "glossary",
    "What you follow": "follows",
    "Comments": "comments",
    "Deleted": "deleted",
    "Your account": "account",
    "Your preferences: theme, density, dates, keys": "account-preferences",
    "Your mail: digests, what comes at once, time zone": "account-mail",
    "Your tokens": "account-tokens",
    "Your jobs: exports, imports": "jobs",
    "REST, its documentation": "docs",
}


# Words by which others would search for these.
MAKING, CHANGING = "add create make", "change update"


@dataclass(frozen=True, slots=True)
class Offer:
    """A line of the palette: its name, what is shown beside it, its address, and further words by
    which it is found."""

    name: str
    beside: str
    address: str
    also: str = ""


class Palette:
    """What the palette offers to a user, at the address of the page that is open."""

    def __init__(self, request: HttpRequest, words: str) -> None:
        self.user: Any = request.user
        self.words = plain(words).split()
        self.register, self.record = _at(request.GET.get("at", ""), self.user)

    def fitting(self, offers: Iterable[Offer]) -> list[Offer]:
        """Return the offers that contain all words typed."""
        texts = ((offer, plain(f"{offer.name} {offer.beside} {offer.also}")) for offer in offers)
        return [offer for offer, text in texts if all(word in text for word in self.words)]

    @property
    def actions(self) -> list[Offer]:
        """What the user may do with the record that is open and, once words are typed, anywhere."""
        everywhere = self._anywhere() if self.words else ()
        return self.fitting([*self._record_offers(), *everywhere])

    @property
    def pages(self) -> list[Offer]:
        """The pages of the product that the user may open and that contain the words typed."""
        return self.fitting([*self._parts(), *self._pages()])

    def _record_offers(self) -> Iterator[Offer]:
        register, record = self.register, self.record
        if register is None or record is None:
            return
        called, own = _called(record), address_of("record", register.name, record.pk)
        if can(self.user, "write", record) and not getattr(record, "holds", False):
            edit = address_of("edit-record", register.name, record.pk)
            yield Offer(f"Edit {called}", "", edit, CHANGING)
        if register.name not in OWN_PAGES:
            for verb in verbs_of(register.serializer).values():
                if verb.open_to(self.user, record):
                    yield Offer(verb.does, called, f"{own}#{verb.noun}")
        for below in registers.below(type(record)):
            if address := new_address_below(below, record, self.user):
                yield Offer(f"New {below.one}", f"in {called}", address, MAKING)

    def _anywhere(self) -> Iterator[Offer]:
        for register in registers:
            if address := new_address(register, self.user):
                yield Offer(f"New {register.one}", "", address, MAKING)

    def _parts(self) -> Iterator[Offer]:
        for name, page in PARTS.get(self.register.name if self.register else "", {}).items():
            yield Offer(name, f"of {_called(self.record)}", address_of(page, self.record.pk))

    def _pages(self) -> Iterator[Offer]:
        for register in [*registers.menu, *(other for other in registers if not other.menu)]:
            yield Offer(register.title, "", address_of("register", register.name))
        for name, page in PAGES.items():
            yield Offer(name, "", address_of(page))
        if audits(self.user):
            yield Offer("Audit register", "", address_of("audit"))
        if self.user.is_staff:
            yield Offer("PMO administration", "", address_of("admin:index"))


def _at(path: str, user: Any) -> tuple[Register | None, Any]:
    """Return the register and the record of the page at an address; None for both if the user may
    not see it."""
    named = HERE.match(path)
    register = registers.named(named[1]) if named else None
    if named is None or register is None:
        return None, None
    rows = register.model._default_manager.visible_to(user).select_related(*lineage(register.model))
    record = rows.filter(pk=named[2]).first()
    return (register, record) if record else (None, None)


def _called(record: Any) -> str:
    code, name = name_fields(record._meta.model)
    return str(getattr(record, code or name, "") if code or name else record)
