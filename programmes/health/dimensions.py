"""The colour of one dimension of a project or programme, with its reason."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from enum import StrEnum
from typing import Any


class Rag(StrEnum):
    """Status colours; grey is not known."""

    GREEN = "green"
    AMBER = "amber"
    RED = "red"
    GREY = "grey"


SEVERITY = {Rag.GREY: 0, Rag.GREEN: 1, Rag.AMBER: 2, Rag.RED: 3}


def worst(colours: Iterable[Rag]) -> Rag:
    """The worst colour; grey counts for nothing, and nothing but grey is grey."""
    return max(colours, key=SEVERITY.__getitem__, default=Rag.GREY)


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Last green and last amber value of each dimension, our defaults.

    Days and per cent of baseline duration: the larger allowance counts. `cost_bound_is_worse` puts
    a cost exactly on a bound into the worse colour. `risk_cause_loading`, 0 to 1, is how strongly
    risks of one category follow their shared cause when they are simulated.
    """

    schedule_green_days: int = 7
    schedule_green_pct: Decimal = Decimal("2.5")
    schedule_amber_days: int = 30
    schedule_amber_pct: Decimal = Decimal(10)
    cost_green_pct: Decimal = Decimal(5)
    cost_amber_pct: Decimal = Decimal(10)
    cost_bound_is_worse: bool = False
    benefits_green: Decimal = Decimal("0.95")
    benefits_amber: Decimal = Decimal("0.80")
    disbenefits_green: Decimal = Decimal("1.05")
    disbenefits_amber: Decimal = Decimal("1.20")
    risk_green_score: int = 9
    risk_amber_score: int = 14
    cover_green: Decimal = Decimal(1)
    cover_amber: Decimal = Decimal("0.8")
    resources_amber_fraction: Decimal = Decimal("0.25")
    stale_after_days: int = 45
    risk_cause_loading: Decimal = Decimal("0.5")

    def __post_init__(self) -> None:
        if not 0 <= self.risk_cause_loading <= 1:
            raise ValueError("risk_cause_loading lies between 0 and 1")

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "Thresholds":
        """Thresholds from stored data; what is not named keeps its default.

        Decimals may be numbers or strings. Raises ValueError for an unknown name.
        """
        kinds = {each.name: each.type for each in fields(cls)}
        if unknown := sorted(set(values) - set(kinds)):
            raise ValueError(f"Unknown thresholds: {', '.join(unknown)}")
        return cls(**{name: _typed(kinds[name], value) for name, value in values.items()})


def _typed(kind: object, value: Any) -> Any:
    if (kind is bool) != isinstance(value, bool):
        raise ValueError(f"A threshold cannot be {value!r}")
    if kind is Decimal:
        try:
            number = Decimal(str(value))
        except InvalidOperation:
            raise ValueError(f"A threshold cannot be {value!r}") from None
        if not number.is_finite():
            raise ValueError("A threshold is a number")
        return number
    return value if kind is bool else int(value)


# SSP Projects: 7 days and a month, 10 % amber and 20 % red, worst indicator wins.
PUBLISHED = Thresholds(
    schedule_green_pct=Decimal(0),
    schedule_amber_pct=Decimal(0),
    cost_green_pct=Decimal(10),
    cost_amber_pct=Decimal(20),
    cost_bound_is_worse=True,
)
DEFAULT = Thresholds()


@dataclass(frozen=True, slots=True)
class Finding:
    """The colour of one dimension, why, and what drives it (a code), where there is a driver."""

    dimension: str
    rag: Rag
    reason: str | None = None
    value: Decimal | int | None = None
    driver: str | None = None


def _banded(value: Decimal | int, green: Decimal | int, amber: Decimal | int) -> Rag:
    if value <= green:
        return Rag.GREEN
    return Rag.AMBER if value <= amber else Rag.RED


def colour_reason(name: str, rag: Rag, text: str) -> str | None:
    return f"{name} {rag}: {text}" if rag in (Rag.AMBER, Rag.RED) else None


def _rounded(value: Decimal, places: str) -> Decimal:
    return value.quantize(Decimal(places), ROUND_HALF_UP)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


