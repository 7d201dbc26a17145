"""The verbs of hand-overs: somebody is asked to answer for what a project brings, and accepts or
declines."""

from __future__ import annotations

from datetime import date

from django.db import transaction

from benefits.models import (
    CONCLUDED,
    Benefit,
    BenefitContribution,
    BenefitHandOver,
    BenefitMeasurement,
)
from benefits.models.hand_over import LEADS
from pmhub.access import can
from pmhub.accounts import mails
from pmhub.models import Person, User
from pmhub.services import add, as_of, check_in_use, lock, refuse, refuse_state, save, turn

# The terms of measuring: fields of a hand-over, each with the same field of a benefit.
SAID = {"measure": "measure", "until": "sustain_until"}


@transaction.atomic
def ask_hand_over(
    contribution: BenefitContribution,
    *,
    owner: Person,
    measure: str,
    frequency: str,
    until: date,
    by: User | None,
) -> BenefitHandOver:
    """Ask somebody to answer for what a project brings once it has ended. Only people who can sign
    in and may measure the benefit already are asked, so that being asked gives nobody a right."""
    benefit, project = lock(contribution).benefit, contribution.project
    if project.terminated:
        refuse_state("contribution", "A project that was stopped hands nothing over.")
    if benefit.status in CONCLUDED:
        refuse_state("contribution", f"{benefit.code} is not waited for any more.")
    if owner.pk == project.project_manager_id:
        refuse("owner", LEADS)
    check_in_use("owner", owner)
    if not can(owner.user, "write", BenefitMeasurement(benefit=benefit)):
        text = f"{owner} may not measure {benefit.code}: have them named there first."
        refuse("owner", text)
    hand_over = BenefitHandOver(
        contribution=contribution, benefit=benefit, project=project, owner=owner, measure=measure,
        frequency=frequency, until=until, asked_on=as_of(benefit),
    )  # fmt: skip
    add(hand_over, by=by)
    _tell(owner, "benefit_asked", hand_over, by=by)
    return hand_over


@transaction.atomic
def accept_hand_over(hand_over: BenefitHandOver, *, by: User | None) -> BenefitHandOver:
    """Accept a hand-over. Terms of measuring that the benefit lacks are taken from it."""
    benefit = lock(lock(hand_over).benefit)
    turn(hand_over, noun="acceptance", answered_on=_today(hand_over), by=by)
    _complete(benefit, hand_over, by=by)
    _tell(_asker(hand_over), "benefit_accepted", hand_over, by=by)
    return hand_over


@transaction.atomic
def decline_hand_over(
    hand_over: BenefitHandOver, *, reason: str, by: User | None
) -> BenefitHandOver:
    """Decline a hand-over, so that somebody else can be asked."""
    day = _today(lock(hand_over))
    turn(hand_over, noun="refusal", answered_on=day, reason=reason, by=by)
    _tell(_asker(hand_over), "benefit_declined", hand_over, by=by)
    return hand_over


@transaction.atomic
def withdraw_hand_over(
    hand_over: BenefitHandOver, *, reason: str, by: User | None
) -> BenefitHandOver:
    """Take back a hand-over that was asked for or accepted."""
    day = hand_over.answered_on or _today(lock(hand_over))
    return turn(hand_over, noun="withdrawal", answered_on=day, reason=reason, by=by)


def _complete(benefit: Benefit, hand_over: BenefitHandOver, *, by: User | None) -> None:
    """Fill in, from the hand-over, what a benefit does not say about its measuring."""
    unsaid = [name for name in SAID if not getattr(benefit, SAID[name])]
    for name in unsaid:
        setattr(benefit, SAID[name], getattr(hand_over, name))
    if unsaid:
        save(benefit, *(SAID[name] for name in unsaid), by=by)


def _today(hand_over: BenefitHandOver) -> date:
    return max(hand_over.asked_on, as_of(hand_over))


def _asker(hand_over: BenefitHandOver) -> Person | None:
    """Return the person who asked; None where they are not in the directory of people."""
    return getattr(hand_over.created_by, "person", None)


def _tell(person: Person | None, kind: str, hand_over: BenefitHandOver, *, by: User | None) -> None:
    about = {"benefit": hand_over.benefit.code, "project": str(hand_over.project)}
    mails.mail_act(person, kind, by=by, owner=str(hand_over.owner), **about)
