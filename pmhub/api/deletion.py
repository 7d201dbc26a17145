"""Deleting a record: who may, what prevents it, and what the user can do instead."""

from __future__ import annotations

from typing import Any, ClassVar

from pmhub.access.setters import check_setters, limiting
from pmhub.api.problems import Problem
from pmhub.api.refusals import settle
from pmhub.api.resources import API, basename_of, has_view
from pmhub.database.retention import STAYS
from pmhub.queries import Blockers, blockers_of
from pmhub.serializers import check_may_write_here


class Deletion:
    """Gives a view of records the method that deletes one of them."""

    instead: ClassVar[str] = "Delete or move these first."  # of a record that others refer to

    def remove(self: Any, pk: str) -> None:
        """Delete a record, in the version that was seen."""
        instance = self.locked(pk)
        if instance.grant_kind:
            check_may_write_here(self.request.user, instance)
        check_setters(self.request.user, instance, limiting(instance, instance.set_by))
        self.check_deletable(instance)
        self._check_free(instance)
        instance.delete()
        settle()

    def check_deletable(self: Any, instance: Any) -> None:
        """Raise a 409 problem for a record that must not be deleted, whatever refers to it."""
        if instance.undeletable:
            raise Problem(409, STAYS, instance.undeletable)
        rows = type(instance)._base_manager.filter(pk=instance.pk)
        for stay in instance.stays:
            if rows.filter(stay.when).exists():
                raise Problem(409, stay.code, stay.says)

    def _check_free(self: Any, instance: Any) -> None:
        """Raise a 409 problem that lists the records which refer to this one and prevent its
        deletion."""
        if held := blockers_of(instance, self.request.user):
            words = ", ".join(holder.words for holder in held)
            raise Problem(
                409,
                "in_use",
                f"Not deleted, for it is held by {words}. {self.instead}",
                held_by=[self._holder(holder) for holder in held],
            )

    def _holder(self: Any, held: Blockers) -> dict[str, Any]:
        base = self.request.build_absolute_uri("/")
        served = has_view(held.model)
        return {
            "type": held.model._meta.model_name,
            "count": held.count,
            "hidden": held.hidden,
            "records": [
                {
                    "id": id,
                    "code": code or None,
                    "title": name or None,
                    "url": f"{base}{API}{basename_of(held.model)}/{id}/" if served else None,
                }
                for id, code, name in held.rows
            ],
        }
