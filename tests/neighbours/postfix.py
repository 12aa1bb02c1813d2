"""A real Postfix: its own configuration, queue and port, handing everything on by LMTP."""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.neighbours.ports import free_port, until_listening
from tests.neighbours.programs import needs

USER = "postfix"
MAIN = """
compatibility_level = 3.6
queue_directory = {folder}/spool
data_directory = {folder}/data
maillog_file = {folder}/postfix.log
maillog_file_prefixes = {folder}
mail_owner = postfix
setgid_group = postdrop
myhostname = relay.courier.example
mydestination =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
alias_maps =
alias_database =
smtpd_relay_restrictions = permit_mynetworks, reject
relay_domains = {domains}
transport_maps = inline:{{ {transports} }}
# One of ours at a time would be taken for a flood otherwise.
smtpd_client_connection_count_limit = 0
smtpd_peername_lookup = no
"""
MASTER = """
127.0.0.1:{port} inet n - n - - smtpd
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
proxymap unix - - n - - proxymap
error unix - - n - - error
retry unix - - n - - error
lmtp unix - - n - - lmtp
anvil unix - - n - 1 anvil
postlog unix-dgram n - n - 1 postlogd
"""


@dataclass(frozen=True, kw_only=True)
class Postfix:
    """A running relay; `port` speaks SMTP, with PIPELINING as Postfix offers it."""

    folder: Path
    port: int

    def flush(self) -> None:
        """Try what waits in the queue at once."""
        program = needs("postfix")
        command = [str(program), "-c", str(self.folder / "etc"), "flush"]
        subprocess.run(command, capture_output=True, timeout=60)

    def log(self) -> str:
        path = self.folder / "postfix.log"
        return path.read_text("utf-8", "replace") if path.exists() else ""


@contextmanager
def running_postfix(lmtp_port: int, *domains: str, **settings: str) -> Iterator[Postfix]:
    """Start it for these domains, and end it with the block; skips the test where it may not start.

    `settings` are written as they are, over those that we have.
    """
    program = needs("postfix")
    if os.geteuid() != 0:
        pytest.skip("postfix starts as root only: sudo make test")
    user = pwd.getpwnam(USER)
    folder = Path(tempfile.mkdtemp(prefix="postfix-"))
    folder.chmod(0o755)
    port = free_port()
    for name in ("spool", "data", "etc"):
        (folder / name).mkdir(mode=0o755)
    os.chown(folder / "data", user.pw_uid, user.pw_gid)
    transports = ", ".join(f"{{ {domain} = lmtp:inet:127.0.0.1:{lmtp_port} }}" for domain in domains)
    written = {
        "main.cf": MAIN.format(folder=folder, domains=" ".join(domains), transports=transports)
        + "".join(f"{name} = {value}\n" for name, value in settings.items()),
        "master.cf": MASTER.format(port=port),
    }
    for name, text in written.items():
        (folder / "etc" / name).write_text(text)
    server = Postfix(folder=folder, port=port)
    command = [str(program), "-c", str(folder / "etc")]
    started = subprocess.run([*command, "start"], capture_output=True, text=True, timeout=60)
    try:
        if started.returncode:
            raise RuntimeError(f"postfix did not start: {started.stderr}{server.log()}")
        until_listening(port, None, server.log)
        yield server
    finally:
        subprocess.run([*command, "stop"], capture_output=True, timeout=60)
        shutil.rmtree(folder, ignore_errors=True)
