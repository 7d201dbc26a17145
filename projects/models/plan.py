"""The trigger that checks the planned value of a baseline."""

import pgtrigger

from pmhub.database.triggers import refusal

PAIR = r'^\["\d{4}-\d\d-\d\d", ("?)\d+(\.\d+)?\1\]$'
# SQL conditions under which the points of a profile are wrong, in order, each with the message.
RULES = {
    "bool_or(value < 0 OR value > NEW.budget_at_completion)":
        "Planned value lies between 0 and the budget at completion.",
    "bool_or(day <= day_before OR value < value_before)":
        "Planned value is cumulative: days in order, amounts never falling.",
    "max(value) <> NEW.budget_at_completion":
        "Planned value ends at the budget at completion.",
    "min(day) < NEW.starts_on OR max(day) > NEW.finishes_on":
        "Planned value lies between the start and the finish.",
}  # fmt: skip


def plan_can_be() -> pgtrigger.Trigger:
    """Refuse a planned value profile that is no list of days and amounts, does not rise to the
    budget, or leaves the days of the plan. An empty profile is allowed."""
    profile = "planned_value_profile"
    points = (
        "SELECT day, value, lag(day) OVER (ORDER BY place) AS day_before,"  # noqa: S608  # our own names
        " lag(value) OVER (ORDER BY place) AS value_before FROM (SELECT place,"
        " (pair ->> 0)::date AS day, (pair ->> 1)::numeric AS value"
        f" FROM jsonb_array_elements(NEW.{profile}) WITH ORDINALITY AS given(pair, place)) read"
    )
    broken = " ".join(
        f"WHEN {number} THEN {refusal('plan_can_be', profile, text)}"
        for number, text in enumerate(RULES.values())
    )
    cases = " ".join(f"WHEN {rule} THEN {number}" for number, rule in enumerate(RULES))
    pairs = refusal("plan_can_be", profile, "Give a list of pairs of a day and an amount.")
    return pgtrigger.Trigger(
        name="plan_can_be",
        when=pgtrigger.Before,
        operation=pgtrigger.Insert
        | pgtrigger.UpdateOf(profile, "budget_at_completion", "starts_on", "finishes_on"),
        declare=[("broken", "integer")],
        func=f"IF jsonb_typeof(NEW.{profile}) <> 'array' OR EXISTS (SELECT FROM"  # noqa: S608  # our own names
        f" jsonb_array_elements(NEW.{profile}) pair WHERE pair::text !~ '{PAIR}') THEN {pairs}"
        f" END IF; SELECT CASE {cases} ELSE -1 END INTO broken FROM ({points}) point;"
        f" CASE broken {broken} ELSE NULL; END CASE; RETURN NEW;",
    )
