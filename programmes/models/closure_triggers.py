"""Triggers that let nothing open be added to a programme or project that has ended, whoever
writes."""

from collections.abc import Iterable

import pgtrigger

from pmhub.database.triggers import listed, refusal
from programmes.models.states import ProgrammeStage

ENDED = (ProgrammeStage.CLOSED, ProgrammeStage.TERMINATED)
LASTING = tuple(stage for stage in ProgrammeStage if stage not in ENDED)
UNSAID = "Say what was learned, if only that nothing was."
KEPT = "The end report of what has closed is never deleted."
NO_MORE = "This has ended: its posts stay as they were. Whoever is to read it is given a role."
# Statuses in which projects and risks, which are declared above this, go on.
LIVE_PROJECTS, OPEN_RISKS = ("active", "on_hold"), ("draft", "open")
# States of benefits that are concluded: realised, or given up.
CONCLUDED_BENEFITS = ("realised", "sustained", "withdrawn", "missed", "superseded")
SETTLED_ISSUES = ("resolved", "closed")
UNSETTLED_ISSUES = ("raised", "in_progress", "escalated")
# And of change requests that nothing was written of.
UNMADE_CHANGES = ("raised", "impact_assessed", "deferred", "approved")
PROGRAMME_OVER = "This programme has ended: nothing more is planned or decided in it."
PROJECT_OVER = "This project has ended: nothing more is planned or decided in it."
NO_MONEY = "A project that has ended is given no money."
NO_MONEY_OF_PROGRAMME = "A programme that has ended is given no money."
UNWATCHED = "Realise or withdraw its benefits first, or name who measures them when."


def while_programme_lasts(
    goes_on: str, *columns: str, text: str = PROGRAMME_OVER, step: str = ""
) -> pgtrigger.Trigger:
    """Refuse to add an open row to a programme that has ended, to move one there, or to reopen one
    there.

    `goes_on` is SQL over these columns of a `{row}` that says whether a row is open. Where `step`
    names a column, an open row may not change it either. Rows that were there when the programme
    ended stay as they are. A row that is written in the same moment as the end is not refused.
    """
    ended = (
        "SELECT FROM programmes_programme"
        f" WHERE id = NEW.programme_id AND stage IN ({listed(ENDED)})"
    )
    return _while_lasts("programme", "programme", ended, goes_on, columns, text, step)


def while_project_lasts(
    goes_on: str, *columns: str, field: str = "project", text: str = PROJECT_OVER, step: str = ""
) -> pgtrigger.Trigger:
    """Refuse open rows as `while_programme_lasts` does, for a project that has ended; `field` leads
    to it."""
    ended = (
        f"SELECT FROM projects_project WHERE id = NEW.{field}_id"  # our own names
        f" AND status NOT IN ({listed(LIVE_PROJECTS)})"
    )
    return _while_lasts("project", field, ended, goes_on, columns, text, step)


def while_programme_of_tranche_lasts(
    goes_on: str, *columns: str, text: str = PROGRAMME_OVER
) -> pgtrigger.Trigger:
    """Refuse open rows as `while_programme_lasts` does, for a tranche of a programme that has
    ended."""
    ended = (
        "SELECT FROM programmes_tranche t JOIN programmes_programme m ON m.id = t.programme_id"
        f" WHERE t.id = NEW.tranche_id AND m.stage IN ({listed(ENDED)})"
    )
    return _while_lasts("tranche", "tranche", ended, goes_on, columns, text)


def while_programme_of_board_lasts(
    goes_on: str, *columns: str, text: str = PROGRAMME_OVER
) -> pgtrigger.Trigger:
    """Refuse open meetings of the board of a programme that has ended, for a day after its end.
    Meetings up to that day can still be recorded."""
    ended = (
        "SELECT FROM programmes_board b JOIN programmes_programme m ON m.id = b.programme_id"
        f" WHERE b.id = NEW.board_id AND m.stage IN ({listed(ENDED)})"
        ' AND NEW."on" > coalesce(m.actual_end_on, current_date)'
    )
    return _while_lasts("programme", "board", ended, goes_on, columns, text)


def while_project_of_line_lasts(
    goes_on: str, *columns: str, field: str, text: str = NO_MONEY
) -> pgtrigger.Trigger:
    """Refuse open rows as `while_programme_lasts` does, for a budget line of a project that has
    ended; `field` leads to the line."""
    ended = (
        "SELECT FROM projects_budgetline b JOIN projects_project p ON p.id = b.project_id"
        f" WHERE b.id = NEW.{field}_id AND p.status NOT IN ({listed(LIVE_PROJECTS)})"
    )
    return _while_lasts("project", field, ended, goes_on, columns, text)


def while_project_of_inspection_lasts(goes_on: str, *columns: str, text: str) -> pgtrigger.Trigger:
    """Refuse open findings of an inspection of a project that has ended."""
    ended = (
        "SELECT FROM projects_inspection i JOIN projects_project p ON p.id = i.project_id"
        f" WHERE i.id = NEW.inspection_id AND p.status NOT IN ({listed(LIVE_PROJECTS)})"
    )
    return _while_lasts("project", "inspection", ended, goes_on, columns, text)


