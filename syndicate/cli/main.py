"""The `syndicate` command: its list of commands, what they share, and how they end.

A command's module is imported when it is called, so that `--help` answers at once.
"""

import importlib
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import partial
from typing import Any

import click

from syndicate import __version__
from syndicate.errors import OwnFault, SyndicateError

# Exit codes: done, done in part, used wrongly or cannot start, interrupted.
DONE, IN_PART, WRONG, INTERRUPTED = 0, 1, 2, 130

EPILOG = """\b
Examples:
  syndicate init my-newsroom        write a configuration of your own
  syndicate probe https://…         see what an address would bring, before it becomes a source
  syndicate run --once              do what is due once, and say where to look
  syndicate run                     serve pages, keep to the schedule, send mail
  syndicate issue preview daily     see the next issue before anybody gets it
  syndicate why reader@example.org  what happened to each issue for this person
"""


@dataclass(slots=True)
class Options:
    """What every command takes. Set by -c, --json and --quiet, before or after the command's name."""

    config: str = "config/syndicate.toml"
    json: bool = False
    quiet: bool = False


def _keep(context: click.Context, option: click.Parameter, value: Any) -> None:
    options = context.ensure_object(Options)
    if value and option.name:
        setattr(options, option.name, value)


def shared_options(envvar: str | None = None) -> list[click.Parameter]:
    """The options that stand on every command; `envvar` on the outermost alone, or it would win over -c."""
    return [
        click.Option(
            ["-c", "--config"],
            envvar=envvar,
            metavar="FILE",
            help="The configuration; config/syndicate.toml unless you say.",
            callback=_keep,
            expose_value=False,
        ),
        click.Option(["--json"], is_flag=True, help="Answer in JSON.", callback=_keep, expose_value=False),
        click.Option(
            ["--quiet"], is_flag=True, help="Say nothing but errors.", callback=_keep, expose_value=False
        ),
    ]


class Command(click.Command):
    """A command with the shared options."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.params = [*self.params, *shared_options()]


class Group(click.Group):
    """Commands under one name."""

    command_class = Command


class Lazy(click.Group):
    """The commands by name, each as `module:attribute` and the line that --help shows."""

    def __init__(self, table: Mapping[str, tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.table = table
        self.params = [*self.params, *shared_options("SYNDICATE_CONFIG")]

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names, in the order of the table: what people do first stands first."""
        return list(self.table)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the command."""
        if cmd_name not in self.table:
            near = get_close_matches(cmd_name, self.table, n=1)
            ctx.fail(f"There is no command {cmd_name!r}." + (f" Did you mean {near[0]!r}?" if near else ""))
        module, _, attribute = self.table[cmd_name][0].partition(":")
        command: click.Command = getattr(importlib.import_module(module), attribute)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list of --help, without importing anything."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in self.table.items()])

    def main(self, *args: Any, **options: Any) -> Any:
        """Run, and turn every end into its exit code."""
        alone = options.pop("standalone_mode", True)
        call: Callable[[], Any] = partial(super().main, *args, standalone_mode=False, **options)
        return sys.exit(_exit_code(call)) if alone else call()


def _exit_code(call: Callable[[], Any]) -> int:
    try:
        code = call()
    except click.Abort:
        click.echo("Interrupted.", err=True)
        return INTERRUPTED
    except click.ClickException as error:
        error.show()
        return WRONG
    except SyndicateError as error:
        click.echo(str(error), err=True)
        return WRONG if isinstance(error, OwnFault) else IN_PART
    except OSError as error:
        # Nobody above knew better; still one line instead of a traceback.
        click.echo(
            ": ".join(str(part) for part in (error.filename, error.strerror or error) if part), err=True
        )
        return WRONG
    return code if isinstance(code, int) else DONE


COMMANDS = {
    "init": ("syndicate.cli.init:init", "Write a configuration of your own."),
    "run": ("syndicate.cli.run:run", "Everything in one process; --once does what is due and ends."),
    "scheduler": ("syndicate.cli.scheduler:scheduler", "The clock alone, beside workers (PostgreSQL)."),
    "worker": ("syndicate.cli.worker:worker", "Jobs alone: collect, publish, deliver (PostgreSQL)."),
    "web": ("syndicate.cli.web:web", "Pages, feeds and forms alone (PostgreSQL)."),
    "check": ("syndicate.cli.check:check", "Say what is well, and what to do where it is not."),
    "collect": ("syndicate.cli.collect:collect", "Look at sources now."),
    "publish": ("syndicate.cli.publish:publish", "Write feeds now."),
    "sources": ("syndicate.cli.sources:sources", "How each source stands, and what needs you."),
    "reprocess": ("syndicate.cli.reprocess:reprocess", "Extract the kept pages once more, offline."),
    "item": ("syndicate.cli.item:item", "Find, show, correct, withdraw, restore items."),
    "partner": ("syndicate.cli.partner:partner", "Sites that ingest our feeds: tokens, log, takedowns."),
    "hub": ("syndicate.cli.hub:hub", "Subscribers of our feeds at the embedded WebSub hub."),
    "extract": ("syndicate.cli.extract:extract", "What would be read from saved pages; stores nothing."),
    "probe": ("syndicate.cli.probe:probe", "Look at an address before it becomes a source."),
    "lint": ("syndicate.cli.lint:lint", "Check anyone's feed or mail by named rules."),
    "dkim": ("syndicate.cli.dkim:dkim", "Keys that sign our mail: make, show, compare with DNS."),
    "bounce": ("syndicate.cli.bounce:bounce", "What mail that came back tells; changes nothing."),
    "issue": ("syndicate.cli.issue:issue", "Compile, preview, send, stop and follow issues."),
    "why": ("syndicate.cli.why:why", "What happened to each issue for one person."),
    "domains": ("syndicate.cli.domains:domains", "Where mail is slowed or paused, and how to lift it."),
    "subscribers": ("syndicate.cli.subscribers:subscribers", "Add, import, export, list, forget people."),
    "suppressions": ("syndicate.cli.suppressions:suppressions", "Addresses never to be written to."),
    "bounces": ("syndicate.cli.bounces:bounces", "What came back: bounces, complaints; take one in."),
    "db": ("syndicate.cli.store:db", "The database: status, upgrade, move, stay."),
    "backup": ("syndicate.cli.store:backup", "Put everything that matters into one file."),
    "restore": ("syndicate.cli.store:restore", "Put a backup back."),
}

main = Lazy(
    COMMANDS,
    name="syndicate",
    help="Collect articles and briefs, publish feeds, send newsletters, also from archived sites.",
    epilog=EPILOG,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
main = click.version_option(__version__, prog_name="syndicate")(main)
