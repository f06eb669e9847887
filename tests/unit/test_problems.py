import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from importer.derive.examples import EXAMPLES
from importer.problems import (
    LONGEST_QUOTE,
    WORDINGS,
    Code,
    Column,
    Place,
    Problem,
    Severity,
    counted,
    did_you_mean,
    quoted,
    shown,
    where,
)

MESSAGES = {
    Code.MISSING: (
        'Lessons, row 14, column E "Title": the cell is empty. Every row needs a value here, such as Welcome.'
        " Fill it in."
    ),
    Code.NOT_WHOLE: (
        'Lessons, row 14, column H "UnlockAfterDays": "7 days" is not a whole number. Expected a whole number'
        " such as 7, without units or a fraction. Type only the number."
    ),
    Code.SEPARATED_NUMBER: (
        'Lessons, row 14, column H "UnlockAfterDays": "1,000" has a separator between its digits, so it may be a large '
        "number or a fraction. Expected a whole number without separators such as 7. Type 1000 if that is what it "
        "means."
    ),
    Code.NUMBER_ROUNDED: (
        'Lessons, row 14, column E "Title": the cell holds the number 1234567890123456, and spreadsheets keep only '
        "the first 15 digits of a number. It may not be what was typed. Format the cell as Text and type it again."
    ),
    Code.DATE_FOR_NUMBER: (
        'Lessons, row 14, column H "UnlockAfterDays": the cell holds the date or time 2026-07-01. Expected a '
        "whole number such as 7. Format the cell as Number and type the number again."
    ),
    Code.TOO_SMALL: (
        'Lessons, row 14, column H "UnlockAfterDays": -1 is too small. Expected a whole number of 0 or more. '
        "Correct the number."
    ),
    Code.TOO_LARGE: (
        'Lessons, row 14, column H "UnlockAfterDays": "99999999999999999999" is too large. Expected a whole '
        "number of at most 2,147,483,647, such as 7. Correct the number."
    ),
    Code.NOT_YES_NO: (
        'Lessons, row 14, column M "Active": "maybe" is neither yes nor no. Expected yes, no, true, false, y,'
        " n, 1 or 0. Type one of them, or leave the cell empty."
    ),
    Code.NOT_A_CHOICE: (
        'Lessons, row 14, column G "UnlockType": "Sequental" is not one of the choices. Did you mean '
        '"Sequential"? Choices: Immediate (1), Sequential (2), Timed (3). Type one of them.'
    ),
    Code.NOT_TEXT: (
        'Lessons, row 14, column E "Title": the cell holds the date or time 2026-02-01. Expected text. Format'
        " the cell as Text and type it again."
    ),
    Code.TEXT_TOO_LONG: (
        'Lessons, row 14, column K "LessonContents": the cell has 1,400,000 characters. At most 1,000,000 are '
        "taken. Shorten the text, or allow more with IMPORTER_MAX_CHARACTERS."
    ),
    Code.NOTHING_SEEN: (
        'Lessons, row 14, column E "Title": there is nothing in the cell but what nobody sees: "[U+200B]". Expected '
        "text. Type the text, or clear the cell."
    ),
    Code.NEVER_EMPTY: (
        'Lessons, row 14, column E "Title": "<clear>" stands here, and every lesson needs a value. That word empties a '
        "field. Type a value; of a record that is there already, an empty cell keeps the one that it has."
    ),
    Code.CONTROL_CHARACTER: (
        'Lessons, row 14, column E "Title": there is a control character at "Wel␋come". It belongs to no '
        "text. Delete it, or type the text around it anew."
    ),
    Code.UNREADABLE_CHARACTER: (
        'Lessons, row 14, column E "Title": there is something that is no character in the file\'s encoding at '
        '"Caf[byte E9]". What it should be is not guessed. Type the text anew; save the file as CSV UTF-8.'
    ),
    Code.LOST_CHARACTER: (
        'Lessons, row 14, column E "Title": a character got lost before the file was saved, at '
        '"Caf\N{REPLACEMENT CHARACTER}". What it was is not guessed. Type the text anew.'
    ),
    Code.MERGED_CELL: (
        'Lessons, row 14, column C "Section": the cell is merged with B12, which holds "First week", and has no value '
        "of its own. Each row needs cells of its own. Unmerge the cells and fill in each of them."
    ),
    Code.LEFT_TO_FILL_IN: (
        'Lessons, row 14, column C "Section": "<fill in>" stands here: a report put it where what belongs here was '
        "asked. The cell was merged with others, stood below a section's row, or made its row like another one. Type "
        "the value, or clear the cell if nothing belongs here."
    ),
    Code.NOT_A_SECTION: (
        'Lessons, row 14, column E "Title": "<a section>" stands here: a report put it on the row of a section. Such a '
        "row has nothing that only lessons have, and no sheet beside it is one of sections. Clear on this row what "
        "belongs to lessons, or replace the word by a title."
    ),
    Code.SHOWN_OTHERWISE: (
        'Lessons, row 14, column H "UnlockAfterDays": the cell shows 700%, but holds the number 7. Which of the two is '
        "meant is not guessed. Format the cell as Number and type again what is meant."
    ),
    Code.FORMAT_UNCLEAR: (
        'Lessons, row 14, column H "UnlockAfterDays": the cell holds the number 7.5 and shows it in the format '
        '"# ?/?", so that something else may be seen. Which of the two is meant is not guessed. Format the cell as '
        "Number and type again what is meant."
    ),
    Code.TEXT_CUT: (
        'Lessons, row 14, column K "LessonContents": the text was cut in a report, as a cell of a workbook holds no '
        "more than 32,767 characters. The rest of it is in the file that was imported first. Correct the row in that "
        "file and import it again, or type the whole text."
    ),
    Code.ERROR_CELL: (
        'Lessons, row 14, column E "Title": the cell shows the error #REF!. Expected a value. Correct the '
        "formula, or type the value."
    ),
    Code.ERROR_AS_TEXT: (
        'Lessons, row 14, column E "Title": "#REF!" is what a spreadsheet shows for a formula that failed. It is taken '
        "as the text that it is. Correct it if it was to be something else."
    ),
    Code.FORMULA_WITHOUT_VALUE: (
        'Lessons, row 14, column E "Title": the cell holds a formula whose result is not stored in the file. '
        "Expected a value. Open the file in Excel, save it, and import it again."
    ),
    Code.NOT_AN_EMAIL: (
        'Lessons, row 14, column P "InstructorEmail": "Ana Ruiz" is not an e-mail address. Expected one such as '
        "name@example.com. Correct it."
    ),
    Code.FORMULA_LEFT_OUT: (
        'Lessons, row 14, column E "Title": a formula stood here whose result was not stored in the file that was '
        "imported. Here its cells are missing, so it cannot be calculated. Type the value; or open that file in Excel, "
        "save it, and import it again."
    ),
    Code.NOT_A_WEB_ADDRESS: (
        'Lessons, row 14, column N "NewImageUrl": "images/welcome.png" is not a web address. Expected a '
        "whole address without blanks, such as https://www.example.com/welcome.png. Copy it from the browser."
    ),
    Code.NOT_A_PICTURE: (
        'Lessons, row 14, column N "NewImageUrl": "https://www.example.com/plan.pdf" is not a picture of a '
        "kind that Nexudus takes. Expected an address that ends in .jpg, .jpeg, .png or .gif. Give the "
        "address of such a picture."
    ),
    Code.PICTURE_OUT_OF_REACH: (
        'Lessons, row 14, column N "NewImageUrl": "http://192.168.0.7/welcome.png" names a computer by its number, '
        "or one of a private network. Nexudus fetches the picture itself, and reaches public websites only. Put the "
        "picture on a public website and give its address there."
    ),
    Code.PICTURE_WITH_SIGN_IN: (
        'Lessons, row 14, column N "NewImageUrl": the address carries a user name or a password. Whoever sees the '
        "address can read them, and Nexudus may not use them. Put the picture where nobody needs to sign in, and "
        "change the password."
    ),
    Code.PICTURE_AND_CLEAR: (
        'Lessons, row 14, column N "NewImageUrl": there is a new picture, and O ClearImageFile says yes. A '
        "row can bring a new picture or take the present one away, not both. Clear one of the two cells."
    ),
    Code.DAYS_NEEDED: (
        'Lessons, row 14, column H "UnlockAfterDays": the cell is empty, and G UnlockType is Timed. With '
        "Timed, a whole number of 1 or more is needed here. Type the number of days, or change G UnlockType."
    ),
    Code.DAYS_NOT_USED: (
        'Lessons, row 14, column H "UnlockAfterDays": there are days here (7), but G UnlockType is '
        "Sequential. Days count only with Timed; otherwise the cell is empty or 0. Clear the cell, or change "
        "G UnlockType to Timed."
    ),
    Code.VIDEO_NEEDED: (
        'Lessons, row 14, column K "LessonContents": there is no YouTube video here, and I CompletionType is '
        "Video. With Video, the text has to embed a video hosted on YouTube. Paste the video's embed code or "
        "its youtube.com address, or change I CompletionType."
    ),
    Code.NEEDED_WITH_CHOICE: (
        'Courses, row 2, column F "TariffId": the cell is empty, and E Visibility is Paid. With Paid, a value is '
        "needed here. Fill it in, or change E Visibility."
    ),
    Code.BEFORE_ITS_SECTION: (
        'Lessons, row 14, column G "UnlockType": the lesson opens on day 0 ("Immediate"), and its section "First week" '
        "on day 7. A lesson opens with its section or later; which of the two days counts is Nexudus's own choice. "
        "Choose Timed with 7 days or more for the lesson, or let the section open earlier."
    ),
    Code.DUPLICATE_ROW: (
        'Lessons, row 14, column E "Title": "Keys and lockers" is here twice: Lessons, row 9 has the same '
        "course, section and title. Each lesson belongs on one row only. Remove one of the two rows or change"
        " its title; to have both, use --allow-duplicates."
    ),
    Code.DUPLICATE_RECORD: (
        'Lessons, row 14, column P "Id": number 3007 is here twice: Lessons, row 9 has it too. Each lesson belongs on '
        "one row only. Remove one of the two rows; clear the number of a row that is to be a new lesson."
    ),
    Code.SECTION_OF_LESSON: (
        'Lessons, row 14, column C "Section": the lesson names no section, and row 9 above it begins the section '
        '"First week". It may belong to that section, or to the course itself. Type the section\'s title here, or move '
        "the lesson above the first section."
    ),
    Code.SECTION_BLANK: (
        'Lessons, row 14, column C "Section": the lesson names no section, and row 13 above it names "First week". It '
        "may belong to that section; it is taken for one of the course itself. Type the section's title here, or "
        "leave it as it is."
    ),
    Code.TEXT_AFTER_QUOTE: (
        'lessons.csv, row 14: a text goes on after the quote (") that closes it, on line 14 of the file or soon after '
        "it. So it cannot be told where its cell ends. Double each quote that belongs to the text, and close each that "
        "opens a cell."
    ),
    Code.ROWS_IN_CELL: (
        'Lessons, row 14, column E "Title": the cell holds what look like rows of their own: '
        '"Welcome,1,Timed⏎101,Keys". A quote (") that opens in a cell is closed in that cell. Close the quote, or '
        "double it if it belongs to the text."
    ),
    Code.TOO_MANY_CELLS: (
        "lessons.csv, row 14: the row has more cells (16) than there are headings (14). Expected one cell for each "
        "heading. Look for a separator inside a text, and put that text between double quotes."
    ),
    Code.TOO_FEW_CELLS: (
        "lessons.csv, row 14: the row has fewer cells (12) than there are headings (14). The missing cells at its end "
        "count as empty. Check that nothing is missing."
    ),
    Code.COURSE_UNKNOWN: (
        'Lessons, row 14, column A "CourseId": there is no course 999, neither in this import nor in Nexudus, or this '
        "account cannot see it. Expected the number of a course. Correct it. The title stands on the course's page in "
        "Nexudus, the number in the address of that page."
    ),
    Code.COURSE_AMBIGUOUS: (
        'Lessons, row 14, column B "Course": there is more than one course "Getting started": number 101 in Nexudus, '
        "number 102 in Nexudus. Expected a title that only one course has. Put the course's number into CourseId, or "
        "give the courses different titles."
    ),
    Code.COURSE_DISAGREES: (
        'Lessons, row 14, column B "Course": "Getting started" and CourseId 102 are not the same course: number 102 is '
        'called "Food safety". Where both are given they have to agree. Correct one of them, or clear it.'
    ),
    Code.SECTION_UNKNOWN: (
        'Lessons, row 14, column C "Section": course 101 has no section "Frist week", neither in this import '
        'nor in Nexudus. Did you mean "First week"? Expected the title of a section of this course. Correct '
        "it, or add the section."
    ),
    Code.SECTION_AMBIGUOUS: (
        'Lessons, row 14, column C "Section": course 101 has more than one section "First week": number 2001 '
        "in Nexudus, number 2002 in Nexudus. Expected a title that only one section has. Put the section's "
        "number into SectionId, or give the sections different titles."
    ),
    Code.SECTION_ELSEWHERE: (
        'Lessons, row 14, column C "Section": section "First week" belongs to course 102, and this lesson to '
        "course 101. A lesson's section belongs to the same course. Correct the section or the course."
    ),
    Code.SECTION_DISAGREES: (
        'Lessons, row 14, column C "Section": "First week" and SectionId 2002 are not the same section: '
        'number 2002 is called "Second week". Where both are given they have to agree. Correct one of them, '
        "or clear it."
    ),
    Code.RECORD_UNKNOWN: (
        'Lessons, row 14, column P "Id": there is no lesson with the number 3007 in Nexudus, or this account cannot '
        "see it. Expected the number of a lesson that is there. Correct it, or clear the cell of a row that is to be a "
        "new lesson; if the column holds something else, leave it out with --mapping."
    ),
    Code.RECORD_ELSEWHERE: (
        'Lessons, row 14, column P "Id": lesson 3007 belongs to course 102, and this row to course 101. A lesson stays '
        "in its course. Correct the number or the course."
    ),
    Code.RECORD_AMBIGUOUS: (
        'Lessons, row 14, column E "Title": "Keys and lockers" is in Nexudus more than once (numbers 3007, 3019). '
        "Which lesson is to be changed is not guessed. Put its number into a column Id."
    ),
    Code.EDITED_SINCE: (
        'Lessons, row 14, column P "UpdatedOn": the record was edited in Nexudus since then: it says '
        '"2026-03-02T09:30:00Z" there, and "2026-03-01T10:00:00Z" here. What somebody else changed is not overwritten. '
        "Export it again and make your changes there, or use --overwrite."
    ),
    Code.NOT_A_MOMENT: (
        'Lessons, row 14, column P "UpdatedOn": "30/11/2026 19:07" is not a date and time, so it cannot be told '
        "whether the record was edited since. Expected one as an export writes it, such as 2026-03-01T10:00:00Z. "
        "Export it again and make your changes there, or use --overwrite."
    ),
    Code.NEEDED_IF_NEW: (
        "Lessons, row 14: if this lesson is not in Nexudus yet, it cannot be created as it stands (G UnlockType). If "
        "it is there, what the row leaves blank stays as it is. importer plan FILE tells which of the two it is."
    ),
    Code.NOT_THERE: (
        'Lessons, row 14, column E "Title": "Keys and lockers" is not in Nexudus, and --update-only creates nothing.'
    ),
    Code.NOT_NEW: (
        'Lessons, row 14, column A "Title": "Keys and lockers" is already in Nexudus (number 3007), and the row says '
        "create. A row that says create brings a new record. Say upsert or update to change the one that is there, or "
        "remove the row."
    ),
    Code.NOTHING_TO_UPDATE: (
        'Lessons, row 14, column A "Title": "Keys and lockers" is not in Nexudus, and the row says update. A row that '
        "says update needs a lesson that is there. Correct what tells it, or say upsert or create."
    ),
    Code.NOTHING_TO_DELETE: (
        'Lessons, row 14, column A "Id": there is no such lesson in Nexudus, so there was nothing to delete (3007).'
    ),
    Code.DELETE_NOT_ALLOWED: (
        'Lessons, row 14, column A "Action": the row says delete. Nothing is deleted unless the command has '
        "--allow-delete. Add --allow-delete, or clear the cell."
    ),
    Code.RECORDS_BELOW: (
        'Lessons, row 14, column A "Action": the section is not deleted, as 2 records would be below it: "Keys '
        'and lockers" (number 3007), "First aid" (row 20). What is '
        "deleted has to be empty: nothing is deleted that no row names. Delete or move those too, or keep it."
    ),
    Code.STILL_BELOW: (
        "Lessons, row 14: not deleted, because what stands below it is still there (Lessons, row 9: rejected). What is "
        "deleted has to be empty. See to that row; importing the file again then deletes this one too."
    ),
    Code.COWORKER_UNKNOWN: (
        'Lessons, row 14, column A "InstructorEmail": no coworker in Nexudus has the e-mail address "ana@example.com". '
        "Expected that of a coworker who is there. Correct it."
    ),
    Code.COWORKER_AMBIGUOUS: (
        'Lessons, row 14, column A "InstructorEmail": more than one coworker has the e-mail address "ana@example.com" '
        "(numbers 301, 302). Which of them is meant is not guessed. Put the number into InstructorId, and clear this "
        "cell."
    ),
    Code.COWORKER_DISAGREES: (
        'Lessons, row 14, column A "InstructorEmail": "ana@example.com" is the coworker 301, and InstructorId says '
        "302. Where both are given they have to agree. Correct one of them, or clear it."
    ),
    Code.COWORKER_NOT_SEEN: (
        'Lessons, row 14, column A "InstructorEmail": the coworker "ana@example.com" could not be looked up (the '
        "account lacks the role Coworker-List). Without that the number is not known. Import the row again later, or "
        "give the number."
    ),
    Code.EXISTS_ALREADY: (
        'Lessons, row 14, column E "Title": "Keys and lockers" is already in Nexudus (number 3007). With '
        "--on-existing error, nothing on the sheet may be there already. Remove the row, or use --on-existing"
        " skip."
    ),
    Code.EXISTS_TWICE: (
        'Lessons, row 14, column E "Title": "Keys and lockers" is in Nexudus more than once (numbers 3007, '
        "3019). Nothing was sent. Look in Nexudus whether one of them should be deleted."
    ),
    Code.COURSE_NOT_CREATED: (
        'Lessons, row 14: not sent, because its course "Getting started" (Courses, row 2) has to be corrected. A '
        "lesson needs its course first. Correct the course's row; importing the file again then sends this lesson too."
    ),
    Code.SECTION_NOT_CREATED: (
        'Lessons, row 14: not sent, because its section "First week" (Sections, row 3) has to be '
        "corrected. A lesson needs its section first. Correct the section's row; importing the file again then "
        "sends this lesson too."
    ),
    Code.PARENT_GONE: (
        "Lessons, row 14: not sent, because its section (number 2007) is no longer in Nexudus. Somebody seems to have "
        "deleted it, and Nexudus refused the rows before this one. Ask your colleagues, or name another section; then "
        "import the file again."
    ),
    Code.REFUSED: (
        'Lessons, row 14, column N "NewImageUrl": Nexudus refused it: the picture could not be downloaded. '
        "Nothing was created. Correct the row and import it again."
    ),
    Code.NOT_DELIVERED: (
        "Lessons, row 14: could not be delivered: Nexudus could not be reached. Nothing was created. Import "
        "the file again later: what is there already is not sent twice."
    ),
    Code.MAY_EXIST: (
        "Lessons, row 14: may or may not have been created: the answer (status 502) could not be read. It "
        "is not sent again before that is known, so that it is not made twice. Run the same command again: it settles "
        'such rows first. Or look in Nexudus, course 101, for the lesson "Keys and lockers"; where numbers are named, '
        "remove the record that is too many."
    ),
    Code.FOUND_BY_LOOKING: (
        "Lessons, row 14: the answer got lost; looking in Nexudus found the record (number 3007), which was not there "
        "before."
    ),
    Code.CHANGED_SINCE_SENT: (
        "Lessons, row 14: the record (number 3007) was created with what the row held when it was sent, and the row "
        "has changed since. To bring the change in, run with --on-existing update."
    ),
    Code.ADDED_MEANWHILE: (
        'Lessons, row 14: "Keys and lockers" is there now (number 3007), with other numbers than were sent, so it was '
        "not sent again: somebody else added it meanwhile, or Nexudus changed the numbers. Look whether it is what the "
        "row says."
    ),
    Code.LAST_LOOK_MISSED: (
        'Lessons, row 14: the answer got lost, and "Keys and lockers" was sent again, as its record was not in '
        "Nexudus; whether that came later after all could not be looked up at the end (the answer (status 502) could "
        "not be read). Look whether the lesson is in Nexudus twice, or run the same command again: it says so then."
    ),
    Code.CHANGE_REFUSED: (
        'Lessons, row 14, column N "NewImageUrl": Nexudus refused it: the picture could not be downloaded. The '
        "record is as it was. Correct the row, or the record in Nexudus; then run the same command again."
    ),
    Code.CHANGE_NOT_DELIVERED: (
        "Lessons, row 14: could not be delivered: Nexudus could not be reached. The record is as it was. Run "
        "the same command again later."
    ),
    Code.EDITED_MEANWHILE: (
        'Lessons, row 14: somebody edited "Keys and lockers" (number 3007) in Nexudus after the plan was made: '
        "Title. It was left as it is, so that no work of theirs is lost. Look at it in Nexudus; then run the "
        "same command again: it begins with what is there then."
    ),
    Code.RECORD_GONE: (
        'Lessons, row 14: the lesson "Keys and lockers" (number 3007) is no longer in Nexudus. Somebody deleted '
        "it after the plan was made, so there was nothing to change. Ask your colleagues. To create it anew, "
        "clear the number of the row and import the file again."
    ),
    Code.MAY_BE_CHANGED: (
        "Lessons, row 14: may or may not have been changed: the answer (status 502) could not be read. Nobody "
        'could find out. Look at the lesson "Keys and lockers" (number 3007) in Nexudus. The same command looks '
        "there first, too."
    ),
    Code.FOUND_BY_READING: (
        "Lessons, row 14: the answer got lost; looking in Nexudus showed that the record (number 3007) was changed."
    ),
    Code.HELD_OTHERWISE: (
        'Lessons, row 14, column K "LessonContents": "<p>Bring your key.</p>" was sent, and Nexudus holds '
        '"<p>Bring your</p>" (number 3007). What is sent is held as it is, unless Nexudus or somebody else changes it. '
        "Look at the record; if it is to be as it was sent, import the row again with --on-existing update."
    ),
    Code.WRITTEN_AND_GONE: (
        'Lessons, row 14: "Keys and lockers" was written (number 3007), and is no longer in Nexudus. Look who took it '
        "away; import the row again if it is to be there."
    ),
    Code.NOT_READ_BACK: (
        "What was written could not be read back for 3 rows: the run was stopped. It was written all the same."
    ),
    Code.NOT_REACHED: (
        "Lessons, row 14: not sent yet: the run stopped before this row. Run the same command again: it goes on here."
    ),
    Code.LEFT_FOR_LATER: (
        "Lessons, row 14: left for later, as --limit 10 takes no more rows. importer run without --limit goes on here."
    ),
    Code.PLAN_ROW_CHANGED: (
        "Lessons, row 14: in the plan: create; now: exists 3007. A saved plan is carried out only where all is as it "
        "was. Plan again, look at it, and run that."
    ),
    Code.PLAN_COURSE_CHANGED: (
        'Lessons, row 14: course 101 is not as it was when the plan was saved (added: "Keys and lockers" 3007; '
        "gone: -; changed: -). A saved plan is carried out only where all is as it was. Plan again, look at it, and "
        "run that."
    ),
    Code.PLAN_ROWS_GONE: (
        "Lessons: rows of the plan are not there any more (14, 15). A saved plan is carried out only where all is as "
        "it was. Plan again, look at it, and run that."
    ),
    Code.PLAN_FILE_CHANGED: (
        '"academy.xlsx" is not as it was when the plan was saved. A saved plan is carried out only where all is as it '
        "was. Plan again, look at it, and run that."
    ),
    Code.UNKNOWN_COLUMN: (
        'Lessons, column K "Instrctor": this column is not known and was ignored. Did you mean "Instructor"?'
    ),
    Code.LOOKALIKE_HEADING: (
        'Lessons, column E "Тitle": "Тitle" has letters of another alphabet that look like Latin ones ("Т"); it was '
        "read as Title. Type the heading anew if it means something else."
    ),
    Code.COLUMN_WITHOUT_HEADING: ("Lessons: column O has no heading and was ignored. Give it a heading in row 1."),
    Code.ENCODING_GUESSED: (
        'lessons.csv: the file does not say its encoding; as Windows-1252 it reads "Grüße". If that is not right, save '
        "the file as CSV UTF-8, or name its encoding with --encoding."
    ),
    Code.HEADINGS_BELOW: ("Lessons: the headings were found in row 3. What stands above them was not read."),
    Code.IGNORED_SHEET: "Notes: this sheet was not read. What was read: Sections, Lessons.",
    Code.NO_ROWS: ("Lessons: the sheet has no rows to import."),
    Code.OUTCOMES_NOT_STORED: (
        "The journal could not store what became of 3 rows; it is kept in importer-rescue-0a1b2c3d4e5f.json. Make room "
        "for the journal before the next run, which looks in Nexudus before it sends anything again."
    ),
    Code.SECTIONS_AMONG_LESSONS: (
        "Lessons: 2 rows with a section's title and nothing of a lesson: imported as sections (rows: 2, 9). Where "
        "one is a lesson, fill in its title."
    ),
    Code.HIDDEN_SHEET: (
        "Lessons: the sheet is hidden, and is imported all the same. Delete it, or give it another name, if it should "
        "not be."
    ),
    Code.TEXT_BESIDE: (
        "Lessons: 2 rows with a text beside the columns that are imported, and nothing in these: skipped (rows: "
        "31, 33). Fill in the columns where a row is to be imported."
    ),
    Code.HIDDEN_ROWS: (
        "Lessons: 3 rows hidden or filtered out: imported all the same (rows: 4, 5, 12). Delete what should not be."
    ),
    Code.JOURNAL_DAMAGED: (
        "The journal was damaged, so it was put aside as journal.sqlite3.damaged-20260301-120000. Which rows an "
        "earlier run left without an answer is not known any more. If an earlier run ended with such rows, look at its "
        "report and in Nexudus before going on."
    ),
    Code.COURSES_NOT_SEEN: (
        "Courses could not be looked up (the account lacks the role Course-Read), so their numbers were not checked."
    ),
    Code.ACTIVE_BLANK: (
        'Lessons, column M "Active": left blank on 44 rows. What Nexudus does then is its own choice, and '
        "may hide it from members. --default Active=yes fills the blanks."
    ),
    Code.ROWS_HELD_BACK: (
        "Nothing was sent, because 3 rows have errors and --all-or-nothing is on. Correct them and run the "
        "command again."
    ),
    Code.ANSWERED_NO: "Nothing was sent, as the answer was no. The same command asks again.",
    Code.REPORT_ELSEWHERE: (
        '"academy.report.xlsx" could not be written (it may be open in another program). The report '
        "is in academy.report-2.xlsx."
    ),
    Code.ERRORS_KEPT: (
        '"academy.errors.xlsx" was changed since the importer wrote it, so it was kept as it is. Import it, or remove '
        "it to get one with the rows that are left to correct now."
    ),
    Code.REPORT_NOT_WRITTEN: (
        '"academy.report.xlsx" could not be written (the disk is full). Run the same command again to get it:'
        " what is there already is not sent twice."
    ),
    Code.INPUT_CHANGED: (
        "academy.xlsx: the file was changed after it had been read. The report shows it as it was when it was "
        "read, and only the columns that are imported."
    ),
    Code.REPORT_PLAIN: (
        "The report is a list of the rows and not the spreadsheet itself: academy.xlsx has changed since the run."
    ),
    Code.RUN_GOING: (
        "The run is still going (run 0a1b2c3d4e5f, process 4711 on desk-3, since 2026-03-01 10:00, importing "
        "outline.xlsx). The report shows how far it was; rows without an answer yet are pending. Wait for it: it "
        "writes its report itself."
    ),
    Code.RUN_CUT_OFF: (
        "The run was cut off. What became of its rows is told as far as the journal knows it. importer retry goes on "
        "with those that have no answer."
    ),
    Code.REPORT_OF_UNDO: "The report is a list of what became of the records of the run 0a1b2c3d4e5f.",
    Code.OTHER_RUNS: (
        "The import was sent in several runs, and this takes back one of them. For the rest of it: importer undo "
        "0a1b2c3d4e5f."
    ),
    Code.LEFT_EDITED: (
        'Lessons, row 14: "Welcome" (number 5001) was edited in Nexudus since the run. It was left as it is, so that '
        "no work is lost. Look at it in Nexudus, and change or delete it there."
    ),
    Code.LEFT_WITH_CONTENT: (
        'Lessons, row 14: "Welcome" (number 5001) holds what stays: "Keys" (number 5007). It was left as it is. Move '
        "or delete that in Nexudus; then run the same command again."
    ),
    Code.LEFT_PARENT_GONE: (
        'Lessons, row 14: the section that "Welcome" (number 5001) was in before was deleted (number 2003). Nexudus '
        "gives no deleted record back, so that it was moved cannot be taken back. If it is to be elsewhere, move it in "
        "Nexudus."
    ),
    Code.LEFT_IN_DOUBT: (
        'Lessons, row 14: nobody knows what became of "Welcome" in the run. Only what the run surely did is '
        "taken back. importer retry finds out; what it then finds is taken back by an importer undo of the retry."
    ),
    Code.NOT_TAKEN_BACK: (
        'Lessons, row 14: what the run did to "Welcome" cannot be taken back. Nexudus gives no deleted record '
        "back, and no picture that was replaced. If it is missed, add it again: by hand, or with a row of a "
        "spreadsheet."
    ),
    Code.NOTHING_LEFT: (
        "Nothing is left to do for the run 0a1b2c3d4e5f. Where an earlier one is meant, importer runs lists them all."
    ),
    Code.STOPPED: ("The limit of writes for today is used up."),
}


