"""`importer outline`: a course as a tree and as a calendar."""

import os
import re
import tomllib
from pathlib import Path

import pytest

from importer.entities import LESSON
from importer.sandbox import Server
from tests.flow.commands import LESSON_HEADINGS, SECTION_HEADINGS, Run, process, sent, write_csv


@pytest.fixture
def sample(sample_data: Path) -> Path:
    return sample_data / "onboarding.xlsx"


def test_files_are_shown_as_a_tree_offline_and_nothing_is_written(importer: Run, sample: Path, tmp_path: Path) -> None:
    answer = importer("outline", sample)
    assert (answer.code, answer.stderr) == (0, "")
    lines = answer.stdout.splitlines()
    assert lines[:3] == [
        "Course 101: 7 sections, 45 lessons",
        "  1. Welcome  [Immediate]",
        "    1. Hello from the team  [Immediate; Video]",
    ]
    assert "    5. Post and parcels  [Timed after 2 days; Visited]" in lines
    assert list(tmp_path.iterdir()) == []


def test_the_picture_of_the_readme_is_what_the_command_draws(importer: Run, sample: Path, root: Path) -> None:
    assert importer("outline", sample, "-o", "calendar.svg", "--quiet").stdout == ""
    drawn = Path("calendar.svg").read_text(encoding="utf-8")
    assert drawn == (root / "docs" / "calendar.svg").read_text(encoding="utf-8")
    readme = (root / "README.md").read_text(encoding="utf-8")
    assert "](docs/calendar.svg)" in readme and "importer outline outline.xlsx -o calendar.html" in readme


def test_the_extra_that_the_readme_names_is_what_a_png_needs(root: Path) -> None:
    (extra,) = re.findall(r'pipx install "\.\[(\w+)\]"', (root / "README.md").read_text(encoding="utf-8"))
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert [name.partition(">")[0] for name in project["optional-dependencies"][extra]] == ["resvg-py"]


def test_files_with_a_sheet_of_each_kind_are_one_outline(importer: Run, sample_data: Path, sample: Path) -> None:
    files = [sample_data / f"onboarding-{kind}.csv" for kind in ("lessons", "sections")]
    assert importer("outline", *files).stdout == importer("outline", sample).stdout


def test_a_course_of_the_service_is_read_and_drawn(importer: Run, service: Server, tmp_path: Path) -> None:
    answer = importer("outline", "--course-id", 102, "-o", "calendar.html")
    assert answer.code == 0, answer.stderr
    assert answer.stdout.startswith("Course 102 Food safety: 3 sections, 8 lessons\n")
    assert answer.stderr == "The calendar is in calendar.html.\n"
    assert "Washing hands" in (tmp_path / "calendar.html").read_text(encoding="utf-8")
    assert sent(service) == []


def test_the_sandbox_can_be_asked_without_an_account(tmp_path: Path) -> None:
    words = ("outline", "--course-id", 102, "--sandbox", "-o", "a.png")
    answer = process(*words, cwd=tmp_path, env={"IMPORTER_STATE_DIR": str(tmp_path), "IMPORTER_MIN_INTERVAL": "0"})
    if "has no font" in answer.stderr and not os.environ.get("CI"):
        pytest.skip("this machine has no fonts")
    assert answer.code == 0, answer.stderr
    assert (tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")


def test_a_lesson_that_is_hidden_from_members_is_shown_as_such(importer: Run, service: Server) -> None:
    lesson = {"CourseId": 104, "Title": "Secret", "DisplayOrder": 1, "UnlockType": 1, "UnlockAfterDays": 0}
    service.store.create(LESSON, {**lesson, "CompletionType": 2, "Active": False}, by="test")
    assert "    1. Secret  [Immediate; Visited]  (hidden)" in importer("outline", "--course-id", 104).stdout


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (("outline",), 2, "Nothing was named to show: give the spreadsheet, or the course, such as --course-id 101."),
        (("outline", "--course-id", 999), 2, "There is no course 999 in Nexudus, or this account cannot see it."),
        (("outline", "no.xlsx"), 2, "no.xlsx: there is no such file."),
        (("outline", "--course-id", 102, "-o", "a.pdf"), 2, "its name has to end in .html, .svg or .png."),
        (("outline", "--course-id", 102, "-o", "none/a.svg"), 2, "there is no such folder."),
        (("outline", "--course-id", "x"), 2, 'expected a whole number, found "x".'),
    ],
)
def test_what_cannot_be_shown_is_said(
    words: tuple[object, ...], code: int, message: str, importer: Run, service: Server, tmp_path: Path
) -> None:
    answer = importer(*words)
    assert (answer.code, answer.stdout) == (code, "")
    assert answer.stderr.rstrip().endswith(message)
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_there_is_only_replaced_if_asked(importer: Run, sample: Path, tmp_path: Path) -> None:
    target = tmp_path / "mine.svg"
    target.write_text("mine")
    refused = importer("outline", sample, "-o", "mine.svg")
    assert (refused.code, target.read_text()) == (2, "mine")
    assert "a file of that name is there already; --force replaces it" in refused.stderr
    assert importer("outline", sample, "-o", "mine.svg", "--force").code == 0
    assert target.read_text(encoding="utf-8").startswith("<svg")
    assert [path.name for path in tmp_path.iterdir()] == ["mine.svg"]


def test_a_file_with_errors_is_shown_as_far_as_it_goes(importer: Run, sample_data: Path) -> None:
    answer = importer("outline", sample_data / "with_mistakes.xlsx", "-o", "a.svg")
    assert answer.code == 0, answer.stderr
    assert "Left out: 20 rows with errors; importer check says what is wrong." in answer.stdout
    assert (
        "  2. Second week  [Timed after 7 days]\n    27. Too early  [Timed after 3 days; Visited]  !" in answer.stdout
    )


def test_no_place_for_reports_is_needed(
    importer: Run, sample: Path, nobodys_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IMPORTER_REPORT_DIR", str(nobodys_folder))
    assert importer("check", sample).code == 2
    assert importer("outline", sample).code == 0


def test_it_speaks_spanish(importer: Run, sample: Path) -> None:
    assert importer("outline", sample, "--lang", "es").stdout.startswith("Curso 101: 7 secciones, 45 lecciones")


def test_check_warns_of_a_lesson_before_its_section(importer: Run, tmp_path: Path) -> None:
    sections = write_csv(tmp_path / "s.csv", SECTION_HEADINGS, [[104, "Late", 1, "Timed", 14, "yes"]])
    row = [104, "Late", "Soon", 1, "Immediate", "Visited", "yes"]
    lessons = write_csv(tmp_path / "l.csv", LESSON_HEADINGS, [row])
    answer = importer("check", sections, lessons, "--json")
    assert (answer.code, answer.counts) == (0, {"pending": 2})
    (problem,) = answer.by_row()[2]["problems"]
    assert (problem["code"], problem["severity"], problem["field"]) == ("before-its-section", "warning", "UnlockType")
    assert 'opens on day 0 ("Immediate"), and its section "Late" on day 14' in problem["message"]
