"""Why a part of a figure moved, as people say it."""

from programmes.sources import KINDS

# By the reason for which a record does not count: what was done to one that did, and to one that
# does again.
STOPPED = {
    "aggregated": "risk counted within another",
    "closed": "closed",
    "draft": "made a draft again",
    "escalated": "risk escalated to the programme",
    "elsewhere": "benefit moved elsewhere",
    "intermediate": "no end benefit any more",
    "materialised": "risk has happened",
    "never_measured": "no longer measured",
    "no_approved_case": "case no longer approved",
    "no_baseline": "baseline taken away",
    "no_budget": "budget taken away",
    "no_dates": "dates taken away",
    "no_forecast": "forecast taken away",
    "no_profile": "profile taken away",
    "no_rate": "exchange rate taken away",
    "not_critical": "not critical any more",
    "not_estimated": "estimate taken away",
    "not_monetised": "no longer valued in money",
    "overlap_open": "overlap open",
    "overridden": "health overridden",
    "project_ended": "project ended",
    "nothing_planned_yet": "no longer measured",
    "proximity_passed": "proximity date passed",
    "rejected": "risk rejected",
    "terminated": "project terminated",
    "weighed_together": "projects weighed together",
    "withdrawn": "benefit withdrawn",
}
STARTED = {
    "aggregated": "risk counted by itself again",
    "closed": "reopened",
    "draft": "risk opened",
    "escalated": "risk returned to its project",
    "elsewhere": "benefit moved here",
    "intermediate": "made an end benefit",
    "materialised": "reopened",
    "never_measured": "measured for the first time",
    "no_approved_case": "case approved",
    "no_baseline": "baseline approved",
    "no_budget": "budget entered",
    "no_dates": "dates entered",
    "no_forecast": "forecast entered",
    "no_profile": "profile entered",
    "no_rate": "exchange rate entered",
    "not_critical": "critical",
    "not_estimated": "estimate entered",
    "not_monetised": "valued in money",
    "overlap_open": "overlap agreed",
    "overridden": "override of health ended",
    "project_ended": "project resumed",
    "nothing_planned_yet": "measured for the first time",
    "proximity_passed": "proximity date moved",
    "rejected": "reopened",
    "terminated": "project resumed",
    "weighed_together": "projects counted one by one",
    "withdrawn": "benefit reinstated",
}


def movement(
    cause: str,
    kind: str = "",
    was: str | None = None,
    now: str | None = None,
    *,
    less: bool = False,
) -> str:
    """Return why a part of a figure moved, in words: risk raised, benefit withdrawn. `was` and
    `now` are the reasons for which the source did not count before and after: empty for one that
    did, None for one without a line. `less` says that the figure fell by it."""
    words = cause.replace("_", " ")
    if cause.startswith("project_") or not kind:
        return words
    source = KINDS[kind]
    if cause == "record_added":
        return (not less and source.added_back) or source.of_new or words
    if cause == "record_moved":
        return f"{source.words} moved"
    if cause == "record_removed":
        return source.of_deleted or words
    if was == now:
        return words
    if was is None or now is None:
        sentence = (source.came if was is None else source.went) or words
    else:
        sentence = (STOPPED.get(now) if now else STARTED.get(was)) or words
    if sentence in ("closed", "reopened"):
        sentence = f"{source.words} {sentence}"
    undone = cause in ("time_passed", "rule_changed")
    return f"{words}: {sentence}" if undone and sentence != words else sentence
