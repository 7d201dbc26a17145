"""The colour of one dimension of a project or programme, and what it was judged by."""

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal

from pmhub.rounding import exact
from programmes.health.findings import SEVERITY, Driver, Finding, Rag, worst
from programmes.health.thresholds import DEFAULT, Thresholds

Number = Decimal | int
TROUBLED = (Rag.AMBER, Rag.RED)  # what needs a reason


def _unknown(dimension: str) -> Finding:
    return Finding(dimension, Rag.GREY, known=False)


def banded(value: Number, green: Number, amber: Number, *, bound_is_worse: bool = False) -> Rag:
    """Return the colour of a value, given the last green and the last amber value."""
    if value < green or (value == green and not bound_is_worse):
        return Rag.GREEN
    return Rag.AMBER if value < amber or (value == amber and not bound_is_worse) else Rag.RED


def judged(value: Number, green: Number, amber: Number) -> dict[str, str]:
    """Return by what a value was judged, for the values of a finding."""
    values = {"value": value, "green": green, "amber": amber}
    return {name: exact(Decimal(number)) for name, number in values.items()}


def _rule_of(rag: Rag, rule: str) -> str:
    """Return the rule, empty where the colour needs no reason."""
    return rule if rag in TROUBLED else ""


# One function a dimension


def schedule_finding(
    slip_days: int | None,
    baseline_days: int | None,
    thresholds: Thresholds = DEFAULT,
    hidden_delay_days: int = 0,
    driver: Driver | None = None,
) -> Finding:
    """Judge the slip of the propagated finish against the baseline; grey without a baseline."""
    if slip_days is None or baseline_days is None:
        return _unknown("schedule")
    share = Decimal(baseline_days) / 100
    green = max(Decimal(thresholds.schedule_green_days), share * thresholds.schedule_green_pct)
    amber = max(Decimal(thresholds.schedule_amber_days), share * thresholds.schedule_amber_pct)
    rag = banded(slip_days, green, amber)
    values = {**judged(slip_days, green, amber), "hidden_delay_days": hidden_delay_days}
    rule = _rule_of(rag, "late_against_baseline")
    return Finding("schedule", rag, rule, values, [driver] if driver else [])


def cost_finding(
    eac: Decimal | None, approved: Decimal | None, thresholds: Thresholds = DEFAULT
) -> Finding:
    """Judge by how many per cent the estimate at completion is above the approved budget; grey
    without a budget."""
    if eac is None or approved is None or approved <= 0:
        return _unknown("cost")
    over = (eac - approved) / approved * 100
    green, amber = thresholds.cost_green_pct, thresholds.cost_amber_pct
    rag = banded(over, green, amber, bound_is_worse=thresholds.cost_bound_is_worse)
    return Finding("cost", rag, _rule_of(rag, "over_approved"), judged(over, green, amber))


def benefits_finding(
    attained: Decimal | None, thresholds: Thresholds = DEFAULT, undefined: str | None = None
) -> Finding:
    """Judge realised over planned benefits to date; grey with the reason where that is
    undefined."""
    if attained is None:
        rule = undefined or "nothing_planned_yet"
        return Finding("benefits", Rag.GREY, rule, known=False)
    green, amber = thresholds.benefits_green, thresholds.benefits_amber
    rag = banded(-attained, -green, -amber)
    return Finding("benefits", rag, _rule_of(rag, "below_plan"), judged(attained, green, amber))


def disbenefits_finding(
    planned: Decimal,
    actual: Decimal,
    thresholds: Thresholds = DEFAULT,
    undefined: str | None = None,
) -> Finding:
    """Judge actual over planned dis-benefits (magnitudes); grey where none is planned, and with a
    reason where none is measured."""
    if undefined:
        return Finding("disbenefits", Rag.GREY, undefined, known=False)
    if planned <= 0:
        return _unknown("disbenefits")
    share = actual / planned
    green, amber = thresholds.disbenefits_green, thresholds.disbenefits_amber
    rag = banded(share, green, amber)
    return Finding("disbenefits", rag, _rule_of(rag, "above_plan"), judged(share, green, amber))


def risk_finding(
    top: tuple[Driver, int] | None, recorded: bool, thresholds: Thresholds = DEFAULT
) -> Finding:
    """Judge the highest residual score among counted threats; grey for a project that records no
    risk."""
    if top is None:
        return Finding("risk", Rag.GREEN) if recorded else _unknown("risk")
    driver, score = top
    green, amber = thresholds.risk_green_score, thresholds.risk_amber_score
    rag = banded(score, green, amber)
    return Finding("risk", rag, _rule_of(rag, "high_score"), judged(score, green, amber), [driver])


