"""Where reports go."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from importer import report
from importer.errors import ReportPlaceError
from importer.model import Book, Format
from importer.report.targets import is_errors_file


def book(path: Path, form: Format = Format.CSV) -> Book:
    return Book(path=path, name=str(path), format=form, sha256="", sheets=())


def names(*given: str, form: Format = Format.CSV) -> list[tuple[str, str]]:
    places = report.places([book(Path(name), form) for name in given], None)
    return [(target.report.name, target.errors.name) for target in places.targets]


@pytest.mark.parametrize(
    ("given", "form", "expected"),
    [
        ("x.csv", Format.CSV, ("x.report.csv", "x.errors.csv")),
        ("x.tsv", Format.CSV, ("x.report.csv", "x.errors.csv")),
        ("x.xlsx", Format.XLSX, ("x.report.xlsx", "x.errors.xlsx")),
        ("x.ods", Format.ODS, ("x.report.xlsx", "x.errors.xlsx")),
        ("x.y", Format.XLSM, ("x.report.xlsm", "x.errors.xlsx")),
        ("x.errors.csv", Format.CSV, ("x.report-2.csv", "x.errors-2.csv")),
        ("x.report.csv", Format.CSV, ("x.report-2.csv", "x.errors-2.csv")),
        ("x.errors-2.csv", Format.CSV, ("x.report-3.csv", "x.errors-3.csv")),
        ("x.report.errors-4.csv", Format.CSV, ("x.report-5.csv", "x.errors-5.csv")),
        (".report.csv", Format.CSV, (".report.report.csv", ".report.errors.csv")),
    ],
)
def test_names_come_from_the_input_and_do_not_pile_up(given: str, form: Format, expected: tuple[str, str]) -> None:
    assert names(given, form=form) == [expected]


def test_two_files_never_share_a_target() -> None:
    assert names("x.csv", "X.tsv") == [("x.report.csv", "x.errors.csv"), ("X.report-2.csv", "X.errors-2.csv")]


def test_a_target_is_never_an_input() -> None:
    assert names("x.csv", "x.errors.csv", "x.report-2.csv") == [
        ("x.report-3.csv", "x.errors-3.csv"),
        ("x.report-4.csv", "x.errors-4.csv"),
        ("x.report-5.csv", "x.errors-5.csv"),
    ]


def test_a_folder_for_reports_takes_them_all(tmp_path: Path) -> None:
    (target, other) = report.places([book(Path("a/x.csv")), book(Path("b/x.csv"))], tmp_path).targets
    assert (target.report, other.errors) == (tmp_path / "x.report.csv", tmp_path / "x.errors-2.csv")


def test_an_input_reached_by_a_link_is_not_written_over(tmp_path: Path) -> None:
    (tmp_path / "x.report.csv").write_text("input")
    (tmp_path / "other.csv").symlink_to(tmp_path / "x.report.csv")
    targets = report.places([book(tmp_path / "x.csv"), book(tmp_path / "other.csv")], None).targets
    assert targets[0].report == tmp_path / "x.report-2.csv"


@given(
    st.lists(st.text("ab.-2", min_size=1, max_size=3).map(lambda end: f"x.report{end}.csv"), max_size=4, unique=True)
)
def test_all_names_of_a_command_differ(given: list[str]) -> None:
    found = [name for pair in names(*given) for name in pair]
    assert len({*given, *found}) == len(given) + len(found)


def test_a_long_name_is_cut_so_that_the_file_system_takes_it(tmp_path: Path) -> None:
    (target,) = report.places([book(tmp_path / ("é" * 124 + ".csv"))], None).targets
    target.errors.write_text("")
    assert target.errors.name.endswith("é.errors.csv")


def test_a_folder_that_can_be_written_is_left_as_it_was(tmp_path: Path) -> None:
    report.ensure_writable(report.places([book(tmp_path / "x.csv")], None))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("folder", "why"), [("gone", "no such folder"), ("file", "not a folder")])
def test_a_folder_that_cannot_be_used_is_found_out(tmp_path: Path, folder: str, why: str) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ReportPlaceError, match=why):
        report.ensure_writable(report.places([book(tmp_path / "x.csv")], tmp_path / folder))


def test_a_folder_without_permission_is_found_out(nobodys_folder: Path, tmp_path: Path) -> None:
    with pytest.raises(ReportPlaceError, match=r"cannot be written to .*: "):
        report.ensure_writable(report.places([book(tmp_path / "x.csv")], nobodys_folder))


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("x.errors.csv", True),
        ("x.errors-2.xlsx", True),
        ("x.report.csv", False),
        ("errors.csv", False),
        ("x.errors.report.csv", False),
    ],
)
def test_errors_files_are_known_by_name(name: str, expected: bool) -> None:
    assert is_errors_file(Path(name)) is expected
