"""The names of records that cannot be opened."""

from programmes.sources import KINDS


def out_of_sight(kind: str, *, title: str = "", contact: str = "", deliverable: str = "") -> str:
    """Return the name of a record that the reader may not open, from what they may know of it: "A
    milestone that you may not open: ask Dilys (Vacant land)". `title` is that of its project."""
    words = KINDS[kind].words
    if kind == "project" and title:
        named = title
    else:
        named = f"A {words} of {title}" if title else f"A {words} that you may not open"
    contact_hint = f"{named}: ask {contact}" if contact else named
    return f"{contact_hint} ({deliverable})" if deliverable else contact_hint


def deleted(kind: str, *, code: str = "", title: str = "") -> str:
    """Return the name of a deleted record, from its last title: "Risk (deleted)"."""
    if not code:
        return f"A {KINDS[kind].words} that was deleted since"
    return f"{title[:1].upper()}{title[1:]} (deleted)".strip()
