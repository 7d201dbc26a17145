"""Numbers, moments and headers as nobody means them: a 4xx, never a 500."""

import json

import pytest

from benefits.models import Benefit
from projects.models import Project
from tests import factories
from tests.api.conftest import errors_of

BEYOND = "1e9999999999999999999"
HUGE = [BEYOND, f"-{BEYOND}", "1e-9999999999999999999", "1e400", "9e41"]
FIELDS = [
    "percent_complete", "complexity", "name", "regulated", "stage", "programme", "forecast_start",
    "estimate_to_complete", "code", "tranche",
]  # fmt: skip


@pytest.mark.parametrize("number", HUGE)
def test_a_number_beyond_all_numbers_is_pointed_at(number, office, api):
    project = factories.project()
    path = f"projects/{project.pk}/"
    for field in FIELDS:
        body = f'{{"{field}": {number}}}'.encode()
        answer = api(office).raw("PATCH", path, body, **{"If-Match": "*"})
        assert answer.status_code == 400, field
        assert f"/{field}" in errors_of(answer)
        if field not in ("name", "code"):
            quoted = json.dumps({field: number}).encode()
            answer = api(office).raw("PATCH", path, quoted, **{"If-Match": "*"})
            assert answer.status_code == 400, field
    assert Project.objects.get().version == 1


PROFILE = '{"project": 0, "planned_value_profile": [["2026-01-01", %s]]}'


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity"])
def test_what_is_no_number_is_pointed_at(number, office, api):
    path = f"projects/{factories.project().pk}/"
    for body, place in (
        (f'{{"percent_complete": {number}}}', "/percent_complete"),
        (f'{{"custom": {{"a": [1, {number}]}}}}', "/custom/a/1"),
        (number, ""),
    ):
        answer = api(office).raw("PATCH", path, body.encode(), **{"If-Match": "*"})
        assert (answer.status_code, errors_of(answer)) == (400, {place: "not_finite"})


THRESHOLDS = '{"code": "N1", "rag_thresholds": {"a": %s}}'
CHANGE = '{"position": 1, "body": {"a": %s}}'


def test_numbers_within_values_are_judged_too(office, api):
    for path, body in (
        ("baselines/", PROFILE),
        ("portfolios/", THRESHOLDS),
        ("scenario-changes/", CHANGE),
    ):
        for number in (BEYOND, "1e99999", f'"{"9" * 40}"', '"NaN"'):
            answer = api(office).raw("POST", path, (body % number).encode())
            assert answer.status_code == 400, (path, number)


def test_odd_values_of_a_filter_are_refused(office, api_of):
    factories.project()
    for name in (
        "complexity", "percent_complete__gte", "programme", "page", "page_size",
        "forecast_finish__lt", "actual_start", "updated_since", "ordering",
    ):  # fmt: skip
        for value in (BEYOND, "9" * 30, "1e5", "NaN", "-", "²", "0x1"):
            answer = api_of(office).get("/api/v1/projects/", {name: value})
            assert answer.status_code in (400, 404), (name, value)
            assert answer.json()["code"]


def test_odd_days_of_a_filter_are_refused(office, api_of):
    for day in ("0001-01-01", "1899-12-31", "9999-12-31", "2026-02-30", "²026-01-01"):
        answer = api_of(office).get("/api/v1/projects/", {"forecast_finish__lt": day})
        assert answer.status_code == 400
        assert "/forecast_finish__lt" in errors_of(answer)


def test_a_moment_nobody_knows_of_is_refused(demo, pmo, api_of):
    ids = {
        "g": demo.programme("CAM").pk, "p": demo.project("CAM-02").pk, "f": demo.portfolio.pk,
    }  # fmt: skip
    client = api_of(pmo)
    for path in (
        "programmes/{g}/", "programmes/{g}/rollup/", "programmes/{g}/rollup/risk_p80/",
        "programmes/{g}/roadmap/", "programmes/{g}/risk-matrix/", "projects/{p}/",
        "projects/{p}/forecast/", "projects/{p}/rollup/", "projects/{p}/rollup/health/",
        "portfolios/{f}/rollup/",
    ):  # fmt: skip
        for moment in ("0001-01-01", "0001-01-01T00:00:00Z", "9999-12-31", "1e9", "\x00"):
            answer = client.get(f"/api/v1/{path.format(**ids)}", {"as_of": moment})
            assert answer.status_code == 400, (path, moment)
            assert "/as_of" in errors_of(answer)


