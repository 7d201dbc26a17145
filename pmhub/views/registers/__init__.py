"""The pages of registers: lists, records, forms, histories."""

from pmhub.views.registers.lists import RegisterPage
from pmhub.views.registers.records import EditPage, HistoryPage, NewPage, RecordPage

__all__ = ["EditPage", "HistoryPage", "NewPage", "RecordPage", "RegisterPage"]
