"""Splits and mergers of projects: what goes along, what stays, and what ends."""

from projects.services.reorganisation.merger import merge_projects
from projects.services.reorganisation.plans import Shares
from projects.services.reorganisation.split import SplitPart, split_project

__all__ = ["Shares", "SplitPart", "merge_projects", "split_project"]
