"""What a list says: what its lines are called by, its totals, a page that it does not have."""

from tests.registers.test_pages import text_of


def test_a_line_that_is_called_by_another_record_names_it_in_full(client_of, demo, pmo):
    words = text_of(client_of(pmo).get("/baselines/?view=table"))
    assert "CAM-02 Engineering and Materials Building" in words


def test_a_list_without_anything_to_add_has_no_line_of_totals(client_of, demo, pmo):
    assert "All 1" not in text_of(client_of(pmo).get("/overlap-cases/?view=table"))
    assert "All 1 250" in text_of(client_of(pmo).get("/budget-transfers/?view=table"))


def test_a_page_beyond_the_list_leads_to_its_first(client_of, demo, pmo):
    words = text_of(client_of(pmo).get("/risks/?page=999&view=table"))
    assert "The list is not that long. Show its first page" in words
    assert "Add the first" not in words
