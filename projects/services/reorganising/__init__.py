"""Projects split and merged: what goes along, what stays, and what ends."""

from projects.services.reorganising.merger import merge_projects
from projects.services.reorganising.plans import Shares
from projects.services.reorganising.split import Part, split_project

__all__ = ["Part", "Shares", "merge_projects", "split_project"]
