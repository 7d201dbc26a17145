"""The base of every serializer: it declares the fields of a resource, and which of them may be
written.

Reading does not use serializers: `pmhub.api.representations` reads the fields that are declared
here.
"""

from pmhub.access.writing import allow, check_may_write_here
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
    Reason,
    Related,
    Text,
    WholeNumber,
    first_column,
)
from pmhub.serializers.inputs import InputSerializer
from pmhub.serializers.records import (
    HEAD,
    RECORD,
    RecordSerializer,
)
from pmhub.serializers.refusals import refusals

__all__ = [
    "DECIMAL",
    "HEAD",
    "RECORD",
    "Choice",
    "Currency",
    "Day",
    "Flag",
    "InputSerializer",
    "Moment",
    "Money",
    "NoCode",
    "Number",
    "Reason",
    "RecordSerializer",
    "Related",
    "Text",
    "WholeNumber",
    "allow",
    "check_may_write_here",
    "first_column",
    "refusals",
]
