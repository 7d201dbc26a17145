"""What a project says of itself: triggers that hold its rules, whoever writes it.

Less is complete than before only for a reason; all is once it has finished, or its outputs are
accepted. A declared status has its day.
"""

import pgtrigger

from pmhub.database.history import CONTEXT
from pmhub.database.triggers import refusal

COMPLETE = "A project is complete once it has finished, or all its outputs are accepted."


def declared_today() -> pgtrigger.Trigger:
    """Date a status that is declared without a date, or changed with the date left as it was, by
    the day that the portfolio's figures speak of; one that is taken back has no date."""
    return pgtrigger.Trigger(
        name="declared_today",
        operation=pgtrigger.Insert | pgtrigger.Update,
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


def less_for_a_reason() -> pgtrigger.Trigger:
    """Refuse that less is complete than before without a word why: the context of the change, which
    its history keeps, says it. In SQL: `SET LOCAL pghistory.context_metadata = '{"reason": "…"}'`.
    """
    said = f"coalesce(btrim({CONTEXT} ->> 'reason'), '')"
    text = "Say why less is complete than before."
    return pgtrigger.Trigger(
        name="less_for_a_reason",
        when=pgtrigger.Before,
        operation=pgtrigger.UpdateOf("percent_complete"),
        condition=pgtrigger.Condition("NEW.percent_complete < OLD.percent_complete"),
        func=f"IF {said} = '' THEN {refusal('less_for_a_reason', 'reason', text)} END IF;"
        " RETURN NEW;",
    )


# Of a project `p`: said to be complete, and neither finished nor all accepted of what it delivers.
TOO_EARLY = (
    "p.percent_complete = 100 AND p.actual_finish IS NULL AND coalesce((SELECT"
    " bool_or(o.state <> 'accepted') FROM projects_output o"
    " WHERE o.project_id = p.id AND o.state <> 'descoped'), true)"
)


def complete_once_it_is() -> pgtrigger.Trigger:
    """Refuse 100 % of a project before it has finished or all its outputs are accepted, once all
    of a transaction is written."""
    return pgtrigger.Trigger(
        name="complete_once_it_is",
        when=pgtrigger.After,
        operation=pgtrigger.Insert | pgtrigger.UpdateOf("percent_complete", "actual_finish"),
        timing=pgtrigger.Deferred,
        condition=pgtrigger.Condition("NEW.percent_complete = 100 AND NEW.actual_finish IS NULL"),
        func=f"IF EXISTS (SELECT FROM projects_project p WHERE p.id = NEW.id AND {TOO_EARLY})"
        f" THEN {refusal('complete_once_it_is', 'percent_complete', COMPLETE)} END IF;"
        " RETURN NULL;",
    )


def output_of_complete() -> pgtrigger.Trigger:
    """Refuse the same from the side of the outputs. The lock makes an output that is added and a
    project that is said to be complete see one another."""
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
