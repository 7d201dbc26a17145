"""How delay travels between projects. Days are calendar days."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from projects.schedule.links import LinkKind, ordered


@dataclass(frozen=True, slots=True)
class Work:
    """A project as declared: dates are actual where there is one, otherwise forecast."""

    id: int
    start: date
    finish: date
    started: bool
    closed: bool
    baseline_finish: date | None


@dataclass(frozen=True, slots=True)
class Link:
    """A driving, open dependency. `giver` None is an external party.

    `event_on` is the giver's event, delivered or forecast; None means the giver's own propagated
    start (SS, SF) or finish (FS, FF). An event already `delivered` no longer moves with its giver.
    """

    id: int
    giver: int | None
    receiver: int
    kind: LinkKind
    lag_days: int
    event_on: date | None
    delivered: bool = False


@dataclass(frozen=True, slots=True)
class Position:
    """Where a project really stands.

    `slip_days` is against the baseline finish, `hidden_delay_days` against the declared finish
    (never negative), `driver` the link that set the finish.
    """

    start: date
    finish: date
    slip_days: int | None
    hidden_delay_days: int
    driver: int | None


def propagate(
    works: Iterable[Work], links: Iterable[Link], settled: Mapping[int, Position] = {}
) -> dict[int, Position]:
    """Push every project to the dates its driving dependencies allow; nothing ever moves earlier.

    `settled` holds givers that are not among `works`. A giver known to neither hides no delay and,
    without an event date, holds nobody back. Of links asking for the same date the lowest id is the
    driver. Raises CycleError.
    """
    by_id = {work.id: work for work in works}
    inbound: dict[int, list[Link]] = defaultdict(list)
    for link in sorted(links, key=lambda link: link.id):
        if link.receiver in by_id:
            inbound[link.receiver].append(link)
    graph = {each: [link.giver for link in inbound[each] if link.giver in by_id] for each in by_id}
    positions = dict(settled)
    order = ordered(graph)
    for each in order:
        positions[each] = _pushed(by_id[each], inbound[each], positions)
    return {each: positions[each] for each in order}


def _pushed(work: Work, inbound: Iterable[Link], positions: Mapping[int, Position]) -> Position:
    start, finish, driver = work.start, work.finish, None
    for link in () if work.closed else inbound:
        push = _push(link, work.started, start, finish, positions)
        if push > timedelta(0):
            finish += push
            start = start if work.started else start + push
            driver = link.id
    return Position(
        start=start,
        finish=finish,
        slip_days=days_between(finish, work.baseline_finish),
        hidden_delay_days=(finish - work.finish).days,
        driver=driver,
    )


def _push(
    link: Link,
    started: bool,
    start: date,
    finish: date,
    positions: Mapping[int, Position],
) -> timedelta:
    """How much later the receiver must be; a started project cannot start later."""
    event = _event(link, positions)
    holds_start = link.kind in (LinkKind.FS, LinkKind.SS)
    if event is None or (holds_start and started):
        return timedelta(0)
    return event + timedelta(days=link.lag_days) - (start if holds_start else finish)


def _event(link: Link, positions: Mapping[int, Position]) -> date | None:
    giver = positions.get(link.giver) if link.giver is not None else None
    if link.event_on is None:
        if giver is None:
            return None
        return giver.start if link.kind in (LinkKind.SS, LinkKind.SF) else giver.finish
    hidden = giver.hidden_delay_days if giver and not link.delivered else 0
    return link.event_on + timedelta(days=hidden)


def days_between(later: date | None, earlier: date | None) -> int | None:
    """Calendar days from the earlier to the later date; None when either is unknown."""
    return None if later is None or earlier is None else (later - earlier).days
