"""Triggers that keep what is approved on budget lines within the envelopes that apply, whoever
writes."""

from __future__ import annotations

from dataclasses import dataclass

import pgtrigger

from pmhub.database.codes import OF_PROGRAMME, OF_PROJECT
from pmhub.database.triggers import listed, refusal
from programmes.models.closed_year import CLOSED_YEARS
from programmes.models.closure_triggers import ENDED, LIVE_PROJECTS

ENVELOPES = "programmes_envelope"
ABOVE = "This goes above an envelope: ask for it by a request."
ABOVE_THERE = "Its budget goes above an envelope of this programme: have that raised first."

ABOVE_IN_PORTFOLIO = "Its budget goes above an envelope of this portfolio: have that raised first."
HAS_ENVELOPES = "Its envelopes are parts of those of its portfolio: delete them first."
HAS_CLOSED_ENVELOPES = (
    "It has an envelope of fiscal year %, which is closed: have the PMO open that year, and delete"
    " the envelope first."
)
INCOME_LEAVES = "Without its income, more is approved in its portfolio than an envelope holds."


def excess_sql(
    portfolio: str, programme: str, year: str, treatment: str, but: str = "", more: str = ""
) -> str:
    """Return SQL that says whether the budget lines of a fiscal year and a treatment, with `more`
    added, approve more than an envelope `e` of the portfolio or the programme holds. Envelopes for
    which `but` is true are left out. All arguments are SQL."""
    more = more and f" + {more}"
    same = "l.fiscal_year = e.fiscal_year AND l.treatment = e.treatment"
    mine = "AND (e.programme_id IS NULL OR e.programme_id = {0})"
    of_projects = (
        "SELECT coalesce(sum(l.approved), 0) FROM projects_budgetline l"  # noqa: S608  # our own names
        " JOIN projects_project j ON j.id = l.project_id"
        " LEFT JOIN programmes_programme g ON g.id = j.programme_id"
        f" WHERE {same} AND coalesce(j.portfolio_id, g.portfolio_id) = e.portfolio_id"
        f" {mine.format('j.programme_id')}"
    )
    of_programmes = (
        "SELECT coalesce(sum(l.approved_budget), 0) FROM programmes_programmeline l"  # noqa: S608  # our own names
        f" JOIN programmes_programme g ON g.id = l.programme_id WHERE {same}"
        f" AND g.portfolio_id = e.portfolio_id {mine.format('l.programme_id')}"
    )
    return (
        f"EXISTS (SELECT FROM {ENVELOPES} e WHERE e.portfolio_id = {portfolio}"  # our own names
        f" {mine.format(programme)} AND e.fiscal_year = {year} AND e.treatment = {treatment}"
        f" AND NOT ({but or 'FALSE'}) AND e.amount < ({of_projects}) + ({of_programmes}){more})"
    )


@dataclass(frozen=True, slots=True)
class Line:
    """The budget lines of a `place`, as SQL about a {row}: `approved` is the column of their
    amount, `home` their portfolio, `programme` their programme, and `live` says whether the place
    has not ended. `allowed` finds the decision by which the same transaction lets a line exceed an
    envelope."""

    place: str
    approved: str
    home: str
    programme: str
    live: str
    allowed: str

    @property
    def moved(self) -> str:
        """Return SQL for whether a row counts in other envelopes than before."""
        names = (f"{self.place}_id", "fiscal_year", "treatment")
        new, old = (", ".join(f"{row}.{name}" for name in names) for row in ("NEW", "OLD"))
        return f"({new}) IS DISTINCT FROM ({old})"

    def over(self, row: str) -> str:
        """Return SQL for whether an envelope `e` applies to a row."""
        return (
            f"e.fiscal_year IS NOT DISTINCT FROM {row}.fiscal_year"
            f" AND e.treatment = {row}.treatment"
            f" AND (e.programme_id IS NULL OR e.programme_id = {self.programme.format(row=row)})"
        )

    def asked(
        self, name: str, operation: pgtrigger.Operation, when: str, *, row: str, refused: str,
        but: str,
    ) -> pgtrigger.Trigger:  # fmt: skip
        """Return a trigger that refuses, at the end of a transaction, that more is approved than
        the envelopes of a row hold, without the envelopes for which `but` is true."""
        # The lock makes two who approve the last of an envelope see one another.
        above = excess_sql(
            "home", self.programme.format(row=row), f"{row}.fiscal_year", f"{row}.treatment",
            but=but,
        )  # fmt: skip
        return pgtrigger.Trigger(
            name=f"within_envelopes_{name}",
            when=pgtrigger.After,
            operation=operation,
            timing=pgtrigger.Deferred,
            condition=pgtrigger.Condition(f"{row}.fiscal_year IS NOT NULL AND {when}"),
            declare=[("home", "bigint")],
            func=f"home := {self.home.format(row=row)}; IF EXISTS (SELECT FROM {ENVELOPES}"  # noqa: S608  # our own names
            f" WHERE portfolio_id = home AND fiscal_year = {row}.fiscal_year)"
            f" AND {self.live.format(row=row)} AND {refused} THEN"
            " PERFORM FROM programmes_portfolio WHERE id = home FOR NO KEY UPDATE;"
            f" IF {above} THEN {refusal('above_envelope', self.approved, ABOVE)} END IF;"
            " END IF; RETURN NULL;",
        )


