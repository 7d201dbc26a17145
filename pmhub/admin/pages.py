"""What PMO staff may do on the admin pages, and how a refusal reaches them."""

import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
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
from django.core.exceptions import NON_FIELD_ERRORS, PermissionDenied, ValidationError
from django.db import DatabaseError, DataError, OperationalError, connection, models, transaction
from django.db.models import ProtectedError, QuerySet, RestrictedError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from rest_framework.exceptions import ValidationError as Invalid

from pmhub.access import Withheld
from pmhub.accounts import reauthentication
from pmhub.admin import form_keys
from pmhub.admin.numbers import TypedDecimal, TypedInteger
from pmhub.admin_site import is_pmo_staff
from pmhub.api.filtering import MOST_TERMS
from pmhub.database.collation import arranged, with_words
from pmhub.database.constraints import overlap_of
from pmhub.database.refusals import declared_refusal
from pmhub.filters.custom import text_conditions
from pmhub.models import User

ID = re.compile(r"[0-9]{1,18}")
REFUSALS = (ValidationError, DatabaseError, ProtectedError, RestrictedError, Withheld)
Verb = Callable[[Any], Any]


def actor(request: HttpRequest) -> User:
    """Return the user who asks; no anonymous user gets as far as the admin pages."""
    return cast(User, request.user)


@contextmanager
def refused_in_words() -> Iterator[None]:
    """Turn what REST refuses to the user within this context, or in a record, into an error that
    the page shows."""
    try:
        yield
    except Withheld:
        raise
    except PermissionDenied as refused:
        raise ValidationError(str(refused)) from refused
    except Invalid as refused:
        detail: Any = refused.detail
        raise ValidationError({name: _texts(at) for name, at in detail.items()}) from refused


def _texts(detail: Any) -> list[str]:
    """Return the messages at a field as texts."""
    return [str(message) for message in (detail if isinstance(detail, list) else [detail])]


class _Picker:
    """Input for links to records; a value that is no id is refused as a wrong entry and not looked
    up."""

    def optgroups(self, name: str, value: Any, attr: Any = None) -> Any:
        """Return the options for the records that are chosen now."""
        ids = [pk for pk in value if ID.fullmatch(str(pk))]
        return super().optgroups(name, ids, attr)  # type: ignore[misc]  # of the class it is mixed into


class RecordPicker(_Picker, AutocompleteSelect):
    """Input for a link to one record."""


class RecordsPicker(_Picker, AutocompleteSelectMultiple):
    """Input for links to several records."""


