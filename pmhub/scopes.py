"""Scopes of tokens: the most that a token may do, in words.

`read` and `write` are for all resources, `*` is both; `projects:read` is for one resource. `write`
does not include `read`: a token that does both names both.
"""

import re
from collections.abc import Collection, Iterable

VERBS = ("read", "write")
ALL = "*"
FORM = re.compile(r"\*|read|write|(\*|[a-z]+(-[a-z]+)*):(read|write)")


def allows(scopes: Collection[str], resource: str, verb: str) -> bool:
    """Return whether the scopes include a verb on a resource; no scopes at all permit
    everything."""
    held = {ALL, verb, f"{ALL}:{verb}", f"{resource}:{verb}"}
    return not scopes or not held.isdisjoint(scopes)


def exceeding(wanted: Iterable[str], own: Collection[str]) -> list[str]:
    """Return those of the wanted scopes that exceed one's own."""
    return [scope for scope in wanted if not all(allows(own, *part) for part in parts(scope))]


def parts(scope: str) -> list[tuple[str, str]]:
    """Return a scope as pairs of resource and verb; `*` stands for every resource."""
    if scope == ALL:
        return [(ALL, verb) for verb in VERBS]
    resource, colon, verb = scope.rpartition(":")
    return [(resource if colon else ALL, verb)]


def ordered(scopes: Iterable[str]) -> list[str]:
    """Return each scope once, those for all resources first."""
    return sorted(set(scopes), key=lambda scope: (":" in scope, scope))
