"""The base of every serializer: it says what a resource looks like and what may be written.

Reading goes past serializers, by `pmhub.api.shapes`, which follows the fields declared here.
"""

from pmhub.serializers.fields import (
    DECIMAL,
    Choice,
    Currency,
    Day,
    Flag,
    Moment,
    Money,
    NoCode,
    Number,
    Related,
    Text,
    Whole,
    first,
    lineage,
)
from pmhub.serializers.records import (
    HEAD,
    RECORD,
    Asked,
    RecordSerializer,
    allow,
    allow_here,
    limiting,
    refusals,
)

__all__ = [
    "DECIMAL",
    "HEAD",
    "RECORD",
    "Asked",
    "Choice",
    "Currency",
    "Day",
    "Flag",
    "Moment",
    "Money",
    "NoCode",
    "Number",
    "RecordSerializer",
    "Related",
    "Text",
    "Whole",
    "allow",
    "allow_here",
    "first",
    "limiting",
    "lineage",
    "refusals",
]