@pytest.mark.parametrize("code", Code)
def test_the_message_of_every_code_word_for_word(code: Code) -> None:
    assert EXAMPLES[code].message == MESSAGES[code]


@pytest.mark.parametrize("code", Code)
def test_every_example_is_of_its_own_code(code: Code) -> None:
    assert EXAMPLES[code].code is code


@pytest.mark.parametrize("code", Code)
def test_a_wording_is_made_of_sentences(code: Code) -> None:
    wording = WORDINGS[code]
    for part in (wording.found, wording.expected, wording.do):
        assert part == part.strip()
        assert not part or part[-1] in ".}"


@pytest.mark.parametrize("code", [code for code in Code if WORDINGS[code].severity is Severity.ERROR])
def test_an_error_says_what_was_found_what_is_expected_and_what_to_do(code: Code) -> None:
    assert all([WORDINGS[code].found, WORDINGS[code].expected, WORDINGS[code].do])


@pytest.mark.parametrize("code", Code)
def test_an_example_fills_every_blank_of_its_wording_and_no_other(code: Code) -> None:
    blanks = {name for _, name, _, _ in string.Formatter().parse(WORDINGS[code].template) if name}
    given = set(EXAMPLES[code].details)
    assert blanks - {"value", "heading"} <= given
    assert given - blanks <= {"example", "minimum"}


