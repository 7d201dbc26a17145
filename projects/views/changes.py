"""The page of a change request: its writes and its impact."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pmhub import formats
from pmhub.access.voters import lent_voice
from pmhub.database.collation import InOrder
from pmhub.database.history import events_of
from pmhub.database.past import as_at
from pmhub.models import Person
from programmes.models import ScenarioChange
from programmes.queries.whatif.scenarios import freshness
from programmes.queries.whatif.sentences import writes
from projects.models import ChangeRequest, ChangeState
from projects.serializers.requested_value import requested_value_of

OPEN = (ChangeState.IMPACT_ASSESSED,)
GRANTS = (ChangeState.IMPLEMENTED, ChangeState.CLOSED)


def _left(change: ChangeRequest) -> list[Person]:
    """Return who is still to vote on a change, by name."""
    if change.state != ChangeState.IMPACT_ASSESSED:
        return []
    voted = change.votes.filter(assessment=change.assessment).values("person")
    return list(change.approvers.exclude(pk__in=voted).order_by(InOrder("name"), "pk"))


def _made_after(change: ChangeRequest) -> datetime | None:
    """Return the moment before the writes of an implemented change were made: that of its approval.
    None before it is implemented."""
    if change.state not in GRANTS:
        return None
    approved = events_of(ChangeRequest).objects.filter(id=change.pk, state=ChangeState.APPROVED)
    moments = approved.order_by("pgh_id").values_list("pgh_created_at", flat=True)
    at: datetime | None = moments.last()
    return at


def impact(change: ChangeRequest, request: Any) -> dict[str, Any]:
    """Return the writes of a change, each with its record as it is now (once implemented, as it was
    before), and the stated impact beside the one that the trial found."""
    held = [
        ScenarioChange(
            pk=place, title=item.title, method=item.method, path=item.path, body=dict(item.body),
            seen_version=item.seen_version,
        )
        for place, item in enumerate(change.held, 1)
    ]  # fmt: skip
    with as_at(_made_after(change)):
        sentences = writes(held, request.user)
    freshness_by_change = {} if change.state in GRANTS else freshness(held, to=request.user)
    requested = requested_value_of(change, request.user)
    home = change.project.owner_portfolio if change.project else change.programme.portfolio  # type: ignore[union-attr]  # one of the two
    return {
        "change": change,
        "asked": requested
        and {"of": requested, "wanted": requested.in_words(change.wanted, request.user)},
        "writes": [
            (write, sentences[write.pk], freshness_by_change.get(write.pk)) for write in held
        ],
        "rows": [
            ("Cost, more", change.cost_impact, change.previewed_cost),
            ("Finish, days later", change.days_impact, change.previewed_days),
            ("Benefits, more", change.benefit_impact, change.previewed_benefit),
        ],
        "left": _left(change),
        "raised": change.state == ChangeState.RAISED,
        "voice": lent_voice(request.user, change) if change.state in OPEN else None,
        "unit": formats.money_unit(home),
        "zone": home.time_zone,
    }
