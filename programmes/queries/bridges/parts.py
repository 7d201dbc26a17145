"""The parts of a bridge with what they came from, as far as a reader may see it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from programmes.queries.bridges.edits import UNKNOWN, Edit, Moved, edits_of
from programmes.queries.sources import Source, sources
from programmes.rollup.bridge import Step
from programmes.rollup.causes import OF_PROJECT, UNDONE, Cause, Surroundings, project_of
from programmes.rollup.ledger import Level, Value
from programmes.rollup.spans import Key, Period
from programmes.sources import PROJECT
from programmes.wording import movement


@dataclass(frozen=True, slots=True)
class Part:
    """One cause of a difference, also in words. `before` and `after` are what the source itself
    stood at; `amount` is what it moved the figure by. Without a source it is the rule that
    changed.

    `root` is the record that somebody edited and `edit` what is known of that; `path` leads from
    there to the source, `also` are records on it that were edited too."""

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
    """Tells of steps what they came from, as far as the reader may see it. Of a project, records
    of kinds that stand `apart` have lines of their own."""

    around: Surroundings
    period: Period
    user: Any
    level: Level = Level.PROGRAMME
    apart: Collection[str] = ()
    named: dict[Key, Source] = field(default_factory=dict)
    edits: Mapping[Moved, Edit] = field(default_factory=dict)

    def learn(self, steps: Collection[Step], *, edits: bool) -> None:
        """Read the names of the records and, if asked, who edited them."""
        keys = {key for step in steps for key in self.way(step)}
        self.named = sources(keys, self.user)
        if not edits:
            return
        moved = {change for step in steps for change in self.changed(step)}
        self.edits = edits_of(moved, self.period, self.apart) if moved else {}
        records = {edit.record for edit in self.edits.values() if edit.record}
        self.named |= sources(records - self.named.keys(), self.user)

    def way(self, step: Step) -> tuple[Key, ...]:
        """Return the way from the record that was edited elsewhere, or from the source, to the
        source."""
        if step.source is None:
            return ()
        if step.root in (None, step.source):
            return (step.source,)
        return self.around.ways.get((step.source, max(step.moments))) or (step.root, step.source)

    def changed(self, step: Step) -> list[Moved]:
        """Return whose change moved it, up to when, what began it first: that of the records on its
        way, or of the project it came with."""
        if step.source is None or step.cause in UNDONE or self._hides(step.source):
            return []
        project = project_of(step.source, self.around) if step.cause in OF_PROJECT else None
        keys = self.way(step) if project is None else ((PROJECT.name, project),)
        until = max(turn.window[1] for turn in step.turns)
        return [(key, until) for key in keys if key not in self.named or not self._hides(key)]

    def _tells(self, step: Step, edit: Edit) -> bool:
        """Return whether an edit on the way of a delay was seen together with that of its root."""
        on_the_way = (step.source, max(step.moments, default=None)) in self.around.ways
        return (
            on_the_way and edit.at is not None and any(turn.holds(edit.at) for turn in step.turns)
        )

    def _hides(self, key: Key) -> bool:
        return self.named[key].hidden

    def part(self, step: Step) -> Part:
        """The step with all that is known of it."""
        way = self.way(step)
        edits = {change: self.edits.get(change, UNKNOWN) for change in self.changed(step)}
        edit = next(iter(edits.values()), UNKNOWN)
        if step.root and self._hides(step.root):
            edit = UNKNOWN
        root = step.root or edit.record
        also = [key for (key, _), other in [*edits.items()][1:] if self._tells(step, other)]
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
