"""The admin pages of PMO staff: the base of every page, people, how they get in, and what
they say."""

from pmhub.admin import accounts, comments, people

__all__ = ["accounts", "comments", "people"]
