"""What the journal knows of runs that are over: what they were about, and what they answered for each row."""

import json
import os
import shutil
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime, time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from importer.delivery import State
from importer.derive.examples import EXAMPLES
from importer.entities import LESSON, SECTION
from importer.errors import JournalBrokeError, JournalError
from importer.journal import About, Account, Conclusion, Ended, Input, Journal, Moved, Part, PastRun, Run, Sending
from importer.journal.answers import columns_of, columns_text, problems_of, problems_text
from importer.journal.schema import VERSION
from importer.model import Change, ErrorCell, Outcome, Requests, Row, RowKey, ScaledCell, Verb, Verdict
from importer.problems import Code, Column, Place, Problem
from tests.builders import operation_of

OURS = Account(address="https://one.example", name="ops@example.com")
CSV = Place(file="files/lessons.csv", sheet=None, among="lessons.csv")
SHEET = Place(file="outline.xlsx", sheet="Sections", among="outline.xlsx")
TITLE = Column(letter="C", heading="Lesson", field="Title")
COLUMNS = (Column(letter="A", heading="Course", field="CourseId"), TITLE)
ABOUT = About(
    command="run",
    inputs=(
        Input(name="files/lessons.csv", path="/data/files/lessons.csv", sha256="ab", among="lessons.csv"),
        Input(name="outline.xlsx", path="/data/outline.xlsx", sha256="cd", among="outline.xlsx"),
    ),
    options={"course_id": 104, "default": ["Active=yes"]},
    blank_rows=2,
)
PARTS = (
    Part(place=CSV, kind=LESSON.kind, columns=COLUMNS),
    Part(place=SHEET, kind=SECTION.kind, columns=COLUMNS),
)


@pytest.fixture
def journal(path: Path) -> Iterator[Journal]:
    opened = Journal.open(path)
    yield opened
    opened.close()


def start(journal: Journal, id: str = "run", *, is_plan: bool = False) -> None:
    journal.start(Run(id=id, account=OURS, files="f", started_at=7.0, root=id, is_plan=is_plan), 7.0, 7.0)


def row(number: int, outcome: Outcome, *problems: Problem, place: Place = CSV, id: int | None = None) -> Row:
    kind = LESSON.kind if place is CSV else SECTION.kind
    verdict = Verdict(outcome=outcome, id=id, problems=problems)
    key = RowKey(place.file, place.sheet or "", number)
    return Row(key=key, place=place, kind=kind, title=f"Title {number}", verdict=verdict)


def problem(value: object = "Never", **details: object) -> Problem:
    details = {"choices": "None (1), Visited (2)", "did_you_mean": "", **details}
    return Problem(code=Code.NOT_A_CHOICE, place=CSV, row=3, column=TITLE, value=value, details=details)


def only(journal: Journal) -> PastRun:
    (found,) = journal.history.runs(9)
    return found


def again(problems: Sequence[Problem], place: Place | None = CSV, row: int | None = 3) -> tuple[Problem, ...]:
    return problems_of(problems_text(problems, COLUMNS), columns_of(columns_text(COLUMNS)), place, row)


# --- answers as text ------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", Code)
def test_each_message_is_told_again_word_for_word(code: Code) -> None:
    example = EXAMPLES[code]
    (found,) = again([example], example.place, example.row)
    assert (found.message, found.column, found.code) == (example.message, example.column, code)


VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False),
    st.text(max_size=300),
    st.datetimes(),
    st.dates(),
    st.times(),
    st.builds(ErrorCell, st.sampled_from(["#REF!", "#N/A"])),
)


@given(VALUES, st.text(max_size=300), st.integers())
def test_whatever_a_cell_held_its_message_is_the_same(value: object, words: str, number: int) -> None:
    before = problem(value, choices=words, did_you_mean=number)
    if "://" not in before.message:
        assert again([before])[0].message == before.message


@pytest.mark.parametrize("value", [date(2026, 3, 1), datetime(2026, 3, 1, 9, 30), time(9, 30), True, 7, 2.5, None])
def test_a_value_keeps_its_kind(value: object) -> None:
    (found,) = again([problem(value)])
    assert (type(found.value), found.value) == (type(value), value)


@pytest.mark.parametrize(
    ("value", "kept"), [(ScaledCell(number=1, text="100%", form="0%"), ErrorCell("100%")), (np.int64(7), 7)]
)
def test_any_other_value_keeps_its_looks(value: object, kept: object) -> None:
    (found,) = again([problem(value)])
    assert found.value == kept


def test_no_more_of_a_cell_is_kept_than_its_message_quotes() -> None:
    text = problems_text([problem("word " * 500)], COLUMNS)
    assert text is not None and len(text) < 250
    unquoted = Problem(code=Code.MISSING, column=TITLE, value="secret", details={"such_as": ""})
    assert "secret" not in (problems_text([unquoted], COLUMNS) or "")


