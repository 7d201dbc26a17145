"""Messages between the sides of a dependency: what they ask and offer until they agree."""

from datetime import date

from django.db import transaction

from pmhub.models import User
from pmhub.services import (
    add,
    as_of,
    lock,
    person_of,
    refuse,
    refuse_state,
    save,
    still_to_come,
    turn,
)
from projects.models import Dependency, DependencyMessage, DependencyStatus, MessageKind, Side

# The states in which the sides negotiate; a rejected delivery is negotiated anew.
NEGOTIATED = (DependencyStatus.IDENTIFIED, DependencyStatus.PROPOSED, DependencyStatus.REJECTED)


@transaction.atomic
def write_message(
    dependency: Dependency,
    *,
    side: str,
    kind: str,
    need_by: date | None = None,
    forecast_on: date | None = None,
    text: str = "",
    by: User | None,
) -> DependencyMessage:
    """Write a message to the other side. A request or an offer proposes the dependency, replaces
    the one before, and waits for the answer of the other side."""
    lock(dependency)
    still_to_come("forecast_on", forecast_on, as_of=as_of(dependency))
    if kind != MessageKind.NOTE:
        _propose(dependency, side, by=by)
        if side == Side.RECEIVER and need_by and dependency.need_by is None:
            dependency.need_by = need_by
            save(dependency, "need_by", by=by)
    message = DependencyMessage(
        dependency=dependency,
        side=side,
        kind=kind,
        need_by=need_by,
        forecast_on=forecast_on,
        text=text,
        author=person_of(by),
    )
    return add(message, by=by)


def _propose(dependency: Dependency, side: str, *, by: User | None) -> None:
    if dependency.status not in NEGOTIATED:
        state = dependency.get_status_display().lower()
        refuse_state("status", f"Offers are made until both sides agree; this one is {state}.")
    if dependency.status == DependencyStatus.IDENTIFIED:
        turn(dependency, noun="proposal", proposed_side=side, by=by)
    elif dependency.proposed_side != side:
        dependency.proposed_side = side
        save(dependency, "proposed_side", by=by)


def make_offer(
    dependency: Dependency,
    *,
    side: str,
    need_by: date | None = None,
    forecast_on: date | None = None,
    text: str = "",
    by: User | None,
) -> DependencyMessage:
    """Offer or request another day: the giver says when it can deliver, the receiver by when it
    needs it."""
    kind = MessageKind.OFFER if side == Side.GIVER else MessageKind.REQUEST
    if (need_by or forecast_on) is None:
        refuse("forecast_on" if side == Side.GIVER else "need_by", "Give the day.")
    return write_message(
        dependency,
        side=side,
        kind=kind,
        need_by=need_by,
        forecast_on=forecast_on,
        text=text,
        by=by,
    )


def write_note(
    dependency: Dependency, *, side: str, text: str, by: User | None
) -> DependencyMessage:
    """Write a note to the other side, which needs no answer."""
    return write_message(dependency, side=side, kind=MessageKind.NOTE, text=text, by=by)


def standing_offer(dependency: Dependency) -> DependencyMessage | None:
    """Return the request or offer that still waits for an answer; None where none does."""
    if dependency.status not in NEGOTIATED or not dependency.proposed_side:
        return None
    messages = dependency.messages.filter(side=dependency.proposed_side)
    return messages.exclude(kind=MessageKind.NOTE).order_by("-pk").first()
