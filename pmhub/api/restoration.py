"""Bringing back a deleted record with all that was deleted with it, or nothing; it takes the rights
that writing the record anew would take."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from django.db.models import SET_NULL
from django.http import Http404
from django.utils import timezone

from pmhub.access.setters import check_setters, limiting
from pmhub.api import etags
from pmhub.api.problems import Problem, pointer
from pmhub.api.refusals import storing
from pmhub.api.resources import API, view_of
from pmhub.formats import day
from pmhub.merger import merged_into
from pmhub.models import Customised
from pmhub.queries.deletions import KEPT, deleted_rows, deletions_to_undo
from pmhub.restoration import RestoredRow, as_they_were, put_back
from pmhub.serializers import allow, check_may_write_here
from pmhub.serializers.custom import restored_custom_values

TOO_LATE = "This was deleted on {}: a record comes back within {} days."
CHANGED = "This was changed after you saw it, and then deleted: look at it before it comes back."
MISSING = "{} is gone: without it this does not come back."


def restoration_of(collection: str, id: int) -> str:
    """Return the address at which a deleted record is brought back."""
    return f"{API}deleted/{collection}-{id}/restoration/"


class RestorationView:
    """Gives a view of records the methods that bring back a deleted one."""

    def restoration_link(self: Any, pk: str) -> dict[str, str]:
        """Return the `Link` header with the address at which a record that was just deleted is
        brought back; none where such records cannot come back."""
        if self.model.gone_for_good:
            return {}
        place = restoration_of(self.basename, int(pk))
        return {"Link": f'</{place}>; rel="restoration"'}

    def restore_record(self: Any, pk: str, *, seen: str | None = None) -> int:
        """Bring back a record with all that was deleted with it; return its id. Raises 404 unless
        the user deleted it or is its PMO, 409 after 30 days and where a record that it names is
        gone, 412 where an `If-Match` (`seen`) names another version than the deleted one."""
        event = deletions_to_undo(self.model, self.request.user).filter(id=pk).first()
        if event is None:
            raise Http404
        if event.pgh_created_at < timezone.now() - KEPT:
            when = day(timezone.localtime(event.pgh_created_at).date())
            raise Problem(409, "too_late", TOO_LATE.format(when, KEPT.days))
        versions = None if seen is None else etags.versions("If-Match", seen)
        if versions is not None and event.version not in versions:
            raise Problem(412, "stale", CHANGED, headers={"ETag": f'"v{event.version}"'})
        restored = as_they_were(deleted_rows(self.model, event), by=self.request.user)
        for model in {type(one.row) for one in restored}:
            view_of(model)().confirm(self.request, "create")
        _lead_on(restored)
        _check_named(restored)
        _join(restored)
        self._check_may_restore(restored)
        root, context = restored[0].row, self.get_serializer_context()
        for one in restored:
            if isinstance(one.row, Customised):
                one.row.custom = restored_custom_values(one.row, context)
        with storing(root, self.get_serializer().fields):
            put_back(restored)
        if not self.get_queryset().filter(pk=root.pk).exists():
            raise Http404
        return int(root.pk)

    def _check_may_restore(self: Any, restored: Sequence[RestoredRow]) -> None:
        """Raise PermissionDenied unless the user may write the record, set its values, join it with
        the records that it names, and give the roles of all rows that come back."""
        user, context, root = self.request.user, self.get_serializer_context(), restored[0].row
        allow(user, root)
        if root.grant_kind:
            check_may_write_here(user, root)
        check_setters(user, root, limiting(root, root.set_by))
        coming = _restored_rows(restored)
        others = [f.name for f, id in _named(restored[0]) if (f.related_model, id) not in coming]
        joins = [f.name for f in root._meta.concrete_fields if f.name in others and f.editable]
        self.serializer_class(context=context).allow_joins(root, joins)
        for one in restored:
            serializer = view_of(type(one.row)).serializer_class(context=context)
            serializer.allow_roles(None, one.row, _people(one))


def _restored_rows(restored: Sequence[RestoredRow]) -> dict[tuple[Any, int], Any]:
    """Return the rows that come back, by model and id."""
    return {(type(one.row), one.row.pk): one.row for one in restored}


def _lead_on(restored: Sequence[RestoredRow]) -> None:
    """Replace the people who answer for the returning rows, and were merged into another entry
    since, by that entry."""
    named = [
        (one, field, id) for one in restored for field, id in _named(one) if _answers(one, field)
    ]
    now = merged_into({id for _, _, id in named})
    for one, field, id in named:
        if id in now and field.many_to_many:
            ids = one.lists[field.name]
            one.lists[field.name] = sorted({now.get(other, other) for other in ids})
        elif id in now:
            setattr(one.row, field.attname, now[id])


def _answers(one: RestoredRow, field: Any) -> bool:
    return field.name in {*one.row.answered_for, *one.row.still_to_act}


def _join(restored: Sequence[RestoredRow]) -> None:
    """Set the references between returning rows to the rows themselves, as no query finds these
    yet."""
    coming = _restored_rows(restored)
    for one in restored:
        for field in one.row._meta.concrete_fields:
            row = field.is_relation and coming.get(
                (field.related_model, getattr(one.row, field.attname))
            )
            if row:
                setattr(one.row, field.name, row)


def _people(one: RestoredRow) -> dict[str, list[Any]]:
    """Return the people in the lists of a row that are posts, by the name of the list."""
    fields = {field.name: field.related_model for field in one.row._meta.local_many_to_many}
    return {
        name: list(fields[name]._base_manager.filter(pk__in=ids))
        for name, ids in one.lists.items()
        if name in one.row.posts.values()
    }


def _check_named(restored: Sequence[RestoredRow]) -> None:
    """Raise a 409 problem for records that the rows name and that are gone since; a reference that
    deletion sets to null, such as to an account, becomes null. There is one query for each model
    that is named."""
    coming = _restored_rows(restored)
    named: dict[Any, list[tuple[Any, Any, int]]] = defaultdict(list)
    for one in restored:
        for field, id in _named(one):
            if (field.related_model, id) not in coming:
                named[field.related_model].append((one.row, field, id))
    errors = []
    for model, names in named.items():
        ids = {id for _, _, id in names}
        there = set(model._base_manager.filter(pk__in=ids).values_list("pk", flat=True))
        errors += list(_missing(restored[0].row, names, there))
    if errors:
        text = " ".join(dict.fromkeys(error["detail"] for error in errors))
        raise Problem(409, "gone", text, errors=errors)


def _named(one: RestoredRow) -> Iterator[tuple[Any, int]]:
    for field in one.row._meta.concrete_fields:
        if field.is_relation and (id := getattr(one.row, field.attname)) is not None:
            yield field, id
    for field in one.row._meta.local_many_to_many:
        for id in one.lists[field.name]:
            yield field, id


def _missing(
    root: Any, names: Iterable[tuple[Any, Any, int]], there: set[int]
) -> Iterator[dict[str, str]]:
    for row, field, id in names:
        if id in there:
            continue
        if getattr(field.remote_field, "on_delete", None) is SET_NULL:
            setattr(row, field.attname, None)
            continue
        name = str(field.verbose_name).capitalize()
        of = "" if row is root else f" of a {row._meta.verbose_name} that fell with it"
        detail = MISSING.format(f"{name}{of}")
        yield {
            "pointer": pointer(field.name) if row is root else "",
            "code": "gone",
            "detail": detail,
        }
