"""Deleting a record: who may, what prevents it, and what the user can do instead."""

from __future__ import annotations

from typing import Any, ClassVar

from pmhub.access.setters import check_deletion
from pmhub.api.problems import Problem
from pmhub.api.refusals import settle
from pmhub.api.resources import API, basename_of, has_view
from pmhub.database.retention import STAYS
from pmhub.models.records import Archivable
from pmhub.page_addresses import address_of
from pmhub.queries import Blockers, blockers_of
from pmhub.registers import registers
from pmhub.serializers import check_may_write_here

LISTED = 12  # records to which a refusal leads
ARCHIVED = "Delete or move these first, or archive it once it has ended: lists leave it out then."


class Deletion:
    """Gives a view of records the method that deletes one of them."""

    instead: ClassVar[str] = "Delete or move these first."  # of a record that others refer to

    def remove(self: Any, pk: str) -> None:
        """Delete a record, in the version that was seen."""
        instance = self.locked(pk)
        if instance.grant_kind:
            check_may_write_here(self.request.user, instance)
        check_deletion(self.request.user, instance)
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
                f"Not deleted, for it is held by {words}. {self._way_out(instance)}",
                held_by=[self._holder(holder) for holder in held],
                see=[way for holder in held for way in _ways(holder)][:LISTED],
            )

    def _way_out(self: Any, instance: Any) -> str:
        """Return what can be done instead."""
        usual = self.instead == Deletion.instead
        return ARCHIVED if usual and isinstance(instance, Archivable) else str(self.instead)

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


def _ways(held: Blockers) -> list[dict[str, str]]:
    """Return the names and the pages of records that keep another one, in the form of a problem's
    `see`."""
    register = registers.of(held.model)
    if register is None:
        return []
    kind = str(held.model._meta.verbose_name).capitalize()
    return [
        {
            "text": f"{kind} {' '.join(filter(None, (code, name))) or id}",
            "page": address_of("record", register.name, id),
        }
        for id, code, name in held.rows
    ]
