"""The page `/deleted/`: records that the user may restore."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.http import Http404

from pmhub.queries.deletions import KEPT, DeletionDescription, deletions, described, restorable
from pmhub.registers import registers
from pmhub.views import CachedPage

ON_A_PAGE = 50


class DeletedPage(CachedPage):
    """Records deleted in the last 30 days that the user may restore, the latest first; `collection`
    restricts them."""

    template_name = "deleted_records.html"
    title = "Deleted"
    # Returns a model's collection of REST; set by the routes.
    collection_of: Callable[[Any], str] = staticmethod(str)

    def in_rest(self) -> tuple[str, str]:
        """Return the request to REST for the same records."""
        parameters = {"collection": self._collection()}
        return (
            "deleted_list",
            f"/api/v1/deleted/{f'?{urlencode(parameters)}' if self._collection() else ''}",
        )

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add one page of deletions, each with its address in REST; raises Http404 for an unknown
        collection."""
        name, user = self._collection(), self.request.user
        register = registers.named(name) if name else None
        if name and register is None:
            raise Http404
        models = [register.model] if register else restorable()
        page = Paginator(deletions(user, models), ON_A_PAGE).get_page(self.request.GET.get("page"))
        return super().get_context_data(
            page=page,
            lines=[self._line(one) for one in described(page.object_list, user)],
            register=register,
            days=KEPT.days,
            **kwargs,
        )

    def crumbs(self) -> list[tuple[str, str]]:
        """Return the index of all registers."""
        return [("PMO", "/pmo/")]

    def _collection(self) -> str:
        return self.request.GET.get("collection", "")

    def _line(self, one: DeletionDescription) -> tuple[DeletionDescription, str, str]:
        """Return the deletion, the word for its kind of record, and the address that restores
        it."""
        model = one.deletion.model
        collection = self.collection_of(model)
        return (
            one,
            str(model._meta.verbose_name),
            f"/api/v1/deleted/{collection}-{one.deletion.id}/restoration/",
        )
