"""Whose vote somebody casts: their own, or that of who is away and lends them a role by which one
decides. Nobody has two votes about one thing.

A record on which people vote says who decides it (`approved_by`) and who has a vote cast, as its
owner or as a deputy (`has_vote_of`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pmhub.access import lenders_on
from pmhub.access.separation_of_duties import has_part
from pmhub.access.setters import Setter


def voice_of(user: Any, row: Any) -> Any:
    """Return the person whose vote about a record a user casts: themself, else one who lends them
    their role, decides and has no part in it, first of those who have not voted; None for nobody.
    """
    person = getattr(user, "person", None)
    if person is None or row.approved_by(person):
        return person
    able = [giver for giver in givers(user, row, row.approved_by) if not has_part(giver.user, row)]
    return min(able, key=row.has_vote_of, default=None)


def givers(user: Any, row: Any, decides: Callable[[Any], bool]) -> list[Any]:
    """Return the people who lend a user, about a row, a role by which one decides, and who decide
    it (`decides`), by name."""
    away = lenders_on(user, row)
    if not away:
        return []
    people = type(user.person).objects.filter(pk__in=away).select_related("user")
    return [giver for giver in people.order_by("name", "pk") if decides(giver)]


def lent_voice(user: Any, row: Any) -> Any:
    """Return the person in whose place a user may vote about a record; None where in nobody's, or
    one of the two has voted."""
    voice, own = voice_of(user, row), getattr(user, "person", None)
    if voice in (None, own) or has_part(user, row):
        return None
    return None if row.has_vote_of(own) or row.has_vote_of(voice) else voice


@dataclass(frozen=True, slots=True)
class Approvers(Setter):
    """Whoever is named to decide what a row is decided at (`decided_at`), or their deputy."""

    def allows(self, user: Any, row: Any) -> bool:
        """Return whether the user has the voice of one of them."""
        return voice_of(user, row.decided_at) is not None

    def acted_for(self, user: Any, row: Any) -> str:
        """Return the person in whose place the user decides; empty for themself."""
        voice = voice_of(user, row.decided_at)
        own = getattr(user, "person", None)
        return "" if voice in (None, own) else f"person {voice.pk}"


@dataclass(frozen=True, slots=True)
class Voters(Approvers):
    """Whoever is named to decide, or their deputy, once."""

    def offers(self, user: Any, row: Any) -> bool:
        """Return whether the user has a voice, and neither has voted."""
        if not super(Voters, self).offers(user, row):
            return False
        voices = {user.person, voice_of(user, row.decided_at)}
        return not any(row.decided_at.has_vote_of(person) for person in voices)
