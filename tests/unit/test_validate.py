from collections.abc import Mapping

import numpy as np
import pandas as pd
import pytest

from importer.derive.addresses import has_youtube_video, is_out_of_reach, is_web_address, shows_type
from importer.entities import COURSE, ENTITIES, IMAGE_TYPES, LESSON, SECTION, Entity
from importer.model import ErrorCell, Sheet, Table
from importer.normalise import normalise
from importer.problems import Code, Column, Place, Problem
from importer.validate import validate
from tests.builders import sheet_of

GOOD: Mapping[str, object] = {
    "BusinessId": 1,
    "HostId": 301,
    "Visibility": 1,
    "CourseId": 101,
    "Section": "Week 1",
    "Title": "Welcome",
    "DisplayOrder": 1,
    "UnlockType": "Immediate",
    "UnlockAfterDays": None,
    "CompletionType": "Button",
    "LessonContents": None,
    "Active": "yes",
    "NewImageUrl": None,
    "ClearImageFile": None,
}
EMBED = '<iframe src="https://www.youtube.com/embed/dQw4w9WgXcQ"></iframe>'


def table(*changes: Mapping[str, object], entity: Entity = LESSON, file: str = "a.csv", start: int = 2) -> Table:
    """A row for each set of changes to the good one."""
    rows = [{**GOOD, "Title": f"Lesson {number}", **change} for number, change in enumerate(changes)]
    asked = [*GOOD, *(name for change in changes for name in change)]
    names = [name for name in dict.fromkeys(asked) if entity.has(name)]
    index = pd.Index(np.arange(start, start + len(rows), dtype=np.int64), name="row")
    series = {name: pd.Series([row.get(name) for row in rows], index=index, dtype=object) for name in names}
    columns = tuple(Column(letter=chr(65 + at), heading=name, field=name) for at, name in enumerate(names))
    sheet = Sheet(
        place=Place(file=file, sheet=None),
        entity=entity,
        columns=columns,
        header_row=1,
        cells=pd.DataFrame(series, index=index, dtype=object),
        blank_rows=0,
    )
    return normalise(sheet, {})


def found(problems: tuple[Problem, ...]) -> list[tuple[int | None, str | None, Code]]:
    return [(problem.row, problem.column.field if problem.column else None, problem.code) for problem in problems]


def check(**change: object) -> list[tuple[str | None, Code]]:
    return [(name, code) for _, name, code in found(validate([table(change)]))]


@pytest.mark.parametrize("entity", ENTITIES, ids=lambda entity: entity.kind)
def test_good_rows_have_no_problem(entity: Entity) -> None:
    assert validate([table({}, {}, entity=entity)]) == ()


@pytest.mark.parametrize("name", [field.name for field in LESSON.needed])
def test_required_cells(name: str) -> None:
    assert check(**{name: None}) == [(name, Code.MISSING)]


def test_a_missing_cell_is_told_with_an_example() -> None:
    (problem,) = validate([table({"CourseId": None})])
    assert problem.message == (
        'a.csv, row 2, column A "CourseId": the cell is empty. Every row needs a value here, '
        "such as 101, or its title in Course. Fill it in."
    )


@pytest.mark.parametrize(("name", "low"), [("CourseId", 0), ("DisplayOrder", -1), ("UnlockAfterDays", -1)])
def test_numbers_have_a_minimum(name: str, low: int) -> None:
    assert check(**{name: low}) == [(name, Code.TOO_SMALL)]
    assert check(**{name: low + 1}) == []


def test_an_unreadable_cell_has_one_problem_only() -> None:
    broken = table({"CourseId": "x", "UnlockType": ErrorCell("#REF!"), "UnlockAfterDays": 7, "Title": ""})
    assert found(validate([broken])) == [(2, "Title", Code.MISSING)]


def test_all_faults_of_all_rows_are_found_in_order() -> None:
    problems = validate([table({"DisplayOrder": -1, "CourseId": 0}, {}, {"Title": None, "CourseId": None})])
    assert found(problems) == [
        (2, "CourseId", Code.TOO_SMALL),
        (2, "DisplayOrder", Code.TOO_SMALL),
        (4, "CourseId", Code.MISSING),
        (4, "Title", Code.MISSING),
    ]


