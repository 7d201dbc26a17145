"""What the product says in sentences: made from figures and codes where they are shown."""

from programmes.wording.findings import in_words, reason, reasons_of, title, why
from programmes.wording.headline import Outlook, Threat, sentence
from programmes.wording.movements import movement

__all__ = [
    "Outlook",
    "Threat",
    "in_words",
    "movement",
    "reason",
    "reasons_of",
    "sentence",
    "title",
    "why",
]
