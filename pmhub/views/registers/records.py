"""The page of one record of a register, and the base of all pages about one record."""

from __future__ import annotations

import secrets
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property, partial
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.utils.safestring import SafeString

from pmhub.access import can
from pmhub.access.hidden_references import hidden_in_record
from pmhub.access.past_rights import seen_now
from pmhub.access.restricted_fields import withheld
from pmhub.access.scoped_rows import read_anew
from pmhub.database import past
from pmhub.models import portfolio_of
from pmhub.page_addresses import address_of, then
from pmhub.registers import Register, parent_field, registers
from pmhub.registers.panels import panels
from pmhub.serializers.verbs import verbs_of
from pmhub.services import as_of
from pmhub.views import CachedPage
from pmhub.views.clocks import (
    asks_past,
    chosen_clock,
    clock_context,
    homes_of,
    not_a_moment,
    shows_figures,
    zone_of,
)
from pmhub.views.registers import forms
from pmhub.views.registers.breadcrumbs import parent_of, way_to
from pmhub.views.registers.cells import Column, cell, columns_of, custom_columns, related_ids
from pmhub.views.registers.names import Names, Units, name_fields, name_of
from pmhub.views.registers.new_record import new_address_below
from pmhub.views.registers.record_sections import filled, in_rows, sections_of
from pmhub.views.registers.rows import Listing, Resources, missing_resource
from pmhub.views.undo import offered_undo
from programmes.queries.as_of import NoMoment
from programmes.queries.clocks import read_by, requested_clock
from programmes.queries.custom_fields import custom_of, spread_custom

SEEN_THERE = "whoever sees that record"
FEW = 5  # rows of each list below a record
FEW_COLUMNS = 6
VERSION = secrets.token_hex(16)  # the place of the record's version in cached forms


@dataclass(frozen=True, slots=True)
class ListBelow:
    """A list of records below a record as HTML; `empty` if it has no rows."""

    html: SafeString
    empty: bool

    def __len__(self) -> int:
        return 2 * len(self.html)


class OneRecord(CachedPage):
    """A page about one record of a register, for users who may see it."""

    resource_of: Resources = staticmethod(missing_resource)  # set by the routes
    register: Register
    record: Any

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        """Set the register."""
        super().setup(request, *args, **kwargs)
        self.register = kwargs["register"]

    @property
    def kind(self) -> Hashable:
        """A key for the pages that read from the same tables."""
        return type(self), self.register.name

    @cached_property
    def resource(self) -> Any:
        """The resource that reads the records of the register."""
        return self.resource_of(self.register.model, self.request)

    def find(self) -> None:
        """Find the record, with what decides about rights on it; raises Http404 if there is none,
        or none for this user."""
        self.record = self.resource.record(self.kwargs["pk"])
        self.title = self.called

    @cached_property
    def called(self) -> str:
        """The record's code and name."""
        parts = name_of(self.record, self.request.user)
        one = self.register.one.capitalize()
        return " ".join(filter(None, parts)) or f"{one} {self.record.pk}"

    @property
    def short(self) -> str:
        """The record's code, or else its name."""
        code, _ = name_fields(self.register.model)
        return str(getattr(self.record, code)) if code else self.called

    @property
    def address(self) -> str:
        """The address of the record's page."""
        return address_of("record", self.register.name, self.record.pk)

    @property
    def written_to(self) -> str:
        """The address in REST to which the record is written."""
        return f"/api/v1/{self.register.name}/{self.record.pk}/"

    def crumbs(self) -> list[tuple[str, str]]:
        """Return the records above, and the list that holds this one."""
        name, parent = self.register.name, self.above
        register = registers.of(type(parent))
        if register is None:
            return [(self.register.title, address_of("register", name))]
        way = way_to(parent, self.request.user)
        listed = address_of("register-of", register.name, parent.pk, name)
        return [*way, (self.register.title, listed)]

    @cached_property
    def above(self) -> Any:
        """The nearest record above that the user sees; None if there is none."""
        return parent_of(self.record, self.request.user)

    def places(self) -> dict[str, str]:
        """Mark the record above in the tree."""
        return {address: "true" for _, address in way_to(self.above, self.request.user)[-1:]}

    @property
    def unit(self) -> str:
        """The unit of the record's amounts: its own, if it has one, or that of its money."""
        if hasattr(type(self.record), "amounts_in"):
            # A record that belongs to nothing has no known currency.
            return getattr(self.record, "amounts_in", "")
        return self.money_unit

    @property
    def money_unit(self) -> str:
        """The unit of the record's money; empty if it is not known yet."""
        units = Units(self.request.user)
        return units.one or units.of_portfolio(portfolio_of(self.record))

    def rest_request(self, action: str) -> tuple[str, str]:
        """Return the request to REST for an action on the record, as (operation, address)."""
        name = self.kwargs["register"].name
        more = "" if action == "retrieve" else f"{action}/"
        return f"{name.replace('-', '_')}_{action}", f"/api/v1/{name}/{self.kwargs['pk']}/{more}"

    def context_of_forms(self) -> dict[str, Any]:
        """Return the context for serializers."""
        return {"request": self.request, "record": self.record}

    def drawn_verbs(self) -> SafeString:
        """Return the verbs that this user may carry out on the record now, each with its form, as
        HTML. They are cached until they were others, whatever changes in the record; its version,
        which changes with every edit, is filled in afterwards."""
        if past.is_past():
            return SafeString("")
        html = self.kept("verbs", self._draw_verbs, len, self.unit, self.region)
        return SafeString(html.replace(VERSION, str(self.record.version)))

    def _draw_verbs(self) -> SafeString:
        # Read anew, so that only what decides about the verbs counts as read.
        record = read_anew(self.record, deciding(self.record))
        values = {
            "verbs": offered_verbs(self.register, record, self.request, unit=self.unit),
            "record": {"version": VERSION},
            "address": "" if self.region == "panel" else self.address,
            "form_style": forms.STYLE,
        }
        return render_to_string("registers/verbs.html", values)


