"""What is asked of who refers a risk or an issue to a board."""

from __future__ import annotations

from typing import Any

from django.db.models import Q, QuerySet

from pmhub.serializers import InputSerializer, Related, Text
from pmhub.serializers.fields import LINES, LONGEST_TEXT
from pmhub.serializers.verbs import VerbDefinition, reason_field
from programmes.models import Board
from projects.services.referrals import REFERRED, places_above, refer_to_board


def above(rows: QuerySet[Board], matter: Any, user: Any) -> QuerySet[Board]:
    """Return those of these boards that decide about a risk or an issue: the boards of its
    programme and of its portfolio."""
    programme, portfolio = places_above(matter)
    there = Q(portfolio=portfolio) | Q(programme=programme, programme__isnull=False)
    return rows.filter(there, archived_at=None)


class ReferralSerializer(InputSerializer):
    """The board that is asked, and what it is to decide."""

    board = Related(queryset=Board.objects.all(), among=above)
    question = Text(max_length=LONGEST_TEXT, style=LINES, help_text="What the board is to decide")
    options = Text(
        max_length=LONGEST_TEXT, style=LINES, required=False, allow_blank=True,
        help_text="One a line, each with its effect",
    )  # fmt: skip
    reason = reason_field()


def referral(model: Any) -> VerbDefinition:
    """Return the verb by which a record of the model is referred to a board."""
    return VerbDefinition(
        refer_to_board,
        form=ReferralSerializer,
        does="Refer it to a board",
        done="referred to a board",
        says="The board of the programme, or one of the portfolio, decides what is done about it:"
        " the question stands on its agenda and among the decisions below. Until then, and after,"
        " it counts where it counts now.",
        states=REFERRED[model],
    )
