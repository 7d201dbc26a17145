"""Known vulnerabilities of locked packages are found by a database at hand, and never passed over
in silence."""

import io
import json
import zipfile

import pytest

from pmhub.embedded import Failure
from tests import checks, packages, vulnerabilities
from tests.packages import Package, Use

ELSEWHERE = {
    "id": "OTHER-1",
    "affected": [{"package": {"ecosystem": "PyPI", "name": "other"}, "versions": ["1.0"]}],
}


def between(*events, kind="ECOSYSTEM"):
    """Return a range of versions with these events, in order."""
    return {"type": kind, "events": [dict([event]) for event in events]}


def entry(name, *ranges, ecosystem="PyPI", versions=(), **more):
    """Return a vulnerability of one package."""
    package = {"ecosystem": ecosystem, "name": name}
    affected = {"package": package, "ranges": list(ranges), "versions": list(versions)}
    return {"id": "V-1", "affected": [affected]} | more


def locked(name, version, registry="pypi"):
    """Return a package as a lock names it."""
    return Package(registry, name, version, Use.PRODUCT)


@pytest.fixture
def database(tmp_path, monkeypatch):
    """Return what writes an export of a database for the locks of two packages."""
    both = [locked("safe", "2.0"), locked("safe-js", "2.0.0", "npm")]
    monkeypatch.setattr(packages, "every", lambda: both)
    monkeypatch.setenv("VULNERABILITIES", str(tmp_path))

    def write(python=(ELSEWHERE,), npm=(ELSEWHERE,)):
        for ecosystem, entries in (("PyPI", python), ("npm", npm)):
            (tmp_path / ecosystem).mkdir(exist_ok=True)
            with zipfile.ZipFile(tmp_path / ecosystem / "all.zip", "w") as archive:
                for number, each in enumerate(entries):
                    archive.writestr(f"{number}.json", json.dumps(each))

    return write


def test_safe_packages_pass_and_it_is_said_what_was_compared(database):
    database()
    assert vulnerabilities.check() == "2 packages, 2 entries, none applies"


def test_every_vulnerable_package_is_named_with_where_it_is_mended(database):
    until = between(("introduced", "1.5"), ("fixed", "2.1"))
    of_npm = between(("introduced", "0"), kind="SEMVER")
    database(
        python=[entry("Safe", until, database_specific={"severity": "HIGH"}, aliases=["CVE-1"])],
        npm=[entry("safe-js", of_npm, ecosystem="npm", id="V-2")],
    )
    with pytest.raises(Failure) as failure:
        vulnerabilities.check()
    assert str(failure.value).splitlines() == [
        "safe 2.0 (product): CVE-1, V-1; high; mended in 2.1",
        "safe-js 2.0.0 (product): V-2; severity not said; not mended yet",
    ]


@pytest.mark.parametrize(
    ("version", "vulnerable"),
    [
        ("1.0rc1", False),
        ("1.0", True),
        ("1.9.9", True),
        ("1.10", True),
        ("2.0rc1", True),
        ("2.0", False),
        ("2.9", False),
        ("3.0", True),
        ("3.0.post1", True),
        ("3.1", False),
    ],
)
def test_a_range_begins_where_it_was_introduced_and_ends_where_it_was_mended(version, vulnerable):
    ranges = between(
        ("fixed", "2.0"), ("introduced", "1.0"), ("introduced", "3.0"), ("fixed", "3.1")
    )
    found = vulnerabilities.findings([locked("thing", version)], [entry("thing", ranges)])
    assert bool(found) is vulnerable


@pytest.mark.parametrize(
    ("version", "vulnerable"),
    [
        ("0.9.0", True),
        ("1.0.0-rc.1", True),
        ("1.0.0-rc.2", True),
        ("1.0.0-rc.10", False),
        ("1.0.0-zeta", False),
        ("1.0.0", False),
        ("1.0.1", False),
        ("2.0.0+build.1", True),
    ],
)
def test_versions_of_npm_are_in_their_own_order(version, vulnerable):
    old = between(("introduced", "0"), ("last_affected", "1.0.0-rc.9"), kind="SEMVER")
    new = between(("introduced", "2.0.0"), kind="SEMVER")
    of = entry("@of/thing", old, new, ecosystem="npm")
    found = vulnerabilities.findings([locked("@of/thing", version, "npm")], [of])
    assert bool(found) is vulnerable


def test_a_listed_version_is_vulnerable_without_a_range():
    of = entry("thing", versions=["1.0"])
    found = vulnerabilities.findings([locked("thing", "1.0"), locked("thing", "1.1")], [of])
    assert [each.package.version for each in found] == ["1.0"]


