"""`syndicate init`: a configuration of one's own."""

import json
import os
import shutil
import sys
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit

import click

from syndicate.audience.addresses import read_address
from syndicate.cli.main import DONE, Command, Options
from syndicate.cli.session import answer
from syndicate.config import load
from syndicate.errors import BadAddress, ConfigError, Fault, OwnFault, StorageFull

TEMPLATE = """\
# The configuration of {title}. Try it: syndicate run --once
# Every setting with its default: docs/reference/settings.md. An environment variable overrides a line:
# SYNDICATE_SITE__BASE_URL for base_url of [site].

data_dir = "var"                # everything that is written, relative to the working directory
# database = "postgresql://user@host/name"   # instead of SQLite in data_dir

[site]
name = {name}
base_url = {base_url}           # what readers see; every link begins with it
language = {language}           # BCP 47
timezone = {timezone}           # of cadences (IANA)
contact = {sender}              # who is told when an issue pauses; sites that we collect from see it too
postal_address = ""             # stands in every issue; required before mail leaves this machine

# --- where items come from --------------------------------------------------------------------------

[sources.main]
kind = {kind}                   # page, listing (a page whose links are articles), feed, or files (a folder)
{place}
interval = "1h"
backlog = "drip"                # of what is there already, a few go into each issue; "skip": only what is new
# archived = "yes"              # for an old site: items carry a notice …
# old_site = "old"              # … that says where the new site is

# [old_sites.old]
# name = "The old name"
# successor_name = {name}
# successor_url = {base_url}

# --- what you publish: /feeds/main.rss, .atom, .json and .html ----------------------------------------

[feeds.main]
title = {name}
take = 50                       # entries at most

# --- what people subscribe to -----------------------------------------------------------------------

[newsletters.daily]
title = {daily}
cadence = "0 7 * * *"           # minute hour day month weekday; 0 and 7 are Sunday
sender = {{ name = {name}, address = {sender} }}
list_id = {list_id}  # by which mail programs know the newsletter: stays for ever, whatever else changes

[[newsletters.daily.sections]]
title = "News"
kinds = ["article"]
take = 8

[[newsletters.daily.sections]]
title = "In brief"
kinds = ["brief"]
take = 15

# --- how mail leaves ----------------------------------------------------------------------------------

[relay]
host = "local"                  # a mailbox on this machine, to try things out: var/mailbox
# host = "smtp.example.org"     # your relay; the password in SYNDICATE_RELAY__PASSWORD_FILE
# port = 587
# security = "starttls"
# username = ""
"""


# Which answer a setting comes from, by the last part of its key.
OPTIONS = {
    "address": "--sender",
    "base_url": "--base-url",
    "contact": "--sender",
    "folder": "--source",
    "language": "--language",
    "list_id": "--sender",
    "name": "--name",
    "timezone": "--timezone",
    "title": "--name",
    "url": "--source",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """What one's own configuration is made of."""

    name: str
    base_url: str
    language: str
    source: str
    sender: str
    timezone: str
    kind: str


# Answers with which each other answer is judged alone.
SOUND = Answers(
    name="News",
    base_url="http://127.0.0.1:8080",
    language="en",
    source="https://news.example/",
    sender="news@news.example",
    timezone="UTC",
    kind="listing",
)


def _target(folder: Path) -> Path:
    return folder / "config" / "syndicate.toml"


def _free(_context: click.Context, _option: click.Parameter, folder: Path) -> Path:
    # Before anything is asked.
    target = _target(folder)
    try:
        there = target.exists()
    except OSError as error:
        raise StorageFull(f"{target} cannot be written: {error.strerror}") from error
    if there:
        raise OwnFault(
            f"{target} is there already; nothing was changed. Name another folder: syndicate init DIR"
        )
    return folder


def _judged(context: click.Context, option: click.Parameter, value: str) -> str:
    name = str(option.name)
    # Only what was asked for can be asked again; options are judged together. click notes the source later.
    if context.get_parameter_source(name) is None:
        kind = guessed(value) if name == "source" else SOUND.kind
        answers = replace(SOUND, kind=kind, **{name: value})
        try:
            _check(written(answers, folder=Path()))
        except OwnFault as error:
            raise click.BadParameter(str(error)) from error
    return value


@click.command(cls=Command)
@click.argument(
    "folder",
    metavar="[DIR]",
    default=".",
    type=click.Path(file_okay=False, path_type=Path),
    is_eager=True,
    callback=_free,
)
@click.option(
    "--name", prompt="Name of your newsroom", help="As it stands in feeds and mails.", callback=_judged
)
@click.option(
    "--base-url",
    prompt="Address that readers will see",
    callback=_judged,
    default="http://127.0.0.1:8080",
    help="https://news.example; loopback to try things out.",
)
@click.option(
    "--language", prompt="Language (en, fa, de …)", default="en", help="A BCP 47 tag.", callback=_judged
)
@click.option(
    "--source",
    prompt="What to collect (web address or folder)",
    help="Your news page, feed, or folder.",
    callback=_judged,
)
@click.option("--sender", prompt="Newsletter's e-mail address", help="One plain address.", callback=_judged)
@click.option("--timezone", default="UTC", help="An IANA name; UTC unless you say.")
@click.option(
    "--kind",
    type=click.Choice(["page", "listing", "feed", "files"]),
    help="Of the source; guessed unless you say.",
)
@click.pass_obj
def init(options: Options, /, folder: Path, kind: str | None, **given: str) -> int:
    """Write a configuration of your own, with comments: DIR/config/syndicate.toml.

    Asks five questions, or takes their answers as options. Refuses to overwrite.

    \b
    Examples:
      syndicate init my-newsroom
      syndicate init --name "Quay Times" --base-url http://127.0.0.1:8080 --language en \\
        --source https://quay.example/feed.xml --sender news@quay.example
    """
    target = _target(folder)
    text = written(Answers(kind=kind or guessed(given["source"]), **given), folder=target.parent)
    try:
        _check(text)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, "utf-8")
    except OSError as error:
        raise StorageFull(f"{target} cannot be written: {error.strerror}") from error
    answer(options, {"config": str(target)}, lambda: _tell(folder, target))
    return DONE


