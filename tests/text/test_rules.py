"""What text may hold, as plain values."""

import pytest

from pmhub import text

KEPT = ["\u200e", "\u200f", "\u061c", "\u200c", "\u200d"]
REFUSED = [
    *map(chr, range(0x202A, 0x202F)), *map(chr, range(0x2066, 0x206A)), "\ufeff", "\u2028",
    "\u2029", "\u200b", "\x00", "\x07", "\x1b", "\x7f", "\x80", "\x85", "\x9f", "\ud800", "\udfff",
    "\U000e0041",
]  # fmt: skip


@pytest.mark.parametrize("mark", KEPT, ids=ascii)
def test_marks_that_scripts_need_are_kept(mark: str) -> None:
    assert text.legible(f"תוכנית C++{mark}", lines=False)
    assert text.tidy(f"תוכנית C++{mark}") == f"תוכנית C++{mark}"


@pytest.mark.parametrize("character", REFUSED, ids=ascii)
def test_what_hides_is_refused_wherever_it_stands(character: str) -> None:
    for written in (character, f"a{character}", f"{character}a", f"a{character}b"):
        assert not text.legible(text.tidy(written), lines=False)
        assert not text.legible(text.tidy(written), lines=True)


@pytest.mark.parametrize("character", ["\n", "\r", "\t"], ids=ascii)
def test_lines_belong_in_long_texts(character: str) -> None:
    assert text.legible(f"a{character}b", lines=True)
    assert not text.legible(f"a{character}b", lines=False)
    assert text.tidy(f" a{character}") == "a"


@pytest.mark.parametrize(
    "written", ["", " ", "\u00a0", "\u200f", "\u200d\u2003", "\u3164", "\u2800"]
)
def test_there_is_nothing_to_see_in_blanks_and_marks(written: str) -> None:
    assert text.empty(written)
    assert not text.empty(f"{written}a")


def test_text_is_kept_composed() -> None:
    assert text.tidy(" Ame\u0301lie ") == "Amélie"
    assert text.tidy("Å") == "\u00c5"


def test_people_put_letters_before_accents_and_numbers_by_their_value() -> None:
    names = ["Banana", "apple", "Åsa", "CAM-10", "CAM-2", "cam-1", "Łódź", "Lodz", "école", "Eis"]
    wanted = ["apple", "Åsa", "Banana", "cam-1", "CAM-2", "CAM-10", "école", "Eis", "Lodz", "Łódź"]
    assert sorted(names, key=text.in_order) == wanted


def test_a_search_overlooks_accents_case_and_marks() -> None:
    for written in ("Ame\u0301lie", "AMÉLIE", "amelie", "Amélie\u200f"):
        assert text.plain(written) == "amelie"
    assert text.plain("Straße Ørsted Æther") == "strasse orsted aether"
