"""The options of the command line as a table, told by their declarations."""

import inspect
from collections.abc import Mapping, Sequence
from typing import Final, get_args

from typer.models import OptionInfo

from importer.cli.options import CHECK, EXPORT, OUTLINE, PLAN, REPORT, RETRY, RUN, SHOW, UNDO
from importer.derive.docs import code, table

COMMANDS: Final = {
    "check": CHECK,
    "plan": PLAN,
    "run": RUN,
    "retry": RETRY,
    "undo": UNDO,
    "report": REPORT,
    "outline": OUTLINE,
}
READING: Final = {"export": EXPORT, "show": SHOW}


def options_block() -> str:
    """A Markdown table of the options of the commands that take files."""
    return _block(COMMANDS)


def reading_options_block() -> str:
    """A Markdown table of the options of the commands that write what the service holds."""
    return _block(READING)


def _block(commands: Mapping[str, Sequence[inspect.Parameter]]) -> str:
    told = {(option.name, _help(option)): option for options in commands.values() for option in options}
    return table(("Option", "Meaning", "For"), (_row(option, commands) for option in told.values()))


def _row(option: inspect.Parameter, commands: Mapping[str, Sequence[inspect.Parameter]]) -> tuple[str, ...]:
    kind, info = get_args(option.annotation)
    assert isinstance(info, OptionInfo)
    # An option that is declared within Annotated keeps its flag where others have their default.
    flag = str((info.param_decls or (info.default,))[0])
    takes = "" if kind is bool else f" {info.metavar}"
    same = option.name, info.help
    users = [name for name, options in commands.items() if any((one.name, _help(one)) == same for one in options)]
    return code(flag + takes), info.help or "", ", ".join(users)


def _help(option: inspect.Parameter) -> str | None:
    """One name can be for another thing in another command."""
    info = get_args(option.annotation)[1]
    assert isinstance(info, OptionInfo)
    return info.help