def test_a_sign_in_inside_an_address_is_not_kept() -> None:
    text = problems_text([problem("https://ann:word@host/a.gif", found="at https://ann:word@host")], COLUMNS)
    assert text is not None and "word" not in text and "host/a.gif" in text


# --- runs -------------------------------------------------------------------------------------------------


def test_a_run_is_known_as_it_was(journal: Journal) -> None:
    start(journal)
    journal.history.open("run", ABOUT, PARTS)
    invalid, created = row(3, Outcome.INVALID, problem()), row(2, Outcome.CREATED, id=5001)
    exists = row(2, Outcome.EXISTS, place=SHEET, id=77)
    journal.history.answer("run", [invalid, exists])
    noted = Problem(code=Code.HEADINGS_BELOW, place=SHEET, details={"header_row": 3})
    conclusion = Conclusion(
        counts=Counter([Outcome.INVALID, Outcome.CREATED, Outcome.EXISTS]),
        requests=Requests(writes=1, reads=4, throttled=0),
        elapsed=2.5,
        problems=(noted,),
        stop="the limit is used up.",
        interrupted=True,
    )
    journal.end("run", "stopped", 9.5, [created], conclusion)
    found = only(journal)
    assert (found.id, found.account, found.root, found.started_at, found.status) == ("run", OURS, "run", 7.0, "stopped")
    assert (found.about, found.end, found.is_whole) == (ABOUT, conclusion, True)
    assert journal.history.rows(found) == (created, invalid, exists)
    assert [one.place.among for one in journal.history.rows(found)] == ["lessons.csv", "lessons.csv", "outline.xlsx"]
    assert journal.history.counts(found) == conclusion.counts


def test_rows_of_a_run_that_was_cut_off_are_where_the_journal_has_them(journal: Journal) -> None:
    operations = [operation_of(f"Lesson {number}", row=number + 2) for number in range(6)]
    place = operations[0].place
    start(journal)
    journal.history.open("run", ABOUT, [Part(place=place, kind=LESSON.kind, columns=COLUMNS)])
    journal.begin(Run(id="run", account=OURS, files="f", started_at=7.0, root="run"), operations)
    states = [State.DONE, State.REJECTED, State.FAILED, State.UNKNOWN, State.INFLIGHT]
    for number, state in enumerate(states):
        id = 90 if state is State.DONE else None
        for moved in (State.INFLIGHT, state) if state is not State.INFLIGHT else (state,):
            journal.stage("run", [Moved(row=number, state=moved, id=id, reason="the title is taken.")])
            journal.commit()
    found = only(journal)
    rows = journal.history.rows(found)
    expected = ["created", "rejected", "failed", "unknown", "unknown", "pending"]
    assert ([one.verdict.outcome for one in rows], found.status) == (expected, None)
    assert (rows[0].verdict.id, rows[0].verdict.problems) == (90, ())
    assert (
        rows[1]
        .verdict.problems[0]
        .message.endswith(
            "Nexudus refused it: the title is taken. Nothing was created. Correct the row and import it again."
        )
    )
    assert all(len(one.verdict.problems) == 1 for one in rows[1:])
    assert journal.history.counts(found) == Counter(expected)


def test_what_a_run_answered_goes_before_where_the_journal_has_the_row(journal: Journal) -> None:
    (operation,) = [operation_of("Lesson", row=2)]
    start(journal)
    journal.history.open("run", ABOUT, [Part(place=operation.place, kind=LESSON.kind, columns=COLUMNS)])
    journal.begin(Run(id="run", account=OURS, files="f", started_at=7.0, root="run"), [operation])
    answered = Row(
        key=operation.key,
        place=operation.place,
        kind=LESSON.kind,
        title="Lesson",
        verdict=Verdict(outcome=Outcome.CREATED, id=90),
    )
    journal.end("run", "completed", 9.0, [answered], Conclusion(counts={Outcome.CREATED: 1}))
    assert journal.history.rows(only(journal)) == (answered,)


