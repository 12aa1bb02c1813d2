"""The units and the compose file of docs/howto/scale-out.md: what they start and set is there."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from syndicate.cli.main import COMMANDS
from syndicate.config.environment import overlay
from syndicate.model.job import QUEUES
from tests.neighbours.programs import needs

HOWTO = Path(__file__).parents[1] / "docs/howto"
UNITS = sorted((HOWTO / "systemd").glob("*.*"))
COMPOSE = yaml.safe_load((HOWTO / "compose/compose.yaml").read_text("utf-8"))
OURS = {name: one for name, one in COMPOSE["services"].items() if one["image"] == "syndicate"}
SETTINGS = (HOWTO.parent / "reference/settings.md").read_text("utf-8")


def is_setting(variable: str) -> bool:
    """Whether the reference has what a variable sets."""
    table, _, key = variable.removeprefix("SYNDICATE_").removesuffix("_FILE").lower().rpartition("__")
    section = re.split(r"^## ", SETTINGS.partition(f"## [{table}]" if table else "# Settings")[2], flags=re.M)
    return any(f"| `{key}` |" in part for part in section[:2])


def test_systemd_takes_the_units(tmp_path: Path) -> None:
    program = needs("systemd-analyze")
    for unit in UNITS:
        # That the command is there is looked at too.
        command = str(Path(sys.executable).parent / "syndicate")
        name = unit.name.replace("@.", "@1.")
        text = unit.read_text("utf-8").replace("/srv/newsroom/.venv/bin/syndicate", command)
        (tmp_path / name).write_text(text, "utf-8")
    told = subprocess.run(
        [program, "verify", "--man=no", *sorted(tmp_path.iterdir())],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (told.returncode, told.stderr) == (0, "")


@pytest.mark.parametrize(
    "unit", [unit for unit in UNITS if unit.suffix == ".service"], ids=lambda unit: unit.name
)
def test_a_unit_starts_a_role_and_gives_it_time_to_end(unit: Path) -> None:
    text = unit.read_text("utf-8")
    role = re.search(r"^ExecStart=\S+/syndicate (\w+)", text, re.M)
    assert role
    assert role[1] in COMMANDS
    assert all(map(is_setting, re.findall(r"^Environment=(SYNDICATE_\w+)=", text, re.M)))
    patience = re.search(r"^TimeoutStopSec=(\d+)$", text, re.M)
    assert patience
    assert int(patience[1]) > (30 if role[1] == "worker" else 10)


@pytest.mark.parametrize(
    ("role", "setting"), [("worker", "HEALTH__LISTEN=127.0.0.1:"), ("web", "WEB__PORT=")]
)
def test_any_number_of_a_unit_s_instances_have_ports_of_their_own(role: str, setting: str) -> None:
    text = (HOWTO / f"systemd/syndicate-{role}@.service").read_text("utf-8")
    assert f"\nEnvironment=SYNDICATE_{setting}%i\n" in text
    told = re.findall(rf"syndicate-{role}@(\w+)", text + (HOWTO / "scale-out.md").read_text("utf-8"))
    assert told
    assert all(1024 <= int(port) < 65536 for port in told)


@pytest.mark.parametrize("name", OURS)
def test_a_container_starts_a_role_with_settings_that_there_are(name: str) -> None:
    service: dict[str, Any] = OURS[name]
    role, *words = service["command"]
    assert role in COMMANDS
    assert set(",".join(words[1:2]).split(",")) <= {*QUEUES, ""}
    assert all(map(is_setting, service["environment"]))
    mounted = {one.partition(":")[0] for one in service["volumes"] if not one.startswith(".")}
    assert mounted <= COMPOSE["volumes"].keys()
    assert set(service["secrets"]) <= COMPOSE["secrets"].keys()
    assert "healthcheck" in service


def test_all_queues_are_served_and_two_schedulers_stand_by_one_another() -> None:
    commands = [one["command"] for one in OURS.values()]
    served = {queue for role, *words in commands if role == "worker" for queue in words[1].split(",")}
    assert served == set(QUEUES)
    assert COMPOSE["services"]["scheduler"]["deploy"]["replicas"] == 2


def test_values_of_the_environment_are_taken() -> None:
    values = {**OURS["web"]["environment"]}
    del values["SYNDICATE_DATABASE_FILE"]
    _, faults = overlay({}, values)
    assert faults == []


def test_nginx_takes_the_configuration(tmp_path: Path) -> None:
    program = needs("nginx")
    text = (HOWTO / "compose/nginx.conf").read_text("utf-8").replace("web:8080", "127.0.0.1:8080")
    (tmp_path / "site.conf").write_text(text.replace("listen 80", "listen 8089"), "utf-8")
    main = f"pid {tmp_path}/pid; error_log stderr; events {{}} http {{ access_log off; include site.conf; }}"
    (tmp_path / "nginx.conf").write_text(main, "utf-8")
    told = subprocess.run(
        [program, "-t", "-p", tmp_path, "-c", tmp_path / "nginx.conf"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode == 0, told.stderr
