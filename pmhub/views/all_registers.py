"""The page `/pmo/`: what the PMO works with, and all registers over the whole estate, each with its
list, its files and the number of records that the user may see."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pmhub.access import can
from pmhub.database.collation import InOrder
from pmhub.page_addresses import address_of
from pmhub.queries.record_counts import counts
from pmhub.registers import Register, registers
from pmhub.registers.groups import TASKS
from pmhub.table_formats import files_of
from pmhub.text import plain
from pmhub.views import CachedPage
from programmes.models import ClosedYear, Portfolio

OTHERS = "Other records"
# The PMO's pages, by the names of their routes, and registers, by their names.
BOARDS = {
    "Quality and oversight": {
        "Data quality": "data-quality",
        "Assurance reviews": "assurance-reviews",
        "Inspections": "inspections",
        "Decisions on oversight": "oversight-decisions",
        "Exceptions": "exceptions",
    },
    "Standards and lessons": {
        "Library of standards": "process-assets",
        "Tailoring of standards": "tailoring-records",
        "Templates": "templates",
        "Lessons": "lessons",
    },
    "Planning and capacity": {
        "Proposals": "proposals",
        "Resource load": "resource-load",
        "Calendar": "calendar",
        "Envelopes": "envelopes",
    },
    "Reporting and help": {
        "Status reports": "status-reports",
        "Board packs": "board-packs",
        "Requests for help": "help-requests",
        "Deleted records": "deleted",
    },
}


class AllRegistersPage(CachedPage):
    """What the PMO works with, and all registers, grouped by task; `q` narrows them to those with
    these words."""

    template_name = "registers/all_registers.html"
    title = "PMO"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the registers of each task that contain the words, with the number of records that
        the user may see."""
        words = self.request.GET.get("q", "").replace("\x00", " ").strip()
        fitting = [register for register in registers if _fits(register, words)]
        numbers = counts([register.model for register in fitting], self.request.user)
        lines = {register.model.__name__: _line(register, numbers) for register in fitting}
        return super().get_context_data(
            words=words,
            boards=[]
            if words
            else [(board, list(_board(names, numbers))) for board, names in BOARDS.items()],
            groups=list(_groups(lines)),
            records=sum(numbers.values()),
            portfolios_to_close=[] if words else portfolios_to_close(self.request.user),
            **kwargs,
        )


def _board(
    names: Mapping[str, str], numbers: Mapping[Any, int]
) -> Iterator[tuple[str, str, int | None]]:
    """Yield the lines of a board: words, address, and the number of a register's records that the
    user may see."""
    for words, name in names.items():
        register = registers.named(name)
        if register is None:
            yield words, address_of(name), None
        else:
            yield words, address_of("register", name), numbers[register.model]


def portfolios_to_close(user: Any) -> list[Portfolio]:
    """Return the portfolios of which the user may close fiscal years, as their PMO."""
    rows = Portfolio.objects.visible_to(user).filter(archived_at=None).order_by(InOrder("code"))
    return [row for row in rows if can(user, "write", ClosedYear(portfolio=row))]


def _fits(register: Register, words: str) -> bool:
    text = plain(f"{register.title} {register.one} {register.about}")
    return all(word in text for word in plain(words).split())


def _line(register: Register, numbers: Mapping[Any, int]) -> dict[str, Any]:
    """Return what the page shows of a register."""
    return {
        "title": register.title,
        "about": register.about,
        "address": address_of("register", register.name),
        "count": numbers[register.model],
        "files": files_of(f"/api/v1/{register.name}/"),
    }


def _groups(lines: Mapping[str, dict[str, Any]]) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Yield the registers by task, in the order of the tasks; those of no task come last."""
    rest = dict(lines)
    for task, names in TASKS.items():
        mine = [rest.pop(name) for name in names.split() if name in rest]
        if mine:
            yield task, mine
    if rest:
        yield OTHERS, list(rest.values())
