"""Numbers as people type and paste them."""

import pytest

from pmhub.numerals import LAST_PAGE, page_number, typed, typed_share, whole_number


@pytest.mark.parametrize(
    ("text", "unit", "number"),
    [
        ("1250.50", "", "1250.50"),
        ("1,250.50", "", "1250.50"),
        ("1 250", "", "1250"),
        ("1\N{NARROW NO-BREAK SPACE}250\N{NARROW NO-BREAK SPACE}000", "", "1250000"),
        (" 12 ", "", "12"),
        ("\N{MINUS SIGN}12", "", "-12"),
        ("£1,250.50", "£k", "1250.50"),
        ("-£5", "£k", "-5"),
        ("£-5", "£k", "-5"),
        ("1250 €", "", "1250"),
        ("40%", "", "40"),
        ("£1.2m", "£k", "1200"),
        ("1.2 M", "£k", "1200"),
        ("£1.2bn", "£k", "1200000"),
        ("950k", "£k", "950"),
        ("950k", "£m", "0.95"),
        ("\N{MINUS SIGN}£1,250k", "£", "-1250000"),
        ("CHF", "CHF", None),
        ("3k", "CHF k", "3"),
        ("1.2m", "", None),  # of no money: of what, nobody said
        ("1.2m", "metres", None),
        ("1.2m", "visits k", None),
        ("1,2", "", None),
        ("1.250,50", "", None),
        ("12,34,567", "", None),
        ("1,250 000", "", None),
        ("1.", "", None),
        (".5", "", None),
        ("--5", "", None),
        ("1e3", "", None),
        ("nan", "", None),
        ("\N{ARABIC-INDIC DIGIT ONE}", "", None),
        ("1" * 19, "", None),
        ("", "", None),
        ("£", "£k", None),
        ("k", "£k", None),
    ],
)
def test_what_is_typed_is_read_as_one_number_or_as_none(text, unit, number):
    assert typed(text, unit) == number


@pytest.mark.parametrize(
    ("text", "share"),
    [("40%", "0.4"), ("0.4", "0.4"), ("12.5 %", "0.125"), ("-5%", "-0.05"), ("much", None)],
)
def test_a_share_may_be_typed_as_a_percentage(text, share):
    assert typed_share(text) == share


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("7", 7), ("007", 7), ("0", 0), ("9" * 18, 10**18 - 1), ("9" * 19, None), ("", None),
        ("-1", None), ("1.0", None), (" 1", None), ("1\n", None), ("²", None), ("٣", None),
    ],
)  # fmt: skip
def test_a_whole_number_is_of_at_most_18_digits(text: str, number: int | None) -> None:
    assert whole_number(text) == number


@pytest.mark.parametrize(
    ("text", "page"),
    [("3", 3), ("", 1), ("0", 1), ("x", 1), ("9" * 18, LAST_PAGE), ("9" * 30, 1)],
)
def test_a_page_is_one_that_there_can_be(text: str, page: int) -> None:
    assert page_number(text) == page
