"""The verbs of profiles: writing a version down, proposing, approving and validating it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.db import transaction

from benefits.models import (
    Benefit,
    BenefitProfileEntry,
    ProfileKind,
    ProfileVersion,
    VersionState,
)
from benefits.models.profile import FROZEN
from benefits.models.states import APPROVERS, BenefitStatus
from pmhub.access.separation_of_duties import has_part
from pmhub.models import User
from pmhub.services import (
    add,
    as_of,
    check_move,
    follow,
    lock,
    person_of,
    refuse,
    refuse_state,
    save,
    sentence,
    turn,
)

# First day, last day, value, lower and upper bound. A period without a value is left out; it still
# counts in the places at which errors of the other periods are raised.
Period = tuple[date, date, Decimal | None, Decimal | None, Decimal | None]


@transaction.atomic
def write_profile(
    benefit: Benefit, *, kind: str, periods: Sequence[Period], reason: str = "", by: User | None
) -> ProfileVersion:
    """Write down what is planned or forecast for all periods at once.

    A forecast is a new version, in force at once in the place of the one before. A baseline or a
    plan is a draft, still to be proposed; it replaces a draft that exists already.
    """
    lock(benefit)
    if all(value is None for _, _, value, *_ in periods):
        refuse("entries", "Say something of at least one period.")
    last = benefit.profile_versions.filter(kind=kind).order_by("-number").first()
    if kind == ProfileKind.FORECAST:
        version = _forecast(benefit, last, reason, by)
    else:
        version = _draft(benefit, kind, last, reason, by)
    _fill(version, periods, by)
    return version


def _forecast(
    benefit: Benefit, last: ProfileVersion | None, reason: str, by: User | None
) -> ProfileVersion:
    if last is not None and not reason.strip():
        refuse("reason", "Say why the forecast changes.")
    for before in benefit.profile_versions.filter(
        kind=ProfileKind.FORECAST, state=VersionState.APPROVED
    ):
        before.state = VersionState.SUPERSEDED
        save(before, "state", by=by)
    version = _next(benefit, ProfileKind.FORECAST, last, reason)
    version.state, version.approved_on = VersionState.APPROVED, as_of(benefit)
    version.approved_by = person_of(by)
    return add(version, by=by)


def _draft(
    benefit: Benefit, kind: str, last: ProfileVersion | None, reason: str, by: User | None
) -> ProfileVersion:
    if last is None or last.state in (VersionState.APPROVED, VersionState.SUPERSEDED):
        return add(_next(benefit, kind, last, reason), by=by)
    if last.state == VersionState.PROPOSED:
        refuse_state("kind", f"Version {last.number} waits for approval: have it sent back first.")
    last.reason = reason or last.reason
    last.entries.delete()
    return save(last, "reason", by=by)


def _next(benefit: Benefit, kind: str, last: ProfileVersion | None, reason: str) -> ProfileVersion:
    number = last.number + 1 if last else 1
    return ProfileVersion(benefit=benefit, kind=kind, number=number, reason=reason)


def _fill(version: ProfileVersion, periods: Iterable[Period], by: User | None) -> None:
    """Add the entries of a version; errors are raised at the place of their period."""
    for place, (start, end, value, low, high) in enumerate(periods):
        if value is None:
            continue
        entry = BenefitProfileEntry(
            benefit=version.benefit, version_kind=version.kind, version_number=version.number,
            period_start=start, period_end=end, value=value, low=low, high=high,
        )  # fmt: skip
        try:
            add(entry, by=by)
        except ValidationError as error:
            raise ValidationError(
                {f"entries/{place}/{name}": texts for name, texts in sentence(error).items()}
            ) from error


@transaction.atomic
def correct_draft(
    version: ProfileVersion, periods: Sequence[Period], *, by: User | None
) -> ProfileVersion:
    """Replace the entries of a draft."""
    if lock(version).state != VersionState.DRAFT:
        refuse_state("state", FROZEN)
    version.entries.delete()
    _fill(version, periods, by)
    return save(version, by=by)


@transaction.atomic
def propose_version(version: ProfileVersion, *, by: User | None) -> ProfileVersion:
    """Propose a draft for approval; from here on nobody changes it, and the user follows it."""
    check_move(lock(version), "proposal")
    if version.kind == ProfileKind.FORECAST:
        refuse_state("state", "A forecast is in force once it is saved: nobody approves it.")
    if not version.entries.exists():
        refuse_state("state", "Say first what is planned, period by period.")
    proposer = person_of(by)
    if proposer is None:
        refuse("proposed_by", "Only somebody in the directory of people can propose.")
    follow(version, by)
    return turn(version, noun="proposal", proposed_by=proposer, by=by)


@transaction.atomic
def approve_version(version: ProfileVersion, *, by: User | None) -> ProfileVersion:
    """Approve a proposed version: it comes into force, in the place of the one before. A benefit
    that is profiled is approved with its plan, where the user may approve it. Nobody approves what
    they have written or proposed, or a plan of a benefit that they own."""
    benefit = lock(version.benefit)  # two approvals of one kind see one another
    check_move(lock(version), "approval")
    approver = person_of(by)
    if approver is None:
        refuse("approved_by", "Only somebody in the directory of people can approve.")
    if has_part(by, version):
        refuse("approved_by", "Nobody approves what they have written, proposed or own.")
    for before in version.benefit.profile_versions.filter(
        kind=version.kind, state=VersionState.APPROVED
    ):
        before.state = VersionState.SUPERSEDED
        save(before, "state", by=by)
    version.state, version.approved_by = VersionState.APPROVED, approver
    version.approved_on = as_of(version)
    save(version, "state", "approved_by", "approved_on", by=by)
    if benefit.status == BenefitStatus.PROFILED and APPROVERS.allows(by, benefit):
        turn(benefit, noun="approval", by=by)
    return version


@transaction.atomic
def validate_version(version: ProfileVersion, *, by: User | None) -> ProfileVersion:
    """Validate a version: a person of finance, who did not propose it, finds its money right."""
    lock(version)
    if not version.may_be_validated:
        refuse_state("state", "What is proposed or in force of a baseline or a plan is validated.")
    validator = person_of(by)
    if validator is None:
        refuse("finance_validated_by", "Only somebody in the directory of people can validate.")
    if has_part(by, version):
        refuse("finance_validated_by", "Nobody validates what they have written, proposed or own.")
    version.finance_validated_by, version.finance_validated_on = validator, as_of(version)
    return save(version, "finance_validated_by", "finance_validated_on", by=by)
