"""`syndicate db`, `backup` and `restore`: the database as a whole."""

from pathlib import Path

import click

from syndicate.app import accept_key, back_up, put_back, schema_status, upgrade_schema
from syndicate.cli.main import DONE, IN_PART, Command, Group, Options
from syndicate.cli.session import answer, confirm, now, read_config


@click.group(cls=Group)
def db() -> None:
    """The database's schema.

    \b
    Examples:
      syndicate db status
      syndicate db upgrade        # backs up first; every start does the same
      syndicate db accept-key     # when secret.key is lost for good
    """


@db.command("status")
@click.pass_obj
def status_(options: Options) -> int:
    """Say where the schema stands, and change nothing. Exit code 1 unless it is current."""
    found = schema_status(read_config(options))
    answer(options, found, lambda: click.echo(f"schema {found.revision or 'none'}: {found.state}"))
    return DONE if found.state == "current" else IN_PART


@db.command("upgrade")
@click.pass_obj
def upgrade_(options: Options) -> int:
    """Bring the schema to what this version needs."""
    report = upgrade_schema(read_config(options))

    def text() -> None:
        before, after = report.before.revision or "none", report.after.revision
        click.echo(f"schema {after}, as it was" if before == after else f"schema {before} → {after}")
        if report.backup:
            click.echo(f"the database as it was: {report.backup}")

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
