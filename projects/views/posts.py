"""The holder of a post on its page."""

from __future__ import annotations

from typing import Any

from pmhub.queries.people_signals import missing_competence, told_of
from pmhub.registers.panels import Panel
from projects.models import Post
from projects.queries.posts import with_competence


def post_holder(post: Post, request: Any) -> dict[str, Any] | None:
    """Return the competence that a post asks for and its holder lacks; None where nothing is
    lacking, or the reader may not know."""
    rows = with_competence(Post.objects.filter(pk=post.pk, holder__in=told_of(request.user)))
    row = rows.filter(short=True).select_related("holder", "discipline").first()
    return {"post": row, "short": missing_competence(row)} if row else None


PANELS = {
    "post-holder": Panel("What its holder lacks", "projects/post_holder.html", post_holder),
}
