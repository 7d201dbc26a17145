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

from pmhub.admin.pages import PmoAdmin, actor, refused_in_words
from pmhub.api.resources import has_view, view_of
from pmhub.api.verbs import allow_joins, check_may_do
from pmhub.models import Archivable
from pmhub.serializers.coins import unpayable_amounts
from pmhub.serializers.verbs import Verb, verbs_of
from pmhub.services import archive, restore

CONFIRMED = "confirmed"
STYLE = {"template_pack": "rest_framework/pmhub"}
Action = Callable[[Any, HttpRequest, QuerySet[Any]], HttpResponse | None]


class Verbs(PmoAdmin):
    """Admin list with the verbs of its records as actions, except those `covered` by actions of the
    page's own. Only verbs change a state. Fields that nobody writes over REST are read-only here
    too, except those that are `entered` on this page."""

    covered: ClassVar[tuple[str, ...]] = ()
    entered: ClassVar[tuple[str, ...]] = ()

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """Return the page's own actions, then the verbs of its records."""
        actions: dict[str, Any] = super().get_actions(request)
        if not self.has_change_permission(request) or not has_view(self.model):
            return actions
        verbs = verbs_of(view_of(self.model).serializer_class)
        mine = {noun: verb for noun, verb in verbs.items() if noun not in self.covered}
        actions |= {noun: (_action(verb), noun, verb.does) for noun, verb in mine.items()}
        return actions | ARCHIVING if issubclass(self.model, Archivable) else actions

    def get_list_filter(self, request: HttpRequest) -> Any:
        """Return the page's own filters and, for records that can be archived, one by whether they
        are."""
        given = [*super().get_list_filter(request)]
        return [*given, ARCHIVED] if issubclass(self.model, Archivable) else given

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """Return the read-only fields, with those that only a move changes and those that the
        product sets."""
        given = [
            *super().get_readonly_fields(request, obj),
            *read_only_fields(self.model, self.entered),
        ]
        moves = moved_fields(self.model) if obj else []
        return list(dict.fromkeys([*given, *moves]))


def moved_fields(model: Any) -> list[str]:
    """Return the fields that only a move changes."""
    tables = getattr(model, "lifecycles", ())
    return [name for table in tables for name in (table.field, *table.kept)]


def read_only_fields(model: Any, entered: tuple[str, ...] = ()) -> list[str]:
    """Return the fields of a model that nobody writes over REST, except those that are
    `entered`."""
    if not has_view(model):
        return []
    names = view_of(model).serializer_class.read_only_names()
    fields = (field.name for field in model._meta.fields if field.editable)
    return [name for name in fields if name in names and name not in entered]


def _action(verb: Verb) -> Action:
    """Return the action that shows a verb's form and then runs the verb on each ticked record whose
    state allows it. Where none allows it, the action shows no form but a message."""

    def act(page: Any, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse | None:
        rows = [*queryset]
        able = [row for row in rows if verb.allowed_from(row)]
        if CONFIRMED not in request.POST and not able:
            _nothing_selected(page, request, verb.does)
            return None
        form = _form(verb, request)
        if CONFIRMED in request.POST and form.is_valid():
            page.each(request, queryset, partial(_do, verb, form, request), verb.done)
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


def _do(verb: Verb, form: Any, request: HttpRequest, row: Any) -> None:
    """Run a verb on one of the ticked records; raises ValidationError where REST would refuse it to
    the user, and for an amount in a currency that the record's portfolio does not pay in."""
    by, asked = actor(request), dict(form.validated_data)
    if errors := unpayable_amounts(form, asked, row):
        raise ValidationError(errors)
    with refused_in_words():
        check_may_do(by, row, verb)
        allow_joins(by, row, form)
        view_of(type(row))(request=request).allow_verb(row, verb.noun, asked)
        verb.do(row, asked, by=by)


def _or_message(page: Any, request: HttpRequest, able: QuerySet[Any], does: str) -> QuerySet[Any]:
    """Return the records that an action changes, and show a message where there are none."""
    if not able:
        _nothing_selected(page, request, does)
    return able


def _nothing_selected(page: Any, request: HttpRequest, does: str) -> None:
    text = f"“{does}” does nothing to what is ticked, as it stands now."
    page.message_user(request, text, messages.WARNING)


def _archive(page: Any, request: HttpRequest, rows: QuerySet[Any]) -> None:
    """Archive the ticked records, by the rules of REST."""
    open_rows = _or_message(page, request, rows.filter(archived_at__isnull=True), "Archive")
    page.each(request, open_rows, lambda row: archive(row, by=actor(request)), "archived")


def _restore(page: Any, request: HttpRequest, rows: QuerySet[Any]) -> None:
    """Restore the ticked records from the archive."""
    away = _or_message(page, request, rows.filter(archived_at__isnull=False), "Take back into use")
    page.each(request, away, lambda row: restore(row, by=actor(request)), "taken back into use")


ARCHIVED = ("archived_at", EmptyFieldListFilter)
ARCHIVING: dict[str, Any] = {
    "archive": (_archive, "archive", "Archive"),
    "restoration": (_restore, "restoration", "Take back into use"),
}


def _form(verb: Verb, request: HttpRequest) -> Any:
    """Return the form of a verb with what was typed, without the fields that ask for several
    values."""
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
