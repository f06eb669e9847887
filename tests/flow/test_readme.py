"""What the README says is what happens."""

import os
import re
import stat
from pathlib import Path

import pytest
from openpyxl import load_workbook

from importer.entities import LESSON, SECTION, TITLE
from importer.sandbox import Server
from tests.builders import fill_template
from tests.flow.commands import Run


def block(root: Path, name: str) -> str:
    """The text of a block of the README that is marked with a name."""
    text = (root / "README.md").read_text(encoding="utf-8")
    found = re.search(rf"<!-- {name} -->\n```\w*\n(.*?)```", text, re.DOTALL)
    assert found is not None
    return found[1]


def test_the_demo_prints_what_it_says(importer: Run, root: Path, tmp_path: Path) -> None:
    demo = ("run", root / "sample_data/onboarding.xlsx", "--sandbox", "--yes", "--report-dir", tmp_path)
    printed = "".join(importer(*demo).stdout for _ in range(2)).splitlines()
    told = block(root, "demo").splitlines()
    assert [line for line in told if line not in printed] == []
    assert told[0] == printed[0]
    assert printed.count(told[-1]) == 1


def test_the_five_lines_bring_a_course_in(importer: Run, root: Path, tmp_path: Path, service: Server) -> None:
    lines = [line.removeprefix("importer ").split() for line in block(root, "five lines").splitlines()[1:]]
    template, *rest = lines
    assert importer(*template).code == 0
    fill_template(tmp_path / "outline.xlsx")
    assert [importer(*line).code for line in rest] == [0, 0, 0]
    assert service.store.count(SECTION) > 0


def test_a_plan_is_saved_and_run(importer: Run, root: Path, tmp_path: Path, service: Server) -> None:
    importer("template", "course", "-o", "outline.xlsx")
    fill_template(tmp_path / "outline.xlsx")
    lines = [line.removeprefix("importer ").split() for line in block(root, "saved plan").splitlines()]
    assert [importer(*line).code for line in lines] == [0, 0]
    assert service.store.count(SECTION) > 0


def test_the_lines_about_exports_work(importer: Run, root: Path, service: Server) -> None:
    lines = [line.removeprefix("importer ").split() for line in block(root, "export lines").splitlines()]
    export, plan, show = [importer(*line) for line in lines]
    assert [one.code for one in (export, plan, show)] == [0, 0, 0]
    assert "Nothing would be sent." in plan.stdout
    assert show.stdout.count("LessonContents") == 2


def test_the_lines_about_updates_work(importer: Run, root: Path, tmp_path: Path, service: Server) -> None:
    export, plan, run = (line.removeprefix("importer ").split() for line in block(root, "update lines").splitlines())
    assert importer(*export).code == 0
    book = load_workbook(tmp_path / "food-safety.xlsx")
    lessons = book[LESSON.sheet]
    headings = [str(cell.value).rstrip("*") for cell in lessons[1]]
    lessons.cell(row=2, column=1 + headings.index(TITLE.name)).value = "Before you begin"
    book.save(tmp_path / "food-safety.xlsx")
    planned, done = importer(*plan), importer(*run)
    assert (planned.code, done.code) == (0, 0)
    assert "Would update 1 lesson: 1 write" in planned.stdout
    assert '"About this course" → "Before you begin"' in planned.stdout
    assert "1 updated" in done.stdout


def test_the_calls_of_a_program_work(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], importer: Run
) -> None:
    importer("template", "course", "-o", "outline.xlsx")
    fill_template(tmp_path / "outline.xlsx")
    exec(block(root, "python"), {})
    assert "Outcome.INVALID: 'invalid'>: 0" in capsys.readouterr().out


def test_files_that_it_names_are_there(root: Path) -> None:
    links = re.findall(r"\]\(((?!http)[^)#]+)\)", (root / "README.md").read_text(encoding="utf-8"))
    assert links
    assert [link for link in links if not (root / link).exists()] == []


@pytest.mark.skipif(os.name == "nt", reason="files have no such mode on Windows")
def test_ci_can_be_run(root: Path) -> None:
    assert (root / ".ci/run").stat().st_mode & stat.S_IXUSR
