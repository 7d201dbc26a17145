"""The parts of a bridge with the records behind them, as far as a reader may see these."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from programmes.queries.bridges.edits import UNKNOWN, Acts, Edit, Moved, edits_of
from programmes.queries.sources import Source, sources
from programmes.rollup.bridge import Step
from programmes.rollup.causes import OF_PROJECT, UNDONE, Cause, Surroundings, project_of
from programmes.rollup.ledger import Level, Value
from programmes.rollup.spans import Key, Period
from programmes.sources import PROJECT
from programmes.wording import movement


@dataclass(frozen=True, slots=True)
class Part:
    """What one source moved a figure by, for one cause, also in words. `amount` is what it moved
    the figure by; `before` and `after` are the values of the source itself. Without a source, a
    rule has changed.

    `root` is the record that somebody edited, and `edit` who, when and why; `path` leads from there
    to the source; `also` are records on the path that were edited too.
    """

    amount: Decimal
    cause: Cause
    words: str
    source: Source | None
    at: datetime | None
    before: Value
    after: Value
    moments: Sequence[datetime]
    through: str
    edit: Edit
    root: Source | None = None
    path: Sequence[Source] = ()
    also: Sequence[Source] = ()


@dataclass(slots=True)
class PartDescriber:
    """Describes steps by the records behind them, as far as the reader may see these. Records of
    the kinds in `apart` have lines of their own. `acts` are those of records that were read
    already."""

    around: Surroundings
    period: Period
    user: Any
    level: Level = Level.PROGRAMME
    apart: Collection[str] = ()
    acts: Acts = field(default_factory=dict)
    named: dict[Key, Source] = field(default_factory=dict)
    edits: Mapping[Moved, Edit] = field(default_factory=dict)

    def learn(self, steps: Collection[Step], *, edits: bool) -> None:
        """Read the names of the records and, with `edits`, who edited them."""
        keys = {key for step in steps for key in self.way(step)}
        self.named = sources(keys, self.user)
        if not edits:
            return
        moved = {change for step in steps for change in self.changed(step)}
        self.edits = edits_of(moved, self.period, self.apart, self.acts) if moved else {}
        records = {edit.record for edit in self.edits.values() if edit.record}
        self.named |= sources(records - self.named.keys(), self.user)

    def way(self, step: Step) -> tuple[Key, ...]:
        """Return the path from the record that was edited to the source; the source alone where
        nothing else was."""
        if step.source is None:
            return ()
        if step.root in (None, step.source):
            return (step.source,)
        return self.around.ways.get((step.source, max(step.moments))) or (step.root, step.source)

    def changed(self, step: Step) -> list[Moved]:
        """Return the records whose edit moved the source, each with the last moment that counts, in
        the order of the path. Where a project joined, left or ended it is the project."""
        if step.source is None or step.cause in UNDONE or self._hides(step.source):
            return []
        project = project_of(step.source, self.around) if step.cause in OF_PROJECT else None
        keys = self.way(step) if project is None else ((PROJECT.name, project),)
        until = max(turn.window[1] for turn in step.turns)
        return [(key, until) for key in keys if key not in self.named or not self._hides(key)]

    def _is_seen_with_root(self, step: Step, edit: Edit) -> bool:
        """Return whether an edit on the path of a delay was seen by the same computation as that of
        its root."""
        on_the_way = (step.source, max(step.moments, default=None)) in self.around.ways
        return (
            on_the_way and edit.at is not None and any(turn.holds(edit.at) for turn in step.turns)
        )

    def _hides(self, key: Key) -> bool:
        return self.named[key].hidden

    def part(self, step: Step) -> Part:
        """Return the part of a step, with all that is known of it."""
        way = self.way(step)
        edits = {change: self.edits.get(change, UNKNOWN) for change in self.changed(step)}
        edit = next(iter(edits.values()), UNKNOWN)
        if step.root and self._hides(step.root):
            edit = UNKNOWN
        root = step.root or edit.record
        also = [
            key for (key, _), other in [*edits.items()][1:] if self._is_seen_with_root(step, other)
        ]
        path = way if step.root or root is None or root in way else (root, *way)
        moments = sorted({self.period.seen(moment) for moment in step.moments})
        return Part(
            amount=step.amount,
            cause=step.cause,
            words=_words(step, self.level),
            source=self.named[step.source] if step.source else None,
            at=max(moments, default=None),
            before=step.before,
            after=step.after,
            moments=moments,
            through=step.through,
            edit=edit,
            root=self.named[root] if root else None,
            path=[self.named[key] for key in path],
            also=[self.named[key] for key in also],
        )


def _words(step: Step, level: Level) -> str:
    if step.source is None:
        return movement(step.cause)
    if level is Level.PROJECT:  # what its programme gives, it gets; nothing moves to or from it
        return movement(step.cause, step.source[0], less=step.amount > 0)
    was, now = step.turns[0].before, step.turns[-1].after
    reasons = [
        None if line is None else "" if line.included else line.reason for line in (was, now)
    ]
    return movement(step.cause, step.source[0], *reasons, less=step.amount < 0)