# One function a dimension


def schedule_finding(
    slip_days: int | None,
    baseline_days: int | None,
    thresholds: Thresholds = DEFAULT,
    hidden_delay_days: int = 0,
    driver: str | None = None,
) -> Finding:
    """Slip of the propagated finish against the baseline; without a baseline grey."""
    if slip_days is None or baseline_days is None:
        return Finding("schedule", Rag.GREY)
    share = Decimal(baseline_days) / 100
    rag = _banded(
        slip_days,
        max(Decimal(thresholds.schedule_green_days), share * thresholds.schedule_green_pct),
        max(Decimal(thresholds.schedule_amber_days), share * thresholds.schedule_amber_pct),
    )
    text = f"{_count(slip_days, 'day')} late against baseline"
    if hidden_delay_days:
        via = f", via {driver}" if driver else ""
        text += f" ({hidden_delay_days} not in the declared forecast{via})"
    return Finding("schedule", rag, colour_reason("schedule", rag, text), slip_days, driver)


def cost_finding(
    eac: Decimal | None, approved: Decimal | None, thresholds: Thresholds = DEFAULT
) -> Finding:
    """Estimate at completion over approved budget, in per cent; without a budget grey."""
    if eac is None or not approved:
        return Finding("cost", Rag.GREY)
    over = (eac - approved) / approved * 100
    green, amber = thresholds.cost_green_pct, thresholds.cost_amber_pct
    if thresholds.cost_bound_is_worse:
        rag = Rag.GREEN if over < green else Rag.AMBER if over < amber else Rag.RED
    else:
        rag = _banded(over, green, amber)
    text = f"forecast {_rounded(over, '0.1'):+}% of approved budget"
    return Finding("cost", rag, colour_reason("cost", rag, text), over)


def scope_finding(change: str) -> Finding:
    """Published rule: a significant change is red, anything else green."""
    rag = Rag.RED if change == "significant_change" else Rag.GREEN
    return Finding("scope", rag, colour_reason("scope", rag, change.replace("_", " ")))


def benefits_finding(attained: Decimal | None, thresholds: Thresholds = DEFAULT) -> Finding:
    """Realised over planned to date; undefined is grey, and says so."""
    if attained is None:
        reason = "benefits grey: planned net not positive or nothing planned yet"
        return Finding("benefits", Rag.GREY, reason)
    rag = _banded(-attained, -thresholds.benefits_green, -thresholds.benefits_amber)
    text = f"{_rounded(attained, '0.01')} of plan"
    return Finding("benefits", rag, colour_reason("benefits", rag, text), attained)


def disbenefits_finding(
    planned: Decimal, actual: Decimal, thresholds: Thresholds = DEFAULT
) -> Finding:
    """Actual over planned magnitude of dis-benefits; none planned is grey."""
    if not planned:
        return Finding("disbenefits", Rag.GREY)
    share = actual / planned
    rag = _banded(share, thresholds.disbenefits_green, thresholds.disbenefits_amber)
    text = f"{_rounded(share, '0.01')} of plan"
    return Finding("disbenefits", rag, colour_reason("dis-benefits", rag, text), share)


def risk_finding(
    top: tuple[str, int] | None, recorded: bool, thresholds: Thresholds = DEFAULT
) -> Finding:
    """Highest residual score among counted threats; a project that records no risk is grey."""
    if top is None:
        return Finding("risk", Rag.GREEN if recorded else Rag.GREY)
    code, score = top
    rag = _banded(score, thresholds.risk_green_score, thresholds.risk_amber_score)
    return Finding("risk", rag, colour_reason("risk", rag, f"{code} scores {score}"), score, code)


def cover_finding(cover: Decimal | None, thresholds: Thresholds = DEFAULT) -> Finding:
    """Funding cover, a programme's risk dimension; nothing to cover is grey."""
    if cover is None:
        return Finding("risk", Rag.GREY)
    rag = _banded(-cover, -thresholds.cover_green, -thresholds.cover_amber)
    return Finding(
        "risk", rag, colour_reason("funding cover", rag, str(_rounded(cover, "0.01"))), cover
    )


