"""Forms over records: who changed them, and that nobody overwrites what they have not seen."""

from collections.abc import Mapping
from functools import cached_property
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.utils import label_for_field
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.formats import date_format

from pmhub import queries
from pmhub.access.setters import acted_for, check_deletion
from pmhub.accounts import reauthentication
from pmhub.admin.custom import columns, with_inputs
from pmhub.admin.pages import Permitted, refused_in_words
from pmhub.admin.verbs import Verbs, moved_fields, read_only_fields
from pmhub.api.resources import has_view, view_of
from pmhub.database.custom import COLUMN, PREFIX
from pmhub.database.history import WritePath, because
from pmhub.models import Archivable
from pmhub.serializers import allow
from pmhub.serializers.coins import check_coins
from pmhub.services import check_days, check_named

STAMPS = ("created_at", "created_by", "updated_at", "updated_by", "version")
EXPECTED = "expected_version"


class RecordForm(forms.ModelForm):
    """Form that carries the version of the record that was read, saves only over that version, and
    refuses what REST refuses. A field `reason` that is not the record's own is kept in the
    history."""

    # The refusal of the same entries by a verb or the database, a moment ago.
    refusal: ValidationError | None = None
    expected_version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.initial[EXPECTED] = self.instance.version

    @cached_property
    def changed_data(self) -> list[str]:
        """Names of the fields whose entries differ from the record."""
        return [name for name in super().changed_data if name != EXPECTED]

    def clean(self) -> dict[str, Any] | None:
        """Refuse entries that a verb or the database refused a moment ago, and entries made over an
        earlier version of the record."""
        cleaned = super().clean()
        if self.refusal:
            self._repeat(self.refusal)
        elif self.instance.pk and self.changed_data:
            self._check_version()
        return cleaned

    def _post_clean(self) -> None:
        """Apply the rules of the record's resource beside those of its model."""
        super()._post_clean()  # type: ignore[misc]  # not in the stubs
        if self.errors or not hasattr(self.instance, "happened"):
            return
        try:
            check_days(self.instance, self.changed_data)
            entered = self.cleaned_data
            changed = {name: entered[name] for name in self.changed_data if name in entered}
            check_named(self.instance, changed)
            with refused_in_words():
                self._validate_as_resource()
        except ValidationError as error:
            self._repeat(error)

    def _validate_as_resource(self) -> None:
        model = type(self.instance)
        parents = [getattr(self.instance, name, None) for name in self.instance.visible_through]
        if not has_view(model) or any(row and row.pk is None for row in parents):
            return  # the database checks a row of a record that does not exist yet
        stored = model._base_manager.filter(pk=self.instance.pk).first()
        resource = view_of(model).serializer_class(stored, context={"request": None})
        given = {**self.cleaned_data} if stored else _values(self.instance) | self.cleaned_data
        kept = given if stored is None else self.changed_data
        written = {
            name: given[name]
            for name, field in resource.fields.items()
            if name in kept and not field.read_only
        }
        check_coins(resource, written)
        resource.validate(written)

    def _repeat(self, refusal: ValidationError) -> None:
        by_field = refusal.update_error_dict({})
        for field, errors in by_field.items():
            self.add_error(field if field in self.fields else None, errors)

    def _check_version(self) -> None:
        # Locked until the save, so that nobody changes it in between.
        rows = type(self.instance)._base_manager.select_for_update(of=("self",), no_key=True)
        now = rows.filter(pk=self.instance.pk).first()
        if now is None or now.version == self.cleaned_data.get(EXPECTED):
            return
        self.add_error(None, _overtaken(self.instance, now, self._differences(now)))
        # Keep the entries, and let a second save replace the newer version.
        typed: Any = self.data
        typed = typed.copy()
        typed[self.add_prefix(EXPECTED)] = str(now.version)
        self.data = typed

    def _differences(self, now: Any) -> str:
        kept = {field.name for field in now._meta.get_fields()}
        names = [name for name in self.changed_data if name in self.fields and name in kept]
        return "; ".join(f"{self.fields[name].label}: {_shown(now, name)}" for name in names)


def _values(row: Any) -> dict[str, Any]:
    """Return the values of a row's columns by field name."""
    return {field.name: getattr(row, field.name, None) for field in row._meta.concrete_fields}