def deciding(record: Any) -> list[str]:
    """Return the columns of a record, beside those of its place, that decide which verbs are
    offered to whom: its states, who wrote it, and who has a post on it or a part in it."""
    names = {"created_by", *getattr(record, "posts", {}).values()}
    names |= {lifecycle.field for lifecycle in record.lifecycles}
    names |= {path.partition("__")[0] for path in record.parties}
    return [field.attname for field in record._meta.concrete_fields if field.name in names]


def offered_verbs(
    register: Register, record: Any, request: Any, *, unit: str = "", prefix: str = ""
) -> list[dict[str, Any]]:
    """Return the verbs that the user may carry out on a record now, each with its form. `prefix`
    distinguishes the forms of several records on a page. A verb that takes several records has its
    form on a page of its own, and is left out."""
    offers: list[dict[str, Any]] = []
    if past.is_past():
        return offers
    for verb in verbs_of(register.serializer).values():
        if not verb.open_to(request.user, record):
            continue
        made = verb.form_for(record, request)
        if any(hasattr(field, "child") for field in made.fields.values()):
            continue
        for name, field in made.fields.items():
            if name in record.happened and field.required:
                field.initial = as_of(record).isoformat()
        id = f"{prefix}{verb.noun}"
        offers.append({
            "noun": verb.noun, "id": id, "title": verb.does, "says": verb.says,
            "fields": forms.fields_of(
                made, list(made.fields), unit=unit, prefix=f"{id}-", register=register
            ),
            "required": any(field.required for field in made.fields.values()),
            "address": f"/api/v1/{register.name}/{record.pk}/{verb.noun}/",
            "undo": offered_undo(register.name, register.serializer, verb, record, request.user),
        })  # fmt: skip
    return offers


