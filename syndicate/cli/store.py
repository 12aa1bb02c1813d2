"""`syndicate db`, `backup` and `restore`: the database as a whole."""

import json
from pathlib import Path

import click

from syndicate.cli.main import DONE, IN_PART, Command, Group, Options
from syndicate.cli.progress import Bars
from syndicate.cli.session import answer, confirm, now, read_config, table
from syndicate.config import Config
from syndicate.model.job import Engine
from syndicate.schedule.engine import prepare
from syndicate.upkeep import (
    MoveReport,
    accept_key,
    back_up,
    move_database,
    plan_move,
    put_back,
    schema_status,
    stay,
    upgrade_schema,
)


@click.group(cls=Group)
def db() -> None:
    """The database's schema, and where the database is.

    \b
    Examples:
      syndicate db status
      syndicate db upgrade        # backs up first; every start does the same
      syndicate db accept-key     # when secret.key is lost for good
      syndicate db move --to postgresql://syndicate@db.courier.example/syndicate
    """


@db.command("status")
@click.pass_obj
def status_(options: Options) -> int:
    """Say where the schema stands, and change nothing. Exit code 1 unless it is current."""
    found = schema_status(read_config(options))
    told = f"schema {found.revision or 'none'}: {found.state}" + (f"; {found.why}" if found.why else "")
    answer(options, found, lambda: click.echo(told))
    return DONE if found.state == "current" else IN_PART


@db.command("upgrade")
@click.pass_obj
def upgrade_(options: Options) -> int:
    """Bring the schema to what this version needs."""
    config = read_config(options)
    report = upgrade_schema(config)
    carrying = prepare(config.direct, config.settings.dispatch.engine)

    def text() -> None:
        before, after = report.before.revision or "none", report.after.revision
        click.echo(f"schema {after}, as it was" if before == after else f"schema {before} → {after}")
        if report.backup:
            click.echo(f"the database as it was: {report.backup}")
        if carrying:
            click.echo(carrying)

    answer(options, report, text)
    return DONE


@db.command("accept-key")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.pass_obj
def accept_key_(options: Options, yes: bool) -> int:
    """Go on with the present secret.key, or a new one, when the former key is lost for good.

    Unsubscribe links in mails already sent stop working, and addresses suppressed under the lost key
    are no longer known: suppress those that you still know again before you send.
    """
    config = read_config(options)
    confirm("Give up the former key, its unsubscribe links and its suppressions?", yes=yes)
    accept_key(config, now=now)
    answer(options, {"accepted": True}, lambda: click.echo("the present key is in use"))
    return DONE


@db.command("move")
@click.option("--to", required=True, metavar="URL", help="postgresql://USER@HOST/NAME, or an SQLite file.")
@click.option("--dry-run", is_flag=True, help="Say what would be moved, and change nothing.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.pass_obj
def move_(options: Options, to: str, dry_run: bool, yes: bool) -> int:
    """Move the database to another place or kind, from SQLite to PostgreSQL or back.

    Every table goes with its ids, and all rows are compared in the end. Stop the service first; nothing
    starts on either database meanwhile, nor on the old one afterwards. Interrupted, the same command goes on.
    Files stay where they are. The password comes from the URL, PGPASSWORD or ~/.pgpass.

    \b
    Examples:
      syndicate db move --to postgresql://syndicate@db.courier.example/syndicate --dry-run
      syndicate db move --to var/again.db
    """
    config = read_config(options)
    found = plan_move(config, to, now=now)
    if dry_run:
        answer(options, found, lambda: _tell_plan(found))
        return DONE
    if found.step != "done":
        rows, tables = sum(found.rows.values()), len(found.rows)
        confirm(f"Move {rows:,} rows of {tables} tables from {found.source}?", yes=yes)
    with Bars(options) as bars:
        report = move_database(config, to, now=now, say=bars.show)
    answer(options, report, lambda: _tell_move(config, report))
    return DONE


def _tell_plan(found: MoveReport) -> None:
    if found.step == "done":
        click.echo(f"{found.source} is moved to {found.target} already")
        return
    table("", ("table", "rows"), [[name, count] for name, count in found.rows.items() if count])
    todo = "would go on" if found.step == "go on" else "would begin"
    click.echo(f"The move of {sum(found.rows.values()):,} rows from {found.source} {todo}.")


def _tell_move(config: Config, report: MoveReport) -> None:
    if report.step == "done":
        click.echo(f"{report.source} was moved to {report.target} already")
    else:
        rows, tables = sum(report.rows.values()), len(report.rows)
        click.echo(f"{rows:,} rows of {tables} tables are in {report.target}, compared one by one")
    if report.again:
        click.echo(f"changed since the move was begun, and copied anew: {', '.join(report.again)}")
    if report.mended:
        click.echo(f"in {report.mended} texts a NUL character, which PostgreSQL cannot hold, became U+FFFD")
    # JSON's escapes are TOML's.
    named = json.dumps(report.target, ensure_ascii=False)
    click.echo(f"Set this in {config.path}, with its password if it needs one:\n  database = {named}")
    if "://" not in report.target and config.settings.dispatch.engine is Engine.PROCRASTINATE:
        click.echo('and, since SQLite has no workers, in [dispatch]:\n  engine = "embedded"')
    click.echo(
        f"Files stay in {config.data_dir}. Nothing starts on {report.source} any more (`syndicate db stay` "
        "lets it): remove it once you are content."
    )


@db.command("stay")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.pass_obj
def stay_(options: Options, yes: bool) -> int:
    """Go on with a database that was moved, or was about to be, as it is; the other one is given up."""
    config = read_config(options)
    if schema_status(config).state == "moved":
        confirm("Give up the other database, with all that happened there? Both at work send twice.", yes=yes)
    given_up = stay(config)
    other = given_up.other if given_up else ""
    told = f"{other} is given up; empty it before you move again" if other else "it was never moved"
    answer(options, {"given_up": other}, lambda: click.echo(told))
    return DONE


@click.command(cls=Command)
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--overwrite", is_flag=True, help="Replace the file if it is there.")
@click.pass_obj
def backup(options: Options, file: Path, overwrite: bool) -> int:
    """Put database, keys, media and configuration into one file; the service may run meanwhile.

    \b
    Example:
      syndicate backup /srv/backups/syndicate-$(date +%F).tar.zst
    """
    report = back_up(read_config(options), file, now=now, overwrite=overwrite)
    text = f"{report.file}: {report.size:,} bytes, schema {report.schema}, {report.media} images"
    answer(options, report, lambda: click.echo(text))
    return DONE


@click.command(cls=Command)
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--overwrite", is_flag=True, help="Also when a database is there; it is kept aside.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.pass_obj
def restore(options: Options, file: Path, overwrite: bool, yes: bool) -> int:
    """Put a backup back. No service may run meanwhile.

    \b
    Example:
      syndicate restore /srv/backups/syndicate-2026-03-01.tar.zst
    """
    config = read_config(options)
    if overwrite:
        confirm(f"Replace what is in {config.database} by {file}? It is kept aside.", yes=yes)
    report = put_back(config, file, now=now, overwrite=overwrite)

    def text() -> None:
        click.echo(
            f"restored what was backed up at {report.created:%Y-%m-%d %H:%M} UTC, schema {report.schema}"
        )
        for path in report.aside:
            click.echo(f"kept aside: {path}")
        if report.config:
            click.echo(f"the backup's configuration: {report.config}")

    answer(options, report, text)
    return DONE
