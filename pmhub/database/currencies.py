"""Amounts in another currency than the portfolio's: the triggers that convert them, whoever writes
the amounts or the rates.

Every amount that is added up is in the currency of its portfolio. A row whose money is in another
currency holds that currency too (`foreign_currency`), and each amount in it (in a column with the
prefix `foreign_`). Triggers write the rate of its day, and the converted amounts, rounded half up
to the hundredth (in units of yen to a whole one): when the row is written, when a rate is, and when
the row moves to another portfolio. Where no rate applies to the row, its rate is empty, and its
converted amounts are empty or, if never null, 0: a rate of 1 is never assumed.

What is planned and measured of a benefit stays in the currency of the benefit: its rows hold only
their rate, and figures are converted with it. `pmhub.database.priced` declares all these tables.
"""

from __future__ import annotations

import pgtrigger

from pmhub.database.priced import FOREIGN, PRICED, Priced
from pmhub.database.triggers import out_of_range, refusal

FOLLOWS = "This follows from the amount in another currency: change that."
OTHER_MONEY = (
    "Amounts mean something else there: choose a portfolio with the same currency and unit of"
    " amounts."
)
BEYOND = "By the exchange rate this is more than can be stored."
BEYOND_BELOW = "By the exchange rate an amount in another currency is more than can be stored."
LARGEST = 10**12  # the amount from which on a column of amounts holds none
STANDS = "This amount stands: say it in the other currency too, or take it away first."


def converted(priced: Priced) -> pgtrigger.Trigger:
    """Return the trigger that writes the rate of a row in another currency, and its converted
    amounts. It refuses to change a converted amount directly, and to give a row another currency
    without stating in it an amount that the row has."""
    made = " ".join(
        f"IF before.foreign_currency = '' AND NEW.foreign_{amount} IS NULL"
        f" AND {priced.stands(amount, 'NEW')}"
        f" THEN {refusal('amount_stands', amount, STANDS)} END IF;"
        f" made := {priced.worth(amount, 'NEW', 'NEW.exchange_rate', 'places')};"
        f" IF abs(made) >= {LARGEST} THEN {out_of_range(f'foreign_{amount}', BEYOND)} END IF;"
        f" IF {FOREIGN.format(row='before')}"
        f" AND NEW.{amount} IS DISTINCT FROM before.{amount} AND NEW.{amount} IS DISTINCT FROM made"
        f" THEN {refusal('amount_follows', amount, FOLLOWS)} END IF; NEW.{amount} := made;"
        for amount in priced.amounts
    )
    variables = [("before", priced.table), ("made", "numeric")]
    if made:
        made = f"places := {priced.places('NEW')}; {made}"
        variables.append(("places", "integer"))
    read = ("foreign_currency", "exchange_rate", *priced.read_from)
    its = f"NEW.foreign_currency := coalesce({priced.currency}, ''); " if priced.currency else ""
    # A concurrent write of a rate waits and then finds this row, or this one waits and reads the
    # rate.
    held = f"PERFORM FROM programmes_portfolio WHERE id = {priced.home} FOR KEY SHARE;"
    return pgtrigger.Trigger(
        name="converted",  # sorts before `kept_year`, which checks the converted amount
        when=pgtrigger.Before,
        operation=pgtrigger.Insert | pgtrigger.UpdateOf(*read, *priced.foreign, *priced.amounts),
        declare=variables,
        func=f"{its.replace('{row}', 'NEW')}"
        "IF NEW.foreign_currency = '' THEN NEW.exchange_rate := NULL; RETURN NEW; END IF;"
        " IF TG_OP = 'UPDATE' THEN before := OLD; END IF;"
        f" {held.replace('{row}', 'NEW')} NEW.exchange_rate := {priced.rate('NEW')};"
        f" {made} RETURN NEW;",
    )


