"""Posts that projects, programmes and portfolios need to fill."""

from __future__ import annotations

from typing import Any, ClassVar

from rest_framework import serializers

from pmhub.serializers import HEAD, RECORD, NoCode, RecordSerializer
from programmes.serializers.competence import own_disciplines
from projects.models import Post
from projects.queries import is_vacant


class PostSerializer(RecordSerializer):
    """A post that a project, a programme or a portfolio needs to fill for a time. `vacant` says
    whether nobody holds the post on the status date while it is wanted."""

    code = NoCode()
    vacant = serializers.BooleanField(
        read_only=True, help_text="Whether it is wanted on the status date and nobody holds it"
    )

    class Meta(RecordSerializer.Meta):
        model = Post
        fields = [
            *HEAD, "project", "programme", "portfolio", "title", "role", "wanted_from",
            "wanted_to", "fte", "holder", "vacant", "competence_needed", "discipline",
            "qualification_needed", *RECORD,
        ]  # fmt: skip
        derived = ("code",)
        extra_kwargs: ClassVar[dict[str, Any]] = {"discipline": {"among": own_disciplines}}
        expressions: ClassVar[dict[str, Any]] = {"vacant": is_vacant()}
