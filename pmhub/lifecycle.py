"""Life cycles as data: the states of a record, and the moves that lead from one to another.

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
    """A move of a life cycle: `POST …/{noun}/`.

    `leads` gives, by state, the states from which the move leads there; if several can be reached,
    the request names one. `asks` and `may_ask` are the fields of the record that the move sets, the
    former required; `clears` are emptied. With `reason`, the request must give a reason, which any
    move may take. `does` is the move as an infinitive, `done` what the record is afterwards. `undo`
    names moves that undo it; pages offer one if it restores exactly the former state.
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
        """The states from which the move leads anywhere."""
        return {source for sources in self.leads.values() for source in sources}

    def target_from(self, state: str, named: str = "") -> str | None:
        """Return the state to which the move leads from this one: the `named` one, or the only one;
        None if there is no such state."""
        reached = [target for target, sources in self.leads.items() if state in sources]
        if named:
            return named if named in reached else None
        return reached[0] if len(reached) == 1 else None


def move(
    noun: str, does: str, done: str, target: str, sources: Iterable[str], **given: Any
) -> Move:
    """Return a move that leads from any of the states `sources` to the state `target`. `given` are
    further fields of `Move`."""
    return Move(noun, does, done, {str(target): tuple(map(str, sources))}, **given)


@dataclass(frozen=True, slots=True)
class Lifecycle:
    """The table of moves of one state field of a model. `initial` are the states in which a record
    may be created, each with the setters whose right that takes beside the right to write the
    record. `kept` are other fields that only moves change. `follows` are changes of state that
    happen because another life cycle of the record makes a move."""

    field: str
    initial: Mapping[str, Collection[Setter]]
    moves: tuple[Move, ...]
    kept: tuple[str, ...] = ()
    follows: Mapping[str, Collection[str]] = dataclasses.field(default_factory=dict)

    def move(self, noun: str) -> Move | None:
        """Return the move of this name, or None."""
        return next((move for move in self.moves if move.noun == noun), None)

    def between(self, source: str, target: str) -> Move | None:
        """Return the move that leads from one state to another, or None."""
        return next((move for move in self.moves if source in move.leads.get(target, ())), None)

    def ways(self) -> set[tuple[str, str]]:
        """Return all pairs of a state and one that may follow it."""
        tables = [self.follows, *(move.leads for move in self.moves)]
        return {
            (str(source), str(target))
            for leads in tables
            for target, sources in leads.items()
            for source in sources
        }

    def trigger(self, model: str) -> pgtrigger.Trigger:
        """Return the trigger that refuses any change of state that is no move of the table, whoever
        writes it. `model` is the word for the record in the refusal, such as `risk`."""
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


MOVES = "no_such_move"  # the name of the trigger on every table


def with_article(noun: str) -> str:
    """Return the noun with its indefinite article."""
    return f"{'an' if noun[0] in 'aeiou' else 'a'} {noun}"


def anybody(*states: str) -> dict[str, tuple[Setter, ...]]:
    """Return these states as initial ones in which whoever may write a record may create it."""
    return {str(state): () for state in states}


def by_word_of(setter: Setter, *states: str) -> dict[str, tuple[Setter, ...]]:
    """Return these states as initial ones that take the setter's right, as the moves that lead to
    them do: nobody gets around a move by creating the record after it."""
    return {str(state): (setter,) for state in states}


def find_move(model: Any, noun: str) -> tuple[Lifecycle, Move]:
    """Return the move of a model with this noun, with its life cycle. Raises KeyError if there is
    none."""
    for lifecycle in model.lifecycles:
        if it := lifecycle.move(noun):
            return lifecycle, it
    raise KeyError(noun)


def nouns(model: Any) -> frozenset[str]:
    """Return the nouns of all moves of a model."""
    return frozenset(move.noun for lifecycle in model.lifecycles for move in lifecycle.moves)
