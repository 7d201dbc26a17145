"""Lessons and the library of standards."""
