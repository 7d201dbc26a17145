"""The base of every serializer: it says what a resource looks like and what may be written.

Reading goes past serializers, by `pmhub.api.shapes`, which follows the fields declared here.
"""

from pmhub.serializers.fields import (
    DECIMAL,
    EARLIEST,
    LATEST,
    Choice,
    Currency,
    Day,
    Moment,
    Money,
    NoCode,
    Related,
    Text,
    first,
    lineage,
)
from pmhub.serializers.records import (
    HEAD,
    RECORD,
    RecordSerializer,
    allow,
    allow_here,
    refusals,
)

__all__ = [
    "DECIMAL",
    "EARLIEST",
    "HEAD",
    "LATEST",
    "RECORD",
    "Choice",
    "Currency",
    "Day",
    "Moment",
    "Money",
    "NoCode",
    "RecordSerializer",
    "Related",
    "Text",
    "allow",
    "allow_here",
    "first",
    "lineage",
    "refusals",
]
