"""What PMO staff may do on the admin pages, and how a refusal reaches them."""

import re
from collections.abc import Callable, Iterable
from functools import cache
from typing import Any, ClassVar, cast

from django import forms
from django.apps import apps
from django.contrib import admin, messages
from django.contrib.admin.views.main import ChangeList
from django.contrib.admin.widgets import (
    AdminIntegerFieldWidget,
    AutocompleteSelect,
    AutocompleteSelectMultiple,
)
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import DatabaseError, DataError, OperationalError, connection, models, transaction
from django.db.models import ProtectedError, QuerySet, RestrictedError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from pmhub.access import Withheld
from pmhub.accounts import reauthentication
from pmhub.admin import form_keys
from pmhub.admin.numbers import TypedDecimal, TypedInteger
from pmhub.admin_site import is_pmo_staff
from pmhub.api.filtering import MOST_TERMS
from pmhub.database.collation import arranged, found
from pmhub.database.constraints import overlap_of
from pmhub.database.refusals import declared_refusal
from pmhub.filters.custom import said_in
from pmhub.models import User

ID = re.compile(r"[0-9]{1,18}")
REFUSALS = (ValidationError, DatabaseError, ProtectedError, RestrictedError, Withheld)
Verb = Callable[[Any], Any]


def actor(request: HttpRequest) -> User:
    """Return who does it: nobody anonymous gets this far."""
    return cast(User, request.user)


class _Picker:
    """A link to a record: what is no id stays a wrong entry, and is not looked for."""

    def optgroups(self, name: str, value: Any, attr: Any = None) -> Any:
        """The records that are chosen now."""
        ids = [pk for pk in value if ID.fullmatch(str(pk))]
        return super().optgroups(name, ids, attr)  # type: ignore[misc]  # of the widget it is mixed into


class RecordPicker(_Picker, AutocompleteSelect):
    """One record."""


class RecordsPicker(_Picker, AutocompleteSelectMultiple):
    """Several records."""


