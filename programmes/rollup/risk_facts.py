"""Facts about risks and issues."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from programmes.health import Driver
from projects.categories import cause_of
from projects.risk import Impact

# The reasons that an open risk has while it stands in another one: whether it counts apart or not.
IN_ANOTHER = ("", "aggregated", "proximity_passed", "not_estimated", "no_rate")


@dataclass(frozen=True, slots=True)
class RiskEstimate:
    """What simulations and the matrix need of a risk beside its residual impact; `parent` is the
    risk to which it is escalated or aggregated."""

    category: str
    parent: int | None
    probability: Decimal | None
    days: tuple[int | None, int | None, int | None]
    inherent_probability: Decimal | None
    inherent_low: Decimal | None
    inherent_most_likely: Decimal | None
    inherent_high: Decimal | None
    inherent_days: int | None

    @property
    def cause(self) -> str:
        """Return the cause that it shares with other risks: its category, however that is typed."""
        return cause_of(self.category)

    @property
    def inherent_impact(self) -> Impact | None:
        """Return its cost before any response; None where that is not estimated."""
        likely = self.inherent_most_likely
        if self.inherent_probability is None or likely is None:
            return None
        low = likely if self.inherent_low is None else self.inherent_low
        high = likely if self.inherent_high is None else self.inherent_high
        return Impact(self.inherent_probability, low, likely, high)

    @property
    def delay(self) -> Impact | None:
        """Return the days that it would cost; None where none are estimated."""
        low, likely, high = self.days
        if self.probability is None or likely is None or not (high or likely):
            return None
        least, most = likely if low is None else low, likely if high is None else high
        return Impact(self.probability, Decimal(least), Decimal(likely), Decimal(most))


@dataclass(frozen=True, slots=True)
class ForeignRisk:
    """The most likely cost of a risk in its own currency, and the rate that converts it, None while
    there is none."""

    currency: str
    amount: Decimal
    rate: Decimal | None


@dataclass(frozen=True, slots=True)
class RiskFacts:
    """One risk; `reason` says why it does not count, empty where it counts."""

    id: int
    code: str
    project: int | None
    programme: int | None
    impact: Impact | None
    days: int
    benefit_percent: Decimal | None
    proximity: date | None
    threat: bool
    reason: str
    estimate: RiskEstimate
    foreign: ForeignRisk | None = None

    @property
    def counted(self) -> bool:
        """Return whether it counts at this level."""
        return not self.reason

    @property
    def aggregated(self) -> bool:
        """Return whether it is an open risk that stands in another one, which counts it as long as
        that one counts itself."""
        return self.estimate.parent is not None and self.reason in IN_ANOTHER


@dataclass(frozen=True, slots=True)
class IssueFacts:
    """One issue that is not settled."""

    id: int
    code: str
    severity: str
    overdue: bool

    @property
    def judged(self) -> tuple[Driver, str, bool]:
        """Return the issue as health judges it."""
        return Driver("issue", self.id, self.code), self.severity, self.overdue
