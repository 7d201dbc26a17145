"""The verbs of records as actions of the admin pages, each with the form of what it asks."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, ClassVar

from django.contrib import messages
from django.contrib.admin import EmptyFieldListFilter
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from pmhub.admin.pages import PmoAdmin, actor
from pmhub.api.resources import has_view, view_of
from pmhub.models import Archivable
from pmhub.serializers.coins import unpayable_asked
from pmhub.serializers.verbs import Verb, verbs_of
from pmhub.services import archive, restore

CONFIRMED = "confirmed"
STYLE = {"template_pack": "rest_framework/pmhub"}
Action = Callable[[Any, HttpRequest, QuerySet[Any]], HttpResponse | None]


class Verbs(PmoAdmin):
    """A list of records with their verbs as actions; `covered` are those that the page has under
    another name. A state changes by them, and by no form. What REST says and nobody writes is said
    by no form either, but what is `entered` here."""

    covered: ClassVar[tuple[str, ...]] = ()
    entered: ClassVar[tuple[str, ...]] = ()

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """The page's own actions, then the verbs."""
        actions: dict[str, Any] = super().get_actions(request)
        if not self.has_change_permission(request) or not has_view(self.model):
            return actions
        verbs = verbs_of(view_of(self.model).serializer_class)
        mine = {noun: verb for noun, verb in verbs.items() if noun not in self.covered}
        actions |= {noun: (_action(verb), noun, verb.does) for noun, verb in mine.items()}
        return actions | ARCHIVING if issubclass(self.model, Archivable) else actions

    def get_list_filter(self, request: HttpRequest) -> Any:
        """The page's own filters, and whether a record is archived."""
        given = [*super().get_list_filter(request)]
        return [*given, ARCHIVED] if issubclass(self.model, Archivable) else given

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """Return what only a move changes, and what the product sets."""
        given = [
            *super().get_readonly_fields(request, obj),
            *read_only_fields(self.model, self.entered),
        ]
        moves = moved_fields(self.model) if obj else []
        return list(dict.fromkeys([*given, *moves]))


def moved_fields(model: Any) -> list[str]:
    """The fields that only a move changes."""
    tables = getattr(model, "lifecycles", ())
    return [name for table in tables for name in (table.field, *table.kept)]


def read_only_fields(model: Any, entered: tuple[str, ...] = ()) -> list[str]:
    """The fields of a model that nobody writes over REST, but for those that are `entered`."""
    if not has_view(model):
        return []
    names = view_of(model).serializer_class.read_only_names()
    fields = (field.name for field in model._meta.fields if field.editable)
    return [name for name in fields if name in names and name not in entered]


def _action(verb: Verb) -> Action:
    """The action that asks what the verb asks, and does it to each ticked record whose state allows
    it; where none does, it asks nothing and says so."""

    def act(page: Any, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse | None:
        rows = [*queryset]
        able = [row for row in rows if verb.leads_from(row)]
        if CONFIRMED not in request.POST and not able:
            _does_nothing(page, request, verb.does)
            return None
        form = _form(verb, request)
        if CONFIRMED in request.POST and form.is_valid():
            page.each(request, queryset, partial(_do, verb, form, actor(request)), verb.done)
            return None
        return TemplateResponse(
            request,
            "admin/verb.html",
            {
                **page.admin_site.each_context(request),
                "title": verb.does,
                "opts": page.opts,
                "says": verb.says,
                "noun": verb.noun,
                "rows": able if CONFIRMED not in request.POST else rows,
                "left": [row for row in rows if row not in able],
                "fields": list(form),
                "errors": form.errors if CONFIRMED in request.POST else {},
                "style": STYLE,
                "ticked": ACTION_CHECKBOX_NAME,
            },
        )

    return act


def _do(verb: Verb, form: Any, by: Any, row: Any) -> None:
    """Do to one record what is asked of all that are ticked, in coins of its own portfolio."""
    if errors := unpayable_asked(form, form.validated_data, row):
        raise ValidationError(errors)
    verb.do(row, form.validated_data, by=by)


def _or_says_none(page: Any, request: HttpRequest, able: QuerySet[Any], does: str) -> QuerySet[Any]:
    """Return the records to which an action does something; say so where it is none."""
    if not able:
        _does_nothing(page, request, does)
    return able


def _does_nothing(page: Any, request: HttpRequest, does: str) -> None:
    text = f"“{does}” does nothing to what is ticked, as it stands now."
    page.message_user(request, text, messages.WARNING)


def _archive(page: Any, request: HttpRequest, rows: QuerySet[Any]) -> None:
    """Put the ticked records away, by the rule of REST."""
    open_rows = _or_says_none(page, request, rows.filter(archived_at__isnull=True), "Archive")
    page.each(request, open_rows, lambda row: archive(row, by=actor(request)), "archived")


def _restore(page: Any, request: HttpRequest, rows: QuerySet[Any]) -> None:
    """Take the ticked records back into the lists."""
    away = _or_says_none(
        page, request, rows.filter(archived_at__isnull=False), "Take back into use"
    )
    page.each(request, away, lambda row: restore(row, by=actor(request)), "taken back into use")


ARCHIVED = ("archived_at", EmptyFieldListFilter)
ARCHIVING: dict[str, Any] = {
    "archive": (_archive, "archive", "Archive"),
    "restoration": (_restore, "restoration", "Take back into use"),
}


def _form(verb: Verb, request: HttpRequest) -> Any:
    """The form of a verb with what was typed; what it asks several of has no input here."""
    context = {"request": request}
    if CONFIRMED not in request.POST:
        form = verb.form(context=context)
    else:
        names: list[str] = list(verb.form().fields)
        typed = {name: request.POST[name] for name in names if request.POST.get(name)}
        form = verb.form(data=typed, context=context)
    for name, field in list(form.fields.items()):
        if hasattr(field, "child"):
            del form.fields[name]
    return form
