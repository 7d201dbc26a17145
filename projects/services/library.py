"""The verbs of standards: publishing versions, reviewing, and agreeing how projects apply them."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db import transaction

from pmhub.access import Withheld, roles_on
from pmhub.access.separation_of_duties import check_apart
from pmhub.models import User
from pmhub.permissions import Role
from pmhub.services import as_of, check_move, judge_of, lock, refuse, refuse_state, save, turn
from projects.models import (
    AssetVersion,
    ProcessAsset,
    TailoringAnswer,
    TailoringRecord,
    TailoringState,
    VersionState,
)

OWN_VERSION = "Who wrote a version does not judge it, nor does their deputy."
OWN_TAILORING = "Who proposed it, or leads the project, does not judge it, nor does their deputy."
BY_PMO = "A mandatory standard is waived by the PMO alone."


@transaction.atomic
def publish_version(
    version: AssetVersion, *, effective_from: date | None = None, by: User | None
) -> AssetVersion:
    """Bring a version into force, in the place of the one before, which is retired."""
    lock(version.asset)  # two that publish see one another
    check_move(lock(version), "publication")
    approver = judge_of(version, "state", "publishes a standard", by, own=OWN_VERSION)
    for before in version.asset.versions.filter(state=VersionState.PUBLISHED):
        before.state = VersionState.RETIRED
        save(before, "state", by=by)
    day = effective_from or as_of(version)
    return turn(
        version, noun="publication", effective_from=day, approved_by=approver, by=by
    )  # fmt: skip


@transaction.atomic
def return_version(version: AssetVersion, *, by: User | None) -> AssetVersion:
    """Send a version back to its author, who goes on writing it."""
    check_apart(by, version, "state", OWN_VERSION)
    return turn(version, noun="return", by=by)


@transaction.atomic
def review_asset(asset: ProcessAsset, *, review_on: date, by: User | None) -> ProcessAsset:
    """Record that a standard was reviewed and still fits, until the day of the next review."""
    lock(asset)
    if review_on <= as_of(asset):
        refuse("review_on", "Give a day that is still to come.")
    asset.review_on = review_on
    return save(asset, "review_on", by=by)


def next_version_number(asset: ProcessAsset) -> int:
    """Return the number after that of the latest version of a standard."""
    latest = asset.versions.order_by("-number").values_list("number", flat=True).first()
    return (latest or 0) + 1


@transaction.atomic
def judge_tailoring(record: TailoringRecord, *, noun: str, by: User | None) -> TailoringRecord:
    """Agree to how a project applies a standard, or decline it."""
    check_move(lock(record), noun)
    judge = judge_of(record, "state", "agrees to this", by, own=OWN_TAILORING)
    if noun != "agreement":
        return turn(record, noun=noun, by=by)
    if record.until is not None and record.until < as_of(record):
        refuse_state("until", "Its last day has passed: decline it, and have another proposed.")
    if record.answer == TailoringAnswer.WAIVED and record.asset_version.asset.mandatory:
        _check_waiver(record, by)
    return turn(record, noun=noun, agreed_by=judge, agreed_on=as_of(record), by=by)


def _check_waiver(record: TailoringRecord, by: Any) -> None:
    """Refuse a waiver of a mandatory standard by anybody but the PMO."""
    if Role.PMO not in roles_on(by, record.project):
        raise Withheld("answer", BY_PMO)


def begin_tailoring(record: TailoringRecord) -> TailoringRecord:
    """Agree at once to a record that applies the standard as it stands: nobody has to."""
    if record.answer == TailoringAnswer.APPLIED:
        record.state, record.agreed_on = TailoringState.AGREED, as_of(record)
    return record
