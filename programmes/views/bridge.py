"""What moved a figure, as pages show it: a table whose parts add up, and a waterfall."""

from datetime import datetime
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from pmhub import formats, reading_clock
from pmhub.page_addresses import address_of, clock, then
from pmhub.registers import registers
from pmhub.table_formats import files_of
from programmes import queries
from programmes.models import Programme
from programmes.queries import (
    Bridge,
    Part,
    PartChange,
    PortfolioBridge,
    PortfolioRollup,
    Reading,
)
from programmes.rollup.ledger import Metric
from programmes.rollup.metrics import BY_NAME, OF_PORTFOLIOS, OF_PROJECTS
from programmes.rollup.spans import Period
from programmes.views.period import LATELY, ChosenPeriod, Owner
from programmes.wording import deleted, out_of_sight
from projects.models import Project

PATHS = {
    "page": "on a page",
    "rest": "over REST",
    "admin": "in the admin pages",
    "import": "by import",
    "sql": "by SQL",
}
BARS = 8  # of a waterfall; what is smaller shares the last one
API = "/api/v1/{}s/{}/"
EXPLAINED = {
    "portfolio": "portfolio-explain",
    "programme": "explain",
    "project": "project-explain",
}
AnyBridge = Bridge | PortfolioBridge


def bridge_of(
    owner: Owner,
    name: str,
    user: Any,
    chosen: ChosenPeriod,
    at: datetime | None,
    now: queries.PortfolioRollup | None = None,
) -> dict[str, Any]:
    """Return what moved one figure of a portfolio, programme or project over the time asked for, to
    a past moment or to now; of a portfolio, `now` is how it stands, where that is the end."""
    context: dict[str, Any] = {"asked": chosen, "rows": [], "within": then_of(chosen, at)}
    bridge: AnyBridge | None = None
    if now is not None and chosen.since == LATELY:
        metric = OF_PORTFOLIOS[name]
        since, found = queries.recent_bridge_of_portfolio(now, [metric], chosen.end, user)
        bridge, moved = next(iter(found), None), bool(found)
    else:
        since, moved = _moved_since(owner, name, chosen.begin)
    if since is None or since >= chosen.end:
        return context | {"files": files(owner, name, None, at)}
    period = Period(since, chosen.end)
    context |= {"period": period, "files": files(owner, name, period, at)}
    if not moved:
        return context
    bridge = bridge or _bridge(owner, name, period, user)
    return context | {
        "reason": bridge.reason,
        "rows": rows_of(bridge, then_of(chosen, at)),
        "bars": bars(bridge),
        "before": end_of(bridge.before, bridge.metric),
        "after": end_of(bridge.after, bridge.metric),
        "difference": formats.change(bridge.difference, look_of(bridge)),
    }


def then_of(chosen: ChosenPeriod, at: datetime | None) -> str:
    """Return the query for the same period at another page."""
    query = {"since": chosen.since, "until": chosen.until, **clock(at)}
    return f"?{urlencode({name: value for name, value in query.items() if value})}"


def _bridge(owner: Owner, name: str, period: Period, user: Any) -> AnyBridge:
    if isinstance(owner, Project):
        return queries.project_bridge(owner, name, period, user)
    if isinstance(owner, Programme):
        return queries.bridge(owner, name, period, user)
    metric = OF_PORTFOLIOS[name]
    ends = (
        queries.portfolio_rollup_at(owner, user, end, [metric])
        for end in (period.begin, period.end)
    )
    return queries.portfolio_bridge(metric, period, *ends)


def _moved_since(owner: Owner, name: str, begin: datetime) -> tuple[datetime | None, bool]:
    """Return since when the figure can be compared, and whether it may have moved since."""
    if isinstance(owner, Project):
        return queries.project_moved_since(owner, name, begin)
    if isinstance(owner, Programme):
        since, moved = queries.moved_since(owner, [name], begin)
        return since, bool(moved)
    first = queries.portfolio_known_since(owner)
    return (max(begin, first), True) if first else (None, False)