def guessed(source: str) -> str:
    """The kind of a source by its address."""
    if "://" not in source:
        return "files"
    path = urlsplit(source).path.lower()
    return (
        "feed" if path.endswith((".xml", ".rss", ".atom", ".json", "/feed", "/feed/", "/rss")) else "listing"
    )


def written(answers: Answers, *, folder: Path) -> str:
    """The configuration's text; `folder` is where it will stand, which its paths start at."""
    if answers.kind == "files":
        place = f"folder = {_toml(str(Path(answers.source).absolute()))}"
    else:
        place = f"url = {_toml(answers.source)}"
    return TEMPLATE.format(
        title=" ".join(answers.name.split()),
        place=place,
        name=_toml(answers.name),
        daily=_toml(f"{answers.name}: daily"),
        base_url=_toml(answers.base_url),
        language=_toml(answers.language),
        timezone=_toml(answers.timezone),
        sender=_toml(answers.sender),
        list_id=_toml(_list_id(answers.sender)),
        kind=_toml(answers.kind),
    )


def _list_id(sender: str) -> str:
    try:
        return f"daily.{read_address(sender).domain}"
    except BadAddress:
        # Told with the other faults, at the sender.
        return ""


def _toml(text: str) -> str:
    # A JSON string without surrogates is a TOML basic string.
    return json.dumps(text.strip(), ensure_ascii=False)


def _check(text: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        draft = Path(folder) / "syndicate.toml"
        draft.write_text(text, "utf-8")
        try:
            load(draft, environ={})
        except ConfigError as error:
            raise OwnFault("\n".join(_by_option(error.faults))) from error


def _by_option(faults: Iterable[Fault]) -> list[str]:
    # One answer stands in several places: the last one asks the most of it.
    last = {OPTIONS.get(fault.key.split(".")[-1], fault.key): fault for fault in faults}
    return [f"{option}: {fault.value} {fault.right}" for option, fault in last.items()]


def _tell(folder: Path, target: Path) -> None:
    click.echo(f"Wrote {target}.")
    click.echo("Next:")
    if folder != Path():
        click.echo(f"  cd {folder}")
    command = called(sys.argv[0], folder=folder)
    click.echo(f"  {command} check           what is well, and what is not")
    click.echo(f"  {command} run --once      collect and publish once")
    click.echo(f"  {command} run             serve and send at the cadences")


def called(program: str, *, folder: Path) -> str:
    """How to call the program that runs once one is in `folder`: by its name where the shell finds it."""
    found = shutil.which("syndicate")
    if Path(program).name != "syndicate" or (found and Path(found).absolute() == Path(program).absolute()):
        return "syndicate"
    near = os.path.relpath(program, folder)
    return near if os.sep in near else f".{os.sep}{near}"
