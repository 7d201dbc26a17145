"""What prevents a step of a record: what has to be done first, and the pages where that is done."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from pmhub.page_addresses import address_of
from pmhub.text import in_order

MOST_NAMED = 20
Way = tuple[str, str]  # what a page is called, and its address


@dataclass(frozen=True, slots=True)
class Blocker:
    """What prevents a step: in words what to do first, and the pages where; `more` records are not
    named."""

    words: str
    ways: tuple[Way, ...] = ()
    more: int = 0

    def __str__(self) -> str:
        if not self.ways:
            return f"{self.words}."
        names = [name for name, _ in self.ways]
        between = "; " if any(" " in name for name in names) else ", "
        rest = f" and {self.more} more" if self.more else ""
        return f"{self.words}: {between.join(names)}{rest}."


def at_records(words: str, rows: Any, collection: str, code: str = "code") -> Iterator[Blocker]:
    """Yield what these rows prevent, with the codes and addresses of the first of them, if there
    are any."""
    pairs = list(rows.order_by().values_list("pk", code))
    if pairs:
        named = sorted(pairs, key=lambda row: in_order(row[1]))[:MOST_NAMED]
        ways = tuple((called, address_of("record", collection, pk)) for pk, called in named)
        yield Blocker(words, ways, len(pairs) - len(named))


def see(ways: Iterable[Way]) -> list[dict[str, str]]:
    """Return names and addresses of pages in the form of a problem's `see`."""
    return [{"text": name, "page": address} for name, address in dict.fromkeys(ways)]


def pages_of(holds: Sequence[Blocker]) -> list[dict[str, str]]:
    """Return the pages where all that prevents a step is done, in the form of a problem's `see`."""
    return see(way for hold in holds for way in hold.ways)
