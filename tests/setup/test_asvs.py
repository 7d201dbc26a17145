"""The page of the security standard answers every item once, by tests and files that there are."""

import ast
import re
from collections import Counter
from functools import cache

import pytest

from pmhub.embedded.folder import CHECKOUT

PAGE = (CHECKOUT / "docs" / "asvs.md").read_text()
ROW = re.compile(r"^\| (V\d+\.\d+\.\d+) \| (.+?) \| (.+?) \| (.+) \|$", re.MULTILINE)
STATES = ("met", "not applicable", "open")
# How many items of levels 1 and 2 each section of version 5.0.0 has; those of level 3 follow them.
SECTIONS = {
    "1.1": 2, "1.2": 9, "1.3": 11, "1.4": 3, "1.5": 2, "2.1": 3, "2.2": 3, "2.3": 4, "2.4": 1,
    "3.2": 2, "3.3": 4, "3.4": 6, "3.5": 5, "3.7": 2, "4.1": 3, "4.2": 1, "4.3": 2, "4.4": 4,
    "5.1": 1, "5.2": 3, "5.3": 2, "5.4": 3, "6.1": 3, "6.2": 12, "6.3": 4, "6.4": 4, "6.5": 5,
    "6.6": 3, "6.8": 4, "7.1": 3, "7.2": 4, "7.3": 2, "7.4": 5, "7.5": 2, "7.6": 2, "8.1": 2,
    "8.2": 3, "8.3": 1, "8.4": 1, "9.1": 3, "9.2": 4, "10.1": 2, "10.2": 2, "10.3": 4,
    "10.4": 11, "10.5": 5, "10.6": 2, "10.7": 3, "11.1": 2, "11.2": 3, "11.3": 3, "11.4": 4,
    "11.5": 1, "11.6": 1, "12.1": 3, "12.2": 2, "12.3": 4, "13.1": 1, "13.2": 5, "13.3": 2,
    "13.4": 5, "14.1": 2, "14.2": 4, "14.3": 3, "15.1": 3, "15.2": 3, "15.3": 7, "16.1": 1,
    "16.2": 5, "16.3": 4, "16.4": 3, "16.5": 3, "17.1": 1, "17.2": 4, "17.3": 2,
}  # fmt: skip
rows = ROW.findall(PAGE)


def expected() -> list[str]:
    """Return the numbers of all items, in order."""
    return [
        f"V{section}.{number}"
        for section, last in SECTIONS.items()
        for number in range(1, last + 1)
    ]


@cache
def functions(file: str) -> set[str]:
    """Return the functions that a file of tests defines."""
    tree = ast.parse((CHECKOUT / file).read_text())
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


def test_every_item_is_answered_once_and_in_order():
    assert [number for number, *_ in rows] == expected()
    assert len(rows) == 253


def test_each_is_met_not_applicable_or_open_and_says_why():
    for number, about, state, by in rows:
        assert state in STATES, number
        assert len(about) <= 60, number
        assert state != "met" or "`" in by or "docs/" in by, f"{number}: what shows it?"


def test_the_counts_at_the_top_agree():
    counted = Counter(state for _, _, state, _ in rows)
    said = re.search(r"\*\*(\d+) met, (\d+) not applicable, (\d+) open\.\*\*", PAGE)
    assert said
    assert [int(each) for each in said.groups()] == [counted[state] for state in STATES]
    chapters = re.findall(r"^\| V(\d+) [^|]+ \| (\d+) \| (\d+) \| (\d+) \|$", PAGE, re.MULTILINE)
    assert len(chapters) == 17
    for chapter, *counts in chapters:
        here = Counter(state for number, _, state, _ in rows if number.startswith(f"V{chapter}."))
        assert [int(each) for each in counts] == [here[state] for state in STATES], chapter


@pytest.mark.parametrize("named", sorted(set(re.findall(r"`(tests/[^`]+)`", PAGE))))
def test_every_test_that_is_named_is_there(named):
    file, _, function = named.partition("::")
    assert (CHECKOUT / file).is_file()
    assert not function or function in functions(file)


def test_every_file_that_is_named_is_there():
    for named in set(re.findall(r"`([\w./-]+\.(?:py|md|toml|yml|json|ts|in))`", PAGE)):
        assert (CHECKOUT / named).is_file(), named


def test_an_answer_to_an_item_names_no_setting_that_is_none():
    places = ("pmhub/settings.py", "pmhub/environment.py", "docker-compose.yml")
    told = "".join((CHECKOUT / place).read_text() for place in places)
    for named in set(re.findall(r"`([A-Z][A-Z_]{5,})`", PAGE)):
        assert named in told, named
