"""What the product says in sentences: made from figures and codes where they are shown."""

from programmes.wording.headline import Outlook, Threat, sentence
from programmes.wording.movements import movement

__all__ = ["Outlook", "Threat", "movement", "sentence"]
