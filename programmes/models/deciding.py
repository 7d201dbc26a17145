"""Acts that decide something by themselves: each leaves a decision, on whichever path it comes."""

from dataclasses import dataclass

import pgtrigger
from django.db import models
from django.utils.translation import gettext_lazy as _

from pmhub.happened import PORTFOLIO, STATUS_DAY
from pmhub.history import CONTEXT

USER = f"({CONTEXT} ->> 'user')::bigint"
REASON = f"coalesce({CONTEXT} ->> 'reason', '')"
COLUMNS = (
    "programme_id, project_id, cause, title, question, options, outcome, rationale, consequences,"
    " decided_on, decided_by_id, state, created_by_id, updated_by_id"
)


class Cause(models.TextChoices):
    """What a decision came of."""

    NONE = "none", _("Asked by itself")
    MEETING = "meeting", _("A meeting")
    GATE = "gate", _("A gate")
    CHANGE = "change", _("A change")
    EXCEPTION = "exception", _("An exception")
    BASELINE = "baseline", _("A baseline")
    OVERRIDE = "override", _("An override of health")
    MOVE = "move", _("A move")
    TERMINATION = "termination", _("A termination")


@dataclass(frozen=True, slots=True)
class Act:
    """A change of a row that decides something about a programme or a project. All are SQL over NEW
    and OLD; without a person or a day it is whoever did it, on the status date. Where it held
    `before` already, an update leaves no decision."""

    name: str
    operation: pgtrigger.Operation
    condition: str
    cause: Cause
    title: str
    outcome: str
    programme: str = "NULL::bigint"
    project: str = "NULL::bigint"
    rationale: str = REASON
    person: str = f"(SELECT id FROM pmhub_person WHERE user_id = {USER})"  # noqa: S608  # our own names
    day: str = "NULL::date"
    before: str = "FALSE"

    def trigger(self) -> pgtrigger.Trigger:
        """Leave a made decision in the transaction of the act."""
        values = (
            self.programme, self.project, f"'{self.cause}'", f"left({self.title}, 200)", "''", "''",
            self.outcome, self.rationale, "''", f"coalesce({self.day}, ({self._status_day}))",
            self.person, "'made'", USER, USER,
        )  # fmt: skip
        return pgtrigger.Trigger(
            name=f"decides_{self.name}",
            when=pgtrigger.After,
            operation=self.operation,
            condition=pgtrigger.Condition(self.condition),
            func=f"IF TG_OP = 'UPDATE' AND ({self.before}) THEN RETURN NULL; END IF;"  # noqa: S608  # our own names
            f" INSERT INTO programmes_decision ({COLUMNS}) VALUES ({', '.join(values)});"
            " RETURN NULL;",
        )

    @property
    def _status_day(self) -> str:
        """SQL for the status date of the portfolio that it happens in."""
        home = (
            "coalesce((SELECT g.portfolio_id FROM programmes_programme g"  # noqa: S608  # our own names
            f" WHERE g.id = {self.programme}), (SELECT coalesce(j.portfolio_id, g.portfolio_id)"
            " FROM projects_project j LEFT JOIN programmes_programme g ON g.id = j.programme_id"
            f" WHERE j.id = {self.project}))"
        )
        return f"SELECT {STATUS_DAY} FROM {PORTFOLIO} p WHERE p.id = {home}"  # noqa: S608  # our own names
