"""How experienced people are: a person shows the last assessment that somebody else made.

Triggers keep this up to date, both for assessment records (`programmes/models/competence.py`) and
for a competence written on the person, from which they make such a record.
"""

import pgtrigger
from django.db import models
from django.utils.translation import gettext_lazy as _

from pmhub.database.day_triggers import TODAY
from pmhub.database.history import USER
from pmhub.database.triggers import refusal

RECORDS = "programmes_competencerecord"
OWN = "Nobody assesses themself."
STAYS = "A competence that was assessed is never taken back: assess it again."
# SQL for the last assessment of a person as a whole, not in a discipline.
LATEST = (
    f"(SELECT r.{{column}} FROM {RECORDS} r WHERE r.person_id = {{person}}"  # noqa: S608  # our own names
    " AND r.discipline_id IS NULL ORDER BY r.assessed_on DESC, r.id DESC LIMIT 1)"
)


class Competence(models.TextChoices):
    """How experienced a person is in leading change."""

    FOUNDATION = "foundation", _("Foundation")
    PRACTITIONER = "practitioner", _("Practitioner")
    SENIOR = "senior", _("Senior")
    EXPERT = "expert", _("Expert")


def latest(column: str, person: str) -> str:
    """Return SQL for a column of the last assessment of a person."""
    return LATEST.format(column=column, person=person)


def assessed_on_person() -> list[pgtrigger.Trigger]:
    """Return the triggers that make an assessment record of a competence written on a person. They
    refuse to empty a competence that was assessed, and that people assess themselves."""
    level, day = latest("level", "NEW.id"), latest("assessed_on", "NEW.id")
    written = pgtrigger.Insert | pgtrigger.UpdateOf("competence")
    assessor = f"SELECT id FROM pmhub_person WHERE user_id = {USER}"  # noqa: S608  # our own names
    return [
        pgtrigger.Trigger(
            name="competence_judged",
            when=pgtrigger.Before,
            operation=written,
            func=f"IF {level} IS NOT DISTINCT FROM NEW.competence THEN RETURN NEW; END IF;"
            f" IF NEW.competence = '' AND {level} IS NOT NULL THEN"
            f" {refusal('competence_stays', 'competence', STAYS)} END IF;"
            f" IF NEW.competence <> '' AND NEW.user_id = {USER} THEN"
            f" {refusal('competence_own', 'competence', OWN)} END IF; RETURN NEW;",
        ),
        pgtrigger.Trigger(
            name="competence_kept",
            when=pgtrigger.After,
            operation=written,
            condition=pgtrigger.Condition("NEW.competence <> ''"),
            func=f"IF {level} IS NOT DISTINCT FROM NEW.competence THEN RETURN NULL; END IF;"  # noqa: S608  # our own names
            f" INSERT INTO {RECORDS} (person_id, level, assessed_on, assessor_id, evidence,"
            f" created_by_id, updated_by_id) VALUES (NEW.id, NEW.competence,"
            f" greatest({TODAY}, {day}), ({assessor}), '', {USER}, {USER}); RETURN NULL;",
        ),
    ]