def cover_finding(
    cover: Decimal | None, thresholds: Thresholds = DEFAULT, *, recorded: bool = False
) -> Finding:
    """Judge the funding cover, the risk dimension of a programme. Grey where there is nothing to
    cover, which counts as known where risks are recorded."""
    if cover is None:
        return Finding("risk", Rag.GREY, known=recorded)
    green, amber = thresholds.cover_green, thresholds.cover_amber
    rag = banded(-cover, -green, -amber)
    return Finding("risk", rag, _rule_of(rag, "funding_cover"), judged(cover, green, amber))


def dependencies_finding(dependencies: Iterable[tuple[Driver, str]]) -> Finding:
    """Judge inbound dependencies that are not accepted, by their status; name all that are not
    green."""
    colours = [(driver, Rag(status)) for driver, status in dependencies]
    return _worst_of("dependencies", "not_green", colours)


def issues_finding(issues: Iterable[tuple[Driver, str, bool]]) -> Finding:
    """Judge open issues by severity and whether they are overdue: high and overdue is amber,
    critical and overdue red."""
    colours = {"high": Rag.AMBER, "critical": Rag.RED}
    return _worst_of("issues", "overdue", [
        (driver, colours.get(severity, Rag.GREEN) if overdue else Rag.GREEN)
        for driver, severity, overdue in issues
    ])  # fmt: skip


def compliance_finding(items: Iterable[tuple[Driver, bool, bool]]) -> Finding:
    """Judge compliance items by whether they are overdue and blocking: overdue is amber, red if it
    blocks."""
    late = {False: Rag.AMBER, True: Rag.RED}
    return _worst_of("compliance", "overdue", [
        (driver, late[blocking] if overdue else Rag.GREEN) for driver, overdue, blocking in items
    ])  # fmt: skip


def assurance_finding(recommendations: Iterable[tuple[Driver, str, bool]]) -> Finding:
    """Judge open recommendations by priority and whether they are overdue: essential and overdue is
    amber, critical and overdue red, and so is a lapsed condition of a gate (`condition`). Name
    those of the worst colour."""
    colours = {"essential": Rag.AMBER, "critical": Rag.RED, "condition": Rag.RED}
    coloured = [
        (driver, priority, colours.get(priority, Rag.GREEN) if overdue else Rag.GREEN)
        for driver, priority, overdue in recommendations
    ]
    rag = worst([Rag.GREEN, *(colour for _, _, colour in coloured)])
    named = [(driver, how) for driver, how, colour in coloured if colour == rag and rag in TROUBLED]
    values = {"count": len(named), "priority": named[0][1]} if named else {}
    drivers = [driver for driver, _ in named]
    lapsed = bool(named) and all(how == "condition" for _, how in named)
    rule = _rule_of(rag, "conditions_lapsed" if lapsed else "recommendations_overdue")
    return Finding("assurance", rag, rule, values, drivers, known=bool(coloured))


def _worst_of(dimension: str, rule: str, colours: Sequence[tuple[Driver, Rag]]) -> Finding:
    """Return the worst colour of these records, naming all that are amber or red; green where there
    is none."""
    troubled = sorted(
        (pair for pair in colours if pair[1] in TROUBLED),
        key=lambda pair: -SEVERITY[pair[1]],
    )
    rag = worst([Rag.GREEN, *(colour for _, colour in troubled)])
    values = {"count": len(troubled)} if troubled else {}
    drivers = [driver for driver, _ in troubled]
    return Finding(dimension, rag, _rule_of(rag, rule), values, drivers, known=bool(colours))


def resources_finding(
    overloads: Iterable[tuple[Driver, date, Decimal | None]], thresholds: Thresholds = DEFAULT
) -> Finding:
    """Judge overloads of booked resources, each (resource, month, demand over capacity as its
    fraction); red where the fraction is None, for demand on no capacity at all. The worst month is
    named, of equals the latest."""
    endless = Decimal("Infinity")
    ranked = [
        (endless if over is None else over, month, driver.code, driver)
        for driver, month, over in overloads
    ]
    if not ranked:
        return Finding("resources", Rag.GREEN, known=False)
    over, month, _, driver = max(ranked, key=lambda row: row[:3])
    rag = banded(over, Decimal(0), thresholds.resources_amber_fraction)
    month_of = {"month": f"{month:%Y-%m}"}
    if over == endless:
        return Finding("resources", rag, "booked_without_capacity", month_of, [driver])
    values = judged(over, Decimal(0), thresholds.resources_amber_fraction) | month_of
    return Finding("resources", rag, _rule_of(rag, "overbooked"), values, [driver])


def projects_finding(
    projects: Sequence[tuple[Driver, Rag]], rule: str = "worst_projects"
) -> Finding:
    """Judge the colours of a programme's live projects; name those of the worst colour."""
    rag = worst(colour for _, colour in projects)
    drivers = [driver for driver, colour in projects if colour == rag and rag in TROUBLED]
    values = {"count": len(drivers)} if drivers else {}
    known = rag != Rag.GREY
    return Finding("projects", rag, _rule_of(rag, rule), values, drivers, known=known)


# Tolerance and delivery confidence