def test_a_time_zone_is_one_that_everybody_knows(office, api):
    portfolio = factories.portfolio()
    path = f"portfolios/{portfolio.pk}/"
    for zone in ("localtime", "posixrules", "Factory", "Europe/london", "posix/UTC", "x"):
        answer = api(office).patch(path, {"time_zone": zone})
        assert errors_of(answer).keys() == {"/time_zone"}, zone
    assert api(office).patch(path, {"time_zone": "Asia/Tokyo"}).status_code == 200


def test_what_is_no_list_empties_none(office, api):
    programme = factories.programme()
    programme.bcms.add(factories.person())
    for people in ({}, {"1": 2}, "1", 5, True, [[1]], [{}], ["x"], [1e5]):
        answer = api(office).patch(f"programmes/{programme.pk}/", {"bcms": people})
        assert answer.status_code == 400, people
        assert any(each.startswith("/bcms") for each in errors_of(answer))
    assert programme.bcms.count() == 1


def test_an_id_in_a_list_is_given_once(office, api):
    programme, person = factories.programme(), factories.person()
    answer = api(office).patch(f"programmes/{programme.pk}/", {"bcms": [person.pk, person.pk]})
    assert errors_of(answer) == {"/bcms": "twice"}
    assert Benefit.objects.count() == programme.bcms.count() == 0


def test_a_name_given_twice_is_pointed_at_where_it_stands(office, api):
    for body, place in (
        (b'{"name": "A", "name": "B"}', "/name"),
        (b'{"a": {"name": 1, "name": 2}}', "/a/name"),
        (b'{"a": [0, {"b": {"c/d": 1, "c/d": 2}}]}', "/a/1/b/c~1d"),
    ):
        assert errors_of(api(office).raw("POST", "projects/", body)) == {place: "duplicate_key"}


def test_an_if_none_match_that_is_none_is_malformed(office, api):
    project = factories.project()
    for path in (f"projects/{project.pk}/", "projects/"):
        for tag in ('"x', "x", "W/", ",", '"a" "b"', "\xff"):
            answer = api(office).get(path, **{"If-None-Match": tag})
            assert (answer.status_code, answer.json()["code"]) == (400, "malformed_etag")


def test_what_a_server_between_compressed_has_not_changed(office, api):
    project = factories.project()
    for path in (f"projects/{project.pk}/", f"programmes/{project.programme_id}/"):
        etag = api(office).get(path).headers["ETag"]
        for given in (f'{etag[:-1]}-gzip"', f'W/{etag[:-1]}--br"', f'"other", {etag}'):
            assert api(office).get(path, **{"If-None-Match": given}).status_code == 304


def test_an_odd_idempotency_key_is_refused(office, api_of):
    body = {"code": "N1", "name": "n", "programme": factories.programme().pk}
    for key in ("", " ", "x" * 256, "a\x7f", "\x1b"):
        answer = api_of(office).post(
            "/api/v1/projects/", body, format="json", headers={"Idempotency-Key": key}
        )
        assert answer.status_code == 400, ascii(key)
    assert not Project.objects.exists()


def test_a_name_as_people_write_it_is_kept(office, api):
    programme = factories.programme()
    for number, name in enumerate(["תוכנית C++\u200f", "A\u200d\u200cb", "\u061cشروع", "\u200eX"]):
        body = {"code": f"X{number}", "name": name, "programme": programme.pk}
        answer = api(office).post("projects/", body)
        assert (answer.status_code, answer.json()["name"]) == (201, name)


@pytest.mark.parametrize(
    ("path", "wrong"),
    [
        (
            "activity/?record_type=x&record_id=y&page_size=0",
            {"record_type", "record_id", "page_size"},
        ),
        ("comments/mentionable/?record_type=risk&record_id=NaN", {"record_id"}),
        ("delegated-limits/level/?portfolio=x&cost=1e400", {"portfolio", "cost"}),
        ("lessons/relevant/?project=x", {"project"}),
        ("lessons/relevant/?text=crane", {"project"}),
        ("status-reports/draft/?programme=9", {"programme"}),
        ("status-reports/draft/", {"programme"}),
    ],
)
def test_a_parameter_that_is_refused_is_named_as_one(path, wrong, office, api):
    answer = api(office).get(path)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_parameter")
    assert {error["parameter"] for error in answer.json()["errors"]} == wrong
