"""The admin pages of PMO staff: the base of every page, and people."""

from pmhub.admin import people

__all__ = ["people"]