@pytest.mark.parametrize("days", [None, 0, "0"])
def test_timed_needs_days(days: object) -> None:
    assert check(UnlockType="Timed", UnlockAfterDays=days) == [("UnlockAfterDays", Code.DAYS_NEEDED)]
    assert check(UnlockType="Timed", UnlockAfterDays=1) == []


def test_days_that_are_needed_and_that_the_sheet_has_no_column_for() -> None:
    grid = [["CourseId", "Title", "DisplayOrder", "UnlockType"], ["101", "A", "1", "Timed"]]
    (problem,) = validate([normalise(sheet_of(grid, Place(file="a.csv", sheet=None), SECTION), {})])
    assert 'row 2, "UnlockAfterDays": the sheet has no such column, and D UnlockType is Timed.' in problem.message
    assert problem.value is None


@pytest.mark.parametrize("unlock", ["Immediate", "Sequential"])
def test_days_without_timed(unlock: str) -> None:
    (problem,) = validate([table({"UnlockType": unlock, "UnlockAfterDays": 7})])
    assert (problem.code, problem.value) == (Code.DAYS_NOT_USED, 7)
    assert f"F UnlockType is {unlock}" in problem.message.replace('"', "") or unlock in problem.message
    assert check(UnlockType=unlock, UnlockAfterDays=0) == []


def test_rules_are_silent_where_a_cell_of_theirs_is_wrong() -> None:
    assert check(UnlockType=None, UnlockAfterDays=7) == [("UnlockType", Code.MISSING)]
    assert check(UnlockType="Timed", UnlockAfterDays=-7) == [("UnlockAfterDays", Code.TOO_SMALL)]
    assert check(NewImageUrl="x", ClearImageFile="yes") == [("NewImageUrl", Code.NOT_A_WEB_ADDRESS)]
    assert check(CompletionType="x", LessonContents=None) == []


def test_a_video_is_needed_where_the_video_counts() -> None:
    assert check(CompletionType="Video") == [("LessonContents", Code.VIDEO_NEEDED)]
    assert check(CompletionType="Video", LessonContents="<p>soon</p>") == [("LessonContents", Code.VIDEO_NEEDED)]
    assert check(CompletionType="Video", LessonContents=EMBED) == []


def test_a_warning_of_a_cell_does_not_hide_what_is_wrong_with_it() -> None:
    found = check(CompletionType="Video", LessonContents="#N/A", NewImageUrl="#N/A")
    assert [code for _, code in found] == [Code.VIDEO_NEEDED, Code.NOT_A_WEB_ADDRESS]


def test_a_picture_and_taking_it_away() -> None:
    assert check(NewImageUrl="https://a.b/c.png", ClearImageFile="yes") == [("NewImageUrl", Code.PICTURE_AND_CLEAR)]
    assert check(NewImageUrl="https://a.b/c.png", ClearImageFile="no") == []
    assert check(ClearImageFile="yes") == []


def test_a_picture_has_a_type_that_can_be_used() -> None:
    (problem,) = validate([table({"NewImageUrl": "https://a.b/c.bmp"})])
    assert problem.code is Code.NOT_A_PICTURE
    assert ".jpg, .jpeg, .png or .gif" in problem.message


OUT_OF_REACH = (
    "http://127.0.0.1/a.png",
    "http://169.254.169.254/latest",
    "https://[::ffff:127.0.0.1]/a.png",
    "http://0x7f.1/a.png",
    "http://2130706433/a.png",
    "http://localhost:8080/a.png",
    "https://files.corp/a.png",
    "https://intranet/a.png",
    "https://NAS.local./a.png",
)


@pytest.mark.parametrize("address", OUT_OF_REACH)
def test_a_picture_that_the_service_cannot_reach_is_warned_of(address: str) -> None:
    assert is_out_of_reach(address)
    assert check(NewImageUrl=address) == [("NewImageUrl", Code.PICTURE_OUT_OF_REACH)]


