"""What waits for a user, grouped by urgency, for the home page and mails."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime
from typing import Any

from pmhub.page_addresses import address_of
from pmhub.queries.waiting.askers import NEVER, Submission
from pmhub.queries.waiting.rule import URGENCIES, Finding

WORDS = {
    "overdue": ("Overdue", "red"),
    "soon": ("Due within a week", "amber"),
    "undated": ("Asked of you", ""),
    "later": ("Due later", ""),
}

SPARED = 1  # one beyond the most is shown all the same: a link would take as much room

Told = tuple[Finding, Submission]  # a finding, and who submitted its record when


def by_age(pair: Told) -> datetime:
    """Return the moment since when it waits, as a sort key: what has waited longest comes first,
    what has no such moment last."""
    return pair[1].since or NEVER


def by_day(pair: Told) -> tuple[date, datetime]:
    """Return a sort key: the day on which it is due, then the moment since when it waits. What has
    no day comes last, the oldest first."""
    return pair[0].due or date.max, by_age(pair)


def groups(findings: Iterable[Told], most: int) -> Iterator[dict[str, Any]]:
    """Yield the findings by urgency, the most urgent first, at most `most` of each, or one
    more."""
    listed = list(findings)
    for urgency in URGENCIES:
        rows = [pair for pair in listed if pair[0].urgency == urgency]
        shown = len(rows) if len(rows) <= most + SPARED else most
        if rows:
            title, colour = WORDS[urgency]
            yield {
                "id": urgency, "title": title, "colour": colour, "count": len(rows),
                "rows": [_row(*pair) for pair in rows[:shown]], "more": len(rows) - shown,
            }  # fmt: skip


def _row(finding: Finding, submission: Submission) -> dict[str, Any]:
    row = {
        "code": finding.code,
        "called": finding.called or finding.rule.title,
        "page": finding.page,
        "rule": finding.rule.title,
        "due": finding.due,
        "since": submission.since,
        "by": submission.by,
        "does": finding.rule.words,
        "address": finding.does,
    }
    if finding.place:
        collection, id, code, name = finding.place
        row |= {
            "place": code,
            "place_name": name,
            "place_page": address_of("record", collection, id),
        }
    return row
