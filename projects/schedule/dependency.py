"""Where one dependency stands. Days are calendar days."""

from dataclasses import dataclass
from datetime import date, timedelta

from projects.schedule.links import LinkKind
from projects.schedule.propagation import days_between


@dataclass(frozen=True, slots=True)
class DependencyFigures:
    """Days are calendar days; `remaining_float_days` is what is left of the receiver's float."""

    effective_forecast: date | None
    lateness_days: int | None
    receiver_float_days: int | None
    remaining_float_days: int | None
    status: str


def dependency_figures(  # noqa: PLR0913 - the facts of one dependency, all by keyword
    *,
    kind: LinkKind,
    lag_days: int,
    need_by: date | None,
    forecast_on: date | None,
    accepted: bool,
    delivered: bool,
    agreed: bool,
    drives: bool,
    hard: bool,
    giver_hidden_days: int,
    receiver_start: date | None,
    receiver_finish: date | None,
    as_of: date,
) -> DependencyFigures:
    """Lateness against need-by, the receiver's float and the colour of one dependency.

    `status` is done, green, amber or red. Remaining float is None once accepted, or where the
    dependency does not drive the schedule.
    """
    settled = accepted or delivered
    hidden = timedelta(days=0 if settled else giver_hidden_days)
    effective = None if forecast_on is None else forecast_on + hidden
    lateness = days_between(effective, need_by)
    event = receiver_start if kind in (LinkKind.FS, LinkKind.SS) else receiver_finish
    slack = days_between(event, need_by)
    slack = None if slack is None else slack - lag_days
    remaining = None
    if drives and not accepted and lateness is not None and slack is not None:
        remaining = slack - lateness
    overdue = need_by is not None and need_by < as_of and not settled
    exhausted = remaining is not None and remaining < 0
    if accepted:
        status = "done"
    elif drives and hard and (exhausted or overdue):
        status = "red"
    elif overdue or not (agreed or settled) or lateness is None or lateness > 0:
        status = "amber"
    else:
        status = "green"
    return DependencyFigures(effective, lateness, slack, remaining, status)