def rows_of(bridge: AnyBridge, within: str = "", most: int | None = None) -> list[dict[str, Any]]:
    """Return the first parts of a bridge, or all, as rows of a table."""
    if isinstance(bridge, PortfolioBridge):
        look = look_of(bridge)
        return [change_row(part, bridge.metric, look, within) for part in bridge.parts[:most]]
    return [part_row(part, bridge) for part in bridge.parts[:most]]


def change_row(change: PartChange, metric: Metric, look: str, within: str) -> dict[str, Any]:
    """Return what a programme or standalone project moved a figure of the portfolio by, with the
    address of what moved the figure there."""
    part = change.part
    page = explained_at(part.type, part.id, metric.name)
    return {
        "code": part.code,
        "title": part.name,
        "address": page and page + within,
        "before": formats.looks(change.before, metric.unit),
        "after": formats.looks(change.after, metric.unit),
        "change": formats.change(change.amount, look),
        "cause": f"{part.type}, by what moved it there" if page else part.type,
    }


def explained_at(kind: str, id: int, name: str) -> str:
    """Return the address of the page that explains a figure of a portfolio, programme or project;
    empty for a figure that a project does not have."""
    if kind == "project" and name not in OF_PROJECTS:
        return ""
    return address_of(EXPLAINED[kind], id, name)


def look_of(bridge: AnyBridge) -> str:
    """Return how the amounts of a bridge are shown, so that the shown parts add up."""
    return formats.look_for(bridge.metric.unit, [part.amount for part in bridge.parts])


def end_of(end: Reading | PortfolioRollup | None, metric: Metric) -> str:
    """Return a figure at one end, in words."""
    if isinstance(end, PortfolioRollup):
        return formats.looks(end.figure(metric).value, metric.unit)
    return formats.shown(end) if end else formats.NOTHING


def files(
    owner: Owner, name: str, period: Period | None, at: datetime | None
) -> list[tuple[str, str]]:
    """Return the addresses of files with the lines and the bridge."""
    base = API.format(owner._meta.model_name, owner.pk)
    moment = clock(at)
    lines = files_of(f"{base}rollup/{name}/?{urlencode(moment)}")
    links = [(f"Lines as {words}", address) for words, address in lines]
    if period:
        parameters = {
            "metric": name,
            "from": period.begin.isoformat(),
            "to": period.end.isoformat(),
        }
        movements = files_of(f"{base}bridge/?{urlencode(parameters)}")
        links += [(f"Movements as {words}", address) for words, address in movements]
    return links


def part_row(part: Part, bridge: Bridge) -> dict[str, Any]:
    """Return a part as a row of a table."""
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
        "way": [source_row(source) for source in part.path] if len(part.path) > 1 else [],
        "also": [source_row(source) for source in part.also],
    }


def source_row(source: queries.Source | None) -> dict[str, Any]:
    """Return the name of a line's source, and the address of its page where it has one."""
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
    return {
        "code": source.code,
        "title": source.title[:1].upper() + source.title[1:],
        "address": page_of(source),
    }


def page_of(source: queries.Source) -> str:
    """Return the address of a source's page: its own, or that of its register's records; empty
    without one."""
    kind = source.kind
    place = (kind.page, source.id) if kind.page else ("record", kind.collection, source.id)
    if not kind.page and registers.named(kind.collection) is None:
        return ""
    return address_of(*place) + then(reading_clock.moment())


def bars(bridge: AnyBridge) -> list[dict[str, Any]]:
    """Return the bars of the waterfall: the value before, each movement from where the last one
    ended, the value after; in per cent of the width, with a margin on both sides."""
    if bridge.difference is None or not bridge.parts:
        return []
    named = [*zip(rows_of(bridge)[:BARS], (part.amount for part in bridge.parts), strict=False)]
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
        bar("Before", low, heights[0], end_of(bridge.before, bridge.metric), "end"),
        *(
            bar(name, heights[n], heights[n + 1], change, "more" if amount > 0 else "less")
            for n, (name, amount, change) in enumerate(steps)
        ),
        bar("After", low, heights[-1], end_of(bridge.after, bridge.metric), "end"),
    ]
