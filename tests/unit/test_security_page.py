"""The page on security names tests that there are, and limits as they are."""

import re
from pathlib import Path

import pytest

from importer.settings import FileLimits


@pytest.fixture
def page(root: Path) -> str:
    return (root / "docs" / "security.md").read_text(encoding="utf-8")


def test_every_test_that_it_names_is_there(page: str, root: Path) -> None:
    named = re.findall(r"`(test_\w+\.py)?(?:::(test_\w+))?`", page)
    file, missing = "", []
    for given, test in named:
        file = given or file
        texts = [path.read_text(encoding="utf-8") for path in (root / "tests").rglob(file)]
        if not any(f"def {test}(" in text if test else text for text in texts):
            missing.append((file, test))
    assert len(named) > 10
    assert missing == []


def test_its_limits_are_the_settings(page: str) -> None:
    listed = re.findall(r"\| (\d+) \| `IMPORTER_(MAX_\w+)` \|", page)
    assert {name.lower(): int(default) for default, name in listed} == FileLimits().model_dump()
