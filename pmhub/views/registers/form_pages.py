"""The pages on which a record of a register is made and edited."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import get_object_or_404

from pmhub.access import can
from pmhub.access.grants import for_writing, grants_of
from pmhub.models import Code, Coded, portfolio_of
from pmhub.text import next_code
from pmhub.views import Elsewhere
from pmhub.views.registers import forms
from pmhub.views.registers.new_record import placed_record
from pmhub.views.registers.records import OneRecord

LAST = 50  # codes that are looked at for the next


class EditPage(OneRecord):
    """The form of a record, for who may write it."""

    template_name = "registers/edit.html"
    about = "Edit"

    def find(self) -> None:
        """The record; who may not write it is told so, and one that stands as it is has its page
        alone."""
        super().find()
        if not can(self.request.user, "write", self.record):
            raise PermissionDenied
        if getattr(self.record, "holds", False):
            raise Elsewhere(self.address)
        self.title = f"Edit {self.called}"

    def in_rest(self) -> tuple[str, str]:
        """The record that is written."""
        _, address = self.asked_as("retrieve")
        return f"{self.register.name.replace('-', '_')}_partial_update", address

    def crumbs(self) -> list[tuple[str, str]]:
        """The record too."""
        return [*super().crumbs(), (self.short, self.address)]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The form."""
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
            verbs=self.verbs(),
            form_style=forms.STYLE,
            **kwargs,
        )


class NewPage(OneRecord):
    """The form of a new record; parents and other values may come in the address."""

    template_name = "registers/new.html"

    def find(self) -> None:
        """A record that is not there yet, below the parents that the address names."""
        model = self.register.model
        record = self._begun(model())
        self.record = placed_record(self.register, record, self.request.user)
        if any(name in self.request.GET for name in self.register.parents):
            may = can(self.request.user, "write", self.record)
        else:
            grants = for_writing(grants_of(self.request.user), model._meta.model_name)
            may = bool(grants.roles)
        if not may:
            raise PermissionDenied
        self.title = f"New {self.register.one}"
        if self.record.settled:  # nothing is added any more to what it would belong to
            raise Elsewhere(self.crumbs()[-2:][0][1])

    def _begun(self, record: Any) -> Any:
        """Return a new record with what the address says of it; raises Http404 for what that cannot
        be."""
        model = type(record)
        for name, value in self.request.GET.dict().items():
            field = next((field for field in model._meta.fields if field.name == name), None)
            if field is None or name not in self.register.serializer._templates():
                raise Http404
            if field.is_relation:
                rows = field.related_model._default_manager.visible_to(self.request.user)
                if not value.isdecimal():
                    raise Http404
                setattr(record, name, get_object_or_404(rows, pk=value))
            elif field.choices and value not in dict(field.flatchoices):
                raise Http404
            else:
                setattr(record, name, value)
        return record

    def in_rest(self) -> tuple[str, str]:
        """The collection that is added to."""
        name = self.register.name
        return f"{name.replace('-', '_')}_create", f"/api/v1/{name}/"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The form, with what is usual filled in."""
        serializer = self.register.serializer(context=self.context_of_forms())
        given = self._given()
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
        """Return whether records of the register have codes: of others each is little."""
        return any(field.name == "code" for field in self.register.model._meta.fields)

    def _given(self) -> dict[str, Any]:
        """Return what the fields hold at first: what the address says, the next code, and the
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
        """The code after the highest of its siblings', or, where codes are the portfolio's, of all
        that have the same stem; in an empty directory the first."""
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