def _while_lasts(
    place: str,
    field: str,
    ended: str,
    goes_on: str,
    columns: Iterable[str],
    text: str,
    step: str = "",
) -> pgtrigger.Trigger:
    steps = f" OR NEW.{step} IS DISTINCT FROM OLD.{step}" if step else ""
    return pgtrigger.Trigger(
        name=f"while_{place}_lasts",
        when=pgtrigger.Before,
        operation=pgtrigger.Insert | pgtrigger.UpdateOf(f"{field}_id", *columns),
        condition=pgtrigger.Condition(
            f"NEW.{field}_id IS NOT NULL AND {goes_on.format(row='NEW')}"
        ),
        func=f"IF (TG_OP = 'INSERT' OR NEW.{field}_id IS DISTINCT FROM OLD.{field}_id"
        f" OR NOT {goes_on.format(row='OLD')}{steps}) AND EXISTS ({ended}) THEN"
        f" {refusal(f'{place}_ended', field, text)} END IF; RETURN NEW;",
    )


def gains_no_contingency() -> pgtrigger.Trigger:
    """Refuse to raise the contingency of a programme that has ended."""
    return pgtrigger.Trigger(
        name="gains_no_contingency",
        when=pgtrigger.Before,
        operation=pgtrigger.UpdateOf("contingency_budget"),
        condition=pgtrigger.Condition(
            f"NEW.contingency_budget > OLD.contingency_budget AND OLD.stage IN ({listed(ENDED)})"
        ),
        func=refusal("programme_ended", "contingency_budget", NO_MONEY_OF_PROGRAMME),
    )


def gains_nothing(place: str, column: str, ended: str, text: str) -> pgtrigger.Trigger:
    """Refuse to raise the amount in a column of a line whose project or programme has ended
    (`ended` is SQL), also by another currency, year or place. An amount that rises by another
    exchange rate is not refused."""
    before = f"CASE WHEN NEW.{place}_id = OLD.{place}_id THEN OLD.{column} ELSE 0 END"
    return pgtrigger.Trigger(
        name="gains_nothing_once_ended",
        when=pgtrigger.Before,
        operation=pgtrigger.UpdateOf(
            column, f"foreign_{column}", "foreign_currency", "fiscal_year", f"{place}_id"
        ),
        condition=pgtrigger.Condition(f"NEW.{column} > {before}"),
        func=f"IF pg_trigger_depth() < 2 AND EXISTS ({ended}) THEN"
        f" {refusal(f'{place}_ended', column, text)} END IF; RETURN NEW;",
    )


def lines_gain_nothing() -> pgtrigger.Trigger:
    """Refuse to raise what is approved on a line of a programme that has ended."""
    ended = (
        "SELECT FROM programmes_programme"
        f" WHERE id = NEW.programme_id AND stage IN ({listed(ENDED)})"
    )
    return gains_nothing("programme", "approved_budget", ended, NO_MONEY_OF_PROGRAMME)


def ends_last() -> pgtrigger.Trigger:
    """Refuse to end a programme while one of its projects or of its own risks is open. Refuse to
    close it also while a risk of its projects or an issue is open, while nobody is to measure a
    benefit that is still to come, or without an end report that says what was learned."""
    steps = [
        _first("projects_project", _is_live(LIVE_PROJECTS), "End or move its projects first."),
        _first("projects_risk", _is_live(OPEN_RISKS), "Close its risks first."),
    ]
    closing = [
        _first(
            "projects_risk r JOIN projects_project p ON p.id = r.project_id",
            f"p.programme_id = NEW.id AND r.status IN ({listed(OPEN_RISKS)})",
            "Close its risks first.",
        ),
        _first(
            "projects_issue",
            f"programme_id = NEW.id AND state NOT IN ({listed(SETTLED_ISSUES)})",
            "Resolve its issues first.",
        ),
        _first(
            "benefits_benefit",
            f"programme_id = NEW.id AND status NOT IN ({listed(CONCLUDED_BENEFITS)})"
            " AND (owner_id IS NULL OR next_measurement_on IS NULL"
            " OR next_measurement_on <= coalesce(NEW.actual_end_on, current_date))",
            UNWATCHED,
        ),
        learned("programme", "NEW.actual_end_on"),
    ]
    return pgtrigger.Trigger(
        name="ends_last",
        when=pgtrigger.Before,
        operation=pgtrigger.UpdateOf("stage"),
        condition=pgtrigger.Condition(
            f"NEW.stage IN ({listed(ENDED)}) AND OLD.stage NOT IN ({listed(ENDED)})"
        ),
        # From elsewhere it cannot close, which its life cycle says.
        func=f"{' '.join(steps)} IF NEW.stage = '{ProgrammeStage.CLOSED}'"
        f" AND OLD.stage = '{ProgrammeStage.CLOSE}' THEN"
        f" {' '.join(closing)} END IF; RETURN NEW;",
    )


def _is_live(states: Iterable[str]) -> str:
    return f"programme_id = NEW.id AND status IN ({listed(states)})"


