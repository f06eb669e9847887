"""One made-up problem for each code, for the catalogue of messages."""

from collections.abc import Mapping
from datetime import date
from types import MappingProxyType
from typing import Final

from openpyxl.utils import get_column_letter

from importer.derive.cells import listed
from importer.derive.examples_of_changes import of_changes
from importer.derive.words import either
from importer.entities import (
    ACTIVE,
    CLEAR,
    CLEAR_IMAGE,
    COMPLETION_TYPE,
    COURSE,
    COURSE_ID,
    COURSE_TITLE,
    FILL_IN,
    IMMEDIATE,
    INSTRUCTOR,
    IS_SECTION,
    LARGEST_WHOLE,
    LESSON,
    LESSON_CONTENTS,
    NEW_IMAGE,
    PAID,
    RECORD_ID,
    SECTION,
    SECTION_ID,
    SECTION_TITLE,
    SEQUENTIAL,
    TARIFF_ID,
    TIMED,
    TITLE,
    UNLOCK_AFTER_DAYS,
    UNLOCK_TYPE,
    UNLOCK_TYPES,
    UPDATED_ON,
    VIDEO,
    VISIBILITY,
    Entity,
    Field,
)
from importer.model import ErrorCell, ScaledCell
from importer.problems import Code, Column, Place, Problem, counted, did_you_mean, quoted, where

_BOOK: Final = "academy.xlsx"
_LESSONS: Final = Place(file=_BOOK, sheet=LESSON.sheet)
_CSV: Final = Place(file="lessons.csv", sheet=None)
_ROW: Final = 14
_WITH_CYRILLIC: Final = "\N{CYRILLIC CAPITAL LETTER TE}" + TITLE.name[1:]
_COURSE: Final = 101


def _column(field: Field, entity: Entity = LESSON) -> Column:
    # What no template has stands behind its columns.
    names = [one.name for one in entity.fields]
    place = names.index(field.name) if field.name in names else len(names)
    return Column(letter=get_column_letter(1 + place), heading=field.name, field=field.name)


def _cell(code: Code, field: Field, value: object = None, **details: object) -> Problem:
    """A problem of one cell of the lessons, on the sheet that the template makes."""
    return Problem(code=code, place=_LESSONS, row=_ROW, column=_column(field), value=value, details=details)


def _sheet(code: Code, **details: object) -> Problem:
    return Problem(code=code, place=_LESSONS, details=details)


def _row(code: Code, value: object = None, place: Place = _LESSONS, **details: object) -> Problem:
    return Problem(code=code, place=place, row=_ROW, value=value, details=details)


def _whole(code: Code, value: object, **details: object) -> Problem:
    known = {"example": UNLOCK_AFTER_DAYS.example, "minimum": UNLOCK_AFTER_DAYS.minimum}
    return _cell(code, UNLOCK_AFTER_DAYS, value, **known, **details)


def _of_cells() -> tuple[Problem, ...]:
    return (
        _cell(Code.MISSING, TITLE, such_as=f", such as {TITLE.example}"),
        _whole(Code.NOT_WHOLE, "7 days"),
        _whole(Code.SEPARATED_NUMBER, "1,000", plain="1000"),
        _cell(Code.NUMBER_ROUNDED, TITLE, 1234567890123456),
        _whole(Code.DATE_FOR_NUMBER, date(2026, 7, 1)),
        _whole(Code.TOO_SMALL, -1),
        _whole(Code.TOO_LARGE, "99999999999999999999", largest=LARGEST_WHOLE),
        _cell(Code.NOT_YES_NO, ACTIVE, "maybe"),
        _cell(
            Code.NOT_A_CHOICE,
            UNLOCK_TYPE,
            "Sequental",
            did_you_mean=did_you_mean(SEQUENTIAL.name),
            choices=listed(UNLOCK_TYPES),
        ),
        _cell(Code.NOT_TEXT, TITLE, date(2026, 2, 1)),
        _cell(Code.TEXT_TOO_LONG, LESSON_CONTENTS, characters="1,400,000", most="1,000,000"),
        _cell(Code.TEXT_CUT, LESSON_CONTENTS, most="32,767"),
        _cell(Code.NOTHING_SEEN, TITLE, "\N{ZERO WIDTH SPACE}"),
        _cell(Code.NEVER_EMPTY, TITLE, CLEAR, singular=LESSON.singular),
        _cell(Code.CONTROL_CHARACTER, TITLE, "Wel\x0bcome", around=quoted("Wel\x0bcome")),
        _cell(Code.UNREADABLE_CHARACTER, TITLE, "Caf\udce9", around=quoted("Caf\udce9")),
        _cell(Code.LOST_CHARACTER, TITLE, "Caf\N{REPLACEMENT CHARACTER}", around='"Caf\N{REPLACEMENT CHARACTER}"'),
        _cell(Code.MERGED_CELL, SECTION_TITLE, "First week", anchor="B12"),
        _cell(Code.LEFT_TO_FILL_IN, SECTION_TITLE, FILL_IN),
        _cell(Code.NOT_A_SECTION, TITLE, IS_SECTION),
        _whole(Code.SHOWN_OTHERWISE, ScaledCell(number=7, text="700%", form="0%"), number=7, kind="Number"),
        _whole(Code.FORMAT_UNCLEAR, None, number=7.5, form=quoted("# ?/?"), kind="Number"),
        _cell(Code.ERROR_CELL, TITLE, ErrorCell("#REF!")),
        _cell(Code.ERROR_AS_TEXT, TITLE, "#REF!"),
        _cell(Code.FORMULA_WITHOUT_VALUE, TITLE),
        _cell(Code.FORMULA_LEFT_OUT, TITLE),
        _cell(Code.NOT_AN_EMAIL, INSTRUCTOR.column, "Ana Ruiz"),
        _cell(Code.NOT_A_WEB_ADDRESS, NEW_IMAGE, "images/welcome.png"),
        _cell(Code.NOT_A_PICTURE, NEW_IMAGE, "https://www.example.com/plan.pdf", types=either(NEW_IMAGE.types)),
        _cell(Code.PICTURE_OUT_OF_REACH, NEW_IMAGE, "http://192.168.0.7/welcome.png"),
        _cell(Code.PICTURE_WITH_SIGN_IN, NEW_IMAGE, "https://ann:secret@www.example.com/welcome.png"),
    )


