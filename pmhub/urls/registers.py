"""The addresses of registers: `/risks/`, `/projects/3/risks/`, `/risks/17/` …"""

from __future__ import annotations

from typing import Any

from django.http import QueryDict
from django.urls import path, register_converter

from benefits.registers import REGISTERS as BENEFITS
from benefits.views.panels import PANELS as OF_BENEFITS
from pmhub.api.resources import basename_of, view_of
from pmhub.api.routes import RESOURCES
from pmhub.registers import Register, registers
from pmhub.registers.panels import panels
from pmhub.registers.people import REGISTERS as PEOPLE
from pmhub.views.all_registers import AllRegistersPage
from pmhub.views.comments import PANELS as OF_READERS
from pmhub.views.data_quality import DataQualityPage
from pmhub.views.deleted_records import DeletedPage
from pmhub.views.people import PANELS as OF_PEOPLE
from pmhub.views.registers import (
    ActivityPage,
    EditPage,
    HistoryPage,
    ImportPage,
    NewPage,
    RecordPage,
    RegisterPage,
)
from pmhub.views.registers.custom import PANELS as OF_RECORDS
from pmhub.views.registers.query import BadQuery, RegisterQuery
from programmes.registers import REGISTERS as PROGRAMMES
from programmes.views import GovernancePage
from programmes.views.panels import PANELS as OF_PROGRAMMES
from projects.registers import REGISTERS as PROJECTS
from projects.views.panels import PANELS as OF_PROJECTS

for each in (*PROJECTS, *BENEFITS, *PROGRAMMES, *PEOPLE):
    view: Any = RESOURCES[each.name]
    registers.add(each, view.filterset_class.base_filters)

for group in (OF_PROGRAMMES, OF_PROJECTS, OF_BENEFITS, OF_PEOPLE, OF_READERS, OF_RECORDS):
    panels.update(group)


class RegisterConverter:
    """Converts the name of a collection in an address to its register."""

    regex = "[a-z][a-z-]*"

    def to_python(self, text: str) -> Register:
        """Return the register of this name; raises ValueError if there is none."""
        register = registers.named(text)
        if register is None:
            raise ValueError(text)
        return register

    def to_url(self, register: Register | str) -> str:
        """Return the name of a register."""
        return register if isinstance(register, str) else register.name


register_converter(RegisterConverter, "register")


def resource_of(model: Any, request: Any) -> Any:
    """Return the view set that reads the records of a model for this request."""
    return view_of(model)(request=request, basename=basename_of(model))


def misread_query(register: Register, query: QueryDict, request: Any) -> str:
    """Return why a list refuses a query; empty where it accepts it."""
    try:
        RegisterQuery(register, resource_of(register.model, request), query, {}).rows(request)
    except BadQuery as error:
        return str(error)
    return ""


registers.misread = misread_query

READING: dict[str, Any] = {"resource_of": resource_of}

urlpatterns = [
    path(
        "programmes/<int:pk>/governance/",
        GovernancePage.as_view(**READING),
        name="programme-governance",
    ),
    path("pmo/", AllRegistersPage.as_view(), name="pmo"),
    path("deleted/", DeletedPage.as_view(collection_of=basename_of), name="deleted"),
    path("pmo/data-quality/", DataQualityPage.as_view(), name="data-quality"),
    path("<register:register>/", RegisterPage.as_view(**READING), name="register"),
    *(
        path(f"{name}/new/blank/", NewPage.as_view(**READING), {"register": registers.named(name)})
        for name in ("programmes", "projects")
    ),
    path("<register:register>/import/", ImportPage.as_view(**READING), name="import-records"),
    path("<register:register>/new/", NewPage.as_view(**READING), name="new-record"),
    path("<register:register>/<int:pk>/", RecordPage.as_view(**READING), name="record"),
    path("<register:register>/<int:pk>/edit/", EditPage.as_view(**READING), name="edit-record"),
    path(
        "<register:register>/<int:pk>/history/",
        HistoryPage.as_view(**READING),
        name="record-history",
    ),
    path(
        "<register:register>/<int:pk>/activity/",
        ActivityPage.as_view(**READING),
        name="record-activity",
    ),
    path(
        "<register:above>/<int:pk>/<register:register>/",
        RegisterPage.as_view(**READING),
        name="register-of",
    ),
]
