"""What a command waits for when it starts."""

import subprocess
import sys

from syndicate.collect.workers import PRELOADED

# What pages, feeds, images and archives are read with: together over a second of CPU to import.
COLLECTING = {"trafilatura", "readability", "resiliparse", "htmldate", "PIL", "feedparser", "warcio"}
CHEAP = ("item", "partner", "hub", "issue", "publish", "sources", "check", "why", "subscribers")


def loaded(*modules: str, call: str = "") -> set[str]:
    """The libraries that a new process has loaded once it has imported these modules, and made the call."""
    asked = "; ".join([f"import sys, {', '.join(modules)}", *([call] if call else []), "print(*sys.modules)"])
    ended = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    return {name.partition(".")[0] for name in ended.stdout.split()}


def test_a_command_that_does_not_collect_loads_nothing_that_reads_pages() -> None:
    found = loaded("syndicate.app", *(f"syndicate.cli.{name}" for name in CHEAP))
    assert "sqlalchemy" in found
    assert not found & COLLECTING


def test_the_service_has_loaded_it_before_it_serves() -> None:
    call = "syndicate.cli.serving.load_collecting()"
    assert loaded("syndicate.cli.serving", call=call) >= COLLECTING


def test_processes_that_extract_are_forked_from_one_that_has_loaded_it() -> None:
    assert loaded(*PRELOADED) >= {"trafilatura", "readability", "resiliparse"}
