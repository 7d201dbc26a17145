"""The verbs of change requests: assessing, voting, and implementing as a whole."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.utils import timezone

from pmhub.models import User
from pmhub.services import (
    Conflict,
    add,
    as_of,
    check_move,
    lock,
    refuse_state,
    save,
    turn,
)
from pmhub.text import next_code
from programmes.delegated_limits import LEVELS
from programmes.models import Level
from programmes.queries.whatif.targets import WRITABLE, target_of, version_now
from projects.changes import HeldWrite, Impact, outcome
from projects.models import ChangeChoice, ChangeRequest, ChangeState, ChangeVote
from projects.queries.approved import approved_of
from projects.queries.change_levels import impact_as_assessed
from projects.services.changes.deciders import deciding, lowest_level, portfolio_of
from projects.services.changes.execution import carry_out
from projects.services.changes.impact import impact_of
from projects.services.voting import voices

NUMBER = "CR1"
NOUNS = {"approved": "approval", "rejected": "rejection", "deferred": "deferral"}
AGAIN = "Assess it again."
ANEW = "Take it back, and assess it again."
STRANGER = "Who decides this change votes, or their deputy, and nobody else."
OWN = "Nobody decides what they raised or lead, nor their deputy."
ENDED = "This has ended: it is changed no more."


def next_change_code(place: Any) -> str:
    """Return the code after those of the change requests of the same project or programme."""
    return next_code(place.change_requests.values_list("code", flat=True)) or NUMBER


@transaction.atomic
def store_writes(
    change: ChangeRequest, writes: Sequence[HeldWrite], *, by: User | None
) -> ChangeRequest:
    """Append writes to those that a change holds."""
    if lock(change).state != ChangeState.RAISED:
        refuse_state("state", "What it would write is changed while it is raised: take it back.")
    change.writes = [*change.writes, *(write.stored for write in writes)]
    return save(change, "writes", by=by)


@transaction.atomic
def assess_change(change: ChangeRequest, *, by: User | None) -> ChangeRequest:
    """Try the writes of a change against the records as they are now, and find who decides it."""
    check_move(lock(change), "assessment")
    _check_goes_on(change)
    change.state = ChangeState.RAISED  # an earlier approval does not count any more
    change.writes = [_seen(write).stored for write in change.held]
    impact = impact_of(change, by=by)
    who = deciding(change, impact)
    writes = change.writes
    change.approvers.set(who.people)
    return turn(
        change,
        noun="assessment",
        assessment=change.assessment + 1,
        writes=writes,
        level=who.level,
        quorum=who.quorum,
        board=who.board,
        previewed_at=timezone.now(),
        previewed_cost=impact.cost,
        previewed_days=impact.days,
        previewed_benefit=impact.benefit,
        previewed_benefit_pct=impact.benefit_pct,
        previewed_funding=impact.funded,
        by=by,
    )


def _seen(write: HeldWrite) -> HeldWrite:
    """Return the write with the present version of its record. Raises Conflict where that is
    gone."""
    if target_of(write.path).id is None:
        return write
    if (version := version_now(write)) is None:
        refuse_state("writes", f"The record of {write.title} is gone: take that write out.")
    return HeldWrite(write.title, write.method, write.path, write.body, version)


def approve_change(change: ChangeRequest, *, reason: str = "", by: User | None) -> ChangeRequest:
    """Vote for a change. Raises Conflict with the records that have changed since it was
    assessed."""
    return _vote(change, ChangeChoice.APPROVE, reason, by=by)


def reject_change(change: ChangeRequest, *, reason: str, by: User | None) -> ChangeRequest:
    """Vote against a change."""
    return _vote(change, ChangeChoice.REJECT, reason, by=by)


def defer_change(change: ChangeRequest, *, reason: str, by: User | None) -> ChangeRequest:
    """Vote for deciding a change later."""
    return _vote(change, ChangeChoice.DEFER, reason, by=by)


VERB_OF = {
    ChangeChoice.APPROVE: "approval",
    ChangeChoice.REJECT: "rejection",
    ChangeChoice.DEFER: "deferral",
}


@transaction.atomic
def _vote(
    change: ChangeRequest, choice: ChangeChoice, comment: str, *, by: User | None
) -> ChangeRequest:
    """Vote once on an assessment; the vote that completes the quorum decides the change."""
    check_move(lock(change), VERB_OF[choice])
    if choice == ChangeChoice.APPROVE:
        _check_goes_on(change)
    cast = voices(change, "state", stranger=STRANGER, own=OWN, by=by)
    votes = change.votes.filter(assessment=change.assessment)
    if choice == ChangeChoice.APPROVE:
        lock(portfolio_of(change))  # two who approve at once weigh what the other approved
        _check_level(change)
        _check_unmoved(change)
    day = as_of(change)
    fields = {"assessment": change.assessment, "choice": choice, "comment": comment, "on": day}
    add(ChangeVote(change=change, **cast, **fields), by=by)
    voted = list(votes.values_list("choice", flat=True))
    if len(voted) < change.quorum:
        return change
    final = outcome(voted.count(ChangeChoice.APPROVE), voted.count(ChangeChoice.REJECT), len(voted))
    alone = cast["person"] if change.board_id is None else None
    turned = turn(change, noun=NOUNS[final], decided_on=day, decided_by=alone, by=by)
    turned.refresh_from_db(fields=["decision"])
    return turned


def _check_level(change: ChangeRequest) -> None:
    """Raise Conflict where more was approved since the change was assessed, so that a higher level
    decides it now."""
    if not approved_of(change.place, but=change).approvals:
        return
    level = lowest_level(change, impact_as_assessed(change))
    if level is None or LEVELS.index(level) > LEVELS.index(change.level):
        who = str(Level(level).label) if level else "A higher level than any"
        text = f"More was approved since it was assessed: {who} decides it now. {ANEW}"
        refuse_state("level", text)


@transaction.atomic
def implement_change(change: ChangeRequest, *, by: User | None) -> ChangeRequest:
    """Make all writes of an approved change, with the rights of those who approved it. Raises
    Conflict, with nothing written, where its records have changed or its impact differs from the
    approved one."""
    check_move(lock(change), "implementation")
    _check_goes_on(change)
    _check_unmoved(change)
    now = impact_of(change, by=by)
    then = impact_as_assessed(change)
    if now != then:
        raise Conflict({"previewed_cost": [_otherwise(then, now)]}, kind="moved", records=[])
    carry_out(change, by=by)
    return turn(change, noun="implementation", implemented_on=as_of(change), by=by)


def _otherwise(then: Impact, now: Impact) -> str:
    """Return in words how the present impact of a change differs from the approved one."""
    ends = [
        f"{name}: {before} was approved, {after} it is now"
        for name, before, after in (
            ("cost", then.cost, now.cost),
            ("days", then.days, now.days),
            ("benefits", then.benefit, now.benefit),
            ("money granted", then.funded, now.funded),
        )
        if before != after
    ]
    return f"What it comes to has moved ({'; '.join(ends) or 'benefits planned'}). {AGAIN}"


def _check_goes_on(change: ChangeRequest) -> None:
    """Raise Conflict where the project or programme to be changed has ended."""
    if change.project is not None and not change.project.live:
        refuse_state("project", ENDED)
    if change.programme is not None and change.programme.has_ended:
        refuse_state("programme", ENDED)


def _check_unmoved(change: ChangeRequest) -> None:
    """Lock the records that a change writes. Raises Conflict with those that have changed since it
    was assessed."""
    gone: list[dict[str, Any]] = []
    named: list[str] = []
    for write in change.held:
        target = target_of(write.path)
        if target.id is None:
            continue
        model = WRITABLE[target.resource].model
        rows = model._base_manager.select_for_update(of=("self",), no_key=True)
        row = rows.filter(pk=target.id).first()
        if row is None or row.version != write.seen_version:
            code = getattr(row, "code", None)
            gone.append({"type": target.resource, "id": target.id, "code": code})
            named.append(str(row) if row else write.title)
    if gone:
        text = f"These have moved since it was assessed: {'; '.join(dict.fromkeys(named))}. {AGAIN}"
        raise Conflict({"writes": [text]}, kind="moved", records=gone)
