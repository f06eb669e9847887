"""What can be wrong with a file, a row or a cell: the codes, their wording, and one `Problem` per finding.

A problem is a value, never an exception. Its code is stable; all wording stands in `WORDINGS`, one entry a
code, in four parts: where, what was found, what is expected, what to do.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from importer.languages import WORDS_OF_OURS, Language, catalogue, say, spoken, told

LONGEST_QUOTE: Final = 60
"""Characters of a cell that a message quotes before it is cut."""

_NAMED: Final = 3
"""Records that a message names of several."""

_VISIBLE: Final = str.maketrans(
    {chr(code): chr(0x2400 + code) for code in range(0x20)}
    | {"\x7f": "␡", "\n": "⏎", "\r": "", "\t": "⇥", "\u00a0": "·"}
)
"""How what is not seen is shown: the controls by their pictures (␛)."""


_BYTES: Final = 0xDC00
"""Added to a byte that could not be decoded, so that it is kept among characters (surrogateescape)."""


class Severity(StrEnum):
    """An error keeps its row from being sent; a warning does not."""

    ERROR = "error"
    WARNING = "warning"


UNKNOWN: Final = "unknown"
AMBIGUOUS: Final = "ambiguous"
ELSEWHERE: Final = "in-another-course"
DISAGREES: Final = "disagrees"
NOT_CREATED: Final = "not-created"


class Code(StrEnum):
    """The stable name of each kind of problem."""

    MISSING = "missing"
    NOT_WHOLE = "not-a-whole-number"
    SEPARATED_NUMBER = "separators-in-number"
    NUMBER_ROUNDED = "number-rounded"
    DATE_FOR_NUMBER = "date-instead-of-number"
    TOO_SMALL = "number-too-small"
    TOO_LARGE = "number-too-large"
    NOT_YES_NO = "not-yes-or-no"
    NOT_A_CHOICE = "not-a-choice"
    NOT_TEXT = "not-text"
    NOTHING_SEEN = "nothing-seen"
    NEVER_EMPTY = "never-empty"
    CONTROL_CHARACTER = "control-character"
    UNREADABLE_CHARACTER = "unreadable-character"
    LOST_CHARACTER = "lost-character"
    MERGED_CELL = "merged-cell"
    SHOWN_OTHERWISE = "number-shown-otherwise"
    FORMAT_UNCLEAR = "number-format-unclear"
    LEFT_TO_FILL_IN = "left-to-fill-in"
    NOT_A_SECTION = "not-a-section"
    TEXT_TOO_LONG = "text-too-long"
    TEXT_CUT = "text-cut"
    ERROR_CELL = "error-in-cell"
    ERROR_AS_TEXT = "error-as-text"
    FORMULA_WITHOUT_VALUE = "formula-without-value"
    FORMULA_LEFT_OUT = "formula-left-out"
    NOT_A_WEB_ADDRESS = "not-a-web-address"
    NOT_AN_EMAIL = "not-an-e-mail-address"
    NOT_A_PICTURE = "not-a-picture"
    PICTURE_OUT_OF_REACH = "picture-out-of-reach"
    PICTURE_WITH_SIGN_IN = "picture-with-sign-in"
    PICTURE_AND_CLEAR = "picture-and-clear"
    DAYS_NEEDED = "days-needed"
    DAYS_NOT_USED = "days-not-used"
    VIDEO_NEEDED = "video-needed"
    NEEDED_WITH_CHOICE = "needed-with-choice"
    BEFORE_ITS_SECTION = "before-its-section"
    DUPLICATE_ROW = "duplicate-row"
    DUPLICATE_RECORD = "duplicate-record"
    SECTION_OF_LESSON = "section-of-lesson"
    SECTION_BLANK = "section-left-blank"
    TEXT_AFTER_QUOTE = "text-after-quote"
    ROWS_IN_CELL = "rows-in-a-cell"
    TOO_MANY_CELLS = "too-many-cells"
    TOO_FEW_CELLS = "too-few-cells"
    COURSE_UNKNOWN = "course-unknown"
    COURSE_AMBIGUOUS = "course-ambiguous"
    COURSE_DISAGREES = "course-disagrees"
    SECTION_UNKNOWN = "section-unknown"
    SECTION_AMBIGUOUS = "section-ambiguous"
    SECTION_ELSEWHERE = "section-in-another-course"
    SECTION_DISAGREES = "section-disagrees"
    RECORD_UNKNOWN = "record-unknown"
    RECORD_ELSEWHERE = "record-in-another-course"
    RECORD_AMBIGUOUS = "record-ambiguous"
    EDITED_SINCE = "edited-since"
    NOT_A_MOMENT = "not-a-date-and-time"
    NEEDED_IF_NEW = "needed-if-new"
    NOT_THERE = "not-there"
    NOT_NEW = "not-new"
    NOTHING_TO_UPDATE = "nothing-to-update"
    NOTHING_TO_DELETE = "nothing-to-delete"
    DELETE_NOT_ALLOWED = "delete-not-allowed"
    RECORDS_BELOW = "records-below"
    STILL_BELOW = "still-below"
    COWORKER_UNKNOWN = "coworker-unknown"
    COWORKER_AMBIGUOUS = "coworker-ambiguous"
    COWORKER_DISAGREES = "coworker-disagrees"
    COWORKER_NOT_SEEN = "coworker-not-seen"
    EXISTS_ALREADY = "exists-already"
    EXISTS_TWICE = "exists-more-than-once"
    COURSE_NOT_CREATED = "course-not-created"
    SECTION_NOT_CREATED = "section-not-created"
    PARENT_GONE = "parent-gone"
    REFUSED = "refused-by-service"
    NOT_DELIVERED = "not-delivered"
    MAY_EXIST = "may-exist"
    FOUND_BY_LOOKING = "found-by-looking"
    CHANGED_SINCE_SENT = "changed-since-sent"
    ADDED_MEANWHILE = "added-meanwhile"
    LAST_LOOK_MISSED = "last-look-missed"
    CHANGE_REFUSED = "change-refused"
    CHANGE_NOT_DELIVERED = "change-not-delivered"
    EDITED_MEANWHILE = "edited-meanwhile"
    RECORD_GONE = "record-gone"
    MAY_BE_CHANGED = "may-be-changed"
    FOUND_BY_READING = "found-by-reading"
    NOT_REACHED = "not-reached"
    HELD_OTHERWISE = "held-otherwise"
    WRITTEN_AND_GONE = "written-and-gone"
    NOT_READ_BACK = "not-read-back"
    LEFT_FOR_LATER = "left-for-later"
    PLAN_ROW_CHANGED = "not-as-planned"
    PLAN_COURSE_CHANGED = "course-changed-since-plan"
    PLAN_ROWS_GONE = "rows-gone-since-plan"
    PLAN_FILE_CHANGED = "file-changed-since-plan"
    UNKNOWN_COLUMN = "unknown-column"
    LOOKALIKE_HEADING = "lookalike-heading"
    ENCODING_GUESSED = "encoding-guessed"
    COLUMN_WITHOUT_HEADING = "column-without-heading"
    HEADINGS_BELOW = "headings-below-the-first-row"
    IGNORED_SHEET = "ignored-sheet"
    NO_ROWS = "no-rows"
    SECTIONS_AMONG_LESSONS = "sections-among-lessons"
    TEXT_BESIDE = "text-beside-the-columns"
    HIDDEN_SHEET = "hidden-sheet"
    HIDDEN_ROWS = "hidden-rows"
    COURSES_NOT_SEEN = "courses-not-seen"
    JOURNAL_DAMAGED = "journal-damaged"
    OUTCOMES_NOT_STORED = "outcomes-not-stored"
    ACTIVE_BLANK = "active-left-blank"
    ROWS_HELD_BACK = "rows-held-back"
    ANSWERED_NO = "answered-no"
    REPORT_ELSEWHERE = "report-elsewhere"
    REPORT_NOT_WRITTEN = "report-not-written"
    ERRORS_KEPT = "errors-kept"
    INPUT_CHANGED = "input-changed"
    REPORT_PLAIN = "report-plain"
    RUN_CUT_OFF = "run-cut-off"
    RUN_GOING = "run-going"
    NOTHING_LEFT = "nothing-left"
    REPORT_OF_UNDO = "report-of-undo"
    OTHER_RUNS = "other-runs-of-import"
    LEFT_EDITED = "left-edited"
    LEFT_WITH_CONTENT = "left-with-content"
    LEFT_PARENT_GONE = "left-parent-gone"
    LEFT_IN_DOUBT = "left-in-doubt"
    NOT_TAKEN_BACK = "not-taken-back"
    STOPPED = "stopped"


def about(singular: str, what: str) -> Code:
    """The code of what is wrong with the record above a row, which is a `singular`: a section is `AMBIGUOUS`."""
    return Code(f"{singular}-{what}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """The sentences of one code: what was found, what is expected, what to do.

    `{value}` is the quoted cell, `{heading}` the user's heading; other names come from the problem's details.
    """

    found: str
    expected: str = ""
    do: str = ""
    severity: Severity = Severity.ERROR

    @property
    def template(self) -> str:
        """The whole message after the place."""
        return " ".join(part for part in (self.found, self.expected, self.do) if part)


def _warning(found: str, expected: str = "", do: str = "") -> Wording:
    return Wording(found=found, expected=expected, do=do, severity=Severity.WARNING)


WORDINGS: Final[Mapping[Code, Wording]] = MappingProxyType(
    {
        Code.MISSING: Wording(
            found="the cell is empty.",
            expected="Every row needs a value here{such_as}.",
            do="Fill it in.",
        ),
        Code.NOT_WHOLE: Wording(
            found="{value} is not a whole number.",
            expected="Expected a whole number such as {example}, without units or a fraction.",
            do="Type only the number.",
        ),
        Code.SEPARATED_NUMBER: Wording(
            found="{value} has a separator between its digits, so it may be a large number or a fraction.",
            expected="Expected a whole number without separators such as {example}.",
            do="Type {plain} if that is what it means.",
        ),
        Code.NUMBER_ROUNDED: Wording(
            found="the cell holds the number {value}, and spreadsheets keep only the first 15 digits of a number.",
            expected="It may not be what was typed.",
            do="Format the cell as Text and type it again.",
        ),
        Code.DATE_FOR_NUMBER: Wording(
            found="the cell holds the date or time {value}.",
            expected="Expected a whole number such as {example}.",
            do="Format the cell as Number and type the number again.",
        ),
        Code.TOO_SMALL: Wording(
            found="{value} is too small.",
            expected="Expected a whole number of {minimum} or more.",
            do="Correct the number.",
        ),
        Code.TOO_LARGE: Wording(
            found="{value} is too large.",
            expected="Expected a whole number of at most {largest:,}, such as {example}.",
            do="Correct the number.",
        ),
        Code.NOT_YES_NO: Wording(
            found="{value} is neither yes nor no.",
            expected="Expected yes, no, true, false, y, n, 1 or 0.",
            do="Type one of them, or leave the cell empty.",
        ),
        Code.NOT_A_CHOICE: Wording(
            found="{value} is not one of the choices.{did_you_mean}",
            expected="Choices: {choices}.",
            do="Type one of them.",
        ),
        Code.NOT_TEXT: Wording(
            found="the cell holds the date or time {value}.",
            expected="Expected text.",
            do="Format the cell as Text and type it again.",
        ),
        Code.NOTHING_SEEN: Wording(
            found="there is nothing in the cell but what nobody sees: {value}.",
            expected="Expected text.",
            do="Type the text, or clear the cell.",
        ),
        Code.NEVER_EMPTY: Wording(
            found="{value} stands here, and every {singular} needs a value.",
            expected="That word empties a field.",
            do="Type a value; of a record that is there already, an empty cell keeps the one that it has.",
        ),
        Code.CONTROL_CHARACTER: Wording(
            found="there is a control character at {around}.",
            expected="It belongs to no text.",
            do="Delete it, or type the text around it anew.",
        ),
        Code.UNREADABLE_CHARACTER: Wording(
            found="there is something that is no character in the file's encoding at {around}.",
            expected="What it should be is not guessed.",
            do="Type the text anew; save the file as CSV UTF-8.",
        ),
        Code.LOST_CHARACTER: Wording(
            found="a character got lost before the file was saved, at {around}.",
            expected="What it was is not guessed.",
            do="Type the text anew.",
        ),
        Code.MERGED_CELL: Wording(
            found="the cell is merged with {anchor}, which holds {value}, and has no value of its own.",
            expected="Each row needs cells of its own.",
            do="Unmerge the cells and fill in each of them.",
        ),
        Code.SHOWN_OTHERWISE: Wording(
            found="the cell shows {value}, but holds the number {number}.",
            expected="Which of the two is meant is not guessed.",
            do="Format the cell as {kind} and type again what is meant.",
        ),
        Code.FORMAT_UNCLEAR: Wording(
            found="the cell holds the number {number} and shows it in the format {form}, so that something else may be "
            "seen.",
            expected="Which of the two is meant is not guessed.",
            do="Format the cell as {kind} and type again what is meant.",
        ),
        Code.LEFT_TO_FILL_IN: Wording(
            found="{value} stands here: a report put it where what belongs here was asked.",
            expected="The cell was merged with others, stood below a section's row, or made its row like another one.",
            do="Type the value, or clear the cell if nothing belongs here.",
        ),
        Code.NOT_A_SECTION: Wording(
            found="{value} stands here: a report put it on the row of a section.",
            expected="Such a row has nothing that only lessons have, and no sheet beside it is one of sections.",
            do="Clear on this row what belongs to lessons, or replace the word by a title.",
        ),
        Code.TEXT_TOO_LONG: Wording(
            found="the cell has {characters} characters.",
            expected="At most {most} are taken.",
            do="Shorten the text, or allow more with IMPORTER_MAX_CHARACTERS.",
        ),
        Code.TEXT_CUT: Wording(
            found="the text was cut in a report, as a cell of a workbook holds no more than {most} characters.",
            expected="The rest of it is in the file that was imported first.",
            do="Correct the row in that file and import it again, or type the whole text.",
        ),
        Code.ERROR_CELL: Wording(
            found="the cell shows the error {value}.",
            expected="Expected a value.",
            do="Correct the formula, or type the value.",
        ),
        Code.ERROR_AS_TEXT: _warning(
            found="{value} is what a spreadsheet shows for a formula that failed.",
            expected="It is taken as the text that it is.",
            do="Correct it if it was to be something else.",
        ),
        Code.FORMULA_WITHOUT_VALUE: Wording(
            found="the cell holds a formula whose result is not stored in the file.",
            expected="Expected a value.",
            do="Open the file in Excel, save it, and import it again.",
        ),
        Code.FORMULA_LEFT_OUT: Wording(
            found="a formula stood here whose result was not stored in the file that was imported.",
            expected="Here its cells are missing, so it cannot be calculated.",
            do="Type the value; or open that file in Excel, save it, and import it again.",
        ),
        Code.NOT_A_WEB_ADDRESS: Wording(
            found="{value} is not a web address.",
            expected="Expected a whole address without blanks, such as https://www.example.com/welcome.png.",
            do="Copy it from the browser.",
        ),
        Code.NOT_AN_EMAIL: Wording(
            found="{value} is not an e-mail address.",
            expected="Expected one such as name@example.com.",
            do="Correct it.",
        ),
        Code.NOT_A_PICTURE: Wording(
            found="{value} is not a picture of a kind that Nexudus takes.",
            expected="Expected an address that ends in {types}.",
            do="Give the address of such a picture.",
        ),
        Code.PICTURE_OUT_OF_REACH: _warning(
            found="{value} names a computer by its number, or one of a private network.",
            expected="Nexudus fetches the picture itself, and reaches public websites only.",
            do="Put the picture on a public website and give its address there.",
        ),
        Code.PICTURE_WITH_SIGN_IN: _warning(
            found="the address carries a user name or a password.",
            expected="Whoever sees the address can read them, and Nexudus may not use them.",
            do="Put the picture where nobody needs to sign in, and change the password.",
        ),
        Code.PICTURE_AND_CLEAR: Wording(
            found="there is a new picture, and {other} says yes.",
            expected="A row can bring a new picture or take the present one away, not both.",
            do="Clear one of the two cells.",
        ),
        Code.DAYS_NEEDED: Wording(
            found="{found}, and {other} is {choice}.",
            expected="With {choice}, a whole number of {minimum} or more is needed here.",
            do="Type the number of days, or change {other}.",
        ),
        Code.DAYS_NOT_USED: Wording(
            found="there are days here ({value}), but {other} is {actual}.",
            expected="Days count only with {choice}; otherwise the cell is empty or 0.",
            do="Clear the cell, or change {other} to {choice}.",
        ),
        Code.VIDEO_NEEDED: Wording(
            found="there is no YouTube video here, and {other} is {choice}.",
            expected="With {choice}, the text has to embed a video hosted on YouTube.",
            do="Paste the video's embed code or its youtube.com address, or change {other}.",
        ),
        Code.NEEDED_WITH_CHOICE: Wording(
            found="the cell is empty, and {other} is {choice}.",
            expected="With {choice}, a value is needed here.",
            do="Fill it in, or change {other}.",
        ),
        Code.BEFORE_ITS_SECTION: _warning(
            found="the lesson opens on day {day}{by}, and its section {section} on day {section_day}.",
            expected="A lesson opens with its section or later; which of the two days counts is Nexudus's own choice.",
            do="Choose {timed} with {section_day} days or more for the lesson, or let the section open earlier.",
        ),
        Code.DUPLICATE_ROW: Wording(
            found="{value} is here twice: {first} has the same {key}.",
            expected="Each {singular} belongs on one row only.",
            do="Remove one of the two rows or change its title; to have both, use --allow-duplicates.",
        ),
        Code.DUPLICATE_RECORD: Wording(
            found="number {value} is here twice: {first} has it too.",
            expected="Each {singular} belongs on one row only.",
            do="Remove one of the two rows; clear the number of a row that is to be a new {singular}.",
        ),
        Code.SECTION_OF_LESSON: Wording(
            found="the lesson names no section, and row {above} above it begins the section {title}.",
            expected="It may belong to that section, or to the course itself.",
            do="Type the section's title here, or move the lesson above the first section.",
        ),
        Code.SECTION_BLANK: _warning(
            found="the lesson names no section, and row {above} above it names {title}.",
            expected="It may belong to that section; it is taken for one of the course itself.",
            do="Type the section's title here, or leave it as it is.",
        ),
        Code.TEXT_AFTER_QUOTE: Wording(
            found='a text goes on after the quote (") that closes it, on line {line} of the file or soon after it.',
            expected="So it cannot be told where its cell ends.",
            do="Double each quote that belongs to the text, and close each that opens a cell.",
        ),
        Code.ROWS_IN_CELL: Wording(
            found="the cell holds what look like rows of their own: {value}.",
            expected='A quote (") that opens in a cell is closed in that cell.',
            do="Close the quote, or double it if it belongs to the text.",
        ),
        Code.TOO_MANY_CELLS: Wording(
            found="the row has more cells ({cells}) than there are headings ({headings}).",
            expected="Expected one cell for each heading.",
            do="Look for a separator inside a text, and put that text between double quotes.",
        ),
        Code.TOO_FEW_CELLS: _warning(
            found="the row has fewer cells ({cells}) than there are headings ({headings}).",
            expected="The missing cells at its end count as empty.",
            do="Check that nothing is missing.",
        ),
        Code.COURSE_UNKNOWN: Wording(
            found="there is no course {value}, neither in this import nor in Nexudus, or this account cannot see it."
            "{did_you_mean}",
            expected="Expected {expected}.",
            do="Correct it. The title stands on the course's page in Nexudus, the number in the address of that page.",
        ),
        Code.COURSE_AMBIGUOUS: Wording(
            found="there is more than one course {value}: {candidates}.",
            expected="Expected a title that only one course has.",
            do="Put the course's number into {id_heading}, or give the courses different titles.",
        ),
        Code.COURSE_DISAGREES: Wording(
            found="{value} and {id_heading} {id} are not the same course: {explanation}.",
            expected="Where both are given they have to agree.",
            do="Correct one of them, or clear it.",
        ),
        Code.SECTION_UNKNOWN: Wording(
            found="course {course} has no section {value}, neither in this import nor in Nexudus.{did_you_mean}",
            expected="Expected {expected}.",
            do="Correct it, or add the section.",
        ),
        Code.SECTION_AMBIGUOUS: Wording(
            found="course {course} has more than one section {value}: {candidates}.",
            expected="Expected a title that only one section has.",
            do="Put the section's number into {id_heading}, or give the sections different titles.",
        ),
        Code.SECTION_ELSEWHERE: Wording(
            found="section {value} belongs to course {other_course}, and this lesson to course {course}.",
            expected="A lesson's section belongs to the same course.",
            do="Correct the section or the course.",
        ),
        Code.SECTION_DISAGREES: Wording(
            found="{value} and {id_heading} {id} are not the same section: {explanation}.",
            expected="Where both are given they have to agree.",
            do="Correct one of them, or clear it.",
        ),
        Code.RECORD_UNKNOWN: Wording(
            found="there is no {singular} with the number {value} in Nexudus, or this account cannot see it.",
            expected="Expected the number of a {singular} that is there.",
            do="Correct it, or clear the cell of a row that is to be a new {singular}; "
            "if the column holds something else, leave it out with --mapping.",
        ),
        Code.RECORD_ELSEWHERE: Wording(
            found="{singular} {value} belongs to course {other_course}, and this row to course {course}.",
            expected="A {singular} stays in its course.",
            do="Correct the number or the course.",
        ),
        Code.RECORD_AMBIGUOUS: Wording(
            found="{value} is in Nexudus more than once (numbers {ids}).",
            expected="Which {singular} is to be changed is not guessed.",
            do="Put its number into a column Id.",
        ),
        Code.EDITED_SINCE: Wording(
            found="the record was edited in Nexudus since then: it says {held} there, and {value} here.",
            expected="What somebody else changed is not overwritten.",
            do="Export it again and make your changes there, or use --overwrite.",
        ),
        Code.NOT_A_MOMENT: Wording(
            found="{value} is not a date and time, so it cannot be told whether the record was edited since.",
            expected="Expected one as an export writes it, such as 2026-03-01T10:00:00Z.",
            do="Export it again and make your changes there, or use --overwrite.",
        ),
        Code.NEEDED_IF_NEW: _warning(
            found="if this {singular} is not in Nexudus yet, it cannot be created as it stands ({columns}).",
            expected="If it is there, what the row leaves blank stays as it is.",
            do="importer plan FILE tells which of the two it is.",
        ),
        Code.NOT_THERE: _warning(
            found="{value} is not in Nexudus, and --update-only creates nothing.",
        ),
        Code.NOT_NEW: Wording(
            found="{value} is already in Nexudus (number {id}), and the row says create.",
            expected="A row that says create brings a new record.",
            do="Say upsert or update to change the one that is there, or remove the row.",
        ),
        Code.NOTHING_TO_UPDATE: Wording(
            found="{value} is not in Nexudus, and the row says update.",
            expected="A row that says update needs a {singular} that is there.",
            do="Correct what tells it, or say upsert or create.",
        ),
        Code.NOTHING_TO_DELETE: _warning(
            found="there is no such {singular} in Nexudus, so there was nothing to delete ({value}).",
        ),
        Code.DELETE_NOT_ALLOWED: Wording(
            found="the row says delete.",
            expected="Nothing is deleted unless the command has --allow-delete.",
            do="Add --allow-delete, or clear the cell.",
        ),
        Code.RECORDS_BELOW: Wording(
            found="the {singular} is not deleted, as {records} would be below it: {inside}.",
            expected="What is deleted has to be empty: nothing is deleted that no row names.",
            do="Delete or move those too, or keep it.",
        ),
        Code.STILL_BELOW: Wording(
            found="not deleted, because what stands below it is still there ({below}: {status}).",
            expected="What is deleted has to be empty.",
            do="See to that row; importing the file again then deletes this one too.",
        ),
        Code.COWORKER_UNKNOWN: Wording(
            found="no coworker in Nexudus has the e-mail address {value}.",
            expected="Expected that of a coworker who is there.",
            do="Correct it.",
        ),
        Code.COWORKER_AMBIGUOUS: Wording(
            found="more than one coworker has the e-mail address {value} (numbers {ids}).",
            expected="Which of them is meant is not guessed.",
            do="Put the number into {id_heading}, and clear this cell.",
        ),
        Code.COWORKER_DISAGREES: Wording(
            found="{value} is the coworker {id}, and {id_heading} says {other}.",
            expected="Where both are given they have to agree.",
            do="Correct one of them, or clear it.",
        ),
        Code.COWORKER_NOT_SEEN: Wording(
            found="the coworker {value} could not be looked up ({reason}).",
            expected="Without that the number is not known.",
            do="Import the row again later, or give the number.",
        ),
        Code.EXISTS_ALREADY: Wording(
            found="{value} is already in Nexudus (number {id}).",
            expected="With --on-existing error, nothing on the sheet may be there already.",
            do="Remove the row, or use --on-existing skip.",
        ),
        Code.EXISTS_TWICE: _warning(
            found="{value} is in Nexudus more than once (numbers {ids}).",
            expected="Nothing was sent.",
            do="Look in Nexudus whether one of them should be deleted.",
        ),
        Code.COURSE_NOT_CREATED: Wording(
            found="not sent, because its course {value} ({parent}) {state}.",
            expected="A {singular} needs its course first.",
            do="Correct the course's row; importing the file again then sends this {singular} too.",
        ),
        Code.SECTION_NOT_CREATED: Wording(
            found="not sent, because its section {value} ({parent}) {state}.",
            expected="A lesson needs its section first.",
            do="Correct the section's row; importing the file again then sends this lesson too.",
        ),
        Code.PARENT_GONE: Wording(
            found="not sent, because its {parent} (number {id}) is no longer in Nexudus.",
            expected="Somebody seems to have deleted it, and Nexudus refused the rows before this one.",
            do="Ask your colleagues, or name another {parent}; then import the file again.",
        ),
        Code.REFUSED: Wording(
            found="Nexudus refused it: {reason}.",
            expected="Nothing was created.",
            do="Correct the row and import it again.",
        ),
        Code.NOT_DELIVERED: Wording(
            found="could not be delivered: {reason}.",
            expected="Nothing was created.",
            do="Import the file again later: what is there already is not sent twice.",
        ),
        Code.MAY_EXIST: Wording(
            found="may or may not have been created: {reason}.",
            expected="It is not sent again before that is known, so that it is not made twice.",
            do="Run the same command again: it settles such rows first. Or look in Nexudus{in_course} for the "
            "{singular} {value}; where numbers are named, remove the record that is too many.",
        ),
        Code.FOUND_BY_LOOKING: _warning(
            found="the answer got lost; looking in Nexudus found the record (number {id}), which was not there before.",
        ),
        Code.CHANGED_SINCE_SENT: _warning(
            found="the record (number {id}) was created with what the row held when it was sent, and the row has "
            "changed since.",
            do="To bring the change in, run with --on-existing update.",
        ),
        Code.ADDED_MEANWHILE: _warning(
            found="{value} is there now (number {id}), with other numbers than were sent, so it was not sent again: "
            "somebody else added it meanwhile, or Nexudus changed the numbers.",
            do="Look whether it is what the row says.",
        ),
        Code.LAST_LOOK_MISSED: _warning(
            found="the answer got lost, and {value} was sent again, as its record was not in Nexudus; whether that "
            "came later after all could not be looked up at the end ({reason}).",
            do="Look whether the {singular} is in Nexudus twice, or run the same command again: it says so then.",
        ),
        Code.CHANGE_REFUSED: Wording(
            found="Nexudus refused it: {reason}.",
            expected="The record is as it was.",
            do="Correct the row, or the record in Nexudus; then run the same command again.",
        ),
        Code.CHANGE_NOT_DELIVERED: Wording(
            found="could not be delivered: {reason}.",
            expected="The record is as it was.",
            do="Run the same command again later.",
        ),
        Code.EDITED_MEANWHILE: Wording(
            found="somebody edited {value} (number {id}) in Nexudus after the plan was made: {fields}.",
            expected="It was left as it is, so that no work of theirs is lost.",
            do="Look at it in Nexudus; then run the same command again: it begins with what is there then.",
        ),
        Code.RECORD_GONE: Wording(
            found="the {singular} {value} (number {id}) is no longer in Nexudus.",
            expected="Somebody deleted it after the plan was made, so there was nothing to change.",
            do="Ask your colleagues. To create it anew, clear the number of the row and import the file again.",
        ),
        Code.MAY_BE_CHANGED: Wording(
            found="may or may not have been {done}: {reason}.",
            expected="Nobody could find out.",
            do="Look at the {singular} {value} (number {id}) in Nexudus. The same command looks there first, too.",
        ),
        Code.FOUND_BY_READING: _warning(
            found="the answer got lost; looking in Nexudus showed that the record (number {id}) was {done}.",
        ),
        Code.HELD_OTHERWISE: _warning(
            found="{value} was sent, and Nexudus holds {held} (number {id}).",
            expected="What is sent is held as it is, unless Nexudus or somebody else changes it.",
            do="Look at the record; if it is to be as it was sent, import the row again with --on-existing update.",
        ),
        Code.WRITTEN_AND_GONE: _warning(
            found="{value} was written (number {id}), and is no longer in Nexudus.",
            do="Look who took it away; import the row again if it is to be there.",
        ),
        Code.NOT_READ_BACK: _warning(
            found="what was written could not be read back for {rows}: {reason}.",
            expected="It was written all the same.",
        ),
        Code.NOT_REACHED: _warning(
            found="not sent yet: the run stopped before this row.",
            do="Run the same command again: it goes on here.",
        ),
        Code.LEFT_FOR_LATER: _warning(
            found="left for later, as --limit {limit} takes no more rows.",
            do="importer run without --limit goes on here.",
        ),
        Code.PLAN_ROW_CHANGED: Wording(
            found="{what}.",
            expected="A saved plan is carried out only where all is as it was.",
            do="Plan again, look at it, and run that.",
        ),
        Code.PLAN_COURSE_CHANGED: Wording(
            found="course {course} is not as it was when the plan was saved "
            "(added: {added}; gone: {gone}; changed: {changed}).",
            expected="A saved plan is carried out only where all is as it was.",
            do="Plan again, look at it, and run that.",
        ),
        Code.PLAN_ROWS_GONE: Wording(
            found="rows of the plan are not there any more ({numbers}).",
            expected="A saved plan is carried out only where all is as it was.",
            do="Plan again, look at it, and run that.",
        ),
        Code.PLAN_FILE_CHANGED: Wording(
            found="{value} is not as it was when the plan was saved.",
            expected="A saved plan is carried out only where all is as it was.",
            do="Plan again, look at it, and run that.",
        ),
        Code.UNKNOWN_COLUMN: _warning(
            found="this column is not known and was ignored.{did_you_mean}",
        ),
        Code.LOOKALIKE_HEADING: _warning(
            found="{value} has letters of another alphabet that look like Latin ones ({letters}); "
            "it was read as {field}.",
            do="Type the heading anew if it means something else.",
        ),
        Code.ENCODING_GUESSED: _warning(
            found="the file does not say its encoding; as {encoding} it reads {value}.",
            do="If that is not right, save the file as CSV UTF-8, or name its encoding with --encoding.",
        ),
        Code.COLUMN_WITHOUT_HEADING: _warning(
            found="column {letter} has no heading and was ignored.",
            do="Give it a heading in row {header_row}.",
        ),
        Code.HEADINGS_BELOW: _warning(
            found="the headings were found in row {header_row}.",
            expected="What stands above them was not read.",
        ),
        Code.IGNORED_SHEET: _warning(
            found="this sheet was not read.",
            expected="What was read: {names}.",
        ),
        Code.NO_ROWS: _warning(
            found="the sheet has no rows to import.",
        ),
        Code.SECTIONS_AMONG_LESSONS: _warning(
            found="{rows} with a section's title and nothing of a lesson: imported as sections (rows: {numbers}).",
            do="Where one is a lesson, fill in its title.",
        ),
        Code.TEXT_BESIDE: _warning(
            found="{rows} with a text beside the columns that are imported, and nothing in these: skipped "
            "(rows: {numbers}).",
            do="Fill in the columns where a row is to be imported.",
        ),
        Code.HIDDEN_SHEET: _warning(
            found="the sheet is hidden, and is imported all the same.",
            do="Delete it, or give it another name, if it should not be.",
        ),
        Code.HIDDEN_ROWS: _warning(
            found="{rows} hidden or filtered out: imported all the same (rows: {numbers}).",
            do="Delete what should not be.",
        ),
        Code.JOURNAL_DAMAGED: _warning(
            found="the journal was damaged, so it was put aside as {path}. Which rows an earlier run left without "
            "an answer is not known any more.",
            do="If an earlier run ended with such rows, look at its report and in Nexudus before going on.",
        ),
        Code.OUTCOMES_NOT_STORED: _warning(
            found="the journal could not store what became of {rows}; it is kept in {path}.",
            do="Make room for the journal before the next run, which looks in Nexudus before it sends anything again.",
        ),
        Code.COURSES_NOT_SEEN: _warning(
            found="courses could not be looked up ({reason}), so their numbers were not checked.",
        ),
        Code.ACTIVE_BLANK: _warning(
            found="left blank on {rows}.",
            expected="What Nexudus does then is its own choice, and may hide it from members.",
            do="--default {heading}=yes fills the blanks.",
        ),
        Code.ROWS_HELD_BACK: _warning(
            found="nothing was sent, because {rows} and --all-or-nothing is on.",
            do="Correct them and run the command again.",
        ),
        Code.ANSWERED_NO: _warning(
            found="nothing was sent, as the answer was no.",
            do="The same command asks again.",
        ),
        Code.REPORT_ELSEWHERE: _warning(
            found="{value} could not be written ({reason}).",
            do="The report is in {instead}.",
        ),
        Code.REPORT_NOT_WRITTEN: _warning(
            found="{value} could not be written ({reason}).",
            do="Run the same command again to get it: what is there already is not sent twice.",
        ),
        Code.ERRORS_KEPT: _warning(
            found="{value} was changed since the importer wrote it, so it was kept as it is.",
            do="Import it, or remove it to get one with the rows that are left to correct now.",
        ),
        Code.INPUT_CHANGED: _warning(
            found="{reason}.",
            expected="The report shows it as it was when it was read, and only the columns that are imported.",
        ),
        Code.REPORT_PLAIN: _warning(
            found="the report is a list of the rows and not the spreadsheet itself: {reason}.",
        ),
        Code.RUN_CUT_OFF: _warning(
            found="the run was cut off.",
            expected="What became of its rows is told as far as the journal knows it.",
            do="importer retry goes on with those that have no answer.",
        ),
        Code.RUN_GOING: _warning(
            found="the run is still going ({holder}).",
            expected="The report shows how far it was; rows without an answer yet are pending.",
            do="Wait for it: it writes its report itself.",
        ),
        Code.NOTHING_LEFT: _warning(
            found="nothing is left to do for the run {run}.",
            do="Where an earlier one is meant, importer runs lists them all.",
        ),
        Code.REPORT_OF_UNDO: _warning(
            found="the report is a list of what became of the records of the run {run}.",
        ),
        Code.OTHER_RUNS: _warning(
            found="the import was sent in several runs, and this takes back one of them.",
            do="For the rest of it: {commands}.",
        ),
        Code.LEFT_EDITED: Wording(
            found="{value} (number {id}) was edited in Nexudus since the run.",
            expected="It was left as it is, so that no work is lost.",
            do="Look at it in Nexudus, and change or delete it there.",
        ),
        Code.LEFT_WITH_CONTENT: Wording(
            found="{value} (number {id}) holds what stays: {inside}.",
            expected="It was left as it is.",
            do="Move or delete that in Nexudus; then run the same command again.",
        ),
        Code.LEFT_PARENT_GONE: Wording(
            found="the {parent} that {value} (number {id}) was in before was deleted (number {number}).",
            expected="Nexudus gives no deleted record back, so that it was moved cannot be taken back.",
            do="If it is to be elsewhere, move it in Nexudus.",
        ),
        Code.LEFT_IN_DOUBT: Wording(
            found="nobody knows what became of {value} in the run.",
            expected="Only what the run surely did is taken back.",
            do="importer retry finds out; what it then finds is taken back by an importer undo of the retry.",
        ),
        Code.NOT_TAKEN_BACK: Wording(
            found="what the run did to {value} cannot be taken back.",
            expected="Nexudus gives no deleted record back, and no picture that was replaced.",
            do="If it is missed, add it again: by hand, or with a row of a spreadsheet.",
        ),
        Code.STOPPED: _warning(
            found="{reason}",
        ),
    }
)


def _template(code: Code) -> str:
    """The whole message of a code after the place, in the present language."""
    language = spoken()
    if language is Language.ENGLISH:
        return WORDINGS[code].template
    parts = catalogue(language).problems.get(code.value)
    if parts is None:
        return WORDINGS[code].template
    return Wording(found=parts["found"], expected=parts.get("expected", ""), do=parts.get("do", "")).template


def _told(details: Mapping[str, object]) -> Mapping[str, object]:
    """The details in the present language: some are words of ours, made before anybody reads them."""
    if spoken() is Language.ENGLISH:
        return details
    return {
        name: told(value) if name in WORDS_OF_OURS and isinstance(value, str) else value
        for name, value in details.items()
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A sheet, as the user knows it: the file as it was given, and the sheet's name (none for a CSV)."""

    file: str
    sheet: str | None
    among: str = field(default="", compare=False)
    """What tells the file from the others of a command; empty where it is the only one."""

    @property
    def label(self) -> str:
        """How messages call it: the sheet, or the CSV's file name; where there are several files, the file as well."""
        if self.sheet is None:
            return self.among or self.file.replace("\\", "/").rpartition("/")[2]
        return f"{self.among}, {self.sheet}" if self.among else self.sheet


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column of a sheet: its letter, the user's own heading, and the API name of the field it holds.

    `letter` is None for a field that the sheet has no column for; `field` is None for a column that is not
    one of the entity's.
    """

    letter: str | None
    heading: str
    field: str | None

    @property
    def label(self) -> str:
        """Letter and heading, such as `F UnlockAfterDays`."""
        return self.heading if self.letter is None else f"{self.letter} {self.heading}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing that is wrong: where, what, and what to do about it.

    `row` is the row number that Excel shows, None for a problem of a whole sheet or file. `value` is the cell
    as it was found. `details` fills the blanks of the code's wording.
    """

    code: Code
    place: Place | None = None
    row: int | None = None
    column: Column | None = None
    value: object = None
    details: Mapping[str, object] = field(default_factory=dict)

    @property
    def severity(self) -> Severity:
        """Whether it keeps its row from being sent."""
        return WORDINGS[self.code].severity

    @property
    def is_error(self) -> bool:
        """Whether it keeps its row from being sent."""
        return self.severity is Severity.ERROR

    @property
    def where(self) -> str:
        """Sheet, row, column letter and heading."""
        return where(self.place, self.row, self.column)

    @property
    def finding(self) -> str:
        """The message without the place: what was found, what is expected, what to do."""
        heading = self.column.heading if self.column else ""
        return _template(self.code).format(value=quoted(self.value), heading=heading, **_told(self.details))

    @property
    def message(self) -> str:
        """The whole message."""
        place = self.where
        finding = self.finding
        return f"{place}: {finding}" if place else finding[:1].upper() + finding[1:]


