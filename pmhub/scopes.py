"""Scopes of tokens: what a key may do at most, in words.

`read` and `write` are of every resource, `*` is both; `projects:read` is of one resource alone.
A write is not a read: who writes and reads says both.
"""

import re
from collections.abc import Collection, Iterable

VERBS = ("read", "write")
ALL = "*"
FORM = re.compile(r"\*|read|write|(\*|[a-z]+(-[a-z]+)*):(read|write)")


def allows(scopes: Collection[str], resource: str, verb: str) -> bool:
    """Tell whether the scopes hold a verb at a resource; no scope at all means everything."""
    held = {ALL, verb, f"{ALL}:{verb}", f"{resource}:{verb}"}
    return not scopes or not held.isdisjoint(scopes)


def exceeding(wanted: Iterable[str], own: Collection[str]) -> list[str]:
    """Return the wanted scopes that go beyond one's own."""
    return [scope for scope in wanted if not all(allows(own, *part) for part in parts(scope))]


def parts(scope: str) -> list[tuple[str, str]]:
    """Return a scope as pairs of resource and verb; `*` stands for every resource."""
    if scope == ALL:
        return [(ALL, verb) for verb in VERBS]
    resource, colon, verb = scope.rpartition(":")
    return [(resource if colon else ALL, verb)]


def ordered(scopes: Iterable[str]) -> list[str]:
    """Return each once, what is of everything first."""
    return sorted(set(scopes), key=lambda scope: (":" in scope, scope))
