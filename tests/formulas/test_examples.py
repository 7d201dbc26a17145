import re
from pathlib import Path

from tests.formulas.worked import EXAMPLES

TESTS = Path(__file__).parent


def test_every_worked_example_is_tried_by_a_test():
    named = {
        code
        for path in TESTS.glob("test_*.py")
        for code in re.findall(r'"([A-Z]+-P\d+)"', path.read_text(encoding="utf-8"))
    }
    assert named == set(EXAMPLES)


def test_every_published_example_names_its_source():
    nameless = [e.id for e in EXAMPLES.values() if not e.source["title"]]
    assert nameless == []
