"""Delivery confidence as a programme shows it: the latest judgement of its own.

Triggers keep it so, whoever writes a judgement (`dca_record.py`) or declares one on the
programme itself.
"""

import pgtrigger
from django.db import models
from django.utils.translation import gettext_lazy as _

from pmhub.access.setters import Setter
from pmhub.database.day_triggers import PORTFOLIO, STATUS_DAY
from pmhub.database.history import USER
from pmhub.database.triggers import refusal

RECORDS = "programmes_dcarecord"
DECLARERS = Setter("the SRO or the PMO", right="declare")


class Confidence(models.TextChoices):
    """How likely delivery is, on the scale of three and on that of five."""

    GREEN = "green", _("Green")
    AMBER_GREEN = "amber_green", _("Amber/green")
    AMBER = "amber", _("Amber")
    AMBER_RED = "amber_red", _("Amber/red")
    RED = "red", _("Red")


SCORES = {str(rating): 5 - place for place, rating in enumerate(Confidence)}
# On the scale of three, what is between green and red is amber.
ON_THREE = "CASE WHEN r.value LIKE 'amber%%' THEN 'amber' ELSE r.value END"
# The latest judgement of a programme's own, as the programme shows it.
LATEST = (
    f"SELECT {ON_THREE} AS dca, r.on AS dca_on, r.basis AS dca_basis FROM {RECORDS} r"  # noqa: S608  # our own names
    " WHERE r.programme_id = {programme} AND r.kind = 'self' ORDER BY r.on DESC, r.id DESC LIMIT 1"
)
SHOWN = "(l.dca, l.dca_on, l.dca_basis)"
SAID = "(NEW.dca, NEW.dca_on, NEW.dca_basis)"
NEVER = "A delivery confidence that was declared is never taken back: declare another."
EARLY = "A later judgement is declared here: give a day from then on."
REFUSES = {"dca_stays": ("dca", NEVER), "dca_order": ("dca_on", EARLY)}
COLUMNS = 'programme_id, kind, scale, value, "on", basis, by_id, created_by_id, updated_by_id'


class Change(models.TextChoices):
    """How a judgement differs from the one of its kind before."""

    FIRST = "first", _("First")
    UP = "up", _("Up")
    SAME = "same", _("Same")
    DOWN = "down", _("Down")


def change(before: str | None, now: str) -> Change:
    """Return how a judgement differs from the one before; FIRST where there is none before."""
    if before is None:
        return Change.FIRST
    by = SCORES[now] - SCORES[before]
    return Change.UP if by > 0 else Change.DOWN if by < 0 else Change.SAME


def shown_on_programme() -> pgtrigger.Trigger:
    """Show the latest judgement of a programme's own on the programme."""
    latest = LATEST.format(programme="NEW.programme_id")
    # The lock makes two who judge at once see one another: what is read after it is the latest.
    lock = "PERFORM FROM programmes_programme WHERE id = NEW.programme_id FOR NO KEY UPDATE;"
    return pgtrigger.Trigger(
        name="shown_on_programme",
        when=pgtrigger.After,
        operation=pgtrigger.Insert,
        condition=pgtrigger.Condition("NEW.kind = 'self' AND NEW.programme_id IS NOT NULL"),
        func=f"{lock} UPDATE programmes_programme p SET dca = l.dca, dca_on = l.dca_on,"  # noqa: S608  # our own names
        f" dca_basis = l.dca_basis FROM ({latest}) l WHERE p.id = NEW.programme_id"
        f" AND (p.dca, p.dca_on, p.dca_basis) IS DISTINCT FROM {SHOWN}; RETURN NULL;",
    )


def declared_on_programme() -> list[pgtrigger.Trigger]:
    """Write a judgement for what is declared on a programme itself, dated by the status date where
    no day is given. A declaration cannot be removed, nor be followed by one of an earlier day."""
    latest = LATEST.format(programme="NEW.id")
    same = f"EXISTS (SELECT FROM ({latest}) l WHERE {SHOWN} IS NOT DISTINCT FROM {SAID})"  # noqa: S608  # our own names
    person = f"SELECT id FROM pmhub_person WHERE user_id = {USER}"  # noqa: S608  # our own names
    day = f"SELECT {STATUS_DAY} FROM {PORTFOLIO} p WHERE p.id = NEW.portfolio_id"  # noqa: S608  # our own names
    written = pgtrigger.Insert | pgtrigger.UpdateOf("dca", "dca_on", "dca_basis")
    return [
        pgtrigger.Trigger(
            name="dca_dated",
            when=pgtrigger.Before,
            operation=written,
            declare=[("last_day", "date")],
            func="IF TG_OP = 'UPDATE' THEN"  # noqa: S608  # our own names
            f" IF {SAID} IS NOT DISTINCT FROM (OLD.dca, OLD.dca_on, OLD.dca_basis) OR {same}"
            " THEN RETURN NEW; END IF;"
            f" SELECT l.dca_on INTO last_day FROM ({latest}) l;"
            " IF NEW.dca_on IS NOT DISTINCT FROM OLD.dca_on THEN NEW.dca_on := NULL; END IF;"
            f" IF NEW.dca = '' AND OLD.dca <> '' THEN {refusal('dca_stays', 'dca', NEVER)} END IF;"
            " END IF;"
            " IF NEW.dca = '' THEN RETURN NEW; END IF;"
            f" NEW.dca_on := coalesce(NEW.dca_on, greatest(last_day, ({day})));"
            f" IF NEW.dca_on < last_day THEN {refusal('dca_order', 'dca_on', EARLY)} END IF;"
            " RETURN NEW;",
        ),
        pgtrigger.Trigger(
            name="dca_kept",
            when=pgtrigger.After,
            operation=written,
            condition=pgtrigger.Condition("NEW.dca <> ''"),
            func=f"IF {same} THEN RETURN NULL; END IF;"  # noqa: S608  # our own names
            f" INSERT INTO {RECORDS} ({COLUMNS}) VALUES (NEW.id, 'self', 3, NEW.dca, NEW.dca_on,"
            f" NEW.dca_basis, ({person}), {USER}, {USER}); RETURN NULL;",
        ),
    ]


def above_figures(value: str, colour: str | None) -> int | None:
    """Return by how many steps of the scale of five people are more confident than the figures,
    below 0 if less. Within one step both say the same: 0. None where the figures say nothing."""
    if colour not in ("green", "amber", "red"):
        return None
    by = SCORES[value] - SCORES[colour]
    return by if abs(by) > 1 else 0
