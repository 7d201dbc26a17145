"""What moved a figure, as pages show it: a table whose parts add up, and a waterfall."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.utils import timezone

from pmhub import formats
from pmhub.addresses import address_of
from programmes import queries
from programmes.models import Portfolio, Programme
from programmes.queries import Bridge, NoMoment, Part
from programmes.rollup.metrics import BY_NAME, HEADLINES
from programmes.rollup.spans import Period
from programmes.wording import deleted, out_of_sight
from projects.models import Project

PATHS = {
    "page": "on a page",
    "rest": "over REST",
    "admin": "in the admin pages",
    "import": "by import",
    "sql": "by SQL",
}
SPANS = {"week": timedelta(days=7), "month": timedelta(days=30)}
LATELY = "month"
TOP = 3  # movements of a figure on the overview
BARS = 8  # of a waterfall; what is smaller shares the last one
API = "/api/v1/{}s/{}/"
Owner = Programme | Project


def bridge_of(
    owner: Owner, name: str, user: Any, since: str, at: datetime | None
) -> dict[str, Any]:
    """Return what moved one figure of a programme or project over the time asked for, to a past
    moment or to now."""
    end, wrong, day = at or timezone.now(), "", ""
    try:
        begin = end - SPANS[since] if since in SPANS else None
        if begin is None:
            begin, day = queries.moment(since, portfolio_of(owner).time_zone), since
    except NoMoment as error:
        begin, since, wrong = end - SPANS[LATELY], LATELY, error.detail
    known, moved = _moved_since(owner, name, begin)
    context: dict[str, Any] = {"since": since, "day": day, "wrong": wrong, "rows": []}
    if known is None or known >= end:
        return context | {"files": files(owner, name, None, at)}
    period = Period(known, end)
    context |= {"period": period, "files": files(owner, name, period, at)}
    if not moved:
        return context
    if isinstance(owner, Project):
        found = queries.project_bridge(owner, name, period, user)
    else:
        found = queries.bridge(owner, name, period, user)
    return context | {
        "reason": found.reason,
        "rows": [part_row(part, found) for part in found.parts],
        "bars": bars(found),
        "before": end_of(found.before),
        "after": end_of(found.after),
        "difference": formats.change(found.difference, look_of(found)),
    }


def portfolio_of(owner: Owner) -> Portfolio:
    """The portfolio of a programme or a project."""
    found: Portfolio = owner.owner_portfolio if isinstance(owner, Project) else owner.portfolio
    return found


def _moved_since(owner: Owner, name: str, begin: datetime) -> tuple[datetime | None, bool]:
    """From when on the figure can be compared, and whether it has moved since."""
    if isinstance(owner, Project):
        return queries.project_moved_since(owner, name, begin)
    known, moved = queries.moved_since(owner, [name], begin)
    return known, bool(moved)


def look_of(bridge: Bridge) -> str:
    """Return how the amounts of a bridge are shown, so that its parts add up for whoever reads
    them."""
    return formats.look_for(bridge.metric.unit, [part.amount for part in bridge.parts])


def end_of(reading: Any) -> str:
    """A figure at one end."""
    return formats.shown(reading) if reading else formats.NOTHING


def files(
    owner: Owner, name: str, period: Period | None, at: datetime | None
) -> list[tuple[str, str]]:
    """Return where the lines and the bridge are files."""
    base = API.format(owner._meta.model_name, owner.pk)
    moment = {"as_of": at.isoformat()} if at else {}
    found = [
        (
            f"Lines as {kind.upper()}",
            f"{base}rollup/{name}/?{urlencode({**moment, 'format': kind})}",
        )
        for kind in ("csv", "xlsx")
    ]
    if period:
        asked = {"metric": name, "from": period.begin.isoformat(), "to": period.end.isoformat()}
        found += [
            (
                f"Movements as {kind.upper()}",
                f"{base}bridge/?{urlencode({**asked, 'format': kind})}",
            )
            for kind in ("csv", "xlsx")
        ]
    return found


def part_row(part: Part, bridge: Bridge) -> dict[str, Any]:
    """A part as a table shows it."""
    through = BY_NAME[part.through] if part.through else None
    unit = (through or bridge.metric).unit
    return {
        **source_row(part.source),
        "at": part.at,
        "before": formats.looks(part.before, unit),
        "after": formats.looks(part.after, unit),
        "change": formats.change(part.amount, look_of(bridge)),
        "cause": part.words,
        "through": through.label if through and through.unit != bridge.metric.unit else "",
        "by": part.edit.name,
        "via": PATHS.get(part.edit.via or "", ""),
        "reason": part.edit.reason,
        "way": [source_row(each) for each in part.path] if len(part.path) > 1 else [],
        "also": [source_row(each) for each in part.also],
    }


def source_row(source: queries.Source | None) -> dict[str, Any]:
    """The source of a line: its name, and its page where it has one."""
    if source is None:
        return {"code": "", "title": "The rules of the figure", "address": ""}
    if source.gone:
        title = deleted(source.type, code=source.code, title=source.title)
        return {"code": source.code, "title": title, "address": ""}
    if source.hidden:
        title = out_of_sight(
            source.type,
            title=source.title,
            contact=source.contact,
            deliverable=source.deliverable,
        )
        return {"code": "", "title": title, "address": ""}
    page = source.kind.page
    return {
        "code": source.code,
        "title": source.title[:1].upper() + source.title[1:],
        "address": address_of(page, source.id) if page else "",
    }


def bars(bridge: Bridge) -> list[dict[str, Any]]:
    """The waterfall: where it stood, each movement from the height that the last one reached, where
    it stands. Shares of the width between the lowest and the highest point."""
    if bridge.difference is None or not bridge.parts:
        return []
    named = [(part_row(part, bridge), part.amount) for part in bridge.parts[:BARS]]
    steps = [(row["code"] or row["title"], amount, row["change"]) for row, amount in named]
    rest = sum((part.amount for part in bridge.parts[BARS:]), Decimal(0))
    if len(bridge.parts) > BARS:
        words = f"{len(bridge.parts) - BARS} smaller"
        steps.append((words, rest, formats.change(rest, bridge.metric.unit)))
    heights = [Decimal(0)]
    for _, amount, _ in steps:
        heights.append(heights[-1] + amount)
    low, high = min(heights), max(heights)
    room = (high - low) / 4 or Decimal(1)
    low, width = low - room, high - low + 2 * room

    def bar(name: str, start: Decimal, end: Decimal, amount: str, look: str) -> dict[str, Any]:
        left, size = min(start, end) - low, abs(end - start)
        return {
            "name": name,
            "start": f"{100 * left / width:.2f}",
            "size": f"{100 * size / width:.2f}",
            "amount": amount,
            "look": look,
        }

    return [
        bar("Before", low, heights[0], end_of(bridge.before), "end"),
        *(
            bar(name, heights[n], heights[n + 1], change, "more" if amount > 0 else "less")
            for n, (name, amount, change) in enumerate(steps)
        ),
        bar("After", low, heights[-1], end_of(bridge.after), "end"),
    ]


def moved_lately(programme: Programme, user: Any, at: datetime | None) -> dict[str, Any]:
    """Return what moved the four figures of the overview in the last 30 days: nothing but one query
    when nothing has."""
    end = at or timezone.now()
    begin, names = queries.moved_since(programme, HEADLINES, end - SPANS[LATELY])
    if begin is None or begin >= end:
        return {"since": None, "figures": []}
    wanted = [name for name in HEADLINES if name in names]
    found = _found(programme, wanted, Period(begin, end), user)
    return {"since": begin, "figures": [lately(each) for each in found.values() if each.parts]}


def _found(
    programme: Programme, names: Sequence[str], period: Period, user: Any
) -> dict[str, Bridge]:
    return queries.bridges(programme, names, period, user, edits=False) if names else {}


def lately(bridge: Bridge) -> dict[str, Any]:
    """A figure with its largest movements."""
    shown: Sequence[Part] = bridge.parts[:TOP]
    return {
        "metric": bridge.after,
        "change": formats.change(bridge.difference, bridge.metric.unit),
        "parts": [part_row(part, bridge) for part in shown],
        "more": len(bridge.parts) - len(shown),
    }