def _of_rows() -> tuple[Problem, ...]:
    timed = {"other": _column(UNLOCK_TYPE).label, "choice": TIMED.name}
    return (
        _cell(Code.PICTURE_AND_CLEAR, NEW_IMAGE, NEW_IMAGE.example, other=_column(CLEAR_IMAGE).label),
        _cell(Code.DAYS_NEEDED, UNLOCK_AFTER_DAYS, found="the cell is empty", minimum=1, **timed),
        _cell(Code.DAYS_NOT_USED, UNLOCK_AFTER_DAYS, 7, actual=SEQUENTIAL.name, **timed),
        _cell(Code.VIDEO_NEEDED, LESSON_CONTENTS, other=_column(COMPLETION_TYPE).label, choice=VIDEO.name),
        Problem(
            code=Code.NEEDED_WITH_CHOICE,
            place=Place(file=_BOOK, sheet=COURSE.sheet),
            row=2,
            column=_column(TARIFF_ID, COURSE),
            details={"other": _column(VISIBILITY, COURSE).label, "choice": PAID.name},
        ),
        _cell(
            Code.BEFORE_ITS_SECTION,
            UNLOCK_TYPE,
            IMMEDIATE.name,
            day=0,
            by=f" ({quoted(IMMEDIATE.name)})",
            section=quoted("First week"),
            section_day=7,
            timed=TIMED.name,
        ),
        _cell(
            Code.DUPLICATE_ROW,
            TITLE,
            "Keys and lockers",
            first=where(_LESSONS, 9),
            key="course, section and title",
            singular=LESSON.singular,
        ),
        _cell(Code.DUPLICATE_RECORD, RECORD_ID, 3007, first=where(_LESSONS, 9), singular=LESSON.singular),
        _cell(Code.SECTION_OF_LESSON, SECTION_TITLE, above=9, title=quoted("First week")),
        _cell(Code.SECTION_BLANK, SECTION_TITLE, above=13, title=quoted("First week")),
        _row(Code.TEXT_AFTER_QUOTE, place=_CSV, line=_ROW),
        _cell(Code.ROWS_IN_CELL, TITLE, "Welcome,1,Timed\n101,Keys"),
        _row(Code.TOO_MANY_CELLS, place=_CSV, cells=16, headings=14),
        _row(Code.TOO_FEW_CELLS, place=_CSV, cells=12, headings=14),
    )


def _of_courses() -> tuple[Problem, ...]:
    return (
        _cell(
            Code.COURSE_UNKNOWN,
            COURSE_ID,
            999,
            did_you_mean=did_you_mean(None),
            expected="the number of a course",
        ),
        _cell(
            Code.COURSE_AMBIGUOUS,
            COURSE_TITLE,
            COURSE_TITLE.example,
            candidates="number 101 in Nexudus, number 102 in Nexudus",
            id_heading=COURSE_ID.name,
        ),
        _cell(
            Code.COURSE_DISAGREES,
            COURSE_TITLE,
            COURSE_TITLE.example,
            id_heading=COURSE_ID.name,
            id=102,
            explanation='number 102 is called "Food safety"',
        ),
    )


