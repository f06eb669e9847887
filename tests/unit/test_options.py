import inspect
import re
from pathlib import Path
from typing import get_args

import pytest

from importer.cli import app
from importer.cli.options import CHECK, COMMAND_LINE_ONLY, PLAN, RUN
from importer.settings import Settings

OPTIONS = list({option.name: option for option in (*CHECK, *PLAN, *RUN)}.values())


def told(option: inspect.Parameter) -> str:
    text: str = get_args(option.annotation)[1].help
    return text


@pytest.mark.parametrize("option", OPTIONS, ids=lambda option: option.name)
def test_every_option_is_a_setting_and_says_what_it_is_for(option: inspect.Parameter) -> None:
    assert option.name in Settings.model_fields
    assert told(option).endswith(".")


def test_what_only_the_command_line_can_say_is_no_setting_and_all_else_is_one() -> None:
    arguments = {"files", "of_run", "kind", "ids"}
    known = {name for one in app.registered_commands for name in inspect.signature(one.callback).parameters}  # type: ignore[arg-type]  # each has one
    assert known - arguments - Settings.model_fields.keys() == {
        flag.removeprefix("--").replace("-", "_").replace("all", "all_courses") for flag in COMMAND_LINE_ONLY
    }


def test_the_help_and_the_readme_name_what_only_the_command_line_can_say(root: Path) -> None:
    readme = " ".join((root / "README.md").read_text(encoding="utf-8").split())
    assert f"{', '.join(f'`{flag}`' for flag in COMMAND_LINE_ONLY)}" in readme
    assert ", ".join(COMMAND_LINE_ONLY) in " ".join(str(app.info.help).split())


@pytest.mark.parametrize(
    "option", [option for option in OPTIONS if "(" in told(option)], ids=lambda option: option.name
)
def test_the_default_that_an_option_tells_is_that_of_the_setting(option: inspect.Parameter) -> None:
    found = re.search(r"\(([^)]+)\)", told(option))
    assert found is not None
    default = Settings.model_fields[option.name].default
    assert found[1] == (f"{default:g}" if isinstance(default, int | float) else str(default))
