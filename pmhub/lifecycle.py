"""Life cycles as data: which states a record has, and which moves lead from one to another.

A model declares its table once, beside its states (`lifecycles`). Everything else follows from the
table: the sub-resources of REST with their forms, the actions of the admin pages, the answer to an
edit of the state, the verbs that a scenario may hold, and the trigger that refuses every other
move, plain SQL included.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import pgtrigger

from pmhub.access.setters import WRITERS, Setter


@dataclass(frozen=True, slots=True)
class Move:
    """One move: `POST …/{noun}/`.

    `leads` says which state is reached from which others; where there are several, the body names
    the one that is meant. `asks` and `may_ask` are fields of the record that the move sets, the
    first of them required; `clears` are set to nothing. With `reason` it asks why; any move may
    say it. `does` is the move in the infinitive, `done` what the record then is. `undo` names the
    moves that take it back; pages offer one where it restores exactly what was.
    """

    noun: str
    does: str
    done: str
    leads: Mapping[str, Collection[str]]
    asks: tuple[str, ...] = ()
    may_ask: tuple[str, ...] = ()
    clears: tuple[str, ...] = ()
    reason: bool = False
    by: Setter = WRITERS
    says: str = ""
    undo: tuple[str, ...] = ()

    @property
    def sources(self) -> set[str]:
        """The states from which it leads anywhere."""
        return {source for sources in self.leads.values() for source in sources}

    def target_from(self, state: str, named: str = "") -> str | None:
        """The state it leads to from this one: the one that is named, or the only one there is."""
        reached = [target for target, sources in self.leads.items() if state in sources]
        if named:
            return named if named in reached else None
        return reached[0] if len(reached) == 1 else None


def move(
    noun: str, does: str, done: str, target: str, sources: Iterable[str], **given: Any
) -> Move:
    """A move that leads to one state."""
    return Move(noun, does, done, {str(target): tuple(map(str, sources))}, **given)


@dataclass(frozen=True, slots=True)
class Lifecycle:
    """The table of one state of a model. `initial` are the states in which a record may be written
    down at first, each with whose word it takes beside the right to write the record. `kept` are
    other fields that only moves change. `follows` are ways that it takes because another table of
    the record takes a move."""

    field: str
    initial: Mapping[str, Collection[Setter]]
    moves: tuple[Move, ...]
    kept: tuple[str, ...] = ()
    follows: Mapping[str, Collection[str]] = dataclasses.field(default_factory=dict)

    def move(self, noun: str) -> Move | None:
        """The move of this name."""
        return next((move for move in self.moves if move.noun == noun), None)

    def between(self, source: str, target: str) -> Move | None:
        """The move that leads from one state to another."""
        return next((move for move in self.moves if source in move.leads.get(target, ())), None)

    def ways(self) -> set[tuple[str, str]]:
        """All pairs of a state and one that may follow it."""
        tables = [self.follows, *(move.leads for move in self.moves)]
        return {
            (str(source), str(target))
            for leads in tables
            for target, sources in leads.items()
            for source in sources
        }

    def trigger(self, model: str) -> pgtrigger.Trigger:
        """Refuse what is no move of the table, whoever writes it. `model` names the record in the
        sentence, such as `risk`."""
        before, after = f'OLD."{self.field}"', f'NEW."{self.field}"'
        pairs = ", ".join(sorted(f"('{source}', '{target}')" for source, target in self.ways()))
        return pgtrigger.Trigger(
            name=f"{self.field}_moves",
            operation=pgtrigger.UpdateOf(self.field),
            when=pgtrigger.Before,
            # PostgreSQL reads the condition anew for every statement on the table, so it is short.
            condition=pgtrigger.Condition(f"{before} IS DISTINCT FROM {after}"),
            func=f"IF ({before}, {after}) IN ({pairs}) THEN RETURN NEW; END IF;"
            f" RAISE EXCEPTION 'No move leads {with_article(model)} from % to %.',"
            f" {before}, {after}"
            f" USING ERRCODE = 'check_violation', CONSTRAINT = '{MOVES}';",
        )


MOVES = "no_such_move"  # what the trigger calls itself, whichever table it is on


def with_article(noun: str) -> str:
    """The noun with its article."""
    return f"{'an' if noun[0] in 'aeiou' else 'a'} {noun}"


def anybody(*states: str) -> dict[str, tuple[Setter, ...]]:
    """States in which whoever may write a record may write it down at first."""
    return {str(state): () for state in states}


def by_word_of(setter: Setter, *states: str) -> dict[str, tuple[Setter, ...]]:
    """States in which a record is written down at first by the word of those who lead there: nobody
    walks around a move by beginning behind it."""
    return {str(state): (setter,) for state in states}


def find_move(model: Any, noun: str) -> tuple[Lifecycle, Move]:
    """The move of a model by its noun, and the table it is in. Raises KeyError for another."""
    for lifecycle in model.lifecycles:
        if it := lifecycle.move(noun):
            return lifecycle, it
    raise KeyError(noun)


def nouns(model: Any) -> frozenset[str]:
    """The nouns of all moves of a model."""
    return frozenset(move.noun for lifecycle in model.lifecycles for move in lifecycle.moves)