def _overtaken(row: Any, now: Any, differences: str) -> ValidationError:
    who = now.updated_by or "Somebody"
    when = date_format(timezone.localtime(now.updated_at), "j M Y, H:i")
    return ValidationError(
        f"{who} changed {row} on {when}, after you opened it. Nothing is saved yet, and what you"
        f" typed is below. Where it differs, the record says now: {differences}."
        " Save again to replace that.",
        code="stale",
    )


def _shown(row: Any, name: str) -> str:
    """Return a field's value as people read it."""
    field = row._meta.get_field(name)
    if field.many_to_many:
        return ", ".join(map(str, getattr(row, name).all())) or "none"
    display = getattr(row, f"get_{name}_display", None)
    value = display() if display else getattr(row, name)
    return "empty" if value in (None, "") else str(value)


class RecordAdmin(Verbs):
    """The base of the admin pages of records: they check, save and refuse as REST does, by the
    serializer of the record."""

    form = RecordForm
    shows_refusals_in_form = True

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> Any:
        """Return the form class, with inputs for custom fields and the refusal of a moment ago."""
        readonly = {*self.get_readonly_fields(request, obj)}
        untold = {name: None for name in self.form.declared_fields if name in readonly}
        plain = type(self.form.__name__, (self.form,), untold)
        kwargs.setdefault("form", with_inputs(plain, self.model, obj, request.user))
        form: Any = super().get_form(request, obj, change=change, **kwargs)
        form.refusal = getattr(request, "refusal", None)
        return form

    def get_exclude(self, request: HttpRequest, obj: Any = None) -> Any:
        """Return the excluded fields, with the column of custom fields, each of which has its own
        input."""
        return [*(super().get_exclude(request, obj) or ()), COLUMN]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """Return the read-only fields; of a stored record its stamps are among them, which the
        database sets."""
        given = list(super().get_readonly_fields(request, obj))
        ended = ["archived_at"] if issubclass(self.model, Archivable) else []
        return [*given, *STAMPS, *ended] if obj else given

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        """Return the fields of the form without the stamps and the version, which have a set of
        their own."""
        given = dict.fromkeys(super().get_fields(request, obj))
        return [name for name in given if name not in (*STAMPS, "archived_at", EXPECTED)]

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        """Return the set of fields and, of a stored record, the set of its stamps."""
        sets: list[Any] = [*super().get_fieldsets(request, obj)]
        if obj is None:
            return sets
        stamps = [*STAMPS, *(["archived_at"] if issubclass(self.model, Archivable) else [])]
        if self.has_change_permission(request, obj):
            stamps.append(EXPECTED)
        return [*sets, ("Record", {"classes": ["collapse"], "fields": stamps})]

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Answer with all changes of the record, whichever way each was written."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        row = self.get_object(request, object_id)
        if row is None:
            raise Http404
        names = queries.fields(self.model)
        pages = Paginator(queries.events(self.model, row.pk), self.list_per_page)
        page = pages.get_page(request.GET.get("p"))
        start = page.start_index() - 1
        rows = queries.rows(queries.events(self.model, row.pk), names, start, page.end_index() + 1)
        told = queries.changes_of(self.model, rows, names, to=request.user)
        context = {
            **self.admin_site.each_context(request),
            "title": f"History of {row}",
            "object": row,
            "opts": self.opts,
            "page": page,
            "changes": [self._legible(change) for change in told[: len(page)]],
            **(extra_context or {}),
        }
        return TemplateResponse(request, "admin/record_history.html", context)

    def _legible(self, told: dict[str, Any]) -> dict[str, Any]:
        """Return a change with labels in the place of names and of stored values."""
        fields = [
            {
                "name": self._label(change["field"]),
                "before": _worded(change["from_label"], change["from"]),
                "after": _worded(change["to_label"], change["to"]),
            }
            for change in told["changes"]
        ]
        return {**told, "via": WritePath(told["via"]).label, "fields": fields}

    def _label(self, name: str) -> str:
        if name.startswith(PREFIX):
            return name.removeprefix(PREFIX).replace("_", " ")
        return str(label_for_field(name, self.model))

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Save the changed fields and who changed them. Who changes a post is asked to confirm who
        they are."""
        if {*obj.posts.values()} & {*form.changed_data}:
            reauthentication.require(request)
        obj.updated_by = request.user
        lists = _lists(form)
        if not change:
            obj.created_by = request.user
            check_rights(request, obj, [*form.cleaned_data], lists)
            self.insert(request, obj)
            return
        names = [name for name in columns(form.changed_data) if _stored(obj, name)]
        check_rights(request, obj, names, lists)
        if names:
            why = "" if _stored(obj, "reason") else form.cleaned_data.get("reason", "")
            with because(why, for_=acted_for(request.user, obj, names)):
                obj.save(update_fields=[*names, "updated_by"])

    def insert(self, request: HttpRequest, obj: Any) -> None:
        """Save a new record; pages whose records are made by a verb override this."""
        obj.save()

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        """Save the rows of an inline table and who changed them."""
        rows = formset.save(commit=False)
        changed = {row.pk: names for row, names in formset.changed_objects}
        for row in rows:
            row.updated_by = request.user
            if row.pk is None:
                row.created_by = request.user
            names = changed.get(row.pk, [*formset.form.base_fields])
            check_rights(request, row, names, {})
            row.save()
        for row in formset.deleted_objects:
            check_removal(request.user, row)
            row.delete()
        formset.save_m2m()

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        """Delete a record, unless it sets limits that only somebody else may set."""
        check_removal(request.user, obj)
        super().delete_model(request, obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        """Delete several records, unless one of them sets limits that only somebody else may
        set."""
        for row in queryset:
            check_removal(request.user, row)
        super().delete_queryset(request, queryset)


def check_rights(
    request: HttpRequest, row: Any, names: list[str], lists: Mapping[str, list[Any]]
) -> None:
    """Raise Withheld or ValidationError, as REST does, where the user may not make the new row, or
    change these fields and lists of a stored one."""
    if not has_view(type(row)):
        return
    resource = view_of(type(row)).serializer_class(context={"request": request})
    before = type(row)._base_manager.filter(pk=row.pk).first()
    with refused_in_words():
        if before is None:
            given = [name for name in {*names, *row.set_by} if _stored(row, name)]
            resource.check_new(row, given, lists)
        else:
            changed = [name for name in names if _stored(row, name)]
            resource.check_edit(before, row, changed, lists)


def check_removal(user: Any, row: Any) -> None:
    """Raise Withheld or ValidationError, as REST does, where the user may not delete the row."""
    if has_view(type(row)):
        with refused_in_words():
            allow(user, row)
        check_deletion(user, row)


def _lists(form: Any) -> dict[str, list[Any]]:
    """Return what the changed lists of a form will hold."""
    many = {field.name for field in form.instance._meta.many_to_many}
    return {name: list(form.cleaned_data[name]) for name in many & {*form.changed_data}}


def _stored(obj: Any, name: str) -> bool:
    """Return whether the field is a column of the record's own."""
    return any(field.name == name for field in obj._meta.concrete_fields)


