"""What docker-compose.yml closes, as Compose itself reads it."""

import re
from typing import Any

import pytest

from pmhub.embedded import Failure, postgres
from pmhub.embedded.folder import CHECKOUT
from tests import compose

PRODUCT = ("web", "worker", "beat", "migrate")
SERVICES = (*PRODUCT, "postgres", "redis")


@pytest.fixture(scope="module")
def read() -> Any:
    """The file as Compose understands it."""
    return compose.read()


@pytest.mark.parametrize("name", SERVICES)
def test_nothing_is_gained_by_breaking_into_a_container(read: Any, name: str) -> None:
    service = read["services"][name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["pids_limit"] > 0
    assert int(service["mem_limit"]) > 0
    assert all("size=" in each for each in service["tmpfs"])


@pytest.mark.parametrize("name", SERVICES)
def test_no_container_reaches_the_machine_it_runs_on(read: Any, name: str) -> None:
    service = read["services"][name]
    opened = {"privileged", "pid", "ipc", "network_mode", "userns_mode", "devices", "group_add"}
    assert opened & service.keys() == set()
    mounted = [each for each in service.get("volumes", ()) if each["type"] != "volume"]
    assert mounted == []
    begins_as_root = {"CHOWN", "DAC_OVERRIDE", "FOWNER", "SETGID", "SETUID"}
    assert set(service.get("cap_add", ())) == (begins_as_root if name == "postgres" else set())


def test_what_is_ours_runs_as_nobody_of_the_machine() -> None:
    image = (CHECKOUT / "Dockerfile").read_text().rpartition("FROM ")[2]
    (user,) = re.findall(r"^USER (.+)$", image, re.MULTILINE)
    assert int(user) > 1000
    assert image.index("USER ") < image.index("CMD ")


def test_only_web_and_those_who_send_reach_beyond(read: Any) -> None:
    networks = {name: set(read["services"][name]["networks"]) for name in SERVICES}
    for name in ("postgres", "redis", "migrate"):
        assert networks[name] == {"inside"}
    assert read["networks"]["inside"]["internal"] is True
    masquerade = "com.docker.network.bridge.enable_ip_masquerade"
    assert read["networks"]["outside"]["driver_opts"][masquerade] == "false"
    ports = {name for name in SERVICES if read["services"][name].get("ports")}
    assert ports == {"web"}
    assert read["services"]["web"]["ports"][0]["host_ip"] == "127.0.0.1"


@pytest.mark.parametrize("name", SERVICES)
def test_no_secret_is_in_an_environment(read: Any, name: str) -> None:
    for variable, value in (read["services"][name].get("environment") or {}).items():
        assert not any(word in variable for word in ("PASSWORD", "SECRET")) or (
            variable.endswith("_FILE") and value.startswith("/run/secrets/")
        )


def test_the_owner_of_the_tables_migrates_and_nobody_else_has_its_address(read: Any) -> None:
    secrets = {
        name: {each["source"] for each in read["services"][name]["secrets"]} for name in SERVICES
    }
    assert "owner_url" in secrets["migrate"]
    for name in ("web", "worker", "beat"):
        assert secrets[name] == {"database_url", "redis_url", "secret_key"}
    assert secrets["redis"] == {"redis_password"}
    assert "requirepass" in read["services"]["redis"]["command"][-1]


def test_every_variable_is_explained() -> None:
    files = CHECKOUT.glob("docker-compose*.yml")
    taken = {name for each in files for name in re.findall(r"\$\{(\w+)", each.read_text())}
    pages = [CHECKOUT / "docs" / name for name in ("settings.md", "compose.md")]
    told = "".join(page.read_text() for page in pages)
    assert {name for name in taken if f"`{name}`" not in told and f"{name}=" not in told} == set()


@pytest.mark.parametrize("name", SERVICES)
def test_what_can_be_written_is_small_and_runs_nothing(read: Any, name: str) -> None:
    for each in read["services"][name]["tmpfs"]:
        assert {"noexec", "nosuid", "nodev"} <= set(each.partition(":")[2].split(","))


def test_the_secrets_of_the_page_are_those_of_the_file(read: Any) -> None:
    page = (CHECKOUT / "docs" / "compose.md").read_text().partition("## Images by digest")[0]
    made = set(re.findall(r"(?:word|\") > (\w+)", page))
    assert made == set(read["secrets"])
    owned = set(" ".join(re.findall(r"sudo chown \d+ ([\w ]+)", page)).split())
    # PostgreSQL's is read while its container is still root.
    assert owned == made - {"database_password"}


def test_images_are_named_by_variables(read: Any) -> None:
    digest = "@sha256:" + "a" * 64
    given = {f"{name}_IMAGE": f"example/{name.lower()}{digest}" for name in ("POSTGRES", "REDIS")}
    built = {f"{name}_IMAGE": f"example/{name.lower()}{digest}" for name in ("NODE", "PYTHON")}
    named = compose.read(**given, **built)["services"]
    assert named["postgres"]["image"] == given["POSTGRES_IMAGE"]
    assert named["redis"]["image"] == given["REDIS_IMAGE"]
    assert named["web"]["build"]["args"] == built


def test_attached_files_may_lie_in_a_bucket_whose_key_is_a_secret() -> None:
    named = {"ATTACHMENTS_BUCKET": "https://s3.example.org/pmhub"}
    services = compose.read("docker-compose.bucket.yml", **named)["services"]
    for name in ("web", "worker"):
        given, secrets = services[name]["environment"], services[name]["secrets"]
        assert given["ATTACHMENTS_BUCKET"] == named["ATTACHMENTS_BUCKET"]
        assert given["ATTACHMENTS_REGION"] == "us-east-1"
        kept = {each["source"] for each in secrets}
        assert {"database_url", "attachments_key", "attachments_secret"} <= kept
        for half in ("KEY", "SECRET"):
            assert given[f"ATTACHMENTS_{half}_FILE"] == f"/run/secrets/attachments_{half.lower()}"
    assert "ATTACHMENTS_BUCKET" not in services["migrate"]["environment"]
    with pytest.raises(Failure, match="ATTACHMENTS_BUCKET"):
        compose.read("docker-compose.bucket.yml")


def test_lines_go_to_another_machine_over_tls_alone() -> None:
    to = {"LOG_COLLECTOR": "logs.example.org:6514", "LOG_COLLECTOR_CA": "/etc/ssl/logs.pem"}
    services = compose.read("docker-compose.logs.yml", **to)["services"]
    assert set(services) == set(SERVICES)
    for service in services.values():
        logging = service["logging"]
        assert logging["driver"] == "syslog"
        assert logging["options"]["syslog-address"] == "tcp+tls://logs.example.org:6514"
        assert logging["options"]["syslog-tls-ca-cert"] == "/etc/ssl/logs.pem"
        assert "syslog-tls-skip-verify" not in logging["options"]
    for name in to:
        others = {each: value for each, value in to.items() if each != name}
        with pytest.raises(Failure, match=name):
            compose.read("docker-compose.logs.yml", **others)


def test_postgresql_is_set_as_that_of_run_where_neither_memory_nor_place_decide(read: Any) -> None:
    of_the_machine = {
        "listen_addresses", "max_connections", "shared_buffers", "max_wal_size",
        "max_worker_processes", "log_min_messages", "log_checkpoints", "timezone",
    }  # fmt: skip
    for file in ((), ("docker-compose.tls.yml",)):
        command = compose.read(*file)["services"]["postgres"]["command"]
        told = dict(part.removeprefix("--").split("=", 1) for part in command if "=" in part)
        same = {n: v for n, v in postgres.SETTINGS.items() if n not in of_the_machine}
        assert same.items() <= told.items()


@pytest.mark.parametrize("file", [(), ("docker-compose.tls.yml",)], ids=["plain", "tls"])
def test_hints_that_nobody_fetches_fill_no_more_than_half_of_redis(file: tuple[str, ...]) -> None:
    """Beyond its memory the container would be ended, and again each time that it reads what it
    had saved."""
    redis = compose.read(*file)["services"]["redis"]
    (most,) = re.findall(r"maxmemory (\d+)mb", redis["command"][-1])
    assert int(most) * 2**20 <= int(redis["mem_limit"]) / 2
