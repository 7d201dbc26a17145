"""Parts that stand on many pages alike, as their tags write them."""

import pytest
from django.template import Context, Template


def drawn(source: str, **context: object) -> str:
    """Return what a template draws with the parts loaded."""
    return Template("{% load parts %}" + source).render(Context(context))


def test_a_table_scrolls_in_a_box_named_by_its_heading() -> None:
    assert drawn('{% table "risks-title" %}<tbody></tbody>{% endtable %}') == (
        '<div class="table-scroll" tabindex="0" role="group" aria-labelledby="risks-title">'
        '<table class="rows cards"><tbody></tbody></table></div>'
    )


def test_a_table_without_a_heading_is_named_by_a_label() -> None:
    assert drawn('{% table label="Lines that count" look="rows" %}{% endtable %}') == (
        '<div class="table-scroll" tabindex="0" role="group" aria-label="Lines that count">'
        '<table class="rows"></table></div>'
    )


def test_a_heading_that_ends_with_a_number_sign_stands_over_figures() -> None:
    assert drawn('{% columns "Risk" "Chance#" %}') == (
        '<thead><tr><th scope="col">Risk</th><th scope="col" class="num">Chance</th></tr></thead>'
    )


def test_records_add_columns_of_figures_and_their_names_are_text() -> None:
    more = [{"name": "<b>Later</b>"}]
    assert drawn('{% columns "Figure" more=more %}', more=more) == (
        '<thead><tr><th scope="col">Figure</th>'
        '<th scope="col" class="num">&lt;b&gt;Later&lt;/b&gt;</th></tr></thead>'
    )


@pytest.mark.parametrize(
    ("source", "tag"),
    [
        ('{% tag "Correction" %}', '<span class="tag">Correction</span>'),
        ('{% tag state "red" %}', '<span class="tag tag-red">R&amp;D</span>'),
    ],
)
def test_a_tag_is_a_word_in_a_box(source: str, tag: str) -> None:
    assert drawn(source, state="R&D") == tag


@pytest.mark.parametrize(("reports", "opened"), [([], " open"), ([1], "")])
def test_a_fold_is_open_while_there_is_nothing_yet(reports: list[int], opened: str) -> None:
    source = '{% fold "new" "New report" closed=reports look="composing" %}In it{% endfold %}'
    assert drawn(source, reports=reports) == (
        f'<details class="section form-box" id="new"{opened}><summary>New report</summary>'
        '<div class="body composing">In it</div></details>'
    )
