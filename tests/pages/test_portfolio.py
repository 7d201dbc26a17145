"""The list of programmes and projects."""

from tests import factories

LIVE = {"HX-Request": "true"}


def test_it_shows_figures_and_judgement_side_by_side(client_of, pmo, words):
    page = words(client_of(pmo).get("/portfolio/"))
    assert "CAM Campus Renewal Programme" in page
    assert "Projects: CAM-02, CAM-04, CAM-06, CAM-07, CAM-08" in page
    assert "60,388 95% 285,810 +12,210 +28 d 0.87" in page
    assert "4 programmes 3 red, 1 amber 112,073 95% 444,940 +18,590" in page
    assert "PMO-01 Fire Alarm Replacement" in page


def test_search_and_filter_are_in_the_address(client_of, pmo, words):
    client = client_of(pmo)
    found = words(client.get("/portfolio/?q=net+ZERO", headers=LIVE))
    assert "NZE" in found
    assert "CAM Campus" not in found

    amber = words(client.get("/portfolio/?health=amber", headers=LIVE))
    assert "NZE" in amber
    assert "CAM Campus" not in amber


def test_a_colour_that_there_is_not_is_no_filter(client_of, pmo, words):
    for colour in ("%00", "mauve"):
        page = client_of(pmo).get(f"/portfolio/?health={colour}")
        assert page.status_code == 200
        assert "CAM Campus" in words(page)


def test_nothing_found_offers_all_again(client_of, pmo, words):
    assert "Nothing matches" in words(client_of(pmo).get("/portfolio/?q=zeppelin"))


def test_it_sorts_by_what_the_address_says(client_of, pmo, words):
    def order(sort):
        page = words(client_of(pmo).get(f"/portfolio/?sort={sort}", headers=LIVE))
        return sorted(("CAM C", "HID H", "NZE N", "SSV S"), key=page.index)

    assert order("-cost") == ["CAM C", "NZE N", "SSV S", "HID H"]
    assert order("cost") == ["HID H", "SSV S", "NZE N", "CAM C"]
    assert order("'; drop table") == ["CAM C", "HID H", "NZE N", "SSV S"]


def test_a_stranger_is_told_why_there_is_nothing(client_of, stranger, words):
    page = words(client_of(stranger).get("/portfolio/"))
    assert "You hold no role on a programme or project" in page
    assert "CAM" not in page
    assert "Your account is not linked to anybody in the directory" in page


def test_who_is_in_the_directory_is_not_told_to_be_linked(client_of, nothing, words):
    page = words(client_of(factories.user()).get("/portfolio/"))
    assert "You hold no role on a programme or project" in page
    assert "not linked" not in page


def test_an_empty_installation_offers_the_first_action(client_of, nothing, words):
    client = client_of(factories.user(is_staff=True, is_superuser=True))
    page = client.get("/portfolio/")
    assert "Nothing has begun. A portfolio comes first" in words(page)
    assert 'href="/portfolios/new/"' in page.content.decode()
    assert client.get("/portfolios/new/").status_code == 200
    assert 'href="/programmes/new/"' not in page.content.decode()  # there is nothing it could be in
    assert "New portfolio" not in words(client_of(factories.user()).get("/portfolio/"))
    for address in ("/programmes/new/", "/projects/new/"):
        begun = client.get(address)
        assert "A portfolio comes first" in words(begun)
        assert "Take it" not in words(begun)


def test_an_empty_portfolio_offers_a_programme_and_a_project_in_it(client_of, nothing, words):
    portfolio = factories.portfolio(name="Arts", pmo_type="none")
    client = client_of(factories.user(is_staff=True, is_superuser=True))
    reader = factories.user()
    factories.role(reader, "viewer", portfolio=portfolio)
    for path in ("/portfolio/", f"/portfolios/{portfolio.pk}/"):
        page = client.get(path)
        assert "Nothing has begun in Arts. Begin a programme" in words(page)
        for address in ("/programmes/new/", "/projects/new/"):
            there = f"{address}?portfolio={portfolio.pk}"
            assert f'href="{there}"' in page.content.decode()
            assert client.get(there).status_code == 200
        theirs = client_of(reader).get(path)
        assert "Nothing has begun in Arts. Who leads it begins" in words(theirs)
        assert "/programmes/new/" not in theirs.content.decode()


