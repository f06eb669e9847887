import inspect
import re
from pathlib import Path

import pytest

from importer import errors
from importer.errors import (
    BusyError,
    FileMissingError,
    ImporterError,
    NoCredentialsError,
    ReportPlaceError,
    TemplateError,
    UnreachableError,
)

CLASSES = [one for _, one in inspect.getmembers(errors, inspect.isclass) if issubclass(one, ImporterError)]
GROUPS = ImporterError.__subclasses__()


def test_the_tree_at_the_top_is_the_tree_of_the_classes() -> None:
    drawn = re.findall(r"[├└]── (\w+) +(\d+) ", errors.__doc__ or "")
    assert {name: int(code) for name, code in drawn} == {group.__name__: group.exit_code for group in GROUPS}


@pytest.mark.parametrize("one", [one for one in CLASSES if one is not ImporterError])
def test_every_error_ends_with_the_exit_code_of_its_group(one: type[ImporterError]) -> None:
    (group,) = (group for group in GROUPS if issubclass(one, group))
    assert one.exit_code == group.exit_code


def test_codes_are_told_apart() -> None:
    codes = [one.code for one in CLASSES]
    assert sorted(set(codes)) == sorted(codes)


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (FileMissingError("a.csv", "there is no such file"), "a.csv: there is no such file."),
        (
            NoCredentialsError(),
            "No sign-in was given: set NEXUDUS_TOKEN, or NEXUDUS_USERNAME and NEXUDUS_PASSWORD, in the environment "
            "or in a file named .env (or try the command with --sandbox).",
        ),
        (
            ReportPlaceError("reports", "no such folder"),
            "The report cannot be written to reports: no such folder. Choose another folder with --report-dir.",
        ),
        (TemplateError(Path("a.xlsx"), "it is open"), "The template cannot be written to a.xlsx: it is open."),
        (
            UnreachableError("https://example.com", "no answer"),
            "https://example.com could not be reached: no answer. Nothing was sent; run the same command again later.",
        ),
        (
            UnreachableError("https://example.com", "no answer", is_amid=True),
            "https://example.com could not be reached: no answer. Run the same command again later: it goes on where "
            "it stopped.",
        ),
        (
            BusyError("process 7"),
            "Another run is writing with this account (process 7). Wait for it, then run the command again.",
        ),
    ],
)
def test_an_error_is_a_plain_message(error: ImporterError, message: str) -> None:
    assert str(error) == error.message == message
