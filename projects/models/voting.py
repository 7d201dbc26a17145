"""What votes at gates and on changes share: a deputy casts the vote of somebody who is away."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from pmhub.database.triggers import listed
from pmhub.models import Person
from pmhub.permissions import VOTERS

TOO_FEW = "Too few of those who decide have voted."
OTHERWISE = "The votes come to something else."


def deputy() -> Any:
    """Return the field for the deputy who casts a vote in somebody's place."""
    return models.ForeignKey(
        Person, models.PROTECT, null=True, blank=True, related_name="+",
        help_text=_("Who cast it in their place, as their deputy"),
    )  # fmt: skip


def stands_in(among: str, apart: str, votes: str) -> str:
    """Return SQL of whether a new vote is cast properly: by the person themself, who has cast no
    vote as a deputy, or by a deputy of theirs. A deputy is neither among the deciders (`among`) nor
    has a part in the question (`apart`). `votes` selects the votes so far. Delegations count a day
    longer at both ends, for time zones differ."""
    return (
        f"NOT EXISTS (SELECT {votes} AND v.deputy_id = NEW.person_id)"  # noqa: S608  # our own names
        f" AND (NEW.deputy_id IS NULL OR NEW.deputy_id NOT IN ({among})"
        f" AND (NEW.deputy_id IN ({apart})) IS NOT TRUE"
        " AND EXISTS (SELECT FROM pmhub_delegation d WHERE d.state = 'given'"
        " AND d.giver_id = NEW.person_id AND d.deputy_id = NEW.deputy_id"
        f" AND d.role IN ({listed(sorted(VOTERS))})"
        " AND CURRENT_DATE BETWEEN d.starts_on - 1 AND d.ends_on + 1))"
    )