def test_a_range_of_commits_says_nothing_of_versions():
    commits = between(("introduced", "0"), ("fixed", "6879efc2c1596d11a6a6ad296f80063b558d5e0f"))
    of = entry("thing", commits | {"type": "GIT"})
    assert vulnerabilities.findings([locked("thing", "1.0")], [of]) == []


def test_names_are_of_one_ecosystem_and_of_python_in_any_spelling():
    everything = between(("introduced", "0"))
    mine = [locked("a-thing", "1.0"), locked("a-thing", "1.0.0", "npm")]
    found = vulnerabilities.findings(mine, [entry("A.Thing", everything)])
    assert [each.package.registry for each in found] == ["pypi"]


def test_what_was_withdrawn_is_no_vulnerability():
    gone = entry("thing", between(("introduced", "0")), withdrawn="2026-01-01T00:00:00Z")
    assert vulnerabilities.findings([locked("thing", "1.0")], [gone]) == []


def test_one_vulnerability_of_several_names_is_found_once():
    everything = between(("introduced", "0"), ("fixed", "2.0"))
    twice = [
        entry("thing", everything, id="GHSA-1", aliases=["CVE-1"]),
        entry(
            "thing",
            between(("introduced", "0")),
            id="PYSEC-1",
            aliases=["CVE-1"],
            severity=[{"type": "CVSS_V3", "score": "CVSS:3.1/AV:N"}],
        ),
    ]
    (found,) = vulnerabilities.findings([locked("thing", "1.0")], twice)
    assert (found.names, found.fixed) == ({"GHSA-1", "CVE-1", "PYSEC-1"}, {"2.0"})
    assert found.severity == "CVSS:3.1/AV:N"


def test_a_version_that_cannot_be_compared_is_for_somebody_to_look_at():
    of = entry("thing", between(("introduced", "first"), ("fixed", "second")))
    assert len(vulnerabilities.findings([locked("thing", "1.0")], [of])) == 1


def test_without_a_database_nothing_passes(monkeypatch, capsys):
    monkeypatch.delenv("VULNERABILITIES", raising=False)
    with pytest.raises(Failure, match="so nothing was checked"):
        checks.run(checks.options(["vulnerabilities"]))
    monkeypatch.setattr(checks, "CHECKS", [])
    checks.run_checks()
    assert "not checked: VULNERABILITIES names no database" in capsys.readouterr().out


def test_every_check_looks_where_there_is_a_database(database, monkeypatch, capsys):
    monkeypatch.setattr(checks, "CHECKS", [])
    database()
    checks.run_checks()
    assert "none applies" in capsys.readouterr().out
    database(python=[entry("safe", versions=["2.0"])])
    with pytest.raises(Failure, match=r"safe 2\.0"):
        checks.run_checks()


def test_a_database_that_holds_nothing_or_cannot_be_read_is_no_pass(database, tmp_path):
    database(npm=())
    with pytest.raises(Failure, match="npm holds nothing"):
        vulnerabilities.check()
    (tmp_path / "npm" / "all.zip").write_bytes(b"half a")
    with pytest.raises(Failure, match=r"npm/all\.zip cannot be read"):
        vulnerabilities.check()
    (tmp_path / "npm" / "all.zip").unlink()
    with pytest.raises(Failure, match=r"npm/all\.zip cannot be read"):
        vulnerabilities.check()


def test_a_database_is_fetched_over_https_alone(database, tmp_path, monkeypatch):
    database()
    asked = []

    def answer(address, timeout):
        asked.append(address)
        return io.BytesIO((tmp_path / address.split("/")[-2] / "all.zip").read_bytes())

    monkeypatch.setattr(vulnerabilities.urllib.request, "urlopen", answer)
    monkeypatch.setenv("VULNERABILITIES", "https://example.org/osv/")
    assert vulnerabilities.check() == "2 packages, 2 entries, none applies"
    assert asked == [f"https://example.org/osv/{name}/all.zip" for name in ("PyPI", "npm")]
    monkeypatch.setenv("VULNERABILITIES", "http://example.org/osv")
    with pytest.raises(Failure, match="begins with https"):
        vulnerabilities.check()


def test_a_database_out_of_reach_is_no_pass(database, monkeypatch):
    def away(address, timeout):
        raise OSError("no route to host")

    monkeypatch.setattr(vulnerabilities.urllib.request, "urlopen", away)
    monkeypatch.setenv("VULNERABILITIES", "https://example.org/osv")
    with pytest.raises(Failure, match="cannot be fetched: no route to host"):
        vulnerabilities.check()
