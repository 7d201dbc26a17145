"""The demo: the change portfolio of the fictional University of Wexmoor, and its people."""

from pmhub.demo.loader import is_loaded, load, loaded, remove
from pmhub.demo.users import PASSWORD, USERS

__all__ = ["PASSWORD", "USERS", "is_loaded", "load", "loaded", "remove"]
