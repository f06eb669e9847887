"""How a run is taken back: what goes, what is put back, and what stays."""

from collections.abc import Mapping
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from importer.entities import COURSE, CREATED_ON, ENTITIES, EVERYWHERE, LESSON, SECTION, TITLE, UPDATED_ON, Entity
from importer.journal import Deed
from importer.model import Held, Operation, Outcome, Verb, Verdict
from importer.plan import plan_of
from importer.problems import Code, Column
from importer.revert import Reversal, course_titles, key_of, parents_before, reverse
from importer.settings import Limits

STAMP = "2026-03-01T10:00:00Z"
LATER = "2026-03-02T10:00:00Z"
COURSE_NUMBER = 104


def deed(entity: Entity, id: int | None, verb: Verb = Verb.CREATE, **more: Any) -> Deed:
    known: dict[str, Any] = {
        "number": id or 0,
        "kind": entity.kind,
        "file": "a.xlsx",
        "sheet": entity.sheet,
        "row": (id or 0) + 1,
        "course": EVERYWHERE if entity is COURSE else COURSE_NUMBER,
        "title": f"{entity.singular} {id}",
        "identity": "",
        "verb": verb,
        "is_sure": True,
        "id": id,
        "stamp": STAMP,
    }
    return Deed(**known | more)


def record(stamp: str = STAMP, **fields: object) -> dict[str, object]:
    return {UPDATED_ON.name: stamp, CREATED_ON: STAMP, **fields}


def held(id: int, parent: int | None = None, course: int = COURSE_NUMBER) -> Held:
    return Held(id=id, title=f"record {id}", course=course, parent=parent)


def goes(reversal: Reversal) -> list[list[tuple[str, int | None]]]:
    waves = plan_of(reversal.operations, Limits()).waves
    return [[(one.verb.value, one.id) for one in wave] for wave in waves]


def the_verdict(one: Deed, found: Mapping[str, object] | None) -> Verdict:
    reversal = reverse([one], {} if found is None else {(one.kind, one.id or 0): found}, {})
    assert reversal.operations == ()
    return reversal.verdicts[key_of(one)]


def code(verdict: Verdict) -> Code:
    (problem,) = verdict.problems
    return problem.code


# --- what was made -----------------------------------------------------------------------------------------


def test_lessons_go_first_and_the_newest_of_each_kind() -> None:
    made = [deed(COURSE, COURSE_NUMBER), deed(SECTION, 2), deed(SECTION, 3), deed(LESSON, 4), deed(LESSON, 5)]
    records = {(one.kind, one.id or 0): record() for one in made}
    lists = {
        (SECTION.kind, COURSE_NUMBER): [held(2), held(3)],
        (LESSON.kind, COURSE_NUMBER): [held(4, parent=2), held(5)],
    }
    reversal = reverse(made, records, lists)
    deletes = [[("delete", 5), ("delete", 4)], [("delete", 3), ("delete", 2)], [("delete", COURSE_NUMBER)]]
    assert (goes(reversal), reversal.verdicts) == (deletes, {})


def test_what_is_gone_needs_nothing() -> None:
    assert the_verdict(deed(LESSON, 4), None) == Verdict(outcome=Outcome.DELETED, id=4)


def test_what_was_edited_stays() -> None:
    assert code(the_verdict(deed(LESSON, 4), record(LATER))) is Code.LEFT_EDITED
    assert code(the_verdict(deed(LESSON, 4, stamp=None), record(LATER))) is Code.LEFT_EDITED
    assert goes(reverse([deed(LESSON, 4, stamp=None)], {(LESSON.kind, 4): record()}, {})) == [[("delete", 4)]]


def test_what_was_changed_later_and_put_back_is_as_the_run_left_it() -> None:
    back = {"2026-03-03T10:00:00Z": LATER, "2026-03-05T10:00:00Z": STAMP}
    twice = {"2026-03-05T10:00:00Z": "2026-03-03T10:00:00Z", "2026-03-03T10:00:00Z": STAMP}
    for stamp, put_back in (("2026-03-05T10:00:00Z", back), ("2026-03-05T10:00:00Z", twice)):
        assert goes(reverse([deed(LESSON, 4, put_back=put_back)], {(LESSON.kind, 4): record(stamp)}, {})) == [
            [("delete", 4)]
        ]
    edited = record("2026-03-03T10:00:00Z")
    assert code(the_verdict(deed(LESSON, 4, put_back=back), edited)) is Code.LEFT_EDITED


def test_what_nobody_knows_stays() -> None:
    verdict = the_verdict(deed(LESSON, None, is_sure=False), None)
    assert (verdict.outcome, code(verdict)) == (Outcome.UNKNOWN, Code.LEFT_IN_DOUBT)


