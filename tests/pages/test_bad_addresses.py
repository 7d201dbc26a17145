"""Whatever is in an address, the answer is a page, or says what is wrong with it."""

from urllib.parse import urlencode

import pytest

from programmes.models import LedgerLine

PAGES = [
    "portfolio/", "portfolios/{portfolio}/", "programmes/{programme}/",
    "programmes/{programme}/benefits/", "programmes/{programme}/risk/",
    "programmes/{programme}/what-if/", "programmes/{programme}/reports/",
    "programmes/{programme}/explain/risk_p80/", "projects/{project}/",
]  # fmt: skip
MOMENTS = ["0001-01-01", "0001-01-01T00:00:00+00:00", "2020-01-01", "9999-12-31"]
PROGRAMME = "programmes/{programme}/"
ASKED = [
    *((PROGRAMME, {"as_of": text}) for text in ("\x00", "²026-10-31", "2026-02-30")),
    *((f"{PROGRAMME}explain/risk_p80/", {"since": text}) for text in ("0001-01-01", "x", "\x00")),
    *((f"{PROGRAMME}what-if/", {"scenario": text}) for text in ("9" * 30, "x", "²")),
    *((f"{PROGRAMME}what-if/", {"edit": text}) for text in ("9" * 30, "x", "²")),
    (f"{PROGRAMME}risk/", {"kind": "x", "view": "\x00", "probability": "9" * 30, "impact": "1"}),
    (PROGRAMME, {"sort": "\x00", "rows": "\x00"}),
    ("portfolio/", {"sort": "-nothing", "q": "\x00%", "health": "blue"}),
    *(
        (page, {name: text})
        for page, name in (
            ("projects/{project}/history/", "page"),
            ("risks/new/", "project"),
            ("resources/load/", "project"),
            ("portfolios/{portfolio}/year-end/", "year"),
            ("calendar/", "programme"),
        )
        for text in ("9" * 18, "9" * 30, "9" * 4400)
    ),
]


@pytest.fixture
def get(client_of, demo, pmo):
    """`get(page, query)`: the answer to somebody who sees everything."""
    client = client_of(pmo)
    ids = {
        "portfolio": demo.portfolio.pk,
        "programme": demo.programme("CAM").pk,
        "project": demo.project("CAM-02").pk,
    }
    return lambda page, query: client.get(f"/{page.format(**ids)}?{urlencode(query)}")


@pytest.mark.parametrize("path", PAGES)
def test_a_moment_without_figures_is_answered(path, get):
    for moment in MOMENTS:
        answer = get(path, {"as_of": moment})
        assert answer.status_code in (200, 400), moment
        if answer.status_code == 400:
            assert "moment" in answer.content.decode()


def test_odd_words_in_an_address_break_nothing(get):
    for page, query in ASKED:
        assert get(page, query).status_code in (200, 400, 404), (page, query)


def test_an_id_beyond_all_ids_is_not_there(client_of, demo, pmo):
    client = client_of(pmo)
    for page in ("programmes", "projects", "portfolios"):
        for number in ("9" * 19, "9" * 40):
            assert client.get(f"/{page}/{number}/").status_code == 404


def test_a_day_before_the_figures_began_has_none(get, demo):
    first = LedgerLine.objects.order_by("valid_from").values_list("valid_from", flat=True)[0]
    day = first.date().replace(year=first.year - 1).isoformat()
    assert get("programmes/{programme}/", {"as_of": day}).status_code == 200
    answer = get("programmes/{programme}/risk/", {"as_of": day})
    assert answer.status_code == 400
    assert "nothing is known of it" in answer.content.decode()
