"""The schema of one operation."""

from __future__ import annotations

from drf_spectacular.openapi import AutoSchema


class Schema(AutoSchema):
    """drf-spectacular's, with the problems and headers that every operation shares."""