def test_codes_are_words_joined_by_dashes() -> None:
    assert all(set(code.value) <= {*string.ascii_lowercase, "-"} for code in Code)


def test_a_message_without_a_place_begins_with_a_capital() -> None:
    assert Problem(code=Code.MISSING, details={"such_as": ""}).message.startswith("The cell is empty.")


def test_a_csv_is_called_by_its_file_name_and_a_sheet_by_its_own() -> None:
    assert Place(file="a\\b/c.csv", sheet=None).label == "c.csv"
    assert Place(file="a/b.xlsx", sheet="Lessons").label == "Lessons"
    assert Place(file="a/b.xlsx", sheet="Lessons", among="b.xlsx").label == "b.xlsx, Lessons"
    assert Place(file="a/c.csv", sheet=None, among="a/c.csv").label == "a/c.csv"


def test_a_column_that_the_sheet_lacks_has_no_letter() -> None:
    missing = Column(letter=None, heading="Title", field="Title")
    assert missing.label == "Title"
    assert where(None, 3, missing) == 'row 3, "Title"'


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("a\tb\nc\r\u00a0d", '"a⇥b⏎c·d"'),
        ("bell\x07 and \x1b[31m", '"bell␇ and ␛[31m"'),
        ("\u202eturned \u200bTimed", '"[U+202E]turned [U+200B]Timed"'),
        (True, "TRUE"),
        (2.5, "2.5"),
        ("", '""'),
    ],
)
def test_a_quoted_value_shows_what_cannot_be_seen(value: object, text: str) -> None:
    assert quoted(value) == text


