"""What is approved on lines stays within the envelopes above them, whoever writes it."""

from __future__ import annotations

import pgtrigger

from pmhub.database.codes import OF_PROGRAMME, OF_PROJECT
from pmhub.database.triggers import listed, refusal
from programmes.models.ended import ENDED, LIVE_PROJECTS

ENVELOPES = "programmes_envelope"
ABOVE = "This goes above an envelope: ask for it by a request."
ABOVE_THERE = "Its budget goes above an envelope of this programme: have that raised first."


def exceeded(portfolio: str, programme: str, year: str, treatment: str, but: str = "") -> str:
    """Return SQL of whether more is approved on budget lines of a fiscal year and a treatment than
    an envelope `e` of the portfolio, or of the programme, holds, leaving out those of which `but`
    is true; all are SQL."""
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
        f" AND NOT ({but or 'FALSE'}) AND e.amount < ({of_projects}) + ({of_programmes}))"
    )


def within_envelopes(
    place: str, approved: str, *, home: str, programme: str, live: str, allowed: str = "FALSE"
) -> list[pgtrigger.Trigger]:
    """Refuse that what is `approved` on a line of a `place` goes above an envelope: as it is
    written, rises, or comes under another envelope. As much as before may stay above one; another
    rate, and a transfer, which is checked itself, may lift it, and so may a decision that `allowed`
    it (SQL) in the transaction in which the line is written. `home` and `programme` are SQL in
    which {row} stands for the row, as in `live`, whether its place goes on."""
    over_both = (
        "e.fiscal_year IS NOT DISTINCT FROM OLD.fiscal_year AND e.treatment = OLD.treatment"
        f" AND (e.programme_id IS NULL OR e.programme_id = {programme.format(row='OLD')})"
        f" AND NEW.{approved} <= OLD.{approved}"
    )
    # Asked as the row is written, when what a rate or a transfer does is told from the rest.
    rises = (
        f"pg_trigger_depth() = 0 AND (NEW.{approved} > OLD.{approved} OR"
        f" (NEW.{place}_id, NEW.fiscal_year, NEW.treatment)"
        f" IS DISTINCT FROM (OLD.{place}_id, OLD.fiscal_year, OLD.treatment))"
    )
    given = (approved, f"foreign_{approved}", f"{place}_id", "fiscal_year", "treatment")
    ways = (
        ("written", pgtrigger.Insert, "TRUE", f"NOT {allowed}", "FALSE"),
        ("raised", pgtrigger.UpdateOf(*given), rises, "TRUE", f"coalesce({over_both}, FALSE)"),
    )
    return [
        pgtrigger.Trigger(
            name=f"within_envelopes_{name}",
            when=pgtrigger.After,
            operation=operation,
            timing=pgtrigger.Deferred,
            condition=pgtrigger.Condition(
                f"NEW.{approved} > 0 AND NEW.fiscal_year IS NOT NULL AND {when}"
            ),
            declare=[("home", "bigint")],
            # The lock makes two who approve the last of an envelope see one another.
            func=f"home := {home.format(row='NEW')}; IF EXISTS (SELECT FROM {ENVELOPES}"  # noqa: S608  # our own names
            " WHERE portfolio_id = home AND fiscal_year = NEW.fiscal_year)"
            f" AND {live.format(row='NEW')} AND {refused} THEN"
            " PERFORM FROM programmes_portfolio WHERE id = home FOR NO KEY UPDATE; IF "
            + exceeded(
                "home", programme.format(row="NEW"), "NEW.fiscal_year", "NEW.treatment", but=but
            )
            + f" THEN {refusal('above_envelope', approved, ABOVE)} END IF; END IF; RETURN NULL;",
        )
        for name, operation, when, refused, but in ways
    ]


def lines_of_projects() -> list[pgtrigger.Trigger]:
    """Keep budget lines of projects within the envelopes above them."""
    return within_envelopes(
        "project",
        "approved",
        home=OF_PROJECT.format("{row}.project_id"),
        programme="(SELECT p.programme_id FROM projects_project p WHERE p.id = {row}.project_id)",
        live="EXISTS (SELECT FROM projects_project p WHERE p.id = {row}.project_id"
        f" AND p.status IN ({listed(LIVE_PROJECTS)}))",
        allowed="EXISTS (SELECT FROM projects_budgetrequest q"
        " WHERE q.budget_line_id = NEW.id AND q.decision_id IS NOT NULL)",
    )


def lines_of_programmes() -> list[pgtrigger.Trigger]:
    """Keep lines of programmes within the envelopes above them."""
    return within_envelopes(
        "programme",
        "approved_budget",
        home=OF_PROGRAMME.format("{row}.programme_id"),
        programme="{row}.programme_id",
        live="EXISTS (SELECT FROM programmes_programme g WHERE g.id = {row}.programme_id"
        f" AND g.stage NOT IN ({listed(ENDED)}))",
        allowed="EXISTS (SELECT FROM projects_budgetrequest q"
        " WHERE q.programme_line_id = NEW.id AND q.decision_id IS NOT NULL)",
    )


def moves_within_envelope() -> pgtrigger.Trigger:
    """Refuse that a project comes to a programme of which its budget would exceed an envelope."""
    above = exceeded(
        OF_PROGRAMME.format("NEW.programme_id"),
        "NEW.programme_id",
        "b.fiscal_year",
        "b.treatment",
        but="e.programme_id IS NULL",
    )
    return pgtrigger.Trigger(
        name="moves_within_envelope",
        when=pgtrigger.After,
        operation=pgtrigger.UpdateOf("programme_id"),
        condition=pgtrigger.Condition(
            "NEW.programme_id IS NOT NULL AND NEW.programme_id IS DISTINCT FROM OLD.programme_id"
        ),
        func="IF EXISTS (SELECT FROM projects_budgetline b WHERE b.project_id = NEW.id"
        f" AND b.approved > 0 AND {above}) THEN"
        f" {refusal('above_envelope', 'programme', ABOVE_THERE)} END IF; RETURN NULL;",
    )
