"""Whole files: the samples, every kind of spreadsheet, and reports that are imported again."""

import shutil
import zipfile
from pathlib import Path

import pytest
from openpyxl import load_workbook

from importer.entities import LESSON, SECTION
from importer.sandbox import Server
from tests.flow.commands import LESSON_HEADINGS, Answer, Run, lessons_csv, sent, titles, write_csv
from tools.samples import course_rows, mistakes

SAMPLES = Path(__file__).resolve().parents[1] / "samples"


@pytest.fixture
def outline(sample_data: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(sample_data / "onboarding.xlsx", tmp_path))


# --- the samples -----------------------------------------------------------------------------------------


def test_the_sample_is_checked_planned_run_and_run_again(importer: Run, service: Server, outline: Path) -> None:
    assert importer("check", outline, "--json").counts == {"pending": 52}
    assert service.log.entries == ()
    planned = importer("plan", outline, "--json")
    assert (planned.code, planned.counts, sent(service)) == (0, {"pending": 52}, [])
    assert importer("run", outline, "--json").counts == {"created": 52}
    assert len(sent(service)) == 52
    again = importer("run", outline, "--json")
    assert (again.code, again.counts, again.document["requests"]["writes"]) == (0, {"exists": 52}, 0)
    assert len(sent(service)) == 52


def test_what_the_sample_says_is_what_the_service_holds(importer: Run, service: Server, outline: Path) -> None:
    document = importer("run", outline, "--json").document
    course = course_rows()
    for entity in (SECTION, LESSON):
        assert sorted(titles(service, entity, 101)) == sorted(row["Title"] for row in course[entity.kind])
    for row in document["rows"]:
        record = service.store.get(SECTION if row["kind"] == "sections" else LESSON, row["id"])
        assert record is not None and record["Title"] == row["title"]


def test_each_lesson_is_in_its_section(importer: Run, service: Server, outline: Path) -> None:
    importer("run", outline)
    sections = {record["Id"]: record["Title"] for record in service.store.find(SECTION)[0]}
    lessons = {record["Title"]: record for record in service.store.find(LESSON)[0] if record["CourseId"] == 101}
    for row in course_rows()["lessons"]:
        assert sections.get(lessons[row["Title"]]["SectionId"]) == row.get("Section")
        assert lessons[row["Title"]]["LessonContents"] == row["LessonContents"]


def test_the_two_csv_files_are_one_import(importer: Run, service: Server, sample_data: Path, tmp_path: Path) -> None:
    names = ["onboarding-lessons.csv", "onboarding-sections.csv"]
    for name in names:
        shutil.copy(sample_data / name, tmp_path)
    answer = importer("run", *names, "--json")
    assert (answer.code, answer.counts) == (0, {"created": 52})
    assert [row["file"] for row in answer.document["rows"]] == [names[0]] * 45 + [names[1]] * 7
    assert sorted(answer.document["reports"]) == ["onboarding-lessons.report.csv", "onboarding-sections.report.csv"]
    assert len(titles(service, SECTION, 101)) == 7
    assert importer("run", *names, "--json").document["requests"]["writes"] == 0


@pytest.mark.parametrize("command", ["check", "plan"])
def test_each_mistake_of_the_sample_is_found_on_its_row(
    command: str, importer: Run, service: Server, sample_data: Path, tmp_path: Path
) -> None:
    answer = importer(command, sample_data / "with_mistakes.xlsx", "--report-dir", tmp_path, "--json")
    assert answer.code == 1
    found = {
        (row["kind"], row["row"], problem["field"], problem["code"])
        for row in answer.document["rows"]
        for problem in row["problems"]
    }
    steps = ("check", "plan")[: 1 + (command == "plan")]
    wanted = {
        (entity.kind, number, None if row["code"] == "section-not-created" else row["column"], row["code"])
        for entity, number, row in mistakes()
        if row["found"] in steps and row["code"] != "unknown-column"
    }
    assert found == wanted
    colour = [problem for problem in answer.document["problems"] if problem["code"] == "unknown-column"]
    assert len(colour) == 1 and colour[0]["column"].endswith(" Colour")


# --- every kind of file ------------------------------------------------------------------------------------


TEXT = """CourseId,Section,Title,DisplayOrder,UnlockType,CompletionType,Active,SummaryText
102,In the kitchen,Übung für Köche,3,Immediate,None,yes,"Messer, Brett"
102,,None,4,2,Button,n,007
"""


def csv_like(path: Path, delimiter: str, encoding: str) -> Path:
    text = TEXT.replace('"Messer, Brett"', "@").replace(",", delimiter)
    path.write_bytes(text.replace("@", '"Messer, Brett"').encode(encoding))
    return path


FLAVOURS = {
    "comma.csv": (",", "utf-8"),
    "mark.csv": (",", "utf-8-sig"),
    "tab.tsv": ("\t", "utf-8"),
    "semicolon.csv": (";", "cp1252"),
    "pipe.txt": ("|", "utf-8"),
    "unicode.txt": ("\t", "utf-16"),
}


