"""The contract in schema.yml; a check compares it with the code."""

from functools import cache
from typing import Any

import yaml

from pmhub.embedded.folder import CHECKOUT


@cache
def contract() -> Any:
    """Return the contract. Reading it takes seconds, so a process reads it once, when the first
    test asks."""
    text = (CHECKOUT / "schema.yml").read_text()
    return yaml.load(text, yaml.CSafeLoader)  # ten times as fast as the one in Python