def test_who_sees_one_project_sees_it_in_the_list(client_of, demo, words):
    reader = factories.user()
    factories.role(reader, "viewer", project=demo.project("CAM-03"))
    page = words(client_of(reader).get("/portfolio/"))
    assert "CAM-03 Library and Learning Commons" in page
    assert "CAM-02" not in page
    assert "Campus Renewal" not in page


def test_an_unchanged_region_costs_a_304(client_of, pmo):
    client = client_of(pmo)
    first = client.get("/portfolio/", headers=LIVE)
    again = client.get("/portfolio/", headers=LIVE | {"If-None-Match": first.headers["ETag"]})
    other = client.get("/portfolio/?q=x", headers=LIVE | {"If-None-Match": first.headers["ETag"]})
    assert (first.status_code, again.status_code, other.status_code) == (200, 304, 200)
    assert again.content == b""


def test_more_programmes_take_no_more_queries(client_of, nothing, queries_of):
    reader = factories.user(is_superuser=True)
    portfolio = factories.portfolio()
    client = client_of(reader)
    factories.programme(portfolio=portfolio)
    factories.project(programme=None, portfolio=portfolio)
    one = queries_of(client, "/portfolio/")
    for _ in range(2):
        factories.programme(portfolio=portfolio)
        factories.project(programme=None, portfolio=portfolio)
    assert queries_of(client, "/portfolio/") == one


def test_one_portfolio_lists_its_own_and_no_other(client_of, demo, pmo, stranger, words):
    other = factories.programme(name="Elsewhere")
    address = f"/portfolios/{demo.portfolio.pk}/"
    page = words(client_of(pmo).get(address))
    assert "Campus Renewal Programme" in page
    assert "PMO-01" in page
    assert f"{other.code} Elsewhere" not in page.split("Wexmoor Strategic Change Portfolio", 2)[2]
    assert client_of(stranger).get(address).status_code == 404


def test_totals_say_whether_they_are_of_all(client_of, demo, pmo, words):
    everything = words(client_of(pmo).get("/portfolio/"))
    assert "All programmes and projects" in everything
    assert "you may see" not in everything
    reader = factories.user()
    for code in ("CAM", "NZE"):
        factories.role(reader, "viewer", programme=demo.programme(code))
    some = words(client_of(reader).get("/portfolio/"))
    assert "All programmes and projects" not in some
    assert "2 programmes you may see" in some
    one = words(client_of(reader).get(f"/portfolios/{demo.portfolio.pk}/"))
    assert "2 programmes you may see" in one


def test_what_a_stopped_project_releases_is_no_saving(nothing, client_of, drain, words):
    home = factories.portfolio()
    for code, etc, fields in (
        ("P1", 25, {"status": "terminated", "terminated_on": "2026-10-15"}),
        ("P2", 80, {}),
        ("P3", 160, {"status": "terminated", "terminated_on": "2026-10-15"}),
    ):
        project = factories.project(portfolio=home, code=code, estimate_to_complete=etc)
        factories.budget(project, 100)
        project.cost_actuals.create(posted_on="2026-06-01", amount=40)
        type(project).objects.filter(pk=project.pk).update(**fields)
    reader = factories.user("rita")
    factories.role(reader, "viewer", portfolio=home)
    drain()
    rows = "/portfolios/{}/?column=cost&column=over&sort={}"

    def read(sort):
        return words(client_of(reader).get(rows.format(home.pk, sort), headers=LIVE))

    page = read("over")
    total = page[page.index("3 projects outside them") :]
    assert total.startswith("3 projects outside them 385 +120"), total[:80]  # 0, 20, 100 over
    assert sorted(("P1", "P2", "P3"), key=page.index) == ["P1", "P2", "P3"]
    page = read("-over")
    assert sorted(("P1", "P2", "P3"), key=page.index) == ["P3", "P2", "P1"]
    assert "385 +120" in words(client_of(reader).get("/portfolios/"))
