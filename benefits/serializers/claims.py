"""Claims of other programmes to a share of a benefit."""

from __future__ import annotations

from benefits.models import SharedBenefitClaim
from pmhub.serializers import HEAD, RECORD, NoCode, RecordSerializer


class SharedBenefitClaimSerializer(RecordSerializer):
    """A share of a benefit that another programme than its owner says it brings. The owning
    programme reports the value. The claim holds once that programme agrees (`/agreement/`); it is
    part of no sum."""

    code = NoCode()

    class Meta(RecordSerializer.Meta):
        model = SharedBenefitClaim
        fields = [*HEAD, "benefit", "programme", "share", "rationale", "state", *RECORD]
        derived = ("code",)