def where(place: Place | None, row: int | None, column: Column | None = None) -> str:
    """Sheet, row, column letter and heading, as far as they are known."""
    parts = [] if place is None else [place.label]
    if row is not None:
        parts.append(say("row {row}", row=row))
    if column is not None:
        named = quoted(column.heading)
        parts.append(named if column.letter is None else say("column {letter}", letter=column.letter) + f" {named}")
    return ", ".join(parts)


def shown(value: object) -> str:
    """The value as a person would read it, shortened to 60 characters; what nobody sees is made visible."""
    text = str(value).upper() if isinstance(value, bool) else str(value)
    visible = text
    if not text.isprintable():
        visible = "".join(c if c.isprintable() else _unseen(c) for c in text.translate(_VISIBLE))
    return visible if len(visible) <= LONGEST_QUOTE else visible[: LONGEST_QUOTE - 1] + "…"


def _unseen(character: str) -> str:
    """What stands for a character that nobody sees, or for a byte that could not be decoded."""
    code = ord(character)
    return f"[byte {code - _BYTES:02X}]" if 0x80 <= code - _BYTES <= 0xFF else f"[U+{code:04X}]"


def quoted(value: object) -> str:
    """The value between quotes if it is text, bare if it is a number or a date."""
    return f'"{shown(value)}"' if isinstance(value, str) else shown(value)


def some_of(names: Sequence[str]) -> str:
    """The first of the records that are named, and how many there are besides."""
    more = len(names) - _NAMED
    named = ", ".join(names[:_NAMED])
    return f"{named} and {counted(more, 'record')} more" if more > 0 else named


def did_you_mean(nearest: str | None, alike: Iterable[str] = ()) -> str:
    """The sentence that suggests the nearest known word, with a leading blank; empty where there is none.

    `alike` are the letters in which the two differ and which nobody tells apart by eye.
    """
    if nearest is None:
        return ""
    letters = ", ".join(map(quoted, alike))
    return f" Did you mean {quoted(nearest)}?" + (
        f" Letters that only look like Latin ones: {letters}." if letters else ""
    )


def counted(number: int, singular: str) -> str:
    """A number with its noun: `1 row`, `12 rows`."""
    return say(f"{{number:,}} {singular}" if number == 1 else f"{{number:,}} {singular}s", number=number)
