"""What a project says of itself: triggers that hold its rules, whoever writes it.

Less is complete than before only for a reason; all is once it has finished, or its outputs are
accepted. A declared status has its day. Where milestones, work packages or iterations say how much
is complete, it is counted from them in the transaction that changes them, and nobody writes it by
hand.
"""

from collections.abc import Iterable

import pgtrigger

from pmhub.database.history import CONTEXT
from pmhub.database.triggers import listed, refusal
from projects.percent import BY_MILESTONES, BY_PACKAGES, BY_POINTS, CREDITED_ONCE_BEGUN

COMPLETE = "A project is complete once it has finished, or all its outputs are accepted."


def declared_today() -> pgtrigger.Trigger:
    """Date a declared status by the status date of the portfolio: a new one without a date, and a
    changed one whose date was left as it was. A status that is taken back loses its date."""
    return pgtrigger.Trigger(
        name="declared_today",
        operation=pgtrigger.Insert | pgtrigger.UpdateOf("declared_rag", "declared_on"),
        when=pgtrigger.Before,
        func="""
            IF NEW.declared_rag <> '' AND (NEW.declared_on IS NULL OR TG_OP = 'UPDATE'
                AND NEW.declared_rag <> OLD.declared_rag AND NEW.declared_on = OLD.declared_on)
            THEN
                SELECT CASE WHEN p.status_date_policy = 'fixed' THEN p.status_date
                    ELSE (now() AT TIME ZONE p.time_zone)::date END
                INTO NEW.declared_on FROM programmes_portfolio p WHERE p.id = COALESCE(
                    NEW.portfolio_id,
                    (SELECT portfolio_id FROM programmes_programme WHERE id = NEW.programme_id));
            ELSIF TG_OP = 'UPDATE' AND NEW.declared_rag = '' AND OLD.declared_rag <> ''
                AND NEW.declared_on = OLD.declared_on
            THEN
                NEW.declared_on := NULL;
            END IF;
            RETURN NEW;
        """,
    )


# What a project has been counted to, in per cent to the thousandth and never rounded up; null where
# its method counts nothing, or there is nothing to count. What a closed iteration left undone is in
# the scope still, unless a later one says that it carries it on.
CREDITED = " ".join(
    f"WHEN {{0}}.percent_method = '{method}' AND w.percent < 100 AND w.percent > 0 THEN {credit}"
    for method, credit in CREDITED_ONCE_BEGUN.items()
)
UNDONE = "coalesce(sum(i.points_planned - i.points_done) FILTER (WHERE i.state <> 'open'), 0)"
SCOPE = f"sum(i.points_planned) - least(sum(i.points_carried), {UNDONE})"
COUNTED = (
    f"trunc(CASE WHEN {{0}}.percent_method = '{BY_POINTS}' THEN"  # noqa: S608  # our own names
    f" (SELECT sum(i.points_done) * 100 / nullif({SCOPE}, 0)"
    " FROM projects_iteration i WHERE i.project_id = {0}.id)"
    f" WHEN {{0}}.percent_method = '{BY_MILESTONES}' THEN (SELECT"
    " coalesce(sum(m.weight) FILTER (WHERE m.state = 'achieved'), 0) * 100"
    " / nullif(sum(m.weight), 0) FROM projects_milestone m"
    " WHERE m.project_id = {0}.id AND m.state <> 'cancelled')"
    f" WHEN {{0}}.percent_method IN ({listed(BY_PACKAGES)}) THEN"
    f" (SELECT sum(w.weight * CASE {CREDITED} ELSE w.percent END) / nullif(sum(w.weight), 0)"
    " FROM projects_workpackage w WHERE w.project_id = {0}.id) END, 3)"
)
GOES_ON = "{0}.status IN ('active', 'on_hold')"  # what has ended is as complete as was said then
BY_HAND = "Its milestones, work packages or iterations say how much is complete: change those."
NOT_BEGUN = "Its project has not started: say first when it did."


def counted() -> pgtrigger.Trigger:
    """Count how much of a project is complete where its method counts it; refuse any other value.
    By its name it runs before the trigger that refuses less without a reason."""
    return pgtrigger.Trigger(
        name="counted",
        when=pgtrigger.Before,
        operation=pgtrigger.UpdateOf("percent_complete", "percent_method", "status"),
        condition=pgtrigger.Condition(GOES_ON.format("NEW")),
        declare=[("percent", "numeric")],
        func=f"percent := {COUNTED.format('NEW')}; IF percent IS NULL THEN RETURN NEW; END IF;"
        " IF NEW.percent_complete NOT IN (percent, OLD.percent_complete)"
        f" THEN {refusal('counted', 'percent_complete', BY_HAND)} END IF;"
        " IF percent > 0 AND NEW.actual_start IS NULL THEN"
        f" IF pg_trigger_depth() < 2 THEN {refusal('work_begun', 'percent_complete', NOT_BEGUN)}"
        f" ELSIF NEW.percent_method = '{BY_POINTS}'"
        f" THEN {refusal('work_begun', 'points_done', NOT_BEGUN)}"
        f" ELSIF NEW.percent_method = '{BY_MILESTONES}'"
        f" THEN {refusal('work_begun', 'actual_on', NOT_BEGUN)}"
        f" ELSE {refusal('work_begun', 'percent', NOT_BEGUN)} END IF; END IF;"
        " NEW.percent_complete := percent; RETURN NEW;",
    )


