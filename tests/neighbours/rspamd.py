"""A real rspamd on a port of loopback, without Redis and Bayes, that asks the given name server alone."""

import http.client
import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.neighbours.ports import free_port, until_listening
from tests.neighbours.programs import needs

# Whoever needs other machines stays out; a short list of suffixes spares half a minute of compiling.
OVERRIDES = {
    "worker-normal.inc": 'bind_socket = "127.0.0.1:{port}"; count = 1;',
    "worker-controller.inc": "enabled = false;",
    "worker-proxy.inc": "enabled = false;",
    "fuzzy_check.conf": "enabled = false;",
    "rspamd_update.conf": "enabled = false;",
    "options.inc": """
dns {{ nameserver = ["127.0.0.1:{dns}"]; timeout = 2s; retransmits = 1; }}
url_tld = "{folder}/suffixes";
disable_hyperscan = true;
control_socket = "{folder}/control.sock";
""",
    "logging.inc": 'type = "console"; level = "warning";',
}
SUFFIXES = "com\norg\nnet\nexample\n"


@dataclass(frozen=True, kw_only=True)
class Rspamd:
    """A running scanner."""

    port: int

    def scan(self, data: bytes, **envelope: str) -> dict[str, float]:
        """The symbols of a mail with their scores; `envelope` in its own headers: ip, helo, from_ …"""
        headers = {key.rstrip("_").capitalize(): value for key, value in envelope.items()}
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request("POST", "/checkv2", body=data, headers=headers)
            told = json.loads(connection.getresponse().read())
        finally:
            connection.close()
        return {name: float(symbol["score"]) for name, symbol in told["symbols"].items()}


@contextmanager
def running_rspamd(dns_port: int) -> Iterator[Rspamd]:
    """The scanner, once it listens."""
    program = needs("rspamd")
    folder = Path(tempfile.mkdtemp(prefix="rspamd-"))
    port = free_port()
    for inner in ("override.d", "local.d", "db"):
        (folder / inner).mkdir()
    for name, text in OVERRIDES.items():
        (folder / "override.d" / name).write_text(text.format(folder=folder, port=port, dns=dns_port))
    (folder / "suffixes").write_text(SUFFIXES)
    # As root it would become another user, who may not read the folder.
    as_is = ["-i"] if os.geteuid() == 0 else []
    paths = {"LOCAL_CONFDIR": folder, "DBDIR": folder / "db", "RUNDIR": folder, "LOGDIR": folder}
    variables = [part for key, path in paths.items() for part in ("--var", f"{key}={path}")]
    log = folder / "log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            [program, "-f", *as_is, *variables], stdout=out, stderr=subprocess.STDOUT, cwd=folder
        )
    try:
        until_listening(port, process, lambda: log.read_text("utf-8", "replace"))
        yield Rspamd(port=port)
    finally:
        process.terminate()
        process.wait(30)
        shutil.rmtree(folder, ignore_errors=True)
