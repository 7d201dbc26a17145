"""The votes that a user casts: their own, or that of a person who lends them a role that decides.
Nobody has two votes about the same record.

A record that is voted on says who decides it (`approved_by`), and whether a person has voted
already, themself or by a deputy (`has_vote_of`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pmhub.access import lenders_on
from pmhub.access.separation_of_duties import has_part
from pmhub.access.setters import Setter


def voice_of(user: Any, row: Any) -> Any:
    """Return the person whose vote about a record a user casts: themself if they decide it; else
    one who lends them a role, decides it and has no part in it, preferably one who has not voted;
    None if there is nobody."""
    person = getattr(user, "person", None)
    if person is None or row.approved_by(person):
        return person
    able = [giver for giver in givers(user, row, row.approved_by) if not has_part(giver.user, row)]
    return min(able, key=row.has_vote_of, default=None)


def givers(user: Any, row: Any, decides: Callable[[Any], bool]) -> list[Any]:
    """Return, by name, the people who lend a user a role that decides about a row and who fulfil
    `decides`."""
    away = lenders_on(user, row)
    if not away:
        return []
    people = type(user.person).objects.filter(pk__in=away).select_related("user")
    return [giver for giver in people.order_by("name", "pk") if decides(giver)]


def lent_voice(user: Any, row: Any) -> Any:
    """Return the person in whose place a user may vote about a record; None if there is nobody, or
    if one of the two has voted already."""
    voice, own = voice_of(user, row), getattr(user, "person", None)
    if voice in (None, own) or has_part(user, row):
        return None
    return None if row.has_vote_of(own) or row.has_vote_of(voice) else voice


@dataclass(frozen=True, slots=True)
class Approvers(Setter):
    """Those who are named to decide the record `decided_at` of a row, or their deputies."""

    def allows(self, user: Any, row: Any) -> bool:
        """Return whether the user decides, for themself or as a deputy."""
        return voice_of(user, row.decided_at) is not None

    def acted_for(self, user: Any, row: Any) -> str:
        """Return the person in whose place the user decides; empty if they decide for themself."""
        voice = voice_of(user, row.decided_at)
        own = getattr(user, "person", None)
        return "" if voice in (None, own) else f"person {voice.pk}"


@dataclass(frozen=True, slots=True)
class Voters(Approvers):
    """Those who are named to decide, or their deputies, each with one vote."""

    def offers(self, user: Any, row: Any) -> bool:
        """Return whether the user may decide, and neither they nor the person for whom they would
        vote has voted."""
        if not super(Voters, self).offers(user, row):
            return False
        voices = {user.person, voice_of(user, row.decided_at)}
        return not any(row.decided_at.has_vote_of(person) for person in voices)
