"""The admin pages of PMO staff: the base of every page, people, and how they get in."""

from pmhub.admin import accounts, people

__all__ = ["accounts", "people"]