@pytest.mark.parametrize("name", FLAVOURS)
def test_every_csv_comes_in_alike_and_goes_back_as_it_was(
    name: str, importer: Run, service: Server, tmp_path: Path
) -> None:
    delimiter, encoding = FLAVOURS[name]
    csv_like(tmp_path / name, delimiter, encoding)
    answer = importer("run", name, "--json", "--concurrency", 1)
    assert (answer.code, answer.counts) == (0, {"created": 2}), answer.messages
    made = service.store.find(LESSON)[0][-2:]
    assert [(one["Title"], one["SectionId"], one["SummaryText"], one["Active"]) for one in made] == [
        ("Übung für Köche", 2002, "Messer, Brett", True),
        ("None", None, "007", False),
    ]
    report = Path(answer.document["reports"][0]).read_bytes().decode(encoding)
    assert report.splitlines()[0].endswith(delimiter.join(["", "ImportStatus", "ImportError", "NexudusId"]))


@pytest.mark.parametrize("name", ["outline.xls", "outline.ods"])
def test_old_and_open_workbooks_come_in(name: str, importer: Run, service: Server, tmp_path: Path) -> None:
    shutil.copy(SAMPLES / name, tmp_path)
    answer = importer("run", name, "--json")
    assert (answer.code, answer.counts) == (0, {"created": 5}), answer.messages
    assert sorted(titles(service, LESSON, 101)) == ["Grüße aus Łódź", "None", "Where to park"]
    assert answer.document["reports"] == ["outline.report.xlsx"]
    again = importer("run", "outline.report.xlsx", "--json")
    assert (again.code, again.counts) == (0, {"exists": 5})


def test_a_workbook_with_macros_comes_in(importer: Run, service: Server, outline: Path) -> None:
    book = outline.with_suffix(".xlsm")
    plain = b"spreadsheetml.sheet.main+xml"
    with zipfile.ZipFile(outline) as source, zipfile.ZipFile(book, "w") as target:
        for name in source.namelist():
            content = source.read(name)
            changed = content.replace(
                b"openxmlformats-officedocument." + plain, b"ms-excel.sheet.macroEnabled.main+xml"
            )
            target.writestr(name, changed if name == "[Content_Types].xml" else content)
    answer = importer("run", book, "--json")
    assert (answer.code, answer.counts) == (0, {"created": 52})
    assert len(load_workbook(answer.document["reports"][0])["Lessons"]["A"]) == 46


def test_the_ending_of_a_name_does_not_matter(importer: Run, outline: Path) -> None:
    answer = importer("check", outline.rename(outline.with_suffix(".csv")), "--json")
    assert (answer.code, answer.counts) == (0, {"pending": 52})


# --- reports that are imported again ------------------------------------------------------------------------


def errors_file(answer: Answer) -> Path:
    (path,) = [Path(path) for path in answer.document["reports"] if ".errors" in path]
    return path


def test_a_corrected_errors_file_brings_exactly_the_rest(importer: Run, service: Server, tmp_path: Path) -> None:
    rows: list[list[object]] = [[104, "", f"Lesson {n}", n, "Immediate", "Visited", "yes"] for n in range(1, 6)]
    rows[1][3], rows[3][4] = "second", "Sometimes"
    write_csv(tmp_path / "a.csv", LESSON_HEADINGS, rows)
    first = importer("run", "a.csv", "--json")
    assert (first.code, first.counts) == (1, {"created": 3, "invalid": 2})
    errors = errors_file(first)
    text = errors.read_text(encoding="utf-8")
    assert text.count("\n") == 3
    errors.write_text(text.replace(",second,", ",2,").replace(",Sometimes,", ",Timed,"), encoding="utf-8")
    second = importer("run", errors, "--json")
    assert (second.code, second.counts) == (1, {"created": 1, "invalid": 1})  # Timed needs days
    assert sorted(titles(service, LESSON)) == ["Lesson 1", "Lesson 2", "Lesson 3", "Lesson 5"]
    assert len(sent(service)) == 4


def test_a_corrected_workbook_brings_the_lessons_that_waited_for_their_section(
    importer: Run, service: Server, sample_data: Path, tmp_path: Path
) -> None:
    answer = importer("run", sample_data / "with_mistakes.xlsx", "--report-dir", tmp_path, "--json")
    assert answer.code == 1
    errors = errors_file(answer)
    book = load_workbook(errors)
    sections = book["Sections"]
    for row in sections.iter_rows(min_row=2):
        for cell in row:
            cell.value = "Sequential" if cell.value == "Sequental" else cell.value
    book.save(errors)
    second = importer("run", errors, "--json")
    created = {row["title"] for row in second.document["rows"] if row["outcome"] == "created"}
    assert created == {"Ask us anything", "Questions and answers"}


def test_a_report_can_be_imported_as_it_is(importer: Run, service: Server, outline: Path) -> None:
    importer("run", outline)
    again = importer("run", outline.with_suffix(".report.xlsx"), "--json")
    assert (again.code, again.counts, len(sent(service))) == (0, {"exists": 52}, 52)
    assert [problem["code"] for problem in again.document["problems"]] == []


def test_the_input_is_never_changed(importer: Run, service: Server, outline: Path) -> None:
    before = outline.read_bytes()
    importer("run", outline)
    assert outline.read_bytes() == before


def test_blank_rows_keep_the_numbers_that_excel_shows(importer: Run, tmp_path: Path) -> None:
    path = lessons_csv(tmp_path / "a.csv", 3)
    head, *rows = path.read_text(encoding="utf-8").splitlines()
    path.write_text("\n".join([head, "", rows[0], ",,,,,,", rows[1], rows[2]]) + "\n", encoding="utf-8")
    answer = importer("check", "a.csv", "--json")
    assert [row["row"] for row in answer.document["rows"]] == [3, 5, 6]
    assert "2 blank rows skipped" in importer("check", "a.csv").stdout