class RecordPage(OneRecord):
    """The page of a record: its fields, the records linked with it, and all that this user may do
    with it."""

    template_name = "registers/record.html"
    regions = ("panel",)
    at: datetime | None = None
    on: date | None = None
    zone = ""  # the portfolio's, unless the past is asked for

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Return the page; one of the past is not cached."""
        if chosen := chosen_clock(request):
            return redirect(chosen)
        if asks_past(request.GET):
            try:
                return self.of_past()
            except NoMoment as error:
                return not_a_moment(request, error)
        return super().get(request, *args, **kwargs)

    @property
    def here(self) -> str:
        """The record's code, for the breadcrumb."""
        return self.short

    def of_past(self) -> HttpResponse:
        """Return the page as the record was; raises NoMoment, and Http404 for users who may not see
        the record now."""
        user = self.request.user
        rows = self.register.model._base_manager.filter(pk=self.kwargs["pk"])
        now = self.resource.record(self.kwargs["pk"]) if rows.exists() else None
        self.zone = zone_of(now, user)
        self.at, self.on = requested_clock(self.request.GET, self.zone)
        figured = self.on and shows_figures(self.register.model)
        with read_by((self.at, self.on), *(homes_of(now) if figured else ())):
            try:
                self.find()
            except Http404:
                if now is None:
                    raise
                detail = "It was not there yet, or was no part of what you may see."
                raise NoMoment("not_there_then", detail) from None
            response = self.render_to_response(self.get_context_data())
            if isinstance(response, TemplateResponse):
                response.render()
            return response

    def looks_at(self) -> tuple[str, int]:
        """Return the kind and id of the record."""
        return self.kwargs["register"].model._meta.model_name, self.kwargs["pk"]

    def in_rest(self) -> tuple[str, str]:
        """Return the request to REST for the record."""
        return self.rest_request("retrieve")

    def get_template_names(self) -> list[str]:
        """Return the template of the page, or that of the panel beside a list."""
        return (
            ["registers/record_beside_list.html"]
            if self.region == "panel"
            else [self.template_name]
        )

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add all that the page shows."""
        register, user = self.register, self.request.user
        row = self.resource.stored_row(self.record.pk)
        custom = custom_columns(register, custom_of(self.record))
        spread_custom([row], custom)
        columns = columns_of(register) | custom
        names = Names(related_ids(columns.values(), [row]), user)
        may = can(user, "write", self.record)
        sections, unfilled = filled(sections_of(register, row, columns, names))
        return super().get_context_data(
            register=register,
            record=self.record,
            row=row,
            address=self.address,
            written_to=self.written_to,
            states=self._states(row, columns),
            unit=self.unit if any(column.look == "money" for column in columns.values()) else "",
            sections=in_rows(sections),
            unfilled=unfilled,
            may=may,
            editable=may and bool(forms.editable(register, self.record, user)),
            verbs=self.drawn_verbs(),
            below=self._below(),
            withheld=self._withheld(columns),
            **self._clock(),
            **kwargs,
        )

    def _clock(self) -> dict[str, Any]:
        """Return the context for the choice of a moment of the past."""
        portfolio = getattr(self.record, "owner_portfolio", None)
        zone = self.zone or getattr(portfolio, "time_zone", "UTC")
        return clock_context(self.at, self.on, zone)

    def _states(self, row: Mapping[str, Any], columns: Mapping[str, Column]) -> list[str]:
        """Return how the record stands, in words: the states of its life cycles, or what its
        register says instead."""
        states = [lifecycle.field for lifecycle in self.record.lifecycles]
        said = [self.register.stands] if self.register.stands else states
        names = [name for name in said if name in columns]
        nobody = Names({}, self.request.user)
        return [cell(columns[name], row, nobody, "", long=True).text for name in names]

    def _withheld(self, columns: Mapping[str, Column]) -> list[tuple[str, str]]:
        """Return the fields that this user may not see, as (labels, words for who may)."""
        labels: dict[str, list[str]] = {}
        hidden = withheld(self.register.model, self.record.pk, self.request.user)
        named = hidden_in_record(self.record, self.request.user)
        hidden = {name: SEEN_THERE for name in named if name in columns} | hidden
        for name, words in hidden.items():
            labels.setdefault(words, []).append(self.register.label(name))
        return [(", ".join(group), words) for words, group in labels.items()]

    def _below(self) -> list[SafeString]:
        """Return the lists of the records below this one as HTML, those without records last. Each
        is cached until reading it would give another list, whatever changes in the record
        itself."""
        own = self.register
        parts = [panels[name] for name in (*own.first_panels, *own.panels)]
        told = {name for panel in parts for name in panel.lists}
        found = (
            self.kept("below", partial(self._listed, register), len, register.name)
            for register in registers.below(type(self.record))
            if register.name not in told
        )
        return [listed.html for listed in sorted(found, key=lambda each: each.empty) if listed.html]

    def _listed(self, register: Register) -> ListBelow:
        """Return the list of the records below this one in a register: the first rows, and the
        address of the whole list; no HTML if there are none and the user may not make one."""
        user = self.request.user
        # Read anew, so that only what decides who may add records counts as read.
        record = read_anew(self.record)
        relation = parent_field(register, type(record))
        resource = self.resource_of(register.model, self.request)
        rows = resource.get_queryset().filter(**{relation: record.pk})
        rows = seen_now(rows, user).order_by(*register.model._meta.ordering, "pk")
        count = rows.count()
        new = new_address_below(register, record, user)
        if not count and not new:
            return ListBelow(SafeString(""), empty=True)
        names = [name for name in register.columns if name != relation][:FEW_COLUMNS]
        listing = Listing(register, resource, user, names, rows)
        at = address_of("register-of", self.register.name, record.pk, register.name)
        values = {
            "register": register,
            "heads": listing.heads,
            "lines": listing.lines(rows, 0, FEW) if count else [],
            "count": count,
            "address": at + then(self.at),
            "new": new,
        }
        html = render_to_string("registers/list_below.html", values)
        return ListBelow(html, empty=not values["lines"])
