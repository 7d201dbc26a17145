"""A ratio that may be undefined: then it is None with a reason code, never 0, infinity or 100 %."""

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Ratio:
    """A dimensionless value, or None with the reason why it is undefined."""

    value: Decimal | None
    reason: str | None = None


def ratio(
    numerator: Decimal, denominator: Decimal, reason: str, *, negative: str | None = None
) -> Ratio:
    """Return numerator over denominator; undefined for `reason` unless the denominator is above 0.
    Below 0 a quotient would have the wrong sign; `negative` is the reason there, where it
    differs."""
    if denominator > 0:
        return Ratio(numerator / denominator)
    return Ratio(None, negative if denominator < 0 and negative else reason)


def progress(measured: Decimal | None, baseline: Decimal | None, target: Decimal | None) -> Ratio:
    """Return the share of the way from a baseline to a target that the measured value has come:
    above 1 beyond the target, below 0 on the other side of the baseline."""
    if baseline is None or target is None:
        return Ratio(None, "no_baseline_or_target")
    if measured is None:
        return Ratio(None, "never_measured")
    if target == baseline:
        return Ratio(None, "target_is_baseline")
    return Ratio((measured - baseline) / (target - baseline))
