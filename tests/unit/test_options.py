import inspect
import re
from typing import get_args

import pytest

from importer.cli.options import CHECK, PLAN, RUN
from importer.settings import Settings

OPTIONS = list({option.name: option for option in (*CHECK, *PLAN, *RUN)}.values())


def told(option: inspect.Parameter) -> str:
    text: str = get_args(option.annotation)[1].help
    return text


@pytest.mark.parametrize("option", OPTIONS, ids=lambda option: option.name)
def test_every_option_is_a_setting_and_says_what_it_is_for(option: inspect.Parameter) -> None:
    assert option.name in Settings.model_fields
    assert told(option).endswith(".")


@pytest.mark.parametrize(
    "option", [option for option in OPTIONS if "(" in told(option)], ids=lambda option: option.name
)
def test_the_default_that_an_option_tells_is_that_of_the_setting(option: inspect.Parameter) -> None:
    found = re.search(r"\(([^)]+)\)", told(option))
    assert found is not None
    default = Settings.model_fields[option.name].default
    assert found[1] == (f"{default:g}" if isinstance(default, int | float) else str(default))