@pytest.mark.parametrize(
    "address", ["https://1.example.com/a.png", "https://a.b/localhost.png", "http://corp.com/a.gif"]
)
def test_a_public_picture_is_not_warned_of(address: str) -> None:
    assert check(NewImageUrl=address) == []


def test_a_password_in_an_address_is_warned_of_and_not_repeated() -> None:
    (problem,) = validate([table({"NewImageUrl": "https://ann:secret@a.b/c.png"})])
    assert problem.code is Code.PICTURE_WITH_SIGN_IN
    assert not problem.is_error
    assert "secret" not in problem.message


@pytest.mark.parametrize(
    "address",
    [
        "https://a.b",
        "http://a.b/c?d=e f".replace(" ", "%20"),
        "HTTPS://Example.com/x.PNG",
        "http://[::1]:80/x",
        "https://u@a/b",
    ],
)
def test_web_addresses(address: str) -> None:
    assert is_web_address(address)


@pytest.mark.parametrize("text", ["ana@example.com", "a.b+c@x", "Ana@EXAMPLE.com"])
def test_an_e_mail_address(text: str) -> None:
    assert check(InstructorEmail=text) == []


@pytest.mark.parametrize("text", ["not an address", "Ana", "@example.com", "ana@", "a@b@c", "ana @example.com"])
def test_what_is_no_e_mail_address(text: str) -> None:
    assert check(InstructorEmail=text) == [("InstructorEmail", Code.NOT_AN_EMAIL)]


@pytest.mark.parametrize(
    "text",
    [
        "www.a.b/c.png",
        "ftp://a.b",
        "https://",
        "https:///x",
        "https://a b/c",
        "https://a.b/c d",
        "x",
        "//a.b",
        "https://a.b\n",
    ],
)
def test_what_is_no_web_address(text: str) -> None:
    assert not is_web_address(text)


@pytest.mark.parametrize(
    ("path", "usable"),
    [
        ("/x.png", True),
        ("/x.JPEG", True),
        ("/x.png?size=2.bmp", True),
        ("/x.bmp?as=.png", False),
        ("/x.webp", False),
        ("/x", True),
        ("", True),
        ("/v1.2/x", True),
        ("/x.2024", True),
        ("/x.original", True),
        ("/x.png#y.pdf", True),
        ("/x.pdf", False),
    ],
)
def test_picture_types_are_looked_for_where_a_path_shows_one(path: str, usable: bool) -> None:
    assert shows_type(f"https://cdn.example.com{path}", IMAGE_TYPES) is usable


@pytest.mark.parametrize(
    "text",
    [
        EMBED,
        "https://www.youtube.com/watch?v=dQw4w9WgXcQ",
        "<a href='https://youtube.com/watch?list=x&amp;v=dQw4w9WgXcQ'>",
        "http://m.youtube.com/watch?app=x&v=dQw4w9WgXcQ&t=1",
        "youtu.be/dQw4w9WgXcQ",
        "//www.youtube-nocookie.com/embed/dQw4w9WgXcQ?rel=0",
        "https://www.youtube.com/shorts/dQw4w9WgXcQ",
        "https://www.youtube.com/live/dQw4w9WgXcQ",
        "https://www.youtube.com/v/dQw4w9WgXcQ",
        "HTTPS://WWW.YOUTUBE.COM/EMBED/dQw4w9WgXcQ",
    ],
)
def test_videos_of_youtube(text: str) -> None:
    assert has_youtube_video(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "youtube",
        "https://www.youtube.com/",
        "https://www.youtube.com/@channel",
        "https://notyoutube.com/embed/dQw4w9WgXcQ",
        "https://youtube.com.example.com/embed/dQw4w9WgXcQ",
        "https://vimeo.com/12345678",
        "https://www.youtube.com/watch?list=PL123456789",
        "https://notyoutu.be/dQw4w9WgXcQ",
    ],
)
def test_what_is_no_video_of_youtube(text: str) -> None:
    assert not has_youtube_video(text)


def test_a_hostile_text_is_searched_in_no_time() -> None:
    assert not has_youtube_video("youtube.com/watch?" * 20_000)