def keeps_its_money(home: str, *moving: str, only: str = "") -> pgtrigger.Trigger:
    """Return the trigger that refuses to move a row to a portfolio in which its amounts would mean
    something else: in another currency, or in thousands instead of units. `home` is SQL for the
    portfolio of a `{row}`, `moving` are the columns on which that depends. `only` is the condition
    (SQL over NEW) under which the row has amounts in the currency of its portfolio."""
    moved = " OR ".join(f"OLD.{column} IS DISTINCT FROM NEW.{column}" for column in moving)
    own = f" AND {only}" if only else ""
    other = (
        "SELECT FROM programmes_portfolio a, programmes_portfolio b"
        f" WHERE a.id = {home.replace('{row}', 'OLD')} AND b.id = {home.replace('{row}', 'NEW')}"
        " AND (a.currency, a.money_unit) <> (b.currency, b.money_unit)"
    )
    field = moving[0].removesuffix("_id")
    return pgtrigger.Trigger(
        name="keeps_its_money",
        when=pgtrigger.Before,
        operation=pgtrigger.UpdateOf(*moving),
        condition=pgtrigger.Condition(moved),
        func=f"IF EXISTS ({other}{own}) THEN"
        f" {refusal('other_money', field, OTHER_MONEY)} END IF; RETURN NEW;",
    )


def keeps_money(priced: Priced) -> pgtrigger.Trigger:
    """Return the same trigger for a table of amounts: a row in another currency, or without any
    amount, moves."""
    has = " OR ".join(f"NEW.{amount} <> 0" for amount in priced.amounts)
    parents = [column for column in priced.read_from if column.endswith("_id")]
    return keeps_its_money(priced.home, *parents, only=f"NEW.foreign_currency = '' AND ({has})")


def told_here(anew: str, field: str) -> str:
    """Return SQL that converts amounts again, and reports an amount that cannot be stored at a
    field of the row whose change it follows."""
    told = out_of_range(field, BEYOND_BELOW)
    return f"BEGIN {anew} EXCEPTION WHEN numeric_value_out_of_range THEN {told} END;"


def converted_along(holder: str, *moving: str) -> pgtrigger.Trigger:
    """Return the trigger on the table of `holder`, a kind of record, that converts again the
    amounts below a record when one of the columns `moving` changes: those on which its portfolio or
    the day of the rate depends."""
    moved = " OR ".join(f"OLD.{column} IS DISTINCT FROM NEW.{column}" for column in moving)
    anew = " ".join(
        priced.converted_anew(priced.held[holder]) for priced in PRICED if holder in priced.held
    )
    anew = told_here(anew, moving[0].removesuffix("_id"))
    return pgtrigger.Trigger(
        name="converted_along",
        when=pgtrigger.After,
        operation=pgtrigger.UpdateOf(*moving),
        condition=pgtrigger.Condition(moved),
        func=f"{anew} RETURN NULL;",
    )


def rounded_along() -> pgtrigger.Trigger:
    """Return the trigger that rounds the converted amounts of a portfolio again when its unit of
    amounts changes."""
    anew = " ".join(
        priced.rounded_anew(f"{priced.home.replace('{row}', 'c')} = NEW.id")
        for priced in PRICED
        if priced.amounts
    )
    return pgtrigger.Trigger(
        name="rounded_along",
        when=pgtrigger.After,
        operation=pgtrigger.UpdateOf("money_unit"),
        condition=pgtrigger.Condition("OLD.money_unit <> NEW.money_unit"),
        func=f"{anew} RETURN NULL;",
    )


def rate_alone() -> pgtrigger.Trigger:
    """Return the trigger that makes whoever writes a rate wait for those who are writing amounts
    that it converts."""
    held = "PERFORM FROM programmes_portfolio WHERE id = {row}.portfolio_id FOR UPDATE;"
    deleted = f"IF TG_OP = 'DELETE' THEN {held.format(row='OLD')} RETURN OLD; END IF;"
    return pgtrigger.Trigger(
        # Sorts before `kept_year`: two writers holding its weaker lock would wait for each other.
        name="alone",
        when=pgtrigger.Before,
        operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
        func=f"{deleted} {held.format(row='NEW')} RETURN NEW;",
    )


NOTED = "pghistory.context_metadata"  # metadata of the change that an event belongs to


def rate_followed() -> list[pgtrigger.Trigger]:
    """Return the triggers on the table of rates that convert all amounts again to which a changed
    rate applies. The events of these amounts name the rate in their context."""
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
                f" {loop.format(rows=rows, told=told, anew=told_here(anew, 'rate'))}"
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
