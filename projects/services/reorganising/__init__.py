"""Projects split and merged: what goes along, what stays, and what ends."""

from projects.services.reorganising.merger import merge_projects

__all__ = ["merge_projects"]
