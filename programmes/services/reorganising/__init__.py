"""Programmes split and merged: what goes along, what stays, and what ends."""

from programmes.services.reorganising.fates import Along, Fate, Reorganised
from programmes.services.reorganising.merger import merge_programmes
from programmes.services.reorganising.rights import gained
from programmes.services.reorganising.split import Part, split_programme

__all__ = ["Along", "Fate", "Part", "Reorganised", "gained", "merge_programmes", "split_programme"]