def test_the_later_of_two_rows_with_one_key_is_wrong() -> None:
    problems = validate(
        [table({"Title": "Desks  and keys"}, {"Title": " Desks and\u00a0keys"}, {"Title": "desks and keys"})]
    )
    assert found(problems) == [(3, "Title", Code.DUPLICATE_ROW)]
    assert "a.csv, row 2 has the same course, section and title" in problems[0].message


def test_the_first_row_is_named_by_all_later_ones() -> None:
    problems = validate([table({"Title": "A"}, {"Title": "A"}, {"Title": "A"})])
    assert [(problem.row, problem.details["first"]) for problem in problems] == [
        (3, "a.csv, row 2"),
        (4, "a.csv, row 2"),
    ]


@pytest.mark.parametrize("other", [{"CourseId": 102}, {"Section": "Week 2"}, {"Title": "B"}, {"CourseId": None}])
def test_another_course_section_or_title_is_another_record(other: Mapping[str, object]) -> None:
    problems = validate([table({"Title": "A"}, {"Title": "A", **other})])
    assert Code.DUPLICATE_ROW not in [problem.code for problem in problems]


def test_duplicates_are_found_over_files_but_not_over_kinds() -> None:
    first, second = table({"Title": "A"}), table({"Title": "A"}, file="b.csv", start=9)
    section = table({"Title": "A"}, entity=SECTION, file="c.csv")
    assert found(validate([section, first, second])) == [(9, "Title", Code.DUPLICATE_ROW)]


def test_duplicates_can_be_allowed() -> None:
    assert validate([table({"Title": "A"}, {"Title": "A"})], allow_duplicates=True) == ()


def test_the_input_is_left_as_it_is() -> None:
    given = table({"CourseId": 0}, {"UnlockType": "Timed"})
    before = given.rows.copy(deep=True)
    validate([given])
    pd.testing.assert_frame_equal(given.rows, before)


# --- courses --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("visibility", "tariff", "is_right"), [(4, None, False), (4, 9, True), (1, None, True)])
def test_paid_needs_a_tariff(visibility: int, tariff: int | None, is_right: bool) -> None:
    whole = table({"Visibility": visibility, "TariffId": tariff}, entity=COURSE)
    wrong = [] if is_right else [(2, "TariffId", Code.NEEDED_WITH_CHOICE)]
    assert found(validate([whole])) == wrong


def test_a_row_that_names_its_course_by_title_needs_no_number() -> None:
    assert check(CourseId=None, Course="Welcome") == []


def test_rows_that_name_no_course_are_not_called_the_same() -> None:
    problems = validate([table({"CourseId": None, "Title": "A"}, {"CourseId": None, "Title": "A"})])
    assert {problem.code for problem in problems} == {Code.MISSING}
    assert "or its title in Course" in problems[0].message


def test_two_rows_with_one_number_are_one_too_many() -> None:
    twice = validate([table({"Id": 7}, {"Id": 8}, {"Id": 7.0}), table({"Id": "7"}, file="b.csv")])
    assert found(twice) == [(4, "Id", Code.DUPLICATE_RECORD), (2, "Id", Code.DUPLICATE_RECORD)]
    assert "a.csv, row 2 has it too" in twice[0].message


def test_numbers_tell_rows_with_one_title_apart() -> None:
    rows: list[dict[str, object]] = [{"Title": "A", "Id": 7}, {"Title": "A", "Id": 8}, {"Title": "A"}]
    assert validate([table(*rows)]) == ()
    assert found(validate([table(*rows, {"Title": "A"})])) == [(5, "Title", Code.DUPLICATE_ROW)]


def test_numbers_of_different_kinds_are_different() -> None:
    assert validate([table({"Id": 7}), table({"Id": 7}, entity=SECTION)]) == ()


@pytest.mark.parametrize(("cell", "code"), [(0, Code.TOO_SMALL), ("7a", Code.NOT_WHOLE)])
def test_a_number_that_no_record_has(cell: object, code: Code) -> None:
    one = table({"Id": cell})
    assert [problem.code for problem in (*one.problems, *validate([one]))] == [code]