class Permitted:
    """PMO staff may do everything; what a page withholds, it withholds from all of them."""

    may_add = may_change = may_delete = True
    formfield_overrides: ClassVar[Any] = {
        models.DecimalField: {
            "form_class": TypedDecimal,
            "widget": forms.TextInput({"inputmode": "decimal", "autocomplete": "off"}),
        },
        models.IntegerField: {
            "form_class": TypedInteger,
            "widget": AdminIntegerFieldWidget({"type": "text", "inputmode": "numeric"}),
        },
    }

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Return whether the app shows on the index."""
        return is_pmo_staff(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Return whether records are shown."""
        return is_pmo_staff(request)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Return whether records can be added."""
        return self.may_add and is_pmo_staff(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Return whether this record can be changed."""
        return self.may_change and is_pmo_staff(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Return whether this record can be deleted."""
        model: Any = self.model  # type: ignore[attr-defined]  # of the admin this is mixed into
        stays = getattr(model, "undeletable", "")
        return self.may_delete and not stays and is_pmo_staff(request)

    def get_autocomplete_fields(self, request: HttpRequest) -> list[str]:
        """Every link to a record is searched for, never chosen from a list of thousands."""
        model: Any = self.model  # type: ignore[attr-defined]  # of the admin this is mixed into
        return [
            field.name
            for field in [*model._meta.fields, *model._meta.many_to_many]
            if field.is_relation and field.editable and _searchable(field.remote_field.model)
        ]

    def formfield_for_foreignkey(self, db_field: Any, request: Any, **kwargs: Any) -> Any:
        """One record, searched for."""
        return self._sought(RecordPicker, "formfield_for_foreignkey", db_field, request, kwargs)

    def formfield_for_manytomany(self, db_field: Any, request: Any, **kwargs: Any) -> Any:
        """Several records, searched for."""
        return self._sought(RecordsPicker, "formfield_for_manytomany", db_field, request, kwargs)

    def _sought(self, widget: Any, maker: str, field: Any, request: Any, given: Any) -> Any:
        if field.name in self.get_autocomplete_fields(request):
            site: Any = self.admin_site  # type: ignore[attr-defined]  # as above
            given.setdefault("widget", widget(field, site, using=given.get("using")))
        return getattr(super(), maker)(field, request, **given)


def _searchable(model: type[models.Model]) -> bool:
    registered = admin.site._registry.get(model)
    return bool(registered and registered.search_fields)


class ArrangedList(ChangeList):
    """A list in the order of people, what is not set at the end."""

    def get_ordering(self, request: HttpRequest, queryset: QuerySet[Any]) -> list[Any]:
        """The order that was asked for, or that of the page."""
        return arranged(self.model, super().get_ordering(request, queryset))


class PmoAdmin(Permitted, admin.ModelAdmin):
    """A page on which the refusals of verbs, constraints and triggers become messages."""

    list_per_page = 50
    show_full_result_count = False
    shows_refusals_in_form: ClassVar[bool] = False
    # What is saved or done here gives rights, so that it asks again who it is.
    dangerous: ClassVar[bool] = False

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        """The list."""
        return ArrangedList

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """The rows in which each word occurs, with accents or without, or in a text of a custom
        field."""
        fields: Any = self.get_search_fields(request)
        words = " ".join(search_term.split()[:MOST_TERMS])
        if not fields or not words or "\x00" in words:
            return queryset, False
        return found(queryset, words, fields, said_in(queryset.model, request.user)), False

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """The form; when what it does is refused, the form again, with what was typed. Each form
        is saved once: sent again as it was, it leads to what was saved."""
        self.check_confirmed(request)
        extra_context = {form_keys.FIELD: form_keys.key_of(request), **(extra_context or {})}
        if request.method != "POST":
            return super().changeform_view(request, object_id, form_url, extra_context)
        try:
            with transaction.atomic():
                claim = form_keys.claim(request)
                if claim and claim.location:
                    self.message_user(request, "This form is saved already.", messages.INFO)
                    return HttpResponseRedirect(claim.location)
                answer = super().changeform_view(request, object_id, form_url, extra_context)
                connection.check_constraints()  # those deferred to the commit, while we can answer
                form_keys.settle(claim, answer)
                return answer
        except REFUSALS as error:
            refusal = refusal_of(error)
        if not self.shows_refusals_in_form:
            return self._back(request, refusal)
        request.refusal = refusal  # type: ignore[attr-defined]  # read by get_form
        return super().changeform_view(request, object_id, form_url, extra_context)

    def check_confirmed(self, request: HttpRequest) -> None:
        """Ask again who it is, before anything dangerous is done."""
        if self.dangerous and request.method == "POST":
            reauthentication.require(request)

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The list; an action that is refused says so on it."""
        self.check_confirmed(request)
        return self._or_back(super().changelist_view, request, extra_context)

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Deleting; refused, it says why."""
        return self._or_back(super().delete_view, request, object_id, extra_context)

    def _or_back(
        self, view: Callable[..., HttpResponse], request: HttpRequest, *args: Any
    ) -> HttpResponse:
        if request.method != "POST":
            return view(request, *args)
        try:
            with transaction.atomic():
                answer = view(request, *args)
                connection.check_constraints()
                return answer
        except REFUSALS as error:
            return self._back(request, refusal_of(error))

    def _back(self, request: HttpRequest, refusal: ValidationError) -> HttpResponse:
        for message in refusal.messages:
            self.message_user(request, message, messages.ERROR)
        return HttpResponseRedirect(request.get_full_path())

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """Return what would go and what protects it. Figures and assessments go with what they are
        of: nobody deletes them, so nobody needs to be allowed to."""
        gone, counts, lacking, protected = super().get_deleted_objects(objs, request)
        parts = {
            page.opts.verbose_name
            for page in self.admin_site._registry.values()
            if isinstance(page, ReadOnlyAdmin) or bool(getattr(page.model, "undeletable", False))
        }
        return gone, counts, lacking - parts, protected

    def each(self, request: HttpRequest, rows: QuerySet[Any], verb: Verb, done: str) -> None:
        """Do the verb to each row, alone; say how many are `done` and why the others are not."""
        count = 0
        for row in rows:
            try:
                with transaction.atomic():
                    verb(row)
                    connection.check_constraints()
                    self.log_change(request, row, f"{done.capitalize()}.")
                count += 1
            except REFUSALS as error:
                reason = " ".join(refusal_of(error).messages)
                self.message_user(request, f"{row}: {reason}", messages.ERROR)
        if count:
            self.message_user(request, f"{count} {done}.", messages.SUCCESS)


class ReadOnlyAdmin(PmoAdmin):
    """A page to look at what the engine writes; nobody types figures."""

    may_add = may_change = may_delete = False


def refusal_of(error: Exception) -> ValidationError:
    """Return what a verb or the database said, as sentences, at fields where it named some."""
    if isinstance(error, ValidationError):
        return error
    if isinstance(error, Withheld):
        return ValidationError({error.field: error.text})
    if isinstance(error, ProtectedError | RestrictedError):
        return ValidationError(f"Still in use by {_kinds(error)}: remove or move these first.")
    if isinstance(error, OperationalError):
        return ValidationError("The database is busy; nothing was saved. Try again.")
    if isinstance(error, DataError):
        return ValidationError("A value is out of the range that can be stored.")
    return _of_constraint(getattr(error.__cause__, "diag", None))


def _kinds(error: Any) -> str:
    rows: Iterable[Any] = getattr(error, "protected_objects", None) or error.restricted_objects
    return ", ".join(sorted({str(row._meta.verbose_name_plural) for row in rows}))


def _of_constraint(diagnosis: Any) -> ValidationError:
    """The sentence of the constraint or trigger that refused."""
    name = getattr(diagnosis, "constraint_name", None) or ""
    if told := declared_refusal(diagnosis):
        return ValidationError({told.field: [told.text]} if told.field else told.text)
    if met := overlap_of(diagnosis):
        return ValidationError(met)
    if name in _sentences():
        field, text = _sentences()[name]
        return ValidationError({field: [text]})
    text = getattr(diagnosis, "message_primary", None) or "The database refused this."
    return ValidationError(text)


@cache
def _sentences() -> dict[str, tuple[str, str]]:
    """Field and sentence of each named constraint."""
    return {
        rule.name: (
            getattr(rule, "field", "") or NON_FIELD_ERRORS,
            str(rule.violation_error_message),
        )
        for model in apps.get_models()
        for rule in model._meta.constraints
    }
