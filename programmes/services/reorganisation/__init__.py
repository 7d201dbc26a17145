"""Programmes that are split and merged: which records move, stay or end."""

from programmes.services.reorganisation.dispositions import Fate, Reorganisation
from programmes.services.reorganisation.merger import merge_programmes
from programmes.services.reorganisation.rights import gained_roles
from programmes.services.reorganisation.split import SplitPart, split_programme

__all__ = [
    "Fate",
    "Reorganisation",
    "SplitPart",
    "gained_roles",
    "merge_programmes",
    "split_programme",
]
