"""Programs that some tests need and a machine may lack: such a test is skipped by name, with the remedy."""

import shutil
from pathlib import Path

import pytest

PACKAGES = {
    "postgres": "postgresql",
    "initdb": "postgresql",
    "pg_basebackup": "postgresql",
    "pgbouncer": "pgbouncer",
    "prometheus": "prometheus",
    "promtool": "prometheus",
    "chromium": "chromium chromium-driver",
    "chromedriver": "chromium chromium-driver",
    "postfix": "postfix",
    "smtp-sink": "postfix",
    "smtp-source": "postfix",
    "dovecot": "dovecot-lmtpd dovecot-imapd",
    "node": "nodejs npm",
    "npm": "nodejs npm",
    "newsboat": "newsboat",
    "nginx": "nginx-light",
    "systemd-analyze": "systemd",
    "wrk": "wrk",
    "sfeed": "sfeed",
    "spamassassin": "spamassassin",
    "rspamd": "rspamd",
}
FOLDERS = ("/usr/sbin", "/usr/local/sbin", "/usr/lib/postfix/sbin")


def find(program: str) -> Path | None:
    """The program's path, looked for where Debian puts servers too."""
    versions = sorted(
        Path("/usr/lib/postgresql").glob("*/bin"), key=lambda p: int(p.parent.name), reverse=True
    )
    for folder in (*map(Path, FOLDERS), *versions):
        if (folder / program).is_file():
            return folder / program
    found = shutil.which(program)
    return Path(found) if found else None


def needs(program: str) -> Path:
    """The program's path, or a skip that names the one command that would enable the test."""
    found = find(program)
    if found is None:
        pytest.skip(f"{program} is not installed: sudo apt-get install {PACKAGES.get(program, program)}")
    return found
