"""Amounts in another currency than the portfolio's: the triggers that convert them, whoever writes
them or the rates.

Every amount that anybody adds up is in the currency of its portfolio. A row whose money is in
another one holds that too (`foreign_currency`, and of each amount the `foreign_` one); the rate of
its day, and the amounts that this makes of them, rounded half up to the hundredth, are written by
triggers: with the row, with a rate, and when the row goes to another portfolio. Where no rate says
what a row comes to there is none, and no amount; a rate of 1 is never taken for granted.

What is planned and measured of a benefit is in the currency of the benefit, and stays so: its rows
have their rate alone, by which figures convert them.

A table is one of these by its `Priced` in `PRICED`. Its model takes columns, rules and the index
from `pmhub.models.foreign`, its serializer is a `Foreign` (`programmes.serializers.foreign`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pgtrigger

from pmhub.database.codes import OF_LINE, OF_PROGRAMME, OF_PROJECT
from pmhub.database.triggers import refusal

RATES = "programmes_currencyrate"
FOREIGN = "{row}.foreign_currency <> ''"
FOLLOWS = "This follows from the amount in another currency: change that."
STANDS = "This amount stands: say it in the other currency too, or take it away first."


@dataclass(frozen=True, slots=True)
class Priced:
    """A table whose money may be in another currency: as SQL of a `{row}` its portfolio and the day
    whose rate counts, the kind of that rate, what both are read from, which rows `c` a record NEW
    holds by what that is, and the amounts that are written anew, some of which are `never_null`.
    The SQL of the day may name the portfolio, `p`."""

    table: str
    home: str
    day: str
    kind: str
    read_from: tuple[str, ...]
    held: Mapping[str, str]
    amounts: tuple[str, ...]
    never_null: frozenset[str] = frozenset()
    currency: str = ""  # SQL of that of a row, where another record says it
    follows: str = ""  # SQL of whether a row still follows the rates; nothing, it always does

    @property
    def foreign(self) -> dict[str, str]:
        """The amounts by the columns of what they are in the other currency."""
        return {f"foreign_{amount}": amount for amount in self.amounts}

    def worth(self, amount: str, row: str, rate: str) -> str:
        """Return SQL for what an amount of a row comes to at a rate; where there is none, nothing,
        or 0 of what is never null."""
        made = f"round({row}.foreign_{amount} * {rate}, 2)"
        return f"coalesce({made}, 0)" if amount in self.never_null else made

    def stands(self, amount: str, row: str) -> str:
        """Return SQL for whether a row says an amount; 0 of what is never null is none."""
        return f"{row}.{amount} " + ("<> 0" if amount in self.never_null else "IS NOT NULL")

    def rate(self, row: str) -> str:
        """Return SQL for the rate of a row; NULL where there is none."""
        currency = f"{row}.foreign_currency"
        latest = (
            f"SELECT r.rate FROM {RATES} r WHERE r.portfolio_id = p.id"  # noqa: S608  # our own names
            f" AND r.currency = {currency} AND r.kind = '{self.kind}'"
            f" AND r.valid_from <= {self.day} ORDER BY r.valid_from DESC LIMIT 1"
        ).replace("{row}", row)
        return (
            f"(SELECT CASE WHEN p.currency = {currency} THEN 1 ELSE ({latest}) END"  # noqa: S608  # our own names
            f" FROM programmes_portfolio p WHERE p.id = {self.home.replace('{row}', row)})"
        )

    def foreign_of(self, portfolio: str) -> str:
        """Return SQL for the rows `c` of a portfolio whose money is in another currency."""
        mine = f"{FOREIGN} AND {self.home} = {portfolio}".replace("{row}", "c")
        return f"SELECT FROM {self.table} c WHERE {mine}"  # our own names

    @property
    def following(self) -> str:
        """SQL that is true of the rows `c` in another currency that follow the rates."""
        both = [FOREIGN, *([self.follows] if self.follows else [])]
        return " AND ".join(both).replace("{row}", "c")

    @property
    def unfollowed(self) -> str:
        """SQL for the id, the rate and the amounts of the rows that do not follow the rates, each
        with what it is by these: the first is what is stored."""
        rate = self.rate("c")
        stored = ", ".join(f"c.{name}" for name in ("exchange_rate", *self.amounts))
        by_rate = ", ".join([rate, *(self.worth(amount, "c", rate) for amount in self.amounts)])
        return (
            f"SELECT c.id, ({stored})::text, ({by_rate})::text"  # noqa: S608  # our own names
            f" FROM {self.table} c WHERE {self.following}"
            f" AND ({stored}) IS DISTINCT FROM ({by_rate})"
        )

    def converted_anew(self, condition: str) -> str:
        """Return SQL that has the rows `c` converted anew of which this is true and that come to
        another amount by now."""
        return (
            f"UPDATE {self.table} c SET exchange_rate = NULL WHERE {self.following}"  # noqa: S608  # our own names
            f" AND {condition} AND c.exchange_rate IS DISTINCT FROM {self.rate('c')};"
        )


PROJECTS = "SELECT id FROM projects_project WHERE programme_id = NEW.id"
LINES = "SELECT id FROM programmes_programmeline WHERE programme_id = NEW.id"
BUDGETS = "SELECT b.id FROM projects_budgetline b WHERE b.project_id"
COSTS = Priced(
    "projects_costactual",
    home=f"coalesce({OF_PROJECT.format('{row}.project_id')},"
    f" {OF_LINE.format('{row}.programme_line_id')})",
    # What takes a cost back takes back what that came to.
    day="coalesce((SELECT o.posted_on FROM projects_costactual o WHERE o.id = {row}.reverses_id),"
    " {row}.posted_on)",
    kind="actual",
    read_from=("project_id", "programme_line_id", "posted_on"),
    held={
        "project": "c.project_id = NEW.id",
        "line": "c.programme_line_id = NEW.id",
        "programme": f"(c.project_id IN ({PROJECTS}) OR c.programme_line_id IN ({LINES}))",
    },
    amounts=("amount",),
)
OF_YEAR = "make_date({row}.fiscal_year, p.fiscal_year_start_month, 1)"
BUDGET_LINES = Priced(
    "projects_budgetline",
    home=OF_PROJECT.format("{row}.project_id"),
    day=OF_YEAR,
    kind="budget",
    read_from=("project_id", "fiscal_year"),
    held={
        "project": "c.project_id = NEW.id",
        "programme": f"c.project_id IN ({PROJECTS})",
        "portfolio": f"{OF_PROJECT.format('c.project_id')} = NEW.id",
    },
    amounts=("baseline", "approved", "forecast", "forecast_low", "forecast_high"),
    never_null=frozenset({"baseline", "approved"}),
)
# An order is converted as what is spent on it will be, by the rate of the day it was placed on.
COMMITMENTS = Priced(
    "projects_commitment",
    home=OF_PROJECT.format(
        "(SELECT b.project_id FROM projects_budgetline b WHERE b.id = {row}.budget_line_id)"
    ),
    day="{row}.placed_on",
    kind="actual",
    read_from=("budget_line_id", "placed_on"),
    held={
        "budget_line": "c.budget_line_id = NEW.id",
        "project": f"c.budget_line_id IN ({BUDGETS} = NEW.id)",
        "programme": f"c.budget_line_id IN ({BUDGETS} IN ({PROJECTS}))",
    },
    amounts=("amount", "invoiced"),
    never_null=frozenset({"invoiced"}),
)
PROGRAMME_LINES = Priced(
    "programmes_programmeline",
    home=OF_PROGRAMME.format("{row}.programme_id"),
    day=OF_YEAR,
    kind="budget",
    read_from=("programme_id", "fiscal_year"),
    held={
        "programme": "c.programme_id = NEW.id",
        "portfolio": f"{OF_PROGRAMME.format('c.programme_id')} = NEW.id",
    },
    amounts=(
        "approved_budget", "estimate_to_complete", "estimate_to_complete_low",
        "estimate_to_complete_high",
    ),
    never_null=frozenset({"approved_budget"}),
)  # fmt: skip
OF_BENEFIT = (
    "(SELECT g.portfolio_id FROM benefits_benefit b JOIN programmes_programme g"
    " ON g.id = b.programme_id WHERE b.id = {row}.benefit_id)"
)
# The lock makes a value and a change of the currency of its benefit see one another.
IN_BENEFIT = (
    "(SELECT b.foreign_currency FROM benefits_benefit b WHERE b.id = {row}.benefit_id"
    " FOR KEY SHARE)"
)
BENEFITS = "SELECT b.id FROM benefits_benefit b WHERE b.programme_id = NEW.id"
HELD_BY_BENEFITS = {
    "benefit": "c.benefit_id = NEW.id",
    "programme": f"c.benefit_id IN ({BENEFITS})",
}
# The first day of the fiscal year in which a day lies.
YEAR_OF = (
    "make_date(extract(year FROM {{row}}.{0})::int - (extract(month FROM"
    " {{row}}.{0}) < p.fiscal_year_start_month)::int, p.fiscal_year_start_month, 1)"
)
PROFILE_ENTRIES = Priced(
    "benefits_benefitprofileentry",
    home=OF_BENEFIT,
    day=YEAR_OF.format("period_start"),
    kind="budget",
    read_from=("benefit_id", "period_start"),
    held=HELD_BY_BENEFITS | {"portfolio": f"{OF_BENEFIT} = NEW.id".replace("{row}", "c")},
    amounts=(),
    currency=IN_BENEFIT,
)
MEASUREMENTS = Priced(
    "benefits_benefitmeasurement",
    home=OF_BENEFIT,
    day="{row}.period_end",
    kind="actual",
    read_from=("benefit_id", "period_end"),
    held=HELD_BY_BENEFITS,
    amounts=(),
    currency=IN_BENEFIT,
)
RISKS = Priced(
    "projects_risk",
    home=f"coalesce({OF_PROJECT.format('{row}.project_id')},"
    f" {OF_PROGRAMME.format('{row}.programme_id')})",
    # The year in which it can happen last; where nobody says, the newest rate counts.
    day=f"CASE WHEN {{row}}.proximity_on IS NULL THEN 'infinity'::date"
    f" ELSE {YEAR_OF.format('proximity_on')} END",
    kind="budget",
    read_from=("project_id", "programme_id", "proximity_on"),
    held={
        "project": "c.project_id = NEW.id",
        "programme": f"(c.programme_id = NEW.id OR c.project_id IN ({PROJECTS}))",
        "portfolio": f"coalesce({OF_PROJECT.format('c.project_id')},"
        f" {OF_PROGRAMME.format('c.programme_id')}) = NEW.id",
    },
    amounts=(
        "response_cost",
        *(
            f"{view}_cost_{end}"
            for view in ("inherent", "residual", "target")
            for end in ("min", "most_likely", "max")
        ),
    ),
)
OF_CASE = (
    "(SELECT {0} FROM programmes_businesscase b JOIN programmes_caseoption o ON o.case_id = b.id"
    " WHERE o.id = {{row}}.option_id)"
)
OPTIONS = (
    "c.option_id IN (SELECT o.id FROM programmes_caseoption o"
    " JOIN programmes_businesscase b ON b.id = o.case_id WHERE {0})"
)
CASE_HOME = (
    f"coalesce({OF_PROGRAMME.format(OF_CASE.format('b.programme_id'))},"
    f" {OF_PROJECT.format(OF_CASE.format('b.project_id'))})"
)
# What was submitted stays as it was then, whatever becomes of the rates.
CASE_FLOWS = Priced(
    "programmes_caseflow",
    home=CASE_HOME,
    day=OF_YEAR,
    kind="budget",
    read_from=("option_id", "fiscal_year"),
    held={
        "case": OPTIONS.format("b.id = NEW.id"),
        "project": OPTIONS.format("b.project_id = NEW.id"),
        "programme": OPTIONS.format(f"(b.programme_id = NEW.id OR b.project_id IN ({PROJECTS}))"),
        "option": "c.option_id = NEW.id",
        "portfolio": f"{CASE_HOME} = NEW.id".replace("{row}", "c"),
    },
    amounts=("amount", "low", "high"),
    follows=f"{OF_CASE.format('b.state')} = 'draft'",
)
PRICED = (
    COSTS,
    BUDGET_LINES,
    COMMITMENTS,
    PROGRAMME_LINES,
    PROFILE_ENTRIES,
    MEASUREMENTS,
    CASE_FLOWS,
    RISKS,
)


def converted(priced: Priced) -> pgtrigger.Trigger:
    """Write the rate of a row in another currency, and what its amounts come to; refuse that such
    an amount is changed by itself, and that one is lost with which a row goes to another."""
    made = " ".join(
        f"IF before.foreign_currency = '' AND NEW.foreign_{amount} IS NULL"
        f" AND {priced.stands(amount, 'NEW')}"
        f" THEN {refusal('amount_stands', amount, STANDS)} END IF;"
        f" made := {priced.worth(amount, 'NEW', 'NEW.exchange_rate')};"
        f" IF {FOREIGN.format(row='before')}"
        f" AND NEW.{amount} IS DISTINCT FROM before.{amount} AND NEW.{amount} IS DISTINCT FROM made"
        f" THEN {refusal('amount_follows', amount, FOLLOWS)} END IF; NEW.{amount} := made;"
        for amount in priced.amounts
    )
    read = ("foreign_currency", "exchange_rate", *priced.read_from)
    its = f"NEW.foreign_currency := coalesce({priced.currency}, ''); " if priced.currency else ""
    # Whoever writes a rate meanwhile waits and then finds this row, or this waits and reads it.
    held = f"PERFORM FROM programmes_portfolio WHERE id = {priced.home} FOR KEY SHARE;"
    return pgtrigger.Trigger(
        name="converted",  # before `kept_year`, which looks at the amount
        when=pgtrigger.Before,
        operation=pgtrigger.Insert | pgtrigger.UpdateOf(*read, *priced.foreign, *priced.amounts),
        declare=[("before", priced.table), ("made", "numeric")],
        func=f"{its.replace('{row}', 'NEW')}"
        "IF NEW.foreign_currency = '' THEN NEW.exchange_rate := NULL; RETURN NEW; END IF;"
        " IF TG_OP = 'UPDATE' THEN before := OLD; END IF;"
        f" {held.replace('{row}', 'NEW')} NEW.exchange_rate := {priced.rate('NEW')};"
        f" {made} RETURN NEW;",
    )


def converted_along(holder: str, *moving: str) -> pgtrigger.Trigger:
    """Convert anew what a record of this kind holds that goes to another portfolio, or what a
    portfolio holds whose years begin in another month; `moving` are the columns that say so."""
    moved = " OR ".join(f"OLD.{column} IS DISTINCT FROM NEW.{column}" for column in moving)
    anew = " ".join(
        priced.converted_anew(priced.held[holder]) for priced in PRICED if holder in priced.held
    )
    return pgtrigger.Trigger(
        name="converted_along",
        when=pgtrigger.After,
        operation=pgtrigger.UpdateOf(*moving),
        condition=pgtrigger.Condition(moved),
        func=f"{anew} RETURN NULL;",
    )


def rate_alone() -> pgtrigger.Trigger:
    """Wait, before a rate is written, for those who are writing what it converts."""
    held = "PERFORM FROM programmes_portfolio WHERE id = {row}.portfolio_id FOR UPDATE;"
    deleted = f"IF TG_OP = 'DELETE' THEN {held.format(row='OLD')} RETURN OLD; END IF;"
    return pgtrigger.Trigger(
        name="alone",  # before `kept_year`, whose weaker lock two would hold and wait
        when=pgtrigger.Before,
        operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
        func=f"{deleted} {held.format(row='NEW')} RETURN NEW;",
    )


NOTED = "pghistory.context_metadata"  # what events say of the change that they are of


def rate_followed() -> list[pgtrigger.Trigger]:
    """The triggers of rates by which all that they convert follows them. Its events name the
    rate."""
    both = "(SELECT * FROM new_rows UNION ALL SELECT * FROM old_rows)"
    tables = {
        "insert": (pgtrigger.Insert, "new_rows", {"new": "new_rows"}),
        "update": (pgtrigger.Update, both, {"old": "old_rows", "new": "new_rows"}),
        "delete": (pgtrigger.Delete, "old_rows", {"old": "old_rows"}),
    }
    home = "c.foreign_currency = changed.currency AND {home} = changed.portfolio_id"
    anew = " ".join(
        kind.converted_anew(home.format(home=kind.home.replace("{row}", "c"))) for kind in PRICED
    )
    told = (
        f"PERFORM set_config('{NOTED}', (coalesce(nullif(said, ''), '{{}}')::jsonb"
        " || jsonb_build_object('rate', changed.id))::text, true);"
    )
    loop = (
        "FOR changed IN SELECT portfolio_id, currency, max(id) AS id FROM {rows} w"  # our own names
        " GROUP BY portfolio_id, currency LOOP {told} {anew} END LOOP;"
    )
    every = " ".join(kind.converted_anew("TRUE") for kind in PRICED)
    return [
        *(
            pgtrigger.Trigger(
                name=f"followed_{name}",
                level=pgtrigger.Statement,
                when=pgtrigger.After,
                operation=operation,
                referencing=pgtrigger.Referencing(**transition),
                declare=[("changed", "record"), ("said", "text")],
                func=f"said := coalesce(current_setting('{NOTED}', true), '');"
                f" {loop.format(rows=rows, told=told, anew=anew)}"
                f" PERFORM set_config('{NOTED}', said, true); RETURN NULL;",
            )
            for name, (operation, rows, transition) in tables.items()
        ),
        pgtrigger.Trigger(
            name="followed_truncate",
            level=pgtrigger.Statement,
            when=pgtrigger.After,
            operation=pgtrigger.Truncate,
            func=f"{every} RETURN NULL;",
        ),
    ]
