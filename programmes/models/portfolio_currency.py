"""Triggers about the currency of a portfolio."""

import pgtrigger

from pmhub.currencies import finer_than
from pmhub.database.priced import PRICED, RATES
from pmhub.database.triggers import listed, refusal

TOO_FINE = (
    "Amounts have two decimals, and the unit of this currency has three: choose thousands or"
    " millions as the unit of amounts."
)
CURRENCY_STAYS = "Exchange rates, or amounts in other currencies, are kept beside this one."


def coins_fit() -> pgtrigger.Trigger:
    """Refuse a currency with coins finer than a hundredth for a portfolio with amounts in units,
    since amounts have two decimals."""
    return pgtrigger.Trigger(
        name="coins_fit",
        when=pgtrigger.Before,
        operation=pgtrigger.Insert | pgtrigger.UpdateOf("currency", "money_unit"),
        condition=pgtrigger.Condition(
            f"NEW.money_unit = 1 AND NEW.currency IN ({listed(finer_than(2))})"
        ),
        func="IF TG_OP = 'INSERT' OR (NEW.currency, NEW.money_unit) IS DISTINCT FROM"
        " (OLD.currency, OLD.money_unit) THEN"
        f" {refusal('coins_too_fine', 'currency', TOO_FINE)} END IF; RETURN NEW;",
    )


def keeps_its_currency() -> pgtrigger.Trigger:
    """Refuse another currency while there are exchange rates to the present one, or amounts that
    they convert."""
    rates = f"SELECT FROM {RATES} WHERE portfolio_id = NEW.id"  # our own names
    amounts = " OR ".join(f"EXISTS ({priced.foreign_of('NEW.id')})" for priced in PRICED)
    return pgtrigger.Trigger(
        name="keeps_its_currency",
        when=pgtrigger.Before,
        operation=pgtrigger.UpdateOf("currency"),
        condition=pgtrigger.Condition("OLD.currency <> NEW.currency"),
        func=f"IF EXISTS ({rates}) OR {amounts} THEN"
        f" {refusal('currency_stays', 'currency', CURRENCY_STAYS)} END IF; RETURN NEW;",
    )
