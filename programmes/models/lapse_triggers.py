"""Triggers that end whatever waits for a decision about a project or programme when that ends,
whoever writes."""

from collections.abc import Iterable

import pgtrigger

from pmhub.database.currencies import NOTED
from pmhub.database.triggers import listed, refusal
from programmes.models.closure_triggers import (
    ENDED,
    LASTING,
    LIVE_PROJECTS,
    UNMADE_CHANGES,
    UNSETTLED_ISSUES,
)

GOES_ON = "This goes on: what waits to be decided about it falls away with its end alone."


def ends_with_it(
    state: str,
    lasting: Iterable[str],
    *falls: tuple[str, ...],
    also: str = "",
    name: str = "ends_with_it",
    at_commit: bool = False,
    why: str,
) -> pgtrigger.Trigger:
    """Set the state of records that wait for a decision when what they are about ends, that is,
    leaves the states in `lasting`.

    Each of `falls` names a table, the condition of its rows (SQL), their new state and, where that
    needs more values, the SQL that sets them. `also` is a further condition (SQL). `why` is the
    reason in the histories of these records. With `at_commit` it happens at the end of the
    transaction.
    """
    going_on = listed(lasting)
    steps = (
        f"UPDATE {table} SET state = '{becomes}', updated_by_id = NEW.updated_by_id"  # noqa: S608  # our own names
        f"{''.join(f', {more}' for more in sets)} WHERE {rows};"
        for table, rows, becomes, *sets in falls
    )
    return pgtrigger.Trigger(
        name=name,
        when=pgtrigger.After,
        operation=pgtrigger.UpdateOf(state),
        timing=pgtrigger.Deferred if at_commit else None,
        condition=pgtrigger.Condition(
            f"OLD.{state} IN ({going_on}) AND NEW.{state} NOT IN ({going_on})"
            + (f" AND {also}" if also else "")
        ),
        declare=[("said", "text")],
        func=f"said := coalesce(current_setting('{NOTED}', true), '');"
        f" PERFORM set_config('{NOTED}', (coalesce(nullif(said, ''), '{{}}')::jsonb"
        f" || jsonb_build_object('reason', '{why}'))::text, true);"
        f" {' '.join(steps)} PERFORM set_config('{NOTED}', said, true); RETURN NULL;",
    )


def falls_with_its_end(before: str | Iterable[str], after: str, *places: str) -> pgtrigger.Trigger:
    """Refuse to move a row from a state, or from one of several, to the state in which it lapses,
    unless one of its places has ended. The places are keys of `PLACE_ENDED`."""
    left = f"= '{before}'" if isinstance(before, str) else f"IN ({listed(before)})"
    ended = " OR ".join(f"EXISTS ({PLACE_ENDED[place]})" for place in places)
    return pgtrigger.Trigger(
        name="falls_with_its_end",
        when=pgtrigger.Before,
        operation=pgtrigger.UpdateOf("state"),
        condition=pgtrigger.Condition(f"OLD.state {left} AND NEW.state = '{after}'"),
        func=f"IF NOT ({ended}) THEN {refusal('falls_with_its_end', 'state', GOES_ON)} END IF;"
        " RETURN NEW;",
    )


_PROJECT = f"projects_project p WHERE p.status NOT IN ({listed(LIVE_PROJECTS)}) AND p.id ="
_PROGRAMME = f"programmes_programme m WHERE m.stage IN ({listed(ENDED)}) AND m.id ="
_CASE = "FROM programmes_businesscase c WHERE c.id = NEW.case_id)"
# Of each place the SQL for its row, once that has ended.
PLACE_ENDED = {
    "project": f"SELECT FROM {_PROJECT} NEW.project_id",
    "programme": f"SELECT FROM {_PROGRAMME} NEW.programme_id",
    "case": f"SELECT FROM {_PROJECT} (SELECT c.project_id {_CASE}"  # noqa: S608  # our own names
    f" UNION ALL SELECT FROM {_PROGRAMME} (SELECT c.programme_id {_CASE}",
    "inspection": f"SELECT FROM {_PROJECT}"  # noqa: S608  # as above
    " (SELECT i.project_id FROM projects_inspection i WHERE i.id = NEW.inspection_id)",
}


def undecided_sql(place: str, states: Iterable[str]) -> str:
    """Return the SQL condition for rows of the ending project or programme that are in one of these
    states."""
    return f"{place}_id = NEW.id AND state IN ({listed(states)})"


def case_falls(place: str) -> tuple[str, ...]:
    """Return how the submitted business case of an ending project or programme changes, for
    `ends_with_it`."""
    return (
        "programmes_businesscase",
        undecided_sql(place, ["submitted"]),
        "rejected",
        f"rejection_reason = 'The {place} has ended.'",
    )