def test_what_holds_something_that_stays_stays_too() -> None:
    made = [deed(COURSE, COURSE_NUMBER), deed(SECTION, 2), deed(SECTION, 3), deed(LESSON, 4)]
    records = {(one.kind, one.id or 0): record() for one in made}
    theirs = [held(number, parent=2) for number in range(90, 95)]
    lists = {
        (SECTION.kind, COURSE_NUMBER): [held(2), held(3)],
        (LESSON.kind, COURSE_NUMBER): [held(4, parent=2), *theirs],
    }
    reversal = reverse(made, records, lists)
    assert goes(reversal) == [[("delete", 4)], [("delete", 3)]]
    assert {key.sheet: code(verdict) for key, verdict in reversal.verdicts.items()} == {
        "Sections": Code.LEFT_WITH_CONTENT,
        "Courses": Code.LEFT_WITH_CONTENT,
    }
    message = reversal.verdicts[key_of(made[1])].problems[0].message
    assert '"record 90" (number 90), "record 91" (number 91), "record 92" (number 92) and 2 records more' in message


def test_a_section_with_the_number_of_its_course_is_no_course() -> None:
    made = deed(SECTION, COURSE_NUMBER)
    lists = {(LESSON.kind, COURSE_NUMBER): [held(9), held(8, parent=7)]}
    assert goes(reverse([made], {(SECTION.kind, COURSE_NUMBER): record()}, lists)) == [[("delete", COURSE_NUMBER)]]


# --- what was changed --------------------------------------------------------------------------------------


def changed(**more: Any) -> Deed:
    before = {TITLE.name: "Old", "DisplayOrder": 1}
    return deed(LESSON, 4, Verb.UPDATE, payload={TITLE.name: "New"}, before=before, **more)


def put_back(one: Deed, found: Mapping[str, object]) -> Operation:
    above: dict[tuple[str, int], Mapping[str, object]] = {where: record() for where in parents_before(one)}
    (operation,) = reverse([one], above | {(one.kind, one.id or 0): found}, {}).operations
    return operation


def test_a_change_is_put_back_before_anything_goes() -> None:
    operation = put_back(changed(), record(Title="New", DisplayOrder=1))
    assert (operation.verb, operation.id, operation.payload) == (Verb.UPDATE, 4, {TITLE.name: "Old"})
    both = reverse(
        [deed(SECTION, 2), changed()],
        {(SECTION.kind, 2): record(), (LESSON.kind, 4): record(Title="New", DisplayOrder=1)},
        {},
    )
    assert goes(both) == [[("update", 4)], [("delete", 2)]]


def test_a_field_that_was_blank_is_emptied() -> None:
    one = deed(LESSON, 4, Verb.UPDATE, payload={"SummaryText": "New"}, before={TITLE.name: "Keys"})
    assert put_back(one, record(Title="Keys", SummaryText="New")).payload == {"SummaryText": None}


def column(name: str) -> Column:
    return Column(letter="C", heading=f"My {name}", field=name)


def told(one: Deed, found: Mapping[str, object]) -> list[tuple[str, str, object, object]]:
    return [(change.column.heading, change.field, change.old, change.new) for change in put_back(one, found).changes]


def test_it_is_told_what_putting_back_changes() -> None:
    held = record(Title="New", DisplayOrder=1)
    assert told(changed(), held) == [("Title", "Title", "New", "Old")]
    assert told(changed(columns={"Title": column("Title")}), held) == [("My Title", "Title", "New", "Old")]
    both = deed(LESSON, 4, Verb.UPDATE, payload={"Title": "New", "Active": False}, before={"Title": "Old"})
    assert told(both, record(Title="New", Active=False)) == [("Title", "Title", "New", "Old")]
    assert put_back(both, record(Title="New", Active=False)).payload == {"Title": "Old", "Active": None}


def test_a_section_is_told_by_its_titles() -> None:
    before = {"SectionId": 20, "SectionTitle": "Week 1"}
    moved = deed(LESSON, 4, Verb.UPDATE, payload={"SectionId": 21}, before=before, columns={"Section": column("Week")})
    assert told(moved, record(SectionId=21, SectionTitle="Week 2")) == [("My Week", "Section", "Week 2", "Week 1")]
    assert told(moved, record(SectionId=21)) == [("SectionId", "SectionId", 21, 20)]
    out = deed(LESSON, 4, Verb.UPDATE, payload={"SectionId": None}, before=before)
    assert told(out, record(SectionId=0)) == [("SectionId", "Section", None, "Week 1")]


def test_a_coworker_is_told_under_the_heading_that_named_it() -> None:
    named = {"InstructorEmail": column("e-mail")}
    one = deed(LESSON, 4, Verb.UPDATE, payload={"InstructorId": 301}, before={"InstructorId": 302}, columns=named)
    assert told(one, record(InstructorId=301)) == [("My e-mail", "InstructorId", 301, 302)]


def test_what_is_as_before_needs_nothing() -> None:
    assert the_verdict(changed(), record(LATER, Title="Old")) == Verdict(outcome=Outcome.EXISTS, id=4)


