"""Rule sets: the rules by which the PMO has figures judged, each kept with its day and reason."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pgtrigger
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from pmhub.access import Join
from pmhub.database.constraints import choices, rule
from pmhub.database.retention import RetentionRule
from pmhub.database.triggers import frozen, listed, refusal, versioned
from pmhub.models import Person, Record
from pmhub.rules import Rules, Table
from pmhub.text import LINE_ENDS, REFUSED, UNSEEABLE
from programmes.models.limits_in_force import refused_falling
from programmes.models.portfolio import Portfolio
from programmes.models.rules_in_force import (
    PORTFOLIOS,
    SETS,
    RuleKind,
    shown_on_portfolio,
    status_day,
)
from programmes.rule_kinds import KINDS

EARLY = "Rules of a later day are in force: give a day from then on."
UNKNOWN = "There is no such rule, or it takes no such value: %."
WHOLE, NUMBER = "^[0-9]{1,9}$", r"^-?0*[0-9]{1,40}(\.[0-9]{1,40})?$"
LONGEST_NAME = 60  # characters, where names are free


def checked(kind: str, values: Any) -> Rules:
    """Return the rules of a kind from stored data. Raises ValidationError where nothing could be
    judged by them."""
    try:
        rules = KINDS[kind].from_dict(values)
        rules.check()
    except (ValueError, TypeError, AttributeError, KeyError) as error:
        raise ValidationError(f"{error}.") from error
    return rules


def _rows(kind: str, rules: type[Rules]) -> Iterator[str]:
    """Yield SQL rows of what each rule of a kind accepts: kind, name, type, bounds, choices."""
    entries = [*rules.entries().values()]
    if issubclass(rules, Table) and rules.OPEN:
        entries.append(replace(rules.OPEN, name="*"))
    for entry in entries:
        high = "NULL" if entry.high is None else str(entry.high)
        choices = f"ARRAY[{listed(entry.choices)}]::text[]"
        name = "choice" if entry.choices else entry.type.__name__
        yield f"('{kind}', '{entry.name}', '{name}', {entry.low}, {high}::numeric, {choices})"


def _in_order(kind: str, rules: type[Rules]) -> Iterator[str]:
    """Yield SQL that refuses where the first of two rules of a kind is above the second."""
    for pair in rules.RISING:
        low, high = (
            f"coalesce((NEW.values ->> '{name}')::numeric, {rules.entry(name).default})"
            for name in pair
        )
        text = f"{rules.entry(pair[0]).label} is not above {rules.entry(pair[1]).label}."
        yield (
            f"IF NEW.kind = '{kind}' AND {low} > {high} THEN"
            f" {refusal('rules_crossed', 'values', text)} END IF;"
        )


def fits_its_kind() -> pgtrigger.Trigger:
    """Refuse unknown names of rules, values of another type, choice or range than the rule has, and
    two bounds in the wrong order."""
    value_sql = "(v.value #>> '{}')"
    taken = ", ".join(row for kind, rules in KINDS.items() for row in _rows(kind, rules))
    orders = " ".join(order for kind, rules in KINDS.items() for order in _in_order(kind, rules))
    wrong = (
        "SELECT v.key INTO wrong FROM jsonb_each(NEW.values) v"  # noqa: S608  # our own names
        f" LEFT JOIN (VALUES {taken}) AS t (kind, name, type, low, high, choices)"
        " ON t.kind = NEW.kind AND t.name IN (v.key, '*') WHERE CASE"
        f" WHEN t.name IS NULL OR length(v.key) NOT BETWEEN 1 AND {LONGEST_NAME} THEN TRUE"
        f" WHEN v.key ~ '[{REFUSED}{LINE_ENDS}]' OR v.key !~ '[^{UNSEEABLE}]' THEN TRUE"
        " WHEN t.type = 'bool' THEN jsonb_typeof(v.value) <> 'boolean'"
        f" WHEN t.type = 'choice' THEN {value_sql} <> ALL (t.choices)"
        " WHEN jsonb_typeof(v.value) NOT IN ('number', 'string') THEN TRUE"
        f" WHEN t.type = 'int' AND {value_sql} !~ '{WHOLE}' THEN TRUE"
        f" WHEN {value_sql} !~ '{NUMBER}' THEN TRUE"
        f" ELSE {value_sql}::numeric < t.low OR {value_sql}::numeric > t.high END LIMIT 1;"
    )
    rising = f"IF NEW.kind = '{RuleKind.LIMITS}' THEN {refused_falling('NEW.values')} END IF;"
    return pgtrigger.Trigger(
        name="fits_its_kind",
        when=pgtrigger.Before,
        operation=pgtrigger.Insert,
        declare=[("wrong", "text")],
        func="IF jsonb_typeof(NEW.values) <> 'object' THEN"
        f" {refusal('rules_unknown', 'values', 'Give an object of names and numbers.')} END IF;"
        f" {wrong} IF wrong IS NOT NULL THEN"
        f" {refusal('rules_unknown', 'values', UNKNOWN, 'wrong')} END IF;"
        f" {orders} {rising} RETURN NEW;",
    )


def in_order_of_days() -> pgtrigger.Trigger:
    """Refuse a rule set that could never be in force, because one of a later day is already."""
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
    """Rules of one kind of a portfolio, in force from a day on until the next of the kind is. A
    rule set is never changed: another follows. A name that is left out keeps its default."""

    portfolio = models.ForeignKey(Portfolio, models.PROTECT, related_name="rule_sets")
    kind = models.CharField(max_length=20, choices=RuleKind, default=RuleKind.THRESHOLDS)
    values = models.JSONField(default=dict, blank=True)
    valid_from = models.DateField(
        help_text=_("The first day on which they hold; left empty, the status date")
    )
    reason = models.TextField(help_text=_("Why the rules change"))
    by = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+")

    visible_through = ("portfolio",)
    true_from = "valid_from"
    in_turn = "valid_from"
    visible_below = {f"portfolio__{path}": kind for path, kind in Portfolio.visible_below.items()}
    joins = {"by": Join.SET}
    edited_in = ()
    stays = (
        RetentionRule("append_only", ~Q(kind=""), "A rule set is never deleted: another follows."),
    )
    refuses = {
        "append_only": ("", "A rule set is never changed: write another."),
        "rules_order": ("valid_from", EARLY),
    }

    class Meta:
        ordering = ["-valid_from", "-id"]
        triggers = [
            versioned(),
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

    @property
    def judging(self) -> Any:
        """Return the rules of the set as an object of their kind."""
        return KINDS[self.kind].from_dict(self.values)
