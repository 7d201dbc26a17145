"""Rule sets: the rules by which the PMO has figures judged, each kept with its day and reason."""

from __future__ import annotations

from dataclasses import fields
from decimal import Decimal

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from pmhub.access import Join
from pmhub.database.constraints import choices, rule
from pmhub.database.retention import Stay
from pmhub.database.triggers import frozen, refusal, stamped
from pmhub.models import Person, Record
from programmes.health import DEFAULT, Thresholds
from programmes.health.thresholds import RISING
from programmes.models.in_force import PORTFOLIOS, SETS, RuleKind, shown_on_portfolio, status_day
from programmes.models.portfolio import Portfolio

EARLY = "Rules of a later day are in force: give a day from then on."
UNKNOWN = "There is no such rule, or it takes no such value: %."
KINDS = {field.name: type(getattr(DEFAULT, field.name)) for field in fields(Thresholds)}


def _named(*kinds: type) -> str:
    """SQL for the names of the thresholds that are of one of these types."""
    names = ", ".join(f"'{name}'" for name, kind in KINDS.items() if kind in kinds)
    return f"ARRAY[{names}]"


def _in_order(low: str, high: str) -> str:
    """SQL that refuses where the first of two thresholds is above the second."""
    said = (
        f"coalesce((NEW.values ->> '{name}')::numeric, {getattr(DEFAULT, name)})"
        for name in (low, high)
    )
    text = f"{low} is not above {high}."
    return f"IF {' > '.join(said)} THEN {refusal('rules_crossed', 'values', text)} END IF;"


def fits_its_kind() -> pgtrigger.Trigger:
    """Refuse a name that the rule does not read, what is no number, or no yes or no, for it, and
    bounds between which nothing would ever lie."""
    said = "v.value #>> '{}'"
    wrong = (
        "SELECT v.key INTO wrong FROM jsonb_each(NEW.values) v WHERE CASE"  # noqa: S608  # our own names
        f" WHEN v.key = ANY ({_named(bool)}) THEN jsonb_typeof(v.value) <> 'boolean'"
        " WHEN jsonb_typeof(v.value) NOT IN ('number', 'string') THEN TRUE"
        f" WHEN v.key = ANY ({_named(int)}) THEN ({said}) !~ '^[0-9]{{1,9}}$'"
        f" WHEN v.key <> ALL ({_named(Decimal)}) THEN TRUE"
        f" WHEN ({said}) !~ '^-?0*[0-9]{{1,40}}(\\.[0-9]{{1,40}})?$' THEN TRUE"
        f" WHEN ({said})::numeric < 0 THEN TRUE"
        f" WHEN v.key = 'risk_cause_loading' THEN ({said})::numeric NOT BETWEEN 0 AND 1"
        " ELSE FALSE END LIMIT 1;"
    )
    return pgtrigger.Trigger(
        name="fits_its_kind",
        when=pgtrigger.Before,
        operation=pgtrigger.Insert,
        declare=[("wrong", "text")],
        func="IF jsonb_typeof(NEW.values) <> 'object' THEN"
        f" {refusal('rules_unknown', 'values', 'Give an object of names and numbers.')} END IF;"
        f" {wrong} IF wrong IS NOT NULL THEN"
        f" {refusal('rules_unknown', 'values', UNKNOWN, 'wrong')} END IF;"
        f" {' '.join(map(_in_order, *zip(*RISING, strict=True)))} RETURN NEW;",
    )


def in_order_of_days() -> pgtrigger.Trigger:
    """Refuse a set that could never be in force, as one of a later day is already."""
    later = (
        f"SELECT FROM {SETS} r JOIN {PORTFOLIOS} p ON p.id = r.portfolio_id"
        " WHERE r.portfolio_id = NEW.portfolio_id AND r.kind = NEW.kind"
        f" AND r.valid_from > NEW.valid_from AND r.valid_from <= {status_day('p')}"
    )
    # The lock makes two who set rules at once see one another.
    lock = f"PERFORM FROM {PORTFOLIOS} WHERE id = NEW.portfolio_id FOR NO KEY UPDATE;"
    return pgtrigger.Trigger(
        name="in_order_of_days",
        when=pgtrigger.Before,
        operation=pgtrigger.Insert,
        func=f"{lock} IF EXISTS ({later}) THEN"
        f" {refusal('rules_order', 'valid_from', EARLY)} END IF; RETURN NEW;",
    )


class RuleSet(Record):
    """Rules of one kind of a portfolio, in force from a day on until the next of the kind is. It is
    never changed: another follows. A name that is left out keeps its default."""

    portfolio = models.ForeignKey(Portfolio, models.PROTECT, related_name="rule_sets")
    kind = models.CharField(max_length=20, choices=RuleKind, default=RuleKind.THRESHOLDS)
    values = models.JSONField(default=dict, blank=True)
    valid_from = models.DateField(
        help_text=_("The first day on which they hold; left empty, the status date")
    )
    reason = models.TextField(help_text=_("Why the rules change"))
    by = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+")

    visible_through = ("portfolio",)
    visible_below = {f"portfolio__{path}": kind for path, kind in Portfolio.visible_below.items()}
    joins = {"by": Join.SET}
    edited_in = ()
    stays = (Stay("append_only", ~Q(kind=""), "A rule set is never deleted: another follows."),)
    refuses = {
        "append_only": ("", "A rule set is never changed: write another."),
        "rules_order": ("valid_from", EARLY),
    }

    class Meta:
        ordering = ["-valid_from", "-id"]
        triggers = [
            stamped(),
            fits_its_kind(),
            in_order_of_days(),
            shown_on_portfolio(),
            frozen("append_only", "TRUE", "portfolio_id", "kind", "values", "valid_from", "reason"),
        ]
        indexes = [
            models.Index(fields=["portfolio", "kind", "-valid_from", "-id"], name="ruleset_latest")
        ]
        constraints = [
            choices("ruleset", "kind", RuleKind),
            rule("ruleset_reason", "reason", ~Q(reason=""), "Say why the rules change."),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} from {self.valid_from}"
