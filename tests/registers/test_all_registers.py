"""The index of all registers: what one may see of each, over the whole estate."""

import re

from pmhub.registers import registers
from projects.models import Project, Risk
from tests import factories
from tests.pages.conftest import words

__all__ = ["words"]


def told(client, query=""):
    """Return the number of records that the index gives for each register, by address."""
    page = client.get(f"/pmo/{query}")
    assert page.status_code == 200
    lines = re.findall(
        r'<a href="(/[a-z-]+/)">[^<]+</a></th>\s*<td class="num"[^>]*>(\d+)</td>',
        page.content.decode(),
    )
    return {address.strip("/"): int(count) for address, count in lines}


def test_every_register_stands_in_it_once(client_of, pmo, demo):
    assert told(client_of(pmo)).keys() == {register.name for register in registers}


def test_it_counts_what_one_may_see_and_nothing_else(client_of, pmo, viewer, stranger, demo):
    whole, part, none = (told(client_of(who)) for who in (pmo, viewer, stranger))
    assert whole["projects"] == Project.objects.filter(archived_at=None).count()
    assert part["projects"] == demo.programme("CAM").projects.filter(archived_at=None).count()
    assert part["risks"] == Risk.objects.visible_to(viewer).count() < whole["risks"]
    assert (none["projects"], none["risks"], none["programmes"]) == (0, 0, 0)


def test_a_new_record_counts_at_once(client_of, nothing):
    project = factories.project()
    reader = factories.user()
    factories.role(reader, "viewer", project=project)
    client = client_of(reader)
    assert told(client)["risks"] == 0
    factories.risk(project)
    assert told(client)["risks"] == 1


def test_it_is_narrowed_by_name_and_meaning(client_of, pmo, demo):
    client = client_of(pmo)
    found = told(client, "?q=assumpt")
    assert "assumptions" in found
    assert "risks" not in found
    assert "risks" in told(client, "?q=RISK")
    assert "No register is called" in client.get("/pmo/?q=zeppelin").content.decode()


def test_its_files_hold_what_its_reader_may_see(client_of, viewer, demo):
    page = client_of(viewer).get("/pmo/?q=projects").content.decode()
    address = re.search(r'href="(/api/v1/projects/\?format=csv)"', page)[1]
    rows = client_of(viewer).get(address).getvalue()
    assert b"CAM-02" in rows
    assert b"NZE-01" not in rows


def test_portfolios_stand_side_by_side(client_of, pmo, demo, words, viewer):
    other = factories.portfolio(name="Elsewhere", pmo_type="none")
    alone = factories.project(programme=None, portfolio=other)
    page = words(client_of(pmo).get("/portfolios/"))
    side = page.split("Side by side", 1)[1]
    assert "4 1 3 red, 1 amber, 1 green 112,073 95% 446,380 +18,580 £k" in side
    assert f"{other.code} Elsewhere 0 1 1 not known" in side
    mine = words(client_of(viewer).get("/portfolios/"))
    assert "Of what you may see 1 0 1 red" in mine
    assert alone.name not in mine


def test_the_pmo_is_led_to_what_it_does_and_nobody_else(client_of, pmo, cam_manager, demo):
    home = demo.portfolio.pk
    ways = [
        f"/portfolios/{home}/pmo-type/", f"/portfolios/{home}/rule-sets/",
        f"/portfolios/{home}/custom-fields/", f"/portfolios/{home}/disciplines/",
        f"/portfolios/{home}/prioritisation/", f"/portfolios/{home}/year-end/",
    ]  # fmt: skip
    page = client_of(pmo).get("/pmo/").content.decode()
    for way in ways:
        assert f'href="{way}"' in page
        assert client_of(pmo).get(way).status_code == 200
    assert "What the PMO does" not in client_of(cam_manager).get("/pmo/").content.decode()


def test_the_boards_of_the_pmo_say_how_much_one_may_see_and_lead_there(
    client_of, pmo, stranger, demo
):
    for reader in (pmo, stranger):
        client = client_of(reader)
        page = client.get("/pmo/").content.decode()
        boards = page[page.index('id="boards-title"') : page.index('id="registers"')]
        lines = re.findall(
            r'<li>\s*<a href="(/[a-z/-]+/)">[^<]+</a>\s*(?:<span class="quiet">(\d+)</span>)?',
            boards,
        )
        assert {"/pmo/data-quality/", "/lessons/", "/proposals/", "/help-requests/"} <= {
            address for address, _ in lines
        }
        counts = told(client)
        for address, count in lines:
            assert client.get(address).status_code == 200, address
            if count:
                assert counts[address.strip("/")] == int(count)


def test_boards_stand_aside_while_one_looks_for_a_register(client_of, pmo, demo):
    assert "boards-title" not in client_of(pmo).get("/pmo/?q=risk").content.decode()
