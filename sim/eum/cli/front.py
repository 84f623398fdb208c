"""The command itself: its groups in the order of --help, its language, and the old names that it still understands."""

import sys
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from eum import __version__
from eum.cli.language import in_language
from eum.cli.renamed import current_spelling

EVERYDAY = ("run", "compare", "study", "report", "dashboard", "verify")
MORE = ("sensitivity", "explain", "demo")
GROUPS = ("policy", "decide", "validate", "calibrate", "history", "data", "docs")

_SUMMARY = "An open simulator of city local-currency policy."


class Front(TyperGroup):
    """The group of all commands: it shows them in sections, and reads old names as what they are called now."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Read the command line by its present names; a hint on the error output names those that are old."""
        spelling = current_spelling(args)
        if spelling.hint and not ctx.resilient_parsing:
            print(spelling.hint, file=sys.stderr)
        return super().parse_args(ctx, spelling.words)

    def list_commands(self, ctx: Any) -> list[str]:
        """Return the names of all commands in the order of --help."""
        return [*EVERYDAY, *MORE, *GROUPS]

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """Write the commands in three sections: what is used every day, more of them, and the groups."""
        for title, names in (("Commands", EVERYDAY), ("More", MORE), ("Groups of commands", GROUPS)):
            limit = formatter.width - 6 - max(map(len, names))
            rows = [(name, self.commands[name].get_short_help_str(limit)) for name in names]
            with formatter.section(title):
                formatter.write_dl(rows)


# Help is plain text: in markup, a word in brackets such as "[variables]" would be taken for a style and vanish.
app = typer.Typer(
    cls=Front,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help=_SUMMARY,
)


def group(name: str, summary: str) -> typer.Typer:
    """Return a new group of commands of `eum`."""
    made = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help=summary)
    app.add_typer(made, name=name)
    return made


def _print_version(wanted: bool) -> None:
    if wanted:
        print(f"eum {__version__}")
        raise typer.Exit


@app.callback()
def eum(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version.", callback=_print_version, is_eager=True)
    ] = False,
    lang: Annotated[
        str | None,
        typer.Option(
            help="Language of what is printed: en (as without it) or ko; may also follow the command.",
            envvar="EUM_LANG",
            callback=in_language,
        ),
    ] = None,
) -> None:
    """An open simulator of city local-currency policy."""
