"""Benefits, their records and the map that leads to them."""

from benefits.models.anchor import BenefitAnchor, lost_anchors, moved_anchors
from benefits.models.benefit import (
    Beneficiary,
    Benefit,
    BenefitCategory,
    BenefitKind,
    BenefitLevel,
    BenefitStatus,
    Frequency,
    Polarity,
)
from benefits.models.claim import ClaimState, SharedBenefitClaim
from benefits.models.contribution import BenefitContribution
from benefits.models.hand_over import BenefitHandOver
from benefits.models.links import BenefitLink
from benefits.models.measurement import BenefitMeasurement, EvidenceGrade, MeasurementStatus
from benefits.models.overlap import OverlapCase, OverlapCause, OverlapResolution
from benefits.models.profile import BenefitProfileEntry, ProfileKind, ProfileVersion
from benefits.models.review import BenefitReview, ReviewCause, ReviewDecision, ReviewState
from benefits.models.states import (
    CONCLUDED,
    AnchorState,
    HandOverState,
    OverlapState,
    VersionState,
)

__all__ = [
    "CONCLUDED",
    "AnchorState",
    "Beneficiary",
    "Benefit",
    "BenefitAnchor",
    "BenefitCategory",
    "BenefitContribution",
    "BenefitHandOver",
    "BenefitKind",
    "BenefitLevel",
    "BenefitLink",
    "BenefitMeasurement",
    "BenefitProfileEntry",
    "BenefitReview",
    "BenefitStatus",
    "ClaimState",
    "EvidenceGrade",
    "Frequency",
    "HandOverState",
    "MeasurementStatus",
    "OverlapCase",
    "OverlapCause",
    "OverlapResolution",
    "OverlapState",
    "Polarity",
    "ProfileKind",
    "ProfileVersion",
    "ReviewCause",
    "ReviewDecision",
    "ReviewState",
    "SharedBenefitClaim",
    "VersionState",
    "lost_anchors",
    "moved_anchors",
]
