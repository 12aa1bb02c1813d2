"""A real Dovecot: its LMTP server and mailboxes in a folder of our own, on a port of loopback."""

import os
import pwd
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.neighbours.ports import free_port, until_listening
from tests.neighbours.programs import needs

USER = "dovecot"
CONFIG = """
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/dovecot.log
protocols = lmtp
ssl = no
first_valid_uid = 1
mail_location = maildir:{folder}/mail/%u
auth_username_format = %Lu
passdb {{
  driver = static
  args = nopassword=y
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={folder}/mail/%u allow_all_users=yes
}}
service lmtp {{
  inet_listener lmtp {{
    address = 127.0.0.1
    port = {port}
  }}
}}
"""
PASSWORD = "harbour"
IMAP = """
protocols = lmtp imap
ssl = yes
ssl_cert = <{certificate}
ssl_key = <{certificate}
passdb {{
  driver = static
  args = password={password}
}}
service imap-login {{
  inet_listener imap {{
    port = 0
  }}
  inet_listener imaps {{
    address = 127.0.0.1
    port = {imaps}
    ssl = yes
  }}
}}
"""


@dataclass(frozen=True, kw_only=True)
class Dovecot:
    """A running server; `port` speaks LMTP, `imaps` IMAP over TLS where it was asked for."""

    folder: Path
    port: int
    imaps: int = 0

    def wait_for(self, address: str, count: int, seconds: float = 60) -> list[bytes]:
        """The messages that the mailbox holds once there are so many, as they are stored."""
        deadline = time.monotonic() + seconds
        while len(found := self.messages(address)) < count:
            if time.monotonic() > deadline:
                raise TimeoutError(f"{len(found)} of {count} messages; {self.log()[-2000:]}")
            time.sleep(0.05)
        return found

    def messages(self, address: str) -> list[bytes]:
        """The messages in a mailbox, oldest first."""
        files = (self.folder / "mail" / address.lower()).glob("new/*")
        return [path.read_bytes() for path in sorted(files, key=lambda path: path.name)]

    def log(self) -> str:
        path = self.folder / "dovecot.log"
        return path.read_text("utf-8", "replace") if path.exists() else ""


@contextmanager
def running_dovecot(certificate: Path | None = None) -> Iterator[Dovecot]:
    """Start it, and end it with the block; skips the test where it is not installed or may not start.

    With a certificate it speaks IMAP too, to whoever says PASSWORD.
    """
    program = needs("dovecot")
    if os.geteuid() != 0:
        pytest.skip("dovecot starts as root only: sudo make test")
    user = pwd.getpwnam(USER)
    # Not below pytest's folder, which is closed to the server's own user.
    folder = Path(tempfile.mkdtemp(prefix="dovecot-"))
    folder.chmod(0o755)
    for name in ("mail", "state"):
        (folder / name).mkdir()
        os.chown(folder / name, user.pw_uid, user.pw_gid)
    port = free_port()
    config = folder / "dovecot.conf"
    text = CONFIG.format(folder=folder, port=port, uid=user.pw_uid, gid=user.pw_gid)
    imaps = free_port() if certificate else 0
    if certificate:
        # The passwords of the login come first, so that any other is refused.
        before, _, users = text.partition("passdb {")
        own = shutil.copy(certificate, folder / "cert.pem")
        extra = IMAP.format(certificate=own, imaps=imaps, password=PASSWORD)
        text = before + extra + users.partition("}")[2]
    config.write_text(text)
    process = subprocess.Popen(
        [str(program), "-F", "-c", str(config)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    server = Dovecot(folder=folder, port=port, imaps=imaps)
    try:
        until_listening(port, process, server.log)
        yield server
    finally:
        process.terminate()
        process.wait(timeout=30)
        shutil.rmtree(folder, ignore_errors=True)
