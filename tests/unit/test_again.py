"""Which rows go once more where an earlier run's rows are sent again."""

from importer.again import sent_again
from importer.entities import COURSE_ID, LESSON, SECTION, SECTION_ID, Entity
from importer.model import Former, Outcome, Reference, Resolution, Row, RowKey, Verdict
from importer.problems import Code, Place

PLACE = Place(file="a.xlsx", sheet="Sheet")
SECTION_ROW, LESSON_ROW = RowKey("a.xlsx", "Sheet", 2), RowKey("a.xlsx", "Sheet", 3)
NEW = Resolution(
    references={
        SECTION_ROW: Reference(ids={COURSE_ID.name: 101}),
        LESSON_ROW: Reference(ids={COURSE_ID.name: 101}, rows={SECTION_ID.name: SECTION_ROW}),
    },
    verdicts={},
)


def row(key: RowKey, entity: Entity, outcome: Outcome) -> Row:
    verdict = Verdict(outcome=outcome, id=7 if outcome is Outcome.CREATED else None)
    return Row(key=key, place=PLACE, kind=entity.kind, title="Title", verdict=verdict)


def former(section: Outcome, *again: RowKey) -> Former:
    rows = [row(SECTION_ROW, SECTION, section), row(LESSON_ROW, LESSON, Outcome.PENDING)]
    return Former(run_id="run", root="run", rows={one.key: one for one in rows}, again=frozenset(again))


def test_only_rows_that_are_to_go_again_go() -> None:
    both = sent_again(NEW, former(Outcome.PENDING, SECTION_ROW, LESSON_ROW))
    assert both == NEW
    only = sent_again(NEW, former(Outcome.PENDING, SECTION_ROW))
    assert (list(only.references), only.verdicts) == ([SECTION_ROW], {})


def state(section: Outcome) -> object:
    found = sent_again(NEW, former(section, LESSON_ROW))
    assert found.references == {}
    ((key, verdict),) = found.verdicts.items()
    assert (key, verdict.outcome, verdict.problems[0].code) == (LESSON_ROW, Outcome.BLOCKED, Code.SECTION_NOT_CREATED)
    assert "Sheet, row 2" in verdict.problems[0].message
    return verdict.problems[0].details["state"]


def test_what_stands_below_a_row_that_does_not_go_is_blocked() -> None:
    assert state(Outcome.REJECTED) == "was refused by Nexudus"
    assert state(Outcome.INVALID) == "has to be corrected"
    assert state(Outcome.CREATED) == "is not in Nexudus any more"


def test_a_row_below_one_that_is_there_needs_none_above_it() -> None:
    there = Resolution(
        references={LESSON_ROW: Reference(ids={COURSE_ID.name: 101, SECTION_ID.name: 7})},
        verdicts={SECTION_ROW: Verdict(outcome=Outcome.EXISTS, id=7)},
    )
    assert sent_again(there, former(Outcome.CREATED, LESSON_ROW)) == there


def test_a_former_answer_holds_until_there_is_a_new_one() -> None:
    kept = former(Outcome.REJECTED, LESSON_ROW)
    new = {key: Verdict(outcome=Outcome.CREATED, id=9) for key in (SECTION_ROW, LESSON_ROW)}
    assert kept.answer(SECTION_ROW, new) == Verdict(outcome=Outcome.REJECTED)
    assert kept.answer(LESSON_ROW, {}) == Verdict(outcome=Outcome.PENDING)
    assert kept.answer(LESSON_ROW, new) is None
