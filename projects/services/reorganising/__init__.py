"""Projects split and merged: what goes along, what stays, and what ends."""

from projects.services.reorganising.merger import merge_projects
from projects.services.reorganising.plans import Shares
from projects.services.reorganising.split import SplitPart, split_project

__all__ = ["Shares", "SplitPart", "merge_projects", "split_project"]
