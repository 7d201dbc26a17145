"""The documents name files that are there."""

import re
from pathlib import Path

import pytest

from pmhub.embedded.folder import CHECKOUT

DOCUMENTS = sorted([*CHECKOUT.glob("*.md"), *CHECKOUT.glob("docs/*.md")])
# In backticks, with a folder of ours before it, and not what a command is given or an address.
NAMED = re.compile(
    r"`((?:pmhub|programmes|projects|benefits|templates|static|tests|docs)/[\w./-]+)`"
)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_file_that_a_document_names_is_there(document: Path) -> None:
    named = set(NAMED.findall(document.read_text()))
    assert {name for name in named if not (CHECKOUT / name).exists()} == set()


def test_every_variable_of_the_settings_is_explained() -> None:
    files = [CHECKOUT / "pmhub" / name for name in ("settings.py", "environment.py")]
    read = re.compile(r"(?:env(?:\.\w+)?|guarded_address|database)\(\s*\"([A-Z_]+)\"")
    taken = {name for each in files for name in read.findall(each.read_text())}
    told = (CHECKOUT / "docs" / "settings.md").read_text()
    assert len(taken) > 40
    assert {name for name in taken if f"`{name}`" not in told} == set()