def _of_sections() -> tuple[Problem, ...]:
    title = "First week"
    return (
        _cell(
            Code.SECTION_UNKNOWN,
            SECTION_TITLE,
            "Frist week",
            course=_COURSE,
            did_you_mean=did_you_mean(title),
            expected="the title of a section of this course",
        ),
        _cell(
            Code.SECTION_AMBIGUOUS,
            SECTION_TITLE,
            title,
            course=_COURSE,
            candidates="number 2001 in Nexudus, number 2002 in Nexudus",
            id_heading=SECTION_ID.name,
        ),
        _cell(Code.SECTION_ELSEWHERE, SECTION_TITLE, title, other_course=102, course=_COURSE),
        _cell(
            Code.SECTION_DISAGREES,
            SECTION_TITLE,
            title,
            id_heading=SECTION_ID.name,
            id=2002,
            explanation='number 2002 is called "Second week"',
        ),
        _cell(Code.RECORD_UNKNOWN, RECORD_ID, 3007, singular=LESSON.singular),
        _cell(Code.RECORD_ELSEWHERE, RECORD_ID, 3007, other_course=102, course=_COURSE, singular=LESSON.singular),
        _cell(Code.RECORD_AMBIGUOUS, TITLE, "Keys and lockers", ids="3007, 3019", singular=LESSON.singular),
        _cell(Code.EDITED_SINCE, UPDATED_ON, "2026-03-01T10:00:00Z", held=quoted("2026-03-02T09:30:00Z")),
        _cell(Code.NOT_A_MOMENT, UPDATED_ON, "30/11/2026 19:07"),
        _row(Code.NEEDED_IF_NEW, singular=LESSON.singular, columns=_column(UNLOCK_TYPE).label),
        _cell(Code.NOT_THERE, TITLE, "Keys and lockers"),
        _cell(Code.EXISTS_ALREADY, TITLE, "Keys and lockers", id=3007),
        _cell(Code.EXISTS_TWICE, TITLE, "Keys and lockers", ids="3007, 3019"),
    )


def _of_sending() -> tuple[Problem, ...]:
    return (
        _row(
            Code.COURSE_NOT_CREATED,
            COURSE_TITLE.example,
            singular=LESSON.singular,
            parent=where(Place(file=_BOOK, sheet=COURSE.sheet), 2),
            state="has to be corrected",
        ),
        _row(Code.SECTION_NOT_CREATED, "First week", parent="Sections, row 3", state="has to be corrected"),
        _row(Code.PARENT_GONE, parent=SECTION.singular, id=2007),
        _cell(Code.REFUSED, NEW_IMAGE, NEW_IMAGE.example, reason="the picture could not be downloaded"),
        _row(Code.NOT_DELIVERED, reason="Nexudus could not be reached"),
        _row(
            Code.MAY_EXIST,
            "Keys and lockers",
            reason="the answer (status 502) could not be read",
            in_course=f", course {_COURSE},",
            singular=LESSON.singular,
        ),
        _row(Code.FOUND_BY_LOOKING, "Keys and lockers", id=3007),
        _row(Code.CHANGED_SINCE_SENT, "Keys and lockers", id=3007),
        _row(Code.ADDED_MEANWHILE, "Keys and lockers", id=3007),
        _row(
            Code.LAST_LOOK_MISSED,
            "Keys and lockers",
            singular=LESSON.singular,
            reason="the answer (status 502) could not be read",
        ),
        _cell(Code.CHANGE_REFUSED, NEW_IMAGE, NEW_IMAGE.example, reason="the picture could not be downloaded"),
        _row(Code.NOT_REACHED),
        _cell(
            Code.HELD_OTHERWISE, LESSON_CONTENTS, "<p>Bring your key.</p>", held=quoted("<p>Bring your</p>"), id=3007
        ),
        _row(Code.WRITTEN_AND_GONE, "Keys and lockers", id=3007),
        Problem(code=Code.NOT_READ_BACK, details={"rows": counted(3, "row"), "reason": "the run was stopped"}),
        _row(Code.LEFT_FOR_LATER, limit=10),
        *_of_saved_plans(),
    )


def _of_saved_plans() -> tuple[Problem, ...]:
    return (
        _row(Code.PLAN_ROW_CHANGED, what="in the plan: create; now: exists 3007"),
        _row(Code.PLAN_COURSE_CHANGED, course=_COURSE, added='"Keys and lockers" 3007', gone="-", changed="-"),
        _sheet(Code.PLAN_ROWS_GONE, numbers="14, 15"),
        Problem(code=Code.PLAN_FILE_CHANGED, value=_BOOK),
    )