def _worded(label: str | None, value: Any) -> str:
    """Return the label of a value, or else the value as text, with a dash for an empty one."""
    return label or ("–" if value in (None, "", []) else str(value))


def adopt_record(obj: Any, made: Any) -> None:
    """Give the unsaved record of a form the values and the key of the record that a verb has made
    from it."""
    obj.__dict__.update({k: v for k, v in made.__dict__.items() if k != "_state"})
    obj._state.adding, obj._state.db = False, made._state.db
    obj._state.fields_cache = dict(made._state.fields_cache)


class LabelledRows(forms.BaseInlineFormSet):
    """Forms in the rows of a table, where no field has a visible label of its own."""

    def add_fields(self, form: Any, index: int | None) -> None:
        """Add the fields of a row, each with the name of its column as its label for screen
        readers."""
        super().add_fields(form, index)
        for name, field in form.fields.items():
            # Of a widget with links for adding and changing.
            widget = getattr(field.widget, "widget", field.widget)
            widget.attrs.setdefault("aria-label", str(field.label or name).capitalize())


class Rows(Permitted, admin.TabularInline):
    """Table with the parts of a record, below its form."""

    form = RecordForm
    formset = LabelledRows
    extra = 0
    show_change_link = True

    def get_exclude(self, request: HttpRequest, obj: Any = None) -> Any:
        """Return the excluded fields, with the column of custom fields, which the page of the part
        asks for."""
        return [*(super().get_exclude(request, obj) or ()), COLUMN]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """Return the read-only fields, with those that only a move changes and those that the
        product sets."""
        given = super().get_readonly_fields(request, obj)
        return list(
            dict.fromkeys([*given, *moved_fields(self.model), *read_only_fields(self.model)])
        )