def test_what_a_run_did_to_records_is_known(journal: Journal) -> None:
    made, never, changed, taken_up = (operation_of(f"Lesson {number}", row=number + 2) for number in range(4))
    changed = replace(changed, verb=Verb.UPDATE, id=71, payload={"SummaryText": "New"}, before={"SummaryText": "Old"})
    run = Run(id="run", account=OURS, files="f", started_at=7.0, root="run")
    start(journal)
    journal.history.open("run", ABOUT, [Part(place=made.place, kind=made.entity.kind, columns=COLUMNS)])
    journal.begin(run, [made, never, changed, taken_up])
    image = json.dumps({"SummaryText": "Old"})
    journal.stage(
        "run",
        [
            sending(0),
            ended(0, State.DONE, id=90, stamp="then"),
            sending(1),
            ended(1, State.REJECTED),
            sending(2, image=image),
            sending(3),
        ],
    )
    journal.commit()
    left = journal.doubts(OURS)[taken_up.identity]
    journal.begin(replace(run, id="later", root="later"), [taken_up], taken_up={0: left})
    told = {row.key.row: row.changes for row in journal.history.rows(only_run(journal, "run"))}
    (change,) = told.pop(4)
    assert (change.column.heading, change.field, change.old, change.new) == ("SummaryText", "SummaryText", "Old", "New")
    assert told == {2: (), 3: (), 5: ()}
    first, second = journal.history.deeds(only_run(journal, "run"))
    assert (first.number, first.verb, first.is_sure, first.id, first.stamp) == (0, Verb.CREATE, True, 90, "then")
    assert (first.title, first.course, first.before, first.payload) == ("Lesson 0", made.course, None, {})
    assert first.columns == {column.field: column for column in COLUMNS if column.field}
    assert (second.number, second.verb, second.is_sure, second.id) == (2, Verb.UPDATE, False, 71)
    assert (second.payload, second.before) == ({"SummaryText": "New"}, {"SummaryText": "Old"})
    journal._connection.execute("UPDATE row SET before = '[]' WHERE number = 2")
    with pytest.raises(JournalError, match="it is damaged"):
        journal.history.deeds(only_run(journal, "run"))


def test_a_section_is_told_by_the_title_that_the_run_knows_of_it(journal: Journal) -> None:
    moved = replace(operation_of("Lesson"), verb=Verb.UPDATE, id=71, payload={"SectionId": 21})
    week = Column(letter="B", heading="Week", field="Section")
    part = Part(place=moved.place, kind=LESSON.kind, columns=(week, TITLE))
    image = json.dumps({"SectionId": 20, "SectionTitle": "Old"})
    for id, answers in (("told", [row(2, Outcome.EXISTS, place=SHEET, id=21)]), ("untold", [])):
        start(journal, id)
        journal.history.open(id, ABOUT, [part, PARTS[1]])
        journal.history.answer(id, answers)
        journal.begin(Run(id=id, account=OURS, files="f", started_at=7.0, root=id), [moved])
        journal.stage(id, [sending(0, image=image), ended(0, State.DONE)])
        journal.commit()
    told, untold = (journal.history.rows(only_run(journal, id))[0].changes for id in ("told", "untold"))
    assert told == (Change(column=week, field="Section", old="Old", new="Title 2"),)
    assert [(change.field, change.old, change.new) for change in untold] == [("SectionId", 20, 21)]


def test_what_was_put_back_since_is_known_by_its_stamps(journal: Journal) -> None:
    """A record that was changed, put back, and is of a third run: the stamp it got leads to the one it had."""
    change = replace(operation_of("Lesson"), verb=Verb.UPDATE, id=71, payload={"SummaryText": "New"}, before={})
    image = json.dumps({"SummaryText": "Old", "UpdatedOn": "first"})
    for id, about, stamp in (
        ("run", ABOUT, "second"),
        ("back", replace(ABOUT, command="undo", of_run="run"), "third"),
        ("again", replace(ABOUT, command="undo", of_run="run"), "fourth"),
        ("odd", replace(ABOUT, command="undo", of_run="gone"), "fifth"),
    ):
        start(journal, id)
        journal.history.open(id, about, [Part(place=change.place, kind=LESSON.kind, columns=())])
        journal.begin(Run(id=id, account=OURS, files="f", started_at=7.0, root=id), [change])
        journal.stage(id, [sending(0, image=image), ended(0, State.DONE, stamp=stamp)])
        journal.commit()
    assert [run.about.takes_back for run in journal.history.runs(9)] == [True, True, True, False]
    (one,) = journal.history.deeds(only_run(journal, "run"))
    assert (one.stamp, one.put_back) == ("second", {"third": "first", "fourth": "first"})


def test_the_runs_of_one_import_are_known(journal: Journal) -> None:
    for id, root, account in (
        ("first", "first", OURS),
        ("other", "other", OURS),
        ("theirs", "first", replace(OURS, name="they@example.com")),
        ("second", "first", OURS),
        ("third", "first", OURS),
    ):
        journal.start(Run(id=id, account=account, files="f", started_at=7.0, root=root), 7.0, 7.0)
        journal.history.open(id, ABOUT, PARTS)
    journal.start(Run(id="plan", account=OURS, files="f", started_at=7.0, root="first", is_plan=True), 7.0, 7.0)
    runs = {run.id: [one.id for one in journal.history.others(run)] for run in journal.history.runs(9)}
    assert (runs["second"], runs["first"], runs["other"]) == (["third", "first"], ["third", "second"], [])


