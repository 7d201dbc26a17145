"""The contract in schema.yml, of which the checks say that it is what the code offers."""

from functools import cache
from typing import Any

import yaml

from pmhub.embedded.folder import CHECKOUT


@cache
def contract() -> Any:
    """Return the contract; it takes seconds, so that a process reads it once, and only for a test
    that asks."""
    text = (CHECKOUT / "schema.yml").read_text()
    return yaml.load(text, yaml.CSafeLoader)  # ten times as fast as the one in Python
