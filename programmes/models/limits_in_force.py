"""Triggers that keep delegated limits and the rule set of limits in force equal to each other."""

import pgtrigger

from pmhub.database.triggers import refusal
from programmes.delegated_limits import LEVELS
from programmes.models.rules_in_force import PORTFOLIOS, RuleKind, in_force, insert_rule_set

LIMITS = "programmes_delegatedlimit"
FALLING = "Limits rise by level: none is above that of a higher one."
COLUMNS = {"cost": "numeric(14, 2)", "days": "integer", "benefit_pct": "numeric(5, 2)"}
NAMES = ", ".join(COLUMNS)


def levels_sql(values: str) -> str:
    """Return SQL for the levels that decide by a rule set (jsonb), with their limits."""
    levels = ", ".join(f"'{level}'" for level in LEVELS)
    columns = ", ".join(
        f"(v.held ->> (l.level || '_{name}'))::{kind} AS {name}" for name, kind in COLUMNS.items()
    )
    return (
        f"SELECT l.level, l.place, {columns} FROM (SELECT {values} AS held) v,"  # noqa: S608  # our own names
        f" unnest(ARRAY[{levels}]) WITH ORDINALITY l (level, place)"
        " WHERE (v.held ->> (l.level || '_decides'))::boolean"
    )


def falling_sql(values: str) -> str:
    """Return SQL for whether a limit of a rule set is above that of a higher level."""
    above = " OR ".join(
        f"coalesce(low.{name}::numeric, 'Infinity') > coalesce(high.{name}::numeric, 'Infinity')"
        for name in COLUMNS
    )
    return (
        f"EXISTS (SELECT FROM ({levels_sql(values)}) low"  # our own names
        f" JOIN ({levels_sql(values)}) high"
        f" ON high.place > low.place WHERE {above})"
    )


def refused_falling(values: str) -> str:
    """Return SQL that refuses limits that do not rise by level."""
    return f"IF {falling_sql(values)} THEN {refusal('rules_crossed', 'values', FALLING)} END IF;"


def limits_of_rules() -> pgtrigger.Trigger:
    """Return the trigger that writes the limits of a portfolio when another rule set of limits
    comes into force."""
    rules = f"NEW.rules_in_force -> '{RuleKind.LIMITS}'"
    same = ", ".join(f"{name} = excluded.{name}" for name in COLUMNS)
    before, after = (", ".join(f"{row}.{name}" for name in COLUMNS) for row in ("d", "excluded"))
    return pgtrigger.Trigger(
        name="limits_of_rules",
        when=pgtrigger.After,
        operation=pgtrigger.UpdateOf("rules_in_force"),
        condition=pgtrigger.Condition(
            f"NEW.rules_in_force ? '{RuleKind.LIMITS}' AND OLD.rules_in_force ->"
            f" '{RuleKind.LIMITS}' IS DISTINCT FROM {rules}"
        ),
        func=f"DELETE FROM {LIMITS} WHERE portfolio_id = NEW.id"  # noqa: S608  # our own names
        f" AND level NOT IN (SELECT level FROM ({levels_sql(rules)}) s);"
        f" INSERT INTO {LIMITS} AS d (portfolio_id, level, {NAMES}, created_by_id, updated_by_id)"
        f" SELECT NEW.id, level, {NAMES}, NEW.updated_by_id, NEW.updated_by_id"
        f" FROM ({levels_sql(rules)}) s ON CONFLICT (portfolio_id, level) DO UPDATE SET {same}"
        f" WHERE ({before}) IS DISTINCT FROM ({after}); RETURN NULL;",
    )


def kept_as_rules() -> pgtrigger.Trigger:
    """Return the trigger that writes a rule set of the status date, at the end of a transaction,
    when limits are written one by one."""
    # Of a row that was deleted there is only the old.
    home = "coalesce(NEW.portfolio_id, OLD.portfolio_id)"
    rules = (
        f"(SELECT {in_force('p')} -> '{RuleKind.LIMITS}' FROM {PORTFOLIOS} p WHERE p.id = {home})"  # noqa: S608  # our own names
    )
    mine = f"SELECT level::text, {NAMES} FROM {LIMITS} WHERE portfolio_id = {home}"  # noqa: S608  # our own names
    theirs = f"SELECT level, {NAMES} FROM ({levels_sql(rules)}) s"  # noqa: S608  # our own names
    pairs = " || ".join(
        [
            "jsonb_build_object(d.level || '_decides', TRUE)",
            *(f"jsonb_build_object(d.level || '_{name}', {_as_text(name)})" for name in COLUMNS),
        ]
    )
    values = (
        "(SELECT coalesce(jsonb_object_agg(e.key, e.value), '{}')"  # noqa: S608  # our own names
        f" FROM {LIMITS} d, jsonb_each(jsonb_strip_nulls({pairs})) e"
        f" WHERE d.portfolio_id = {home})"
    )
    keep = insert_rule_set(RuleKind.LIMITS, values, home, "Set level by level")
    # Of two who write at once the second reads what the first wrote.
    lock = f"PERFORM FROM {PORTFOLIOS} WHERE id = {home} FOR NO KEY UPDATE;"
    return pgtrigger.Trigger(
        name="told_as_rules",  # by name after `rising_by_level`, whose refusal names the level
        when=pgtrigger.After,
        operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
        timing=pgtrigger.Deferred,
        func=f"{lock} IF EXISTS (({mine} EXCEPT {theirs})"  # our own names
        f" UNION ALL ({theirs} EXCEPT {mine})) THEN {keep} END IF; RETURN NULL;",
    )


def _as_text(name: str) -> str:
    """Return SQL for a limit as a rule set stores it: an amount as text, so that it is not
    rounded."""
    return f"d.{name}" if name == "days" else f"trim_scale(d.{name})::text"