def only_run(journal: Journal, id: str) -> PastRun:
    return next(one for one in journal.history.runs(9) if one.id == id)


def sending(row: int, image: str | None = None) -> Sending:
    return Sending(attempt=row, row=row, at=1.0, clock=1.0, body_sha256="00", numbers="{}", image=image)


def ended(row: int, state: State, id: int | None = None, stamp: str | None = None) -> Ended:
    return Ended(attempt=row, row=row, at=2.0, clock=2.0, state=state, id=id, stamp=stamp)


def test_the_last_runs_come_first_and_plans_are_none(journal: Journal) -> None:
    for id in ("ab1", "ab2", "c3"):
        start(journal, id)
        journal.history.open(id, ABOUT, ())
    start(journal, "ab-plan", is_plan=True)
    journal.history.open("ab-plan", ABOUT, ())
    start(journal, "ab-nothing")
    assert [one.id for one in journal.history.runs(9)] == ["c3", "ab2", "ab1"]
    assert [one.id for one in journal.history.runs(1)] == ["c3"]
    assert [one.id for one in journal.history.runs(2, "ab")] == ["ab2", "ab1"]


def test_odd_names_and_titles_can_be_kept(journal: Journal) -> None:
    start(journal)
    odd = Place(file="\udcff.csv", sheet=None)
    journal.history.open(
        "run",
        About(command="run", inputs=[Input(name="\udcff.csv")]),
        [Part(place=odd, kind=LESSON.kind, columns=COLUMNS)],
    )
    verdict = Verdict(outcome=Outcome.INVALID, problems=(problem("\udcff"),))
    key = RowKey(odd.file, "", 2)
    journal.history.answer("run", [Row(key=key, place=odd, kind=LESSON.kind, title="a\udcffb" * 999, verdict=verdict)])
    (found,) = journal.history.rows(only(journal))
    assert (found.key, found.title[:5], len(found.title)) == (key, "a?ba?", 1000)


def test_answers_take_little_room(journal: Journal, path: Path) -> None:
    start(journal)
    journal.history.open("run", ABOUT, PARTS)
    before = os.path.getsize(path)
    journal.history.answer("run", (row(number, Outcome.CREATED, id=number) for number in range(2, 5002)))
    assert (os.path.getsize(path) - before) / 5000 < 50


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE run SET about = 'x'",
        "UPDATE run SET ending = '[1]'",
        "UPDATE answer SET outcome = 'great'",
        "UPDATE answer SET problems = '[[7]]'",
        "UPDATE part SET columns = '{}'",
        "DROP TABLE answer",
    ],
)
def test_what_cannot_be_read_any_more_is_told(journal: Journal, damage: str) -> None:
    start(journal)
    journal.history.open("run", ABOUT, PARTS)
    journal.end("run", "completed", 9.0, [row(2, Outcome.CREATED, id=1)], Conclusion(counts={}))
    journal._connection.execute(damage)
    with pytest.raises(JournalError, match="cannot be used"):
        journal.history.rows(only(journal))


def test_an_end_that_cannot_be_kept_is_a_broken_journal(journal: Journal) -> None:
    start(journal)
    with pytest.raises(JournalBrokeError):
        journal.end("run", "completed", 9.0, [row(2, Outcome.CREATED, id=1)], Conclusion(counts={}))


THIRD_VERSION = Path(__file__).parents[1] / "samples" / "journal-3.sqlite3"
"""A journal that the importer of the third version left: of three rows one was invalid, and is not in it."""


def test_a_run_of_an_older_importer_has_the_rows_that_it_sent(path: Path) -> None:
    shutil.copy(THIRD_VERSION, path)
    journal = Journal.open(path)
    assert journal._connection.execute("PRAGMA user_version").fetchone() == (VERSION,)
    found = only(journal)
    assert (found.id, found.status, found.is_whole) == ("af7e80807145", "completed", False)
    assert [(one.name, one.sha256[:6]) for one in found.about.inputs] == [("outline.csv", "c6a594")]
    rows = journal.history.rows(found)
    assert [(one.key.row, one.title, one.verdict.id) for one in rows] == [
        (2, "First lesson", 5011),
        (3, "Second lesson", 5010),
    ]
    assert journal.history.counts(found) == {Outcome.CREATED: 2}
    start(journal, "new")
    journal.history.open("new", ABOUT, PARTS)
    journal.end("new", "completed", 9.0, [row(2, Outcome.CREATED, id=1)], Conclusion(counts={Outcome.CREATED: 1}))
    assert [one.id for one in journal.history.runs(9)] == ["new", found.id]
    journal.close()
