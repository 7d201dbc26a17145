"""The pages with the form of a new record or of an existing one."""

from __future__ import annotations

from typing import Any

from django.http import Http404
from django.shortcuts import get_object_or_404

from pmhub.access import can
from pmhub.access.grants import for_writing, grants_of
from pmhub.models import Code, Coded, portfolio_of
from pmhub.numerals import whole_number
from pmhub.text import next_code
from pmhub.views import Elsewhere
from pmhub.views.refusals import not_theirs
from pmhub.views.registers import forms
from pmhub.views.registers.new_record import placed_record
from pmhub.views.registers.records import OneRecord

LAST = 50  # last codes from which the next one is suggested


class EditPage(OneRecord):
    """The form of a record, for users who may write it."""

    template_name = "registers/edit.html"
    about = "Edit"

    def find(self) -> None:
        """Find the record; raises NotAllowed for users who may not write it, and leads to the
        record's page if it can no longer be changed."""
        super().find()
        if not can(self.request.user, "write", self.record):
            title, way = f"You may not edit {self.called}", (self.short, self.address)
            raise not_theirs(title, self.record, self.request.user, way=way)
        if getattr(self.record, "holds", False):
            raise Elsewhere(self.address)
        self.title = f"Edit {self.called}"

    def in_rest(self) -> tuple[str, str]:
        """Return the request to REST that changes the record."""
        _, address = self.rest_request("retrieve")
        return f"{self.register.name.replace('-', '_')}_partial_update", address

    def crumbs(self) -> list[tuple[str, str]]:
        """Return the pages above, with that of the record."""
        return [*super().crumbs(), (self.short, self.address)]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the form."""
        serializer = self.register.serializer(self.record, context=self.context_of_forms())
        names = forms.editable(self.register, self.record, self.request.user)
        return super().get_context_data(
            register=self.register,
            record=self.record,
            called=self.called,
            address=self.address,
            written_to=self.written_to,
            sections=forms.sections(
                self.register, serializer, names, record=self.record, unit=self.unit
            ),
            unit=self.unit,
            money_unit=self.money_unit,
            verbs=self.drawn_verbs(),
            form_style=forms.STYLE,
            **kwargs,
        )


class NewPage(OneRecord):
    """The form of a new record; the address may name its parents and other values."""

    template_name = "registers/new.html"

    def find(self) -> None:
        """Prepare the new record below the parents in the address; raises NotAllowed for
        users who may not make one there, and leads to the page above if nothing can be added there
        any more."""
        model = self.register.model
        record = self._begun(model())
        self.record = placed_record(self.register, record, self.request.user)
        if any(name in self.request.GET for name in self.register.parents):
            may = can(self.request.user, "write", self.record)
        else:
            grants = for_writing(grants_of(self.request.user), model._meta.model_name)
            may = bool(grants.roles)
        if not may:
            title, (way, *_) = f"You may not add {self.register.a} here", self.crumbs()[-1:]
            raise not_theirs(title, self.record, self.request.user, way=way)
        self.title = f"New {self.register.one}"
        if self.record.settled:  # nothing can be added to a settled record
            raise Elsewhere(self.crumbs()[-2:][0][1])

    def _begun(self, record: Any) -> Any:
        """Set the values in the address on a new record and return it; raises Http404 for values
        that it cannot have."""
        model = type(record)
        for name, value in self.request.GET.dict().items():
            field = next((field for field in model._meta.fields if field.name == name), None)
            if field is None or name not in self.register.serializer._templates():
                raise Http404
            if field.is_relation:
                rows = field.related_model._default_manager.visible_to(self.request.user)
                setattr(record, name, get_object_or_404(rows, pk=whole_number(value)))
            elif field.choices and value not in dict(field.flatchoices):
                raise Http404
            else:
                setattr(record, name, value)
        return record

    def in_rest(self) -> tuple[str, str]:
        """Return the request to REST that makes the record."""
        name = self.register.name
        return f"{name.replace('-', '_')}_create", f"/api/v1/{name}/"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the form, with usual values filled in."""
        serializer = self.register.serializer(context=self.context_of_forms())
        given = self._initial_values()
        for name, field in serializer.fields.items():
            if name in given and not field.read_only:
                field.initial = given[name]
        serializer.instance = None
        names = forms.editable(self.register, self.record, self.request.user)
        return super().get_context_data(
            register=self.register,
            sections=forms.sections(
                self.register, serializer, names, record=self.record, unit=self.unit
            ),
            unit=self.unit,
            money_unit=self.money_unit,
            collection=f"/api/v1/{self.register.name}/",
            back=self.crumbs()[-1][1],
            form_style=forms.STYLE,
            several=not self._coded,
            **kwargs,
        )

    @property
    def _coded(self) -> bool:
        """Whether records of the register have codes; those without are often made one after the
        other."""
        return any(field.name == "code" for field in self.register.model._meta.fields)

    def _initial_values(self) -> dict[str, Any]:
        """Return the first values of the fields: those in the address, the next code, and
        defaults."""
        given = {
            field.name: field.get_default()
            for field in self.register.model._meta.fields
            if field.has_default() and not field.is_relation
        } | self.register.serializer.begins(self.record, self.request.user)
        for name in self.request.GET:
            value = getattr(self.record, name)
            given[name] = getattr(value, "pk", value)
        code = self.register.serializer._templates().get("code")
        if code is not None and code.required and not given.get("code"):
            given["code"] = self._code()
        return given

    def _code(self) -> str:
        """Return the next free code after the highest code of its siblings; without siblings, after
        the highest in the register; in an empty register, the first code."""
        model = self.register.model
        if not self._coded:
            return ""
        parents = {
            name: getattr(self.record, name)
            for name in self.register.parents
            if getattr(self.record, f"{name}_id", None)
        }
        rows = self.resource.get_queryset().order_by("-pk")
        code = next_code(rows.filter(**parents).values_list("code", flat=True)[:LAST])
        code = code or next_code(rows.values_list("code", flat=True)[:LAST])
        code = code or model.first_code
        home = portfolio_of(self.record) if issubclass(model, Coded) else None
        return Code.free(model, code, home) if code and home else code