def _first(rows: str, where: str, text: str) -> str:
    return step("ends_last", "stage", f"EXISTS (SELECT FROM {rows} WHERE {where})", text)


def step(name: str, field: str, condition: str, text: str, *, about: str = "") -> str:
    """Return the SQL that refuses at a field where a condition holds."""
    return f"IF {condition} THEN {refusal(name, field, text, about=about)} END IF;"


def learned(subject: str, ended_on: str) -> str:
    """Return the SQL that refuses to close a project or a programme without an end report of that
    day that says what was learned."""
    reports = (
        f"SELECT FROM programmes_statusreport WHERE {subject}_id = NEW.id AND kind = 'end'"
        f" AND period_end = {ended_on} AND btrim(lessons) <> ''"
    )
    return step("ends_learned", "lessons", f"NOT EXISTS ({reports})", UNSAID)


def learned_stays() -> pgtrigger.Trigger:
    """Refuse to delete the end report of a closed project or programme, or to empty what it says
    was learned. A correction may be deleted, since the report that it corrects stays."""
    closed = (
        "EXISTS (SELECT FROM projects_project"  # noqa: S608  # our own names
        " WHERE id = OLD.project_id AND status = 'closed')"
        " OR EXISTS (SELECT FROM programmes_programme"
        f" WHERE id = OLD.programme_id AND stage = '{ProgrammeStage.CLOSED}')"
    )
    return pgtrigger.Trigger(
        name="learned_stays",
        when=pgtrigger.Before,
        operation=pgtrigger.Delete | pgtrigger.UpdateOf("lessons"),
        condition=pgtrigger.Condition("OLD.kind = 'end' AND btrim(OLD.lessons) <> ''"),
        func="IF TG_OP = 'DELETE' THEN"
        f" IF OLD.corrects_id IS NULL AND ({closed}) THEN"
        f" {refusal('end_report_stays', 'kind', KEPT)} END IF; RETURN OLD; END IF;"
        f" IF btrim(NEW.lessons) = '' AND ({closed}) THEN"
        f" {refusal('ends_learned', 'lessons', UNSAID)} END IF; RETURN NEW;",
    )


def watched_once_closed() -> pgtrigger.Trigger:
    """Refuse a benefit of a closed programme without an owner or without a day of its next
    measurement, unless the benefit is concluded."""
    steps = [
        f"IF NEW.{column} IS NULL THEN {refusal('benefit_unwatched', field, text)} END IF;"
        for column, field, text in (
            ("owner_id", "owner", "Its programme has closed: somebody owns it."),
            (
                "next_measurement_on", "next_measurement_on",
                "Its programme has closed: it has a day on which it is measured next.",
            ),
        )
    ]  # fmt: skip
    closed = (
        "SELECT FROM programmes_programme"
        f" WHERE id = NEW.programme_id AND stage = '{ProgrammeStage.CLOSED}'"
    )
    return pgtrigger.Trigger(
        name="watched_once_closed",
        when=pgtrigger.Before,
        operation=pgtrigger.Insert
        | pgtrigger.UpdateOf("owner_id", "next_measurement_on", "status", "programme_id"),
        condition=pgtrigger.Condition(
            f"NEW.status NOT IN ({listed(CONCLUDED_BENEFITS)})"
            " AND (NEW.owner_id IS NULL OR NEW.next_measurement_on IS NULL)"
        ),
        func=f"IF EXISTS ({closed}) THEN {' '.join(steps)} END IF; RETURN NEW;",
    )


def posts_stay(state: str, lasting: Iterable[str], *posts: str) -> pgtrigger.Trigger:
    """Refuse to name somebody for a post of a project or programme that has ended. `lasting` are
    the states in which it has not; who held the post at the end stays on record."""
    over = " AND ".join(f"{row}.{state} NOT IN ({listed(lasting)})" for row in ("OLD", "NEW"))
    steps = " ".join(
        f"IF NEW.{post}_id IS NOT NULL AND NEW.{post}_id IS DISTINCT FROM OLD.{post}_id THEN"
        f" {refusal('post_of_ended', post, NO_MORE)} END IF;"
        for post in posts
    )
    return pgtrigger.Trigger(
        name="posts_stay",
        when=pgtrigger.Before,
        operation=pgtrigger.UpdateOf(*(f"{post}_id" for post in posts)),
        condition=pgtrigger.Condition(over),
        func=f"{steps} RETURN NEW;",
    )


def bcms_stay() -> pgtrigger.Trigger:
    """Refuse to add a business change manager to a programme that has ended."""
    ended = (
        "SELECT FROM programmes_programme"
        f" WHERE id = NEW.programme_id AND stage IN ({listed(ENDED)})"
    )
    return pgtrigger.Trigger(
        name="posts_stay",
        when=pgtrigger.Before,
        operation=pgtrigger.Insert | pgtrigger.Update,
        func=f"IF EXISTS ({ended}) THEN"
        f" {refusal('post_of_ended', 'bcms', NO_MORE)} END IF; RETURN NEW;",
    )