def within_envelopes(line: Line) -> list[pgtrigger.Trigger]:
    """Return triggers that refuse a line above an envelope when it is added, raised, or moved under
    another envelope. What was above an envelope before may stay. Another exchange rate and a
    transfer, which is checked by itself, may raise a line, and so may a decision that allowed
    it."""
    amount = line.approved
    columns = (
        amount, f"foreign_{amount}", "foreign_currency", f"{line.place}_id", "fiscal_year",
        "treatment",
    )  # fmt: skip
    # The condition is read when the row is written: only then is the depth of triggers known, by
    # which changes by a rate or a transfer are left out.
    itself = "pg_trigger_depth() = 0"
    rises = f"(NEW.{amount} > OLD.{amount})"
    return [
        line.asked(
            "written", pgtrigger.Insert, f"NEW.{amount} > 0",
            row="NEW", refused=f"NOT {line.allowed}", but="FALSE",
        ),
        line.asked(
            "raised", pgtrigger.UpdateOf(*columns),
            f"{itself} AND ({rises} OR NEW.{amount} > 0 AND {line.moved})",
            row="NEW", refused="TRUE",
            but=f"CASE WHEN {line.over('OLD')} THEN NOT {rises} ELSE NEW.{amount} <= 0 END",
        ),
    ]  # fmt: skip


def income_stays(line: Line) -> pgtrigger.Trigger:
    """Refuse to move income, which makes room in an envelope, to other envelopes, where more is
    approved than the envelope holds without it."""
    amount = line.approved
    return line.asked(
        "left",
        pgtrigger.UpdateOf(f"{line.place}_id", "fiscal_year", "treatment"),
        f"pg_trigger_depth() = 0 AND OLD.{amount} < 0 AND {line.moved}",
        row="OLD",
        refused="TRUE",
        but=f"coalesce({line.over('NEW')} AND NEW.{amount} <= OLD.{amount}, FALSE)",
    )


def lines_of_projects() -> list[pgtrigger.Trigger]:
    """Keep budget lines of projects within the envelopes above them."""
    line = Line(
        "project",
        "approved",
        home=OF_PROJECT.format("{row}.project_id"),
        programme="(SELECT p.programme_id FROM projects_project p WHERE p.id = {row}.project_id)",
        live="EXISTS (SELECT FROM projects_project p WHERE p.id = {row}.project_id"
        f" AND p.status IN ({listed(LIVE_PROJECTS)}))",
        allowed="EXISTS (SELECT FROM projects_budgetrequest q"
        " WHERE q.budget_line_id = NEW.id AND q.decision_id IS NOT NULL)",
    )
    return within_envelopes(line)


def lines_of_programmes() -> list[pgtrigger.Trigger]:
    """Keep lines of programmes within the envelopes above them."""
    line = Line(
        "programme",
        "approved_budget",
        home=OF_PROGRAMME.format("{row}.programme_id"),
        programme="{row}.programme_id",
        live="EXISTS (SELECT FROM programmes_programme g WHERE g.id = {row}.programme_id"
        f" AND g.stage NOT IN ({listed(ENDED)}))",
        allowed="EXISTS (SELECT FROM projects_budgetrequest q"
        " WHERE q.programme_line_id = NEW.id AND q.decision_id IS NOT NULL)",
    )
    return [*within_envelopes(line), income_stays(line)]


