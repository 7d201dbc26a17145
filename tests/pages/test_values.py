"""How values look."""

from datetime import date
from decimal import Decimal
from types import SimpleNamespace as Thing

import pytest

from pmhub import formats
from pmhub.templatetags import pm

POUNDS_K = Thing(currency="GBP", money_unit=1000)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (Decimal(285810), "285,810"),
        (Decimal("-12210.4"), "−12,210"),
        (Decimal("-0.4"), "0"),
        ("1234.5", "1,235"),
        (Decimal("2.50"), "3"),
        ("-2.5", "−3"),
        (0, "0"),
        (None, "–"),
        ("", "–"),
    ],
)
def test_money_is_grouped_with_a_true_minus(value, words):
    assert formats.money(value) == words


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (Decimal("0.9996"), "0.9996"),
        (Decimal("1.0004"), "1.0004"),
        (Decimal("0.004"), "0.004"),
        (Decimal("0.866"), "0.87"),
        (Decimal("0.865"), "0.87"),
        (Decimal("0.845"), "0.85"),
        (Decimal(1), "1.00"),
        (Decimal(0), "0.00"),
    ],
)
def test_a_ratio_reads_one_or_nothing_only_where_it_is(value, words):
    assert formats.ratio(value) == words


@pytest.mark.parametrize(
    ("value", "words"),
    [("0.997", "99.7%"), ("1.003", "100.3%"), ("0.0004", "0.04%"), ("0.125", "13%"), ("1", "100%")],
)
def test_a_share_reads_all_or_nothing_only_where_it_is(value, words):
    assert formats.percent(value) == words


@pytest.mark.parametrize(
    ("value", "words"),
    [("99.96", "99.96%"), ("38.000", "38%"), ("12.25", "12.3%"), ("0.01", "0.01%")],
)
def test_progress_reads_complete_only_where_it_is(value, words):
    assert formats.of_hundred(value) == words


@pytest.mark.parametrize(
    ("value", "words"),
    [("0.4", "+0.4"), ("-0.04", "−0.04"), ("-6250.5", "−6,251"), ("0.0000001", "0"), ("0", "0")],
)
def test_a_difference_that_is_one_is_not_nothing(value, words):
    assert formats.signed(value) == words
    assert formats.by(value) == words.lstrip("+−")


@pytest.mark.parametrize(("value", "words"), [(36, "+36 d"), (-4, "−4 d"), (0, "0 d"), (None, "–")])
def test_days_carry_their_sign(value, words):
    assert formats.days_off(value) == words


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (Decimal(60388), "£60.4m"),
        (Decimal(-362), "−£362k"),
        (Decimal("805.0"), "£805k"),
        (Decimal(1500000), "£1.5bn"),
        (Decimal("0.25"), "£250"),
        (Decimal("999.6"), "£1.0m"),
        (Decimal("999.4"), "£999k"),
        (Decimal(999950), "£1.0bn"),
        (Decimal(99950), "£100m"),
        (Decimal(-99949), "−£99.9m"),
        (None, "an unknown amount"),
    ],
)
def test_an_amount_in_a_sentence_is_short(value, words):
    assert formats.spoken(value, POUNDS_K) == words


def test_the_unit_is_said_once():
    assert formats.money_unit(POUNDS_K) == "£k"
    assert formats.money_unit(Thing(currency="CHF", money_unit=1_000_000)) == "CHF m"


def test_a_status_is_letter_word_and_colour():
    assert pm.rag("amber") == (
        '<span class="rag rag-amber"><span class="rag-letter" aria-hidden="true">A</span>'
        "<span>Amber</span></span>"
    )
    assert "Not known" in pm.rag("")
    assert "Not known" in pm.rag(None)


def test_what_people_wrote_is_escaped():
    assert "<b>" not in pm.rag("red", "<b>bold</b>")


@pytest.mark.parametrize(
    ("unit", "value", "words"),
    [
        ("money", Decimal("10420.4"), "10,420"),
        ("ratio", Decimal("0.866"), "0.87"),
        ("days", Decimal(36), "+36 d"),
        ("date", date(2029, 5, 5), "5 May 2029"),
        ("status", "grey", "Not known"),
        ("count", Decimal(16), "16"),
    ],
)
def test_a_figure_looks_as_its_unit_asks(unit, value, words):
    assert formats.shown(Thing(unit=unit, value=value, reason="")) == words


def test_an_undefined_figure_says_why():
    assert (
        formats.shown(Thing(unit="ratio", value=None, reason="no_actual_cost")) == "no actual cost"
    )


@pytest.mark.parametrize(
    ("value", "words"), [("38.000", "38"), ("64300.00", "64300"), ("1.50", "1.5"), ("", "")]
)
def test_a_field_holds_a_number_as_one_would_type_it(value, words):
    assert formats.plain(value) == words
