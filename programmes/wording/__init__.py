"""Sentences of the product: made from figures and codes where they are shown."""

from programmes.wording.findings import finding_reason, in_words, reason, reasons_of, title
from programmes.wording.headline import Outlook, Threat, sentence
from programmes.wording.movements import movement
from programmes.wording.records import deleted, out_of_sight

__all__ = [
    "Outlook",
    "Threat",
    "deleted",
    "finding_reason",
    "in_words",
    "movement",
    "out_of_sight",
    "reason",
    "reasons_of",
    "sentence",
    "title",
]