def moves_within_envelope() -> pgtrigger.Trigger:
    """Refuse to move a project to a programme or another portfolio in which its budget would exceed
    an envelope."""
    home, before = (
        f"coalesce({row}.portfolio_id, {OF_PROGRAMME.format(f'{row}.programme_id')})"
        for row in ("NEW", "OLD")
    )
    above = excess_sql(
        home,
        "NEW.programme_id",
        "b.fiscal_year",
        "b.treatment",
        but=f"e.programme_id IS NULL AND {home} = {before}",
    )
    return pgtrigger.Trigger(
        name="moves_within_envelope",
        when=pgtrigger.After,
        operation=pgtrigger.UpdateOf("programme_id", "portfolio_id"),
        condition=pgtrigger.Condition(
            "NEW.programme_id IS DISTINCT FROM OLD.programme_id"
            " OR NEW.portfolio_id IS DISTINCT FROM OLD.portfolio_id"
        ),
        func="IF EXISTS (SELECT FROM projects_budgetline b WHERE b.project_id = NEW.id"
        f" AND b.approved > 0 AND {above}) THEN"
        f" {refusal('above_envelope', 'programme', ABOVE_THERE)} END IF; RETURN NULL;",
    )


def programme_moves_within_envelopes() -> pgtrigger.Trigger:
    """Refuse to move a programme to another portfolio while it has envelopes, which are parts of
    those of its portfolio, where its lines would exceed an envelope there, or where an envelope
    would be exceeded without its income."""
    lines = (
        "(SELECT b.fiscal_year, b.treatment, b.approved FROM projects_budgetline b"
        " JOIN projects_project j ON j.id = b.project_id WHERE j.programme_id = NEW.id"
        " UNION ALL SELECT fiscal_year, treatment, approved_budget"
        " FROM programmes_programmeline WHERE programme_id = NEW.id)"
    )

    def asked(row: str, sign: str, text: str) -> str:
        above = excess_sql(f"{row}.portfolio_id", "NEW.id", "own.fiscal_year", "own.treatment")
        return (
            f"IF EXISTS (SELECT FROM {lines} own WHERE own.fiscal_year IS NOT NULL"  # our own names
            " GROUP BY own.fiscal_year, own.treatment"
            f" HAVING sum(own.approved) {sign} 0 AND {above})"
            f" THEN {refusal('above_envelope', 'portfolio', text)} END IF;"
        )

    return pgtrigger.Trigger(
        name="moves_within_envelopes",  # after `converted_along`, which converts the lines
        when=pgtrigger.After,
        operation=pgtrigger.UpdateOf("portfolio_id"),
        condition=pgtrigger.Condition("OLD.portfolio_id <> NEW.portfolio_id"),
        declare=[("shut", "integer")],
        func=f"SELECT min(e.fiscal_year) INTO shut FROM {ENVELOPES} e"  # noqa: S608  # our own names
        f" JOIN {CLOSED_YEARS} y USING (portfolio_id, fiscal_year)"
        " WHERE e.programme_id = NEW.id AND y.state = 'closed';"
        f" IF shut IS NOT NULL THEN"
        f" {refusal('programme_has_envelopes', 'portfolio', HAS_CLOSED_ENVELOPES, 'shut')} END IF;"
        f" IF EXISTS (SELECT FROM {ENVELOPES} WHERE programme_id = NEW.id) THEN"
        f" {refusal('programme_has_envelopes', 'portfolio', HAS_ENVELOPES)} END IF;"
        # The lock makes two who come under the last of an envelope see one another.
        " PERFORM FROM programmes_portfolio WHERE id IN (OLD.portfolio_id, NEW.portfolio_id)"
        " ORDER BY id FOR NO KEY UPDATE;"
        f" {asked('NEW', '>', ABOVE_IN_PORTFOLIO)} {asked('OLD', '<', INCOME_LEAVES)} RETURN NULL;",
    )
