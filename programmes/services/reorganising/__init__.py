"""Programmes split and merged: what goes along, what stays, and what ends."""

from programmes.services.reorganising.fates import Fate, RecordFates, Reorganisation
from programmes.services.reorganising.merger import merge_programmes
from programmes.services.reorganising.rights import gained
from programmes.services.reorganising.split import SplitPart, split_programme

__all__ = [
    "Fate",
    "RecordFates",
    "Reorganisation",
    "SplitPart",
    "gained",
    "merge_programmes",
    "split_programme",
]