@given(st.text(max_size=200))
def test_a_shown_text_is_one_short_printable_line(text: str) -> None:
    line = shown(text)
    assert len(line) <= LONGEST_QUOTE
    assert line.isprintable()


@given(st.text())
def test_a_cell_never_breaks_the_message_it_is_quoted_in(text: str) -> None:
    problem = Problem(code=Code.NOT_WHOLE, value=text, details={"example": "7"})
    assert problem.message.startswith(quoted(text))


@given(st.text(max_size=200))
def test_where_a_cell_is_stands_on_one_printable_line_whatever_its_heading(heading: str) -> None:
    told = where(None, 3, Column(letter="C", heading=heading, field=None))
    assert told == f"row 3, column C {quoted(heading)}"


def test_nothing_near_is_no_suggestion() -> None:
    assert did_you_mean(None) == ""


def test_a_suggestion_shows_what_cannot_be_seen_and_names_letters_that_only_look_the_same() -> None:
    assert did_you_mean("Wel\u200bcome") == ' Did you mean "Wel[U+200B]come"?'
    assert did_you_mean("Welcome", ("о", "е")) == (
        ' Did you mean "Welcome"? Letters that only look like Latin ones: "о", "е".'
    )


def test_one_row_and_many_rows() -> None:
    assert [counted(1, "row"), counted(0, "row"), counted(1200, "row")] == ["1 row", "0 rows", "1,200 rows"]
