"""Filters of the audit register."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any, ClassVar

import django_filters as df
from django.db.models import Q

from pmhub.database.collation import with_words
from pmhub.database.history import WritePath
from pmhub.filters import MOST_WORDS, DateFilter, NumberFilter, VisibleFilter, visible
from pmhub.models import Act, AuditEntry, Person

SOUGHT = ("reason", "act", "object_type", "object_id", "request", "token", "session")


class AuditFilter(df.FilterSet):
    """Filters of the audit register. A person matches if they acted, or if the act concerned them,
    their account or their roles; days are those of UTC, both included; words are searched in the
    details of an act."""

    act = df.ChoiceFilter(choices=Act)
    person = VisibleFilter(queryset=visible(Person), method="of_person")
    actor = NumberFilter()
    object_type = df.CharFilter(max_length=60)
    object_id = df.CharFilter(max_length=60)
    via = df.ChoiceFilter(choices=WritePath)
    request = df.CharFilter(max_length=60)
    since = DateFilter(method="from_day")
    until = DateFilter(method="to_day")
    search = df.CharFilter(max_length=200, method="of_words")

    class Meta:
        model = AuditEntry
        fields: ClassVar[Any] = []

    def of_person(self, rows: Any, name: str, person: Person) -> Any:
        """Return the acts of a person, and those that concern them, their account or their
        roles."""
        about = Q(object_type="person", object_id=str(person.pk)) | Q(details__person=person.pk)
        if person.user_id:
            about |= Q(actor=person.user_id) | Q(details__user=person.user_id)
            about |= Q(object_type="user", object_id=str(person.user_id))
        return rows.filter(about)

    def from_day(self, rows: Any, name: str, day: date) -> Any:
        """Return the entries from the start of a day on."""
        return rows.filter(at__gte=datetime.combine(day, time(), UTC))

    def to_day(self, rows: Any, name: str, day: date) -> Any:
        """Return the entries up to the end of a day."""
        return rows.filter(at__lt=datetime.combine(day + timedelta(days=1), time(), UTC))

    def of_words(self, rows: Any, name: str, text: str) -> Any:
        """Return the entries that contain every word."""
        return with_words(rows, " ".join(text.split()[:MOST_WORDS]), SOUGHT)
