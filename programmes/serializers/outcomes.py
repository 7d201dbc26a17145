"""Outcomes, as REST reads and writes them."""

from __future__ import annotations

from functools import partial
from typing import ClassVar

from pmhub.serializers import HEAD, RECORD, RecordSerializer
from pmhub.serializers.verbs import VerbDefinition
from programmes.models import Outcome
from projects.serializers.actions import about_actions
from projects.services import end


class OutcomeSerializer(RecordSerializer):
    """A changed way of working."""

    class Meta(RecordSerializer.Meta):
        model = Outcome
        fields = [
            *HEAD, "programme", "title", "current_state", "future_state", "capability_ready_on",
            "transition_start", "go_reason", "embedded_on", "embedding_decision", "state", "bcm",
            *RECORD,
        ]  # fmt: skip
        verbs: ClassVar[dict[str, VerbDefinition]] = {
            "embedding": VerbDefinition(
                partial(end, noun="embedding"), more={"actions": about_actions()}
            )
        }