def counts(measure: str, methods: Iterable[str]) -> list[pgtrigger.Trigger]:
    """Return the triggers of records by which progress is counted: they count that of the project
    again. Once the last that has a `measure` (a column above 0) is gone, nothing is complete where
    one of the `methods` counted these. The lock makes transactions that change different records
    of one project see one another."""
    gone = (
        f"CASE WHEN p.percent_method IN ({listed(methods)}) AND EXISTS (SELECT FROM old_rows o"
        f" WHERE o.project_id = p.id AND o.{measure} > 0) THEN 0 END"
    )
    percent = COUNTED.format("p")
    lasting = f"coalesce({percent}, {gone})"
    return [
        _counting("insert", pgtrigger.Insert, percent, new="new_rows"),
        _counting("update", pgtrigger.Update, lasting, old="old_rows", new="new_rows"),
        _counting("delete", pgtrigger.Delete, lasting, old="old_rows"),
    ]


def _counting(
    name: str, operation: pgtrigger.Operation, percent: str, **tables: str
) -> pgtrigger.Trigger:
    projects = " UNION ".join(f"SELECT project_id FROM {rows}" for rows in tables.values())  # noqa: S608  # our own names
    return pgtrigger.Trigger(
        name=f"counts_{name}",
        level=pgtrigger.Statement,
        operation=operation,
        when=pgtrigger.After,
        referencing=pgtrigger.Referencing(**tables),
        func=f"PERFORM FROM projects_project WHERE id IN ({projects})"  # noqa: S608  # our own names
        " ORDER BY id FOR NO KEY UPDATE;"
        f" UPDATE projects_project p SET percent_complete = {percent}"
        f" WHERE p.id IN ({projects}) AND {GOES_ON.format('p')}"
        f" AND p.percent_complete <> {percent}; RETURN NULL;",
    )


def less_for_a_reason(column: str = "percent_complete", *beside: str) -> pgtrigger.Trigger:
    """Refuse less complete than before without a reason in the context of the change, which the
    history keeps. In SQL: `SET LOCAL pghistory.context_metadata = '{"reason": "…"}'`. Progress that
    is counted from other records needs none. `beside` are other columns that the value follows
    from."""
    said = f"coalesce(btrim({CONTEXT} ->> 'reason'), '')"
    text = "Say why less is complete than before."
    return pgtrigger.Trigger(
        name="less_for_a_reason",
        when=pgtrigger.Before,
        operation=pgtrigger.UpdateOf(column, *beside),
        condition=pgtrigger.Condition(f"NEW.{column} < OLD.{column}"),
        func=f"IF {said} = '' AND pg_trigger_depth() < 2"
        f" THEN {refusal('less_for_a_reason', 'reason', text)} END IF;"
        " RETURN NEW;",
    )


# Of a project `p`: said to be complete, and neither finished nor all accepted of what it delivers.
# What is counted says that all work is done, not that it was accepted.
TOO_EARLY = (
    "p.percent_complete = 100 AND p.actual_finish IS NULL AND coalesce((SELECT"  # noqa: S608  # our own names
    " bool_or(o.state <> 'accepted') FROM projects_output o"
    " WHERE o.project_id = p.id AND o.state <> 'descoped'), true)"
    f" AND {COUNTED.format('p')} IS NULL"
)


def complete_once_it_is() -> pgtrigger.Trigger:
    """Refuse 100 % for a project that has not finished, unless all its outputs are accepted.
    Checked at the commit."""
    return pgtrigger.Trigger(
        name="complete_once_it_is",
        when=pgtrigger.After,
        operation=pgtrigger.Insert
        | pgtrigger.UpdateOf("percent_complete", "percent_method", "actual_finish"),
        timing=pgtrigger.Deferred,
        condition=pgtrigger.Condition("NEW.percent_complete = 100 AND NEW.actual_finish IS NULL"),
        func=f"IF EXISTS (SELECT FROM projects_project p WHERE p.id = NEW.id AND {TOO_EARLY})"
        f" THEN {refusal('complete_once_it_is', 'percent_complete', COMPLETE)} END IF;"
        " RETURN NULL;",
    )


def output_of_complete() -> pgtrigger.Trigger:
    """Refuse that an output makes a project wrong which is 100 % complete, as `complete_once_it_is`
    does. The lock makes a new output and a project that is set to complete see one another."""
    text = "Its project is said to be complete: say first that less is."
    return pgtrigger.Trigger(
        name="output_of_complete",
        when=pgtrigger.After,
        operation=pgtrigger.Insert | pgtrigger.UpdateOf("state", "project_id") | pgtrigger.Delete,
        timing=pgtrigger.Deferred,
        func="PERFORM FROM projects_project WHERE id IN (NEW.project_id, OLD.project_id)"
        " ORDER BY id FOR NO KEY UPDATE; IF EXISTS (SELECT FROM projects_project p"
        f" WHERE p.id IN (NEW.project_id, OLD.project_id) AND {TOO_EARLY})"
        f" THEN {refusal('output_of_complete', 'state', text)} END IF; RETURN NULL;",
    )