class Permitted:
    """Permissions of admin pages: PMO staff may do everything, except what a page allows nobody."""

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
        """Return whether the user sees the app on the index."""
        return is_pmo_staff(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Return whether the user sees the page's records."""
        return is_pmo_staff(request)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Return whether the user can add records on this page."""
        return self.may_add and is_pmo_staff(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Return whether the user can change this record."""
        return self.may_change and is_pmo_staff(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Return whether the user can delete this record."""
        model: Any = self.model  # type: ignore[attr-defined]  # of the class this is mixed into
        stays = getattr(model, "undeletable", "")
        return self.may_delete and not stays and is_pmo_staff(request)

    def get_autocomplete_fields(self, request: HttpRequest) -> list[str]:
        """Return the fields that link to records of a searchable page: their records are searched
        for, not chosen from a list of thousands."""
        model: Any = self.model  # type: ignore[attr-defined]  # of the class this is mixed into
        return [
            field.name
            for field in [*model._meta.fields, *model._meta.many_to_many]
            if field.is_relation and field.editable and _searchable(field.remote_field.model)
        ]

    def formfield_for_foreignkey(self, db_field: Any, request: Any, **kwargs: Any) -> Any:
        """Return the form field of a link to one record, with a search where its page has one."""
        return self._autocomplete(
            RecordPicker, "formfield_for_foreignkey", db_field, request, kwargs
        )

    def formfield_for_manytomany(self, db_field: Any, request: Any, **kwargs: Any) -> Any:
        """Return the form field of links to several records, with a search where their page has
        one."""
        return self._autocomplete(
            RecordsPicker, "formfield_for_manytomany", db_field, request, kwargs
        )

    def _autocomplete(self, widget: Any, maker: str, field: Any, request: Any, given: Any) -> Any:
        if field.name in self.get_autocomplete_fields(request):
            site: Any = self.admin_site  # type: ignore[attr-defined]  # as above
            given.setdefault("widget", widget(field, site, using=given.get("using")))
        return getattr(super(), maker)(field, request, **given)


def _searchable(model: type[models.Model]) -> bool:
    registered = admin.site._registry.get(model)
    return bool(registered and registered.search_fields)


class ArrangedList(ChangeList):
    """List in the order in which people expect texts, with empty values at the end."""

    def get_ordering(self, request: HttpRequest, queryset: QuerySet[Any]) -> list[Any]:
        """Return the order that was asked for, or the page's own."""
        return arranged(self.model, super().get_ordering(request, queryset))


class PmoAdmin(Permitted, admin.ModelAdmin):
    """Admin page that shows the refusals of verbs, constraints and triggers as messages."""

    list_per_page = 50
    show_full_result_count = False
    shows_refusals_in_form: ClassVar[bool] = False
    # Whether saving or acting on this page gives rights, so that the user is asked to confirm who
    # they are.
    dangerous: ClassVar[bool] = False

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        """Return the class of the list."""
        return ArrangedList

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Return the rows that hold each word of the term, with or without accents, in the page's
        search fields or in a text of a custom field."""
        fields: Any = self.get_search_fields(request)
        words = " ".join(search_term.split()[:MOST_TERMS])
        if not fields or not words or "\x00" in words:
            return queryset, False
        return with_words(
            queryset, words, fields, text_conditions(queryset.model, request.user)
        ), False

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Answer with the form, or save it. A refused form is shown again with its entries or, on a
        page that shows refusals as messages, opened again. Each form is saved once: a second
        sending with the same entries leads to the saved record."""
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
                # Constraints deferred to the commit, while we can still answer.
                connection.check_constraints()
                form_keys.settle(claim, answer)
                return answer
        except REFUSALS as error:
            refusal = refusal_of(error)
        if not self.shows_refusals_in_form:
            return self._back(request, refusal)
        request.refusal = refusal  # type: ignore[attr-defined]  # read by get_form
        return super().changeform_view(request, object_id, form_url, extra_context)

    def check_confirmed(self, request: HttpRequest) -> None:
        """Ask the user to confirm who they are before a dangerous page saves or does anything."""
        if self.dangerous and request.method == "POST":
            reauthentication.require(request)

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Answer with the list, or run an action. When the action is refused, go back to the list
        and show why."""
        self.check_confirmed(request)
        return self._or_back(super().changelist_view, request, extra_context)

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Answer with the page that deletes a record, or delete it. When that is refused, show
        why."""
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
        """Return which rows would be deleted and which protect them. Rows of pages on which nobody
        deletes anything, such as figures and assessments, are deleted with their record, so no
        permission is asked for them."""
        gone, counts, lacking, protected = super().get_deleted_objects(objs, request)
        parts = {
            page.opts.verbose_name
            for page in self.admin_site._registry.values()
            if isinstance(page, ReadOnlyAdmin) or bool(getattr(page.model, "undeletable", False))
        }
        return gone, counts, lacking - parts, protected

    def each(self, request: HttpRequest, rows: QuerySet[Any], verb: Verb, done: str) -> None:
        """Run the verb on each row in a transaction of its own, then show how many are `done` and
        why the others were refused."""
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
    """Admin page that shows what the engine writes, and on which nobody changes anything."""

    may_add = may_change = may_delete = False


def refusal_of(error: Exception) -> ValidationError:
    """Return the refusal of a verb or of the database as sentences, each at its field where one is
    known."""
    if isinstance(error, ValidationError):
        return error
    if isinstance(error, Withheld):
        return ValidationError({error.field: error.text})
    if isinstance(error, ProtectedError | RestrictedError):
        return ValidationError(f"Still in use by {_kinds(error)}: remove or move these first.")
    if isinstance(error, OperationalError):
        return ValidationError("The database is busy; nothing was saved. Try again.")
    diagnosis: Any = getattr(error.__cause__, "diag", None)
    if isinstance(error, DataError):
        return _out_of_range(diagnosis)
    return _of_constraint(diagnosis)


def _out_of_range(diagnosis: Any) -> ValidationError:
    """Return the sentence about a value that cannot be stored, at its field if a trigger named
    it."""
    if field := getattr(diagnosis, "column_name", None):
        return ValidationError({field: [diagnosis.message_primary]})
    return ValidationError("A value is out of the range that can be stored.")


def _kinds(error: Any) -> str:
    rows: Iterable[Any] = getattr(error, "protected_objects", None) or error.restricted_objects
    return ", ".join(sorted({str(row._meta.verbose_name_plural) for row in rows}))


def _of_constraint(diagnosis: Any) -> ValidationError:
    """Return the sentence of the constraint or trigger that refused a statement."""
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
    """Return the field and the sentence of each named constraint."""
    return {
        rule.name: (
            getattr(rule, "field", "") or NON_FIELD_ERRORS,
            str(rule.violation_error_message),
        )
        for model in apps.get_models()
        for rule in model._meta.constraints
    }
