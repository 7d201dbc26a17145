"""The pages of registers: lists, records, forms, histories, activity."""

from pmhub.views.registers.activity import ActivityPage
from pmhub.views.registers.form_pages import EditPage, NewPage
from pmhub.views.registers.histories import HistoryPage
from pmhub.views.registers.importing import ImportPage
from pmhub.views.registers.lists import RegisterPage
from pmhub.views.registers.records import RecordPage

__all__ = [
    "ActivityPage",
    "EditPage",
    "HistoryPage",
    "ImportPage",
    "NewPage",
    "RecordPage",
    "RegisterPage",
]
