"""The tables that hold money which may be in another currency than the portfolio's: for each, how
to find its portfolio and the rate that converts it. `pmhub.database.currencies` makes the triggers.

Such a table has a `Priced` in `PRICED`. Its model takes columns, rules and the index from
`pmhub.models.foreign`, its serializer is a `ForeignAmountSerializer`
(`programmes.serializers.foreign`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pmhub.currencies import without_decimals
from pmhub.database.codes import OF_LINE, OF_PROGRAMME, OF_PROJECT

RATES = "programmes_currencyrate"
FOREIGN = "{row}.foreign_currency <> ''"
COINLESS = ", ".join(f"'{code}'" for code in without_decimals())


@dataclass(frozen=True, slots=True)
class Priced:
    """A table whose money may be in another currency.

    All its SQL is about a `{row}`: `home` finds the portfolio, and `day` the day whose rate applies
    (it may refer to the portfolio as `p`); `read_from` names the columns on which both depend.
    `kind` is the kind of the rate. `held` gives, by kind of record, the condition under which a row
    `c` is below a record NEW. `amounts` are the columns that are converted; those in `never_null`
    become 0 where there is no rate.
    """

    table: str
    home: str
    day: str
    kind: str
    read_from: tuple[str, ...]
    held: Mapping[str, str]
    amounts: tuple[str, ...]
    never_null: frozenset[str] = frozenset()
    currency: str = ""  # SQL for a row's currency, where another record has it
    follows: str = ""  # SQL for whether a row still follows the rates; empty if it always does

    @property
    def foreign(self) -> dict[str, str]:
        """The converted columns, by the name of the column that holds the same amount in the other
        currency."""
        return {f"foreign_{amount}": amount for amount in self.amounts}

    def places(self, row: str) -> str:
        """Return SQL for the number of decimals of a row's amounts: 2, or 0 in units of a currency
        without coins, such as yen."""
        return (
            f"(SELECT CASE WHEN p.money_unit = 1 AND p.currency IN ({COINLESS}) THEN 0 ELSE 2 END"  # noqa: S608  # our own names
            f" FROM programmes_portfolio p WHERE p.id = {self.home.replace('{row}', row)})"
        )

    def worth(self, amount: str, row: str, rate: str, places: str) -> str:
        """Return SQL for an amount of a row converted at a rate and rounded to so many decimals;
        without a rate it is NULL, or 0 if the column is never null."""
        made = f"round({row}.foreign_{amount} * {rate}, {places})"
        return f"coalesce({made}, 0)" if amount in self.never_null else made

    def stands(self, amount: str, row: str) -> str:
        """Return SQL for whether a row has an amount; in a column that is never null, 0 counts as
        none."""
        return f"{row}.{amount} " + ("<> 0" if amount in self.never_null else "IS NOT NULL")

    def rate(self, row: str) -> str:
        """Return SQL for the rate that applies to a row; NULL if there is none."""
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
        """Return SQL that finds the rows `c` of a portfolio whose money is in another currency."""
        mine = f"{FOREIGN} AND {self.home} = {portfolio}".replace("{row}", "c")
        return f"SELECT FROM {self.table} c WHERE {mine}"  # our own names

    @property
    def following(self) -> str:
        """SQL for the condition that a row `c` is in another currency and still follows the
        rates."""
        both = [FOREIGN, *([self.follows] if self.follows else [])]
        return " AND ".join(both).replace("{row}", "c")

    @property
    def unfollowed(self) -> str:
        """SQL for the rows that should follow the rates and do not: the id, the rate and amounts as
        stored, and the rate and amounts as the rates make them."""
        rate = self.rate("c")
        stored = ", ".join(f"c.{name}" for name in ("exchange_rate", *self.amounts))
        by_rate = ", ".join([rate, *self._worths("c", rate)])
        return (
            f"SELECT c.id, ({stored})::text, ({by_rate})::text"  # noqa: S608  # our own names
            f" FROM {self.table} c WHERE {self.following}"
            f" AND ({stored}) IS DISTINCT FROM ({by_rate})"
        )

    def _worths(self, row: str, rate: str) -> list[str]:
        places = self.places(row)
        return [self.worth(amount, row, rate, places) for amount in self.amounts]

    def converted_anew(self, condition: str) -> str:
        """Return SQL that converts again the rows `c` that fulfil the condition and whose rate has
        changed."""
        return (
            f"UPDATE {self.table} c SET exchange_rate = NULL WHERE {self.following}"  # noqa: S608  # our own names
            f" AND {condition} AND c.exchange_rate IS DISTINCT FROM {self.rate('c')};"
        )

    def rounded_anew(self, condition: str) -> str:
        """Return SQL that rounds again the rows `c` that fulfil the condition and whose amounts
        have another number of decimals by now."""
        stored = ", ".join(f"c.{amount}" for amount in self.amounts)
        made = ", ".join(self._worths("c", "c.exchange_rate"))
        return (
            f"UPDATE {self.table} c SET exchange_rate = NULL WHERE {self.following}"  # noqa: S608  # our own names
            f" AND {condition} AND ({stored}) IS DISTINCT FROM ({made});"
        )


PROJECTS = "SELECT id FROM projects_project WHERE programme_id = NEW.id"
LINES = "SELECT id FROM programmes_programmeline WHERE programme_id = NEW.id"
BUDGETS = "SELECT b.id FROM projects_budgetline b WHERE b.project_id"
COSTS = Priced(
    "projects_costactual",
    home=f"coalesce({OF_PROJECT.format('{row}.project_id')},"
    f" {OF_LINE.format('{row}.programme_line_id')})",
    # A reversal is converted at the rate of the cost that it reverses.
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
# A commitment is converted at the rate of the day of the order, as the costs charged to it will be.
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
# Because of the lock, one of a new value and a change of its benefit's currency waits for the
# other.
IN_BENEFIT = (
    "(SELECT b.foreign_currency FROM benefits_benefit b WHERE b.id = {row}.benefit_id"
    " FOR KEY SHARE)"
)
BENEFITS = "SELECT b.id FROM benefits_benefit b WHERE b.programme_id = NEW.id"
HELD_BY_BENEFITS = {
    "benefit": "c.benefit_id = NEW.id",
    "programme": f"c.benefit_id IN ({BENEFITS})",
}
# SQL for the first day of the fiscal year that a day is in.
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
    # The last year in which the risk can occur; without a date, the newest rate is used.
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


def of_cases(of: str, among: str) -> dict[str, Any]:
    """Return the arguments of `Priced` for a table below business cases: how to find the portfolio,
    which rows are below a record, and that rows follow the rates only while the case is a draft.
    `of` is SQL that selects the expression `{0}` from the case of a row; `among` is SQL for whether
    the case of a row fulfils the condition `{0}`."""
    home = (
        f"coalesce({OF_PROGRAMME.format(of.format('b.programme_id'))},"
        f" {OF_PROJECT.format(of.format('b.project_id'))})"
    )
    return {
        "home": home,
        "held": {
            "case": among.format("b.id = NEW.id"),
            "project": among.format("b.project_id = NEW.id"),
            "programme": among.format(f"(b.programme_id = NEW.id OR b.project_id IN ({PROJECTS}))"),
            "portfolio": f"{home} = NEW.id".replace("{row}", "c"),
        },
        "follows": f"{of.format('b.state')} = 'draft'",
    }


OF_OPTION = "(SELECT {0} FROM programmes_businesscase b WHERE b.id = {{row}}.case_id)"
CASE_OPTIONS = Priced(
    "programmes_caseoption",
    # The cost of managing risks is a present value, in money of the case's base year.
    day=f"make_date({OF_OPTION.format('b.base_year')}, p.fiscal_year_start_month, 1)",
    kind="budget",
    read_from=("case_id",),
    amounts=("risk_cost",),
    **of_cases(OF_OPTION, "c.case_id IN (SELECT b.id FROM programmes_businesscase b WHERE {0})"),
)
OF_FLOW = (
    "(SELECT {0} FROM programmes_businesscase b JOIN programmes_caseoption o ON o.case_id = b.id"
    " WHERE o.id = {{row}}.option_id)"
)
FLOWS = of_cases(
    OF_FLOW,
    "c.option_id IN (SELECT o.id FROM programmes_caseoption o"
    " JOIN programmes_businesscase b ON b.id = o.case_id WHERE {0})",
)
FLOWS["held"]["option"] = "c.option_id = NEW.id"
CASE_FLOWS = Priced(
    "programmes_caseflow",
    day=OF_YEAR,
    kind="budget",
    read_from=("option_id", "fiscal_year"),
    amounts=("amount", "low", "high"),
    **FLOWS,
)
PRICED = (
    COSTS,
    BUDGET_LINES,
    COMMITMENTS,
    PROGRAMME_LINES,
    PROFILE_ENTRIES,
    MEASUREMENTS,
    CASE_OPTIONS,
    CASE_FLOWS,
    RISKS,
)