def exceptions_fall(place: str) -> list[tuple[str, ...]]:
    """Return how exceptions of an ending project or programme, or of its business case, change:
    open ones lapse, decided ones are closed."""
    own = f"SELECT c.id FROM programmes_businesscase c WHERE c.{place}_id = NEW.id"  # noqa: S608  # our own names
    of = f"case_id IN ({own})" + (" OR project_id = NEW.id" if place == "project" else "")
    return [
        ("programmes_exceptionreport", f"state = '{before}' AND ({of})", after)
        for before, after in (("open", "lapsed"), ("decided", "closed"))
    ]


def help_falls(place: str) -> tuple[str, ...]:
    """Return how open requests for help about an ending project or programme change."""
    return ("projects_helprequest", undecided_sql(place, ["open", "accepted"]), "declined")


def questions_fall(place: str) -> tuple[str, ...]:
    """Return how proposed decisions about an ending project or programme change."""
    return ("programmes_decision", undecided_sql(place, ["proposed"]), "withdrawn")


def communications_fall(place: str) -> tuple[str, ...]:
    """Return how planned communications about an ending project or programme change."""
    return ("projects_communication", undecided_sql(place, ["planned"]), "cancelled")


# Whether what ends was stopped: what has closed leaves what was found and asked for to its owners.
STOPPED = {"project": "NEW.status = 'terminated'", "programme": "NEW.stage = 'terminated'"}


def issues_fall(place: str) -> tuple[str, ...]:
    """Return how open issues change where a project or programme is stopped: nobody resolves
    them."""
    return (
        "projects_issue",
        f"{STOPPED[place]} AND {undecided_sql(place, UNSETTLED_ISSUES)}",
        "resolved",
        "resolution = CASE btrim(resolution) WHEN ''"
        f" THEN 'The {place} has ended.' ELSE resolution END",
    )


def recommendations_fall(place: str, ended_on: str) -> tuple[str, ...]:
    """Return how open recommendations of reviews change where a project or programme is stopped."""
    reviews = f"SELECT v.id FROM programmes_assurancereview v WHERE v.{place}_id = NEW.id"  # noqa: S608  # our own names
    return (
        "programmes_assurancerecommendation",
        f"{STOPPED[place]} AND state = 'open' AND review_id IN ({reviews})",
        "rejected",
        f"closed_on = {ended_on}",
    )


def findings_fall() -> tuple[str, ...]:
    """Return how open findings of inspections change where a project is stopped."""
    own = "SELECT i.id FROM projects_inspection i WHERE i.project_id = NEW.id"
    return (
        "projects_inspectionfinding",
        f"{STOPPED['project']} AND state IN ('open', 'corrected') AND inspection_id IN ({own})",
        "lapsed",
    )


def gates_fall_with_tranche() -> pgtrigger.Trigger:
    """Cancel the planned and open gates of a tranche that has ended, at the end of the transaction:
    by then the gate that ended it is decided."""
    return ends_with_it(
        "state",
        ("planned", "authorised", "in_delivery", "embedding"),
        ("projects_gate", undecided_sql("tranche", ["planned", "open"]), "cancelled"),
        at_commit=True,
        why="The tranche has ended.",
    )


def ends_with_programme() -> pgtrigger.Trigger:
    """Change all that waits for a decision about a programme when it ends."""
    return ends_with_it(
        "stage",
        LASTING,
        ("projects_changerequest", undecided_sql("programme", UNMADE_CHANGES), "withdrawn"),
        ("projects_budgetrequest", undecided_sql("programme", ["submitted"]), "draft"),
        (
            "projects_assumption",
            undecided_sql("programme", ["open"]),
            "retired",
            "settled_on = coalesce(NEW.actual_end_on, current_date)",
        ),
        ("programmes_healthoverride", undecided_sql("programme", ["proposed"]), "withdrawn"),
        ("benefits_sharedbenefitclaim", undecided_sql("programme", ["proposed"]), "withdrawn"),
        case_falls("programme"),
        *exceptions_fall("programme"),
        help_falls("programme"),
        questions_fall("programme"),
        communications_fall("programme"),
        issues_fall("programme"),
        recommendations_fall("programme", "coalesce(NEW.actual_end_on, current_date)"),
        (
            "programmes_boardmeeting",
            "state IN ('planned', 'called') AND \"on\" > coalesce(NEW.actual_end_on, current_date)"
            " AND board_id IN (SELECT b.id FROM programmes_board b WHERE b.programme_id = NEW.id)",
            "cancelled",
        ),
        (
            "projects_gate",
            "state IN ('planned', 'open') AND NEW.id IN (programme_id,"
            " (SELECT t.programme_id FROM programmes_tranche t WHERE t.id = tranche_id))",
            "cancelled",
        ),
        why="The programme has ended.",
    )
