"""The options of the command line as a table, told by their declarations."""

import inspect
from typing import Final, get_args

from typer.models import OptionInfo

from importer.cli.options import CHECK, OUTLINE, PLAN, RUN
from importer.derive.docs import code, table

COMMANDS: Final = {"check": CHECK, "plan": PLAN, "run": RUN, "outline": OUTLINE}


def options_block() -> str:
    """A Markdown table of the options of the commands that take files."""
    told = {(option.name, _help(option)): option for options in COMMANDS.values() for option in options}
    return table(("Option", "Meaning", "For"), (_row(option) for option in told.values()))


def _row(option: inspect.Parameter) -> tuple[str, ...]:
    kind, info = get_args(option.annotation)
    assert isinstance(info, OptionInfo)
    # An option that is declared within Annotated keeps its flag where others have their default.
    flag = str((info.param_decls or (info.default,))[0])
    takes = "" if kind is bool else f" {info.metavar}"
    same = option.name, info.help
    commands = [name for name, options in COMMANDS.items() if any((one.name, _help(one)) == same for one in options)]
    return code(flag + takes), info.help or "", ", ".join(commands)


def _help(option: inspect.Parameter) -> str | None:
    """One name can be for another thing in another command."""
    info = get_args(option.annotation)[1]
    assert isinstance(info, OptionInfo)
    return info.help
