"""The keyboard map, declared once: the help tells it, and pages follow it."""

from __future__ import annotations

# By letter, to be typed after `g`: the name of a page, its route, and the route's arguments.
GO: dict[str, tuple[str, tuple[str, ...]]] = {
    "h": ("Home", ("home",)),
    "n": ("Inbox", ("inbox",)),
    "p": ("Programmes", ("register", "programmes")),
    "j": ("Projects", ("register", "projects")),
    "r": ("Risks", ("register", "risks")),
    "i": ("Issues", ("register", "issues")),
    "d": ("Dependencies", ("register", "dependencies")),
    "m": ("Milestones", ("register", "milestones")),
    "b": ("Benefits", ("register", "benefits")),
    "s": ("Search", ("search",)),
}
ALWAYS = {
    "Ctrl K": "Search, pages and what you can do here",
    "Alt ↑, Alt ↓": "In the panel beside a list: the record before, the record after",
}
LETTERS = {
    "/": "The same as Ctrl K",
    "?": "This help",
    "j, k": "The next row of a table, the row before",
    "e": "Edit the record that is open",
}