def dependencies_finding(dependencies: Iterable[tuple[str, str]]) -> Finding:
    """Inbound, not accepted dependencies as (code, status); names all that are not green."""
    troubled = [(code, Rag(status)) for code, status in dependencies if status in ("amber", "red")]
    rag = worst([Rag.GREEN, *(status for _, status in troubled)])
    return _listed("dependencies", rag, [code for code, _ in troubled])


def issues_finding(issues: Iterable[tuple[str, str, bool]]) -> Finding:
    """Open issues as (code, severity, overdue): high overdue is amber, critical overdue red."""
    colours = {"high": Rag.AMBER, "critical": Rag.RED}
    late = [(code, colours[how]) for code, how, overdue in issues if overdue and how in colours]
    rag = worst([Rag.GREEN, *(colour for _, colour in late)])
    return _listed("issues", rag, [code for code, _ in late], " overdue")


def named(codes: Sequence[str], most: int = 12) -> str:
    """The codes in words, no more than a reader takes in."""
    more = len(codes) - most
    return ", ".join(codes[:most]) + (f" and {more} more" if more > 0 else "")


def _listed(dimension: str, rag: Rag, codes: Sequence[str], ending: str = "") -> Finding:
    text = named(codes) + ending
    driver = codes[0] if codes else None
    return Finding(dimension, rag, colour_reason(dimension, rag, text), len(codes), driver)


def resources_finding(
    overloads: Iterable[tuple[str, date, Decimal | None]],
    thresholds: Thresholds = DEFAULT,
) -> Finding:
    """Overloads of booked resources as (code, month, demand over capacity as its fraction).

    None as fraction is demand on no capacity at all: red. The worst month speaks, of equals the
    latest.
    """
    endless = Decimal("Infinity")
    ranked = [(endless if over is None else over, month, code) for code, month, over in overloads]
    over, month, code = max(ranked, default=(Decimal(0), date.min, None))
    if over <= 0:
        return Finding("resources", Rag.GREEN)
    rag = Rag.AMBER if over <= thresholds.resources_amber_fraction else Rag.RED
    by = "booked without capacity" if over == endless else f"over by {_rounded(over * 100, '1')}%"
    text = f"{code} {by} in {month:%Y-%m}"
    value = None if over == endless else over
    return Finding("resources", rag, colour_reason("resources", rag, text), value, code)


def compliance_finding(items: Iterable[tuple[str, bool, bool]]) -> Finding:
    """Compliance items as (code, overdue, blocking): overdue is amber, red if it blocks."""
    late = [
        (code, Rag.RED if blocking else Rag.AMBER) for code, overdue, blocking in items if overdue
    ]
    rag = worst([Rag.GREEN, *(colour for _, colour in late)])
    return _listed("compliance", rag, [code for code, _ in late], " overdue")


def assurance_finding(recommendations: Iterable[tuple[str, bool]]) -> Finding:
    """Open recommendations as (priority, overdue): essential and late amber, critical red."""
    colours = {"essential": Rag.AMBER, "critical": Rag.RED}
    late = [priority for priority, overdue in recommendations if overdue and priority in colours]
    rag = worst([Rag.GREEN, *(colours[priority] for priority in late)])
    said = [p for p in late if colours[p] == rag]
    text = f"{_count(len(said), f'{said[0]} recommendation')} overdue" if said else ""
    return Finding("assurance", rag, colour_reason("assurance", rag, text), len(late))


# Tolerance and delivery confidence


def exceeds_tolerance(target: Decimal, forecast: Decimal, tolerance_pct: Decimal) -> bool:
    """A forecast above target plus tolerance is an exception; exactly at tolerance it is not."""
    return forecast > target * (1 + tolerance_pct / 100)


def dca_distribution(shares: Mapping[str, Decimal]) -> dict[str, Decimal]:
    """Per cent of projects by delivery confidence, always with the unrated or exempt rest."""
    return {**shares, "unrated": Decimal(100) - sum(shares.values(), Decimal(0))}