def test_a_change_that_somebody_built_upon_stays() -> None:
    assert code(the_verdict(changed(), record(LATER, Title="Newer", DisplayOrder=1))) is Code.LEFT_EDITED
    assert code(the_verdict(changed(), record(LATER, Title="New", DisplayOrder=2))) is Code.LEFT_EDITED
    assert put_back(changed(stamp=None), record(LATER, Title="New", DisplayOrder=1)).verb is Verb.UPDATE


def test_the_courses_are_told_by_their_titles() -> None:
    some = [
        put_back(changed(), record(Title="New", DisplayOrder=1, **more)) for more in ({}, {"CourseTitle": "Baking"})
    ]
    assert dict(course_titles(some)) == {COURSE_NUMBER: "Baking"}


def test_what_was_moved_goes_back_only_into_what_is_there() -> None:
    moved = deed(LESSON, 4, Verb.UPDATE, payload={"SectionId": 21}, before={"SectionId": 20})
    found = {(LESSON.kind, 4): record(SectionId=21)}
    left = reverse([moved], found, {})
    assert left.operations == ()
    assert code(left.verdicts[key_of(moved)]) is Code.LEFT_PARENT_GONE
    assert goes(reverse([moved], found | {(SECTION.kind, 20): record()}, {})) == [[("update", 4)]]
    assert list(parents_before(moved)) == [(SECTION.kind, 20)]
    for one in (deed(LESSON, 4), changed(), deed(LESSON, 4, Verb.UPDATE, payload={"SectionId": 21}, before={})):
        assert list(parents_before(one)) == []


def test_what_is_put_back_elsewhere_keeps_no_section() -> None:
    section = deed(SECTION, 21)
    moved = deed(LESSON, 4, Verb.UPDATE, payload={"SectionId": 21}, before={"SectionId": 20})
    records = {(SECTION.kind, 21): record(), (SECTION.kind, 20): record(), (LESSON.kind, 4): record(SectionId=21)}
    lists = {(LESSON.kind, COURSE_NUMBER): [held(4, parent=21)]}
    whole = reverse([section, moved], records, lists)
    assert (goes(whole), whole.verdicts) == ([[("update", 4)], [("delete", 21)]], {})
    out = deed(LESSON, 4, Verb.UPDATE, payload={"SectionId": 21}, before={"SectionId": None})
    assert goes(reverse([section, out], records, lists)) == [[("update", 4)], [("delete", 21)]]
    stays = deed(LESSON, 4, Verb.UPDATE, payload={"DisplayOrder": 2}, before={"DisplayOrder": 1, "SectionId": 21})
    edited = deed(LESSON, 4, Verb.UPDATE, payload={"SectionId": 21}, before={"DisplayOrder": 1, "SectionId": 20})
    for one, stamp in ((stays, STAMP), (edited, LATER)):
        found = {**records, (LESSON.kind, 4): record(stamp, SectionId=21, DisplayOrder=2)}
        left = reverse([section, one], found, lists)
        assert code(left.verdicts[key_of(section)]) is Code.LEFT_WITH_CONTENT


def test_what_no_image_tells_is_not_taken_back() -> None:
    assert code(the_verdict(changed(), None)) is Code.RECORD_GONE
    picture = deed(LESSON, 4, Verb.UPDATE, payload={"NewImageUrl": "https://x/a.gif"}, before={TITLE.name: "Old"})
    assert code(the_verdict(picture, record())) is Code.NOT_TAKEN_BACK
    lost = deed(LESSON, 4, Verb.UPDATE, payload={TITLE.name: "New"})
    assert code(the_verdict(lost, record(Title="New"))) is Code.NOT_TAKEN_BACK
    assert code(the_verdict(deed(LESSON, 4, Verb.DELETE), None)) is Code.NOT_TAKEN_BACK


# --- whatever was done ---------------------------------------------------------------------------------------

STATES = st.fixed_dictionaries({"there": st.booleans(), "edited": st.booleans(), "sure": st.booleans()})


@given(st.dictionaries(st.tuples(st.sampled_from(ENTITIES), st.integers(1, 12)), STATES), st.data())
def test_nothing_goes_that_was_edited_or_holds_what_stays(
    states: dict[tuple[Entity, int], dict[str, bool]], data: st.DataObject
) -> None:
    made = [deed(entity, id, is_sure=state["sure"]) for (entity, id), state in states.items()]
    records = {
        (entity.kind, id): record(LATER if state["edited"] else STAMP)
        for (entity, id), state in states.items()
        if state["there"]
    }
    lessons = [held(id, parent=data.draw(st.none() | st.integers(1, 12))) for id in range(1, 16)]
    lists = {(LESSON.kind, COURSE_NUMBER): lessons}
    reversal = reverse(made, records, lists)
    away = [(one.entity, one.id or 0) for one in reversal.operations]
    assert len(away) + len(reversal.verdicts) == len(made)
    for entity, id in away:
        state = states[entity, id]
        assert state["there"] and state["sure"] and not state["edited"]
        if entity is SECTION:
            assert all((LESSON, one.id) in away for one in lessons if one.parent == id)