def _of_files() -> tuple[Problem, ...]:
    return (
        Problem(
            code=Code.UNKNOWN_COLUMN,
            place=_LESSONS,
            column=Column(letter="K", heading="Instrctor", field=None),
            value="Instrctor",
            details={"did_you_mean": did_you_mean("Instructor")},
        ),
        Problem(
            code=Code.LOOKALIKE_HEADING,
            place=_LESSONS,
            column=Column(letter=_column(TITLE).letter, heading=_WITH_CYRILLIC, field=TITLE.name),
            value=_WITH_CYRILLIC,
            details={"letters": quoted(_WITH_CYRILLIC[0]), "field": TITLE.name},
        ),
        Problem(code=Code.COLUMN_WITHOUT_HEADING, place=_LESSONS, details={"letter": "O", "header_row": 1}),
        Problem(code=Code.ENCODING_GUESSED, place=_CSV, value="Grüße", details={"encoding": "Windows-1252"}),
        Problem(code=Code.HEADINGS_BELOW, place=_LESSONS, details={"header_row": 3}),
        Problem(
            code=Code.IGNORED_SHEET,
            place=Place(file=_BOOK, sheet="Notes"),
            value="Notes",
            details={"names": f"{SECTION.sheet}, {LESSON.sheet}"},
        ),
        Problem(code=Code.NO_ROWS, place=_LESSONS),
        _sheet(Code.SECTIONS_AMONG_LESSONS, rows=counted(2, "row"), numbers="2, 9"),
        _sheet(Code.HIDDEN_SHEET),
        _sheet(Code.TEXT_BESIDE, rows=counted(2, "row"), numbers="31, 33"),
        _sheet(Code.HIDDEN_ROWS, rows=counted(3, "row"), numbers="4, 5, 12"),
        Problem(
            code=Code.ACTIVE_BLANK,
            place=_LESSONS,
            column=_column(ACTIVE),
            details={"rows": counted(44, "row")},
        ),
    )


def _of_runs() -> tuple[Problem, ...]:
    return (
        Problem(code=Code.JOURNAL_DAMAGED, details={"path": "journal.sqlite3.damaged-20260301-120000"}),
        Problem(
            code=Code.OUTCOMES_NOT_STORED,
            details={"rows": "3 rows", "path": "importer-rescue-0a1b2c3d4e5f.json"},
        ),
        Problem(code=Code.COURSES_NOT_SEEN, details={"reason": f"the account lacks the role {COURSE.record}-Read"}),
        Problem(code=Code.ANSWERED_NO),
        Problem(code=Code.ROWS_HELD_BACK, details={"rows": f"{counted(3, 'row')} have errors"}),
        Problem(
            code=Code.REPORT_ELSEWHERE,
            value="academy.report.xlsx",
            details={"reason": "it may be open in another program", "instead": "academy.report-2.xlsx"},
        ),
        Problem(code=Code.ERRORS_KEPT, value="academy.errors.xlsx"),
        Problem(code=Code.REPORT_NOT_WRITTEN, value="academy.report.xlsx", details={"reason": "the disk is full"}),
        Problem(
            code=Code.INPUT_CHANGED,
            place=Place(file=_BOOK, sheet=None),
            details={"reason": "the file was changed after it had been read"},
        ),
        Problem(code=Code.REPORT_PLAIN, details={"reason": f"{_BOOK} has changed since the run"}),
        Problem(code=Code.RUN_CUT_OFF),
        Problem(
            code=Code.RUN_GOING,
            details={
                "holder": "run 0a1b2c3d4e5f, process 4711 on desk-3, since 2026-03-01 10:00, importing outline.xlsx"
            },
        ),
        Problem(code=Code.NOTHING_LEFT, details={"run": "0a1b2c3d4e5f"}),
        Problem(code=Code.REPORT_OF_UNDO, details={"run": "0a1b2c3d4e5f"}),
        Problem(code=Code.OTHER_RUNS, details={"commands": "importer undo 0a1b2c3d4e5f"}),
        _row(Code.LEFT_EDITED, "Welcome", id=5001),
        _row(Code.LEFT_WITH_CONTENT, "Welcome", id=5001, inside='"Keys" (number 5007)'),
        _row(Code.LEFT_PARENT_GONE, "Welcome", id=5001, parent="section", number=2003),
        _row(Code.LEFT_IN_DOUBT, "Welcome"),
        _row(Code.NOT_TAKEN_BACK, "Welcome"),
        Problem(code=Code.STOPPED, details={"reason": "the limit of writes for today is used up."}),
    )


_GROUPS: Final = (_of_cells, _of_rows, _of_courses, _of_sections, _of_sending, of_changes, _of_files, _of_runs)

EXAMPLES: Final[Mapping[Code, Problem]] = MappingProxyType(
    {problem.code: problem for group in _GROUPS for problem in group()}
)
"""A problem of each code, in the order of the catalogue."""
