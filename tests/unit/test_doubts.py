"""What lists say of rows in doubt."""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from importer.doubts import (
    LOOKS,
    Absent,
    Adopt,
    Alike,
    Doubt,
    Foreign,
    Open,
    Several,
    is_as_sent,
    judge,
    next_look,
    rewritten,
)
from importer.entities import SECTION
from importer.model import Claim, Held
from tests.builders import operation_of

SETTLE = 300.0
ENDED = 1000.0
LATE = ENDED + SETTLE
DOUBT = Doubt(
    operation=operation_of("Keys and lockers"),
    parent=7,
    numbers={"DisplayOrder": 4, "UnlockType": 1},
    baseline=frozenset({1, 2}),
    ended_at=ENDED,
    reason="reset",
)


def held(
    id: int, title: str = "Keys and lockers", parent: int | None = 7, numbers: Mapping[str, int] | None = None
) -> Held:
    return Held(id=id, title=title, course=101, parent=parent, numbers=numbers or {})


def look(*listing: Held, doubt: Doubt = DOUBT, claimed: frozenset[int] = frozenset(), at: float = LATE) -> object:
    return judge(doubt, listing, claimed, asked_at=at, settle=SETTLE)


def test_the_one_new_record_that_is_like_the_row_is_its_own() -> None:
    assert look(held(1), held(9, " Keys  and lockers "), held(8, "Doors"), at=ENDED + 2) == Adopt(9)


@pytest.mark.parametrize("numbers", [{"DisplayOrder": 4}, {"DisplayOrder": 4, "CompletionType": 9}, {}])
def test_numbers_that_the_row_does_not_give_cannot_disagree(numbers: dict[str, int]) -> None:
    assert look(held(9, numbers=numbers)) == Adopt(9)


@pytest.mark.parametrize("parent", [7, 8])
def test_a_record_below_todays_section_is_the_rows_too_where_the_section_was_made_anew(parent: int) -> None:
    numbers = {"DisplayOrder": 4, "SectionId": parent}
    doubt = replace(DOUBT, operation=operation_of("Keys", SectionId=8), numbers={**DOUBT.numbers, "SectionId": 7})
    assert look(held(9, "Keys", parent=parent, numbers=numbers), doubt=doubt) == Adopt(9)


@pytest.mark.parametrize("other", [held(1), held(9, "Doors"), held(9, parent=8), held(9, parent=None)])
def test_what_was_there_before_or_is_another_thing_is_not(other: Held) -> None:
    assert isinstance(look(other), Open)


def test_what_another_row_has_is_not() -> None:
    assert isinstance(look(held(9), claimed=frozenset({9})), Open)


CLAIM = Claim(identity="another", title="Keys and lockers ")


@pytest.mark.parametrize(
    ("claim", "is_found"),
    [
        (CLAIM, False),
        (replace(CLAIM, title="Doors"), True),
        (replace(CLAIM, identity=DOUBT.operation.identity), True),
    ],
    ids=["another row of that title", "a row of another title", "the row itself, when its record was another"],
)
def test_a_number_that_an_earlier_run_knows_is_a_claim_of_its_own_title_only(claim: Claim, is_found: bool) -> None:
    found = judge(DOUBT, [held(9)], (), asked_at=LATE, settle=SETTLE, earlier={9: claim})
    assert (found == Adopt(9)) is is_found


@pytest.mark.parametrize(
    ("record", "is_the_rows"),
    [
        (held(9, "Keys  and lockers"), True),
        (held(9, "Doors"), False),
        (held(9, parent=8), False),
        (replace(held(9), course=102), False),
    ],
)
def test_a_record_is_as_it_was_sent_by_title_course_and_section(record: Held, is_the_rows: bool) -> None:
    assert is_as_sent(record, operation_of("Keys and lockers", SectionId=7)) is is_the_rows
    assert not is_as_sent(record, operation_of("Keys and lockers"))


def test_a_record_without_a_section_is_as_it_was_sent() -> None:
    assert is_as_sent(held(9, parent=None), operation_of("Keys and lockers"))
    section = operation_of("Keys and lockers", entity=SECTION)
    assert is_as_sent(held(9, parent=None), section)


def test_two_of_them_are_a_person_s_to_choose_from() -> None:
    assert look(held(12), held(9), held(1), held(11, numbers={"DisplayOrder": 5})) == Several((9, 12))


def test_one_of_its_own_counts_whatever_others_are_there() -> None:
    assert look(held(9, numbers={"DisplayOrder": 5}), held(12, numbers={"DisplayOrder": 4})) == Adopt(12)


@pytest.mark.parametrize(
    ("known", "unkept"),
    [
        ([], set()),
        ([({"DisplayOrder": 1, "UnlockType": 2}, {"DisplayOrder": 9, "UnlockType": 2})], {"DisplayOrder"}),
        ([({"DisplayOrder": 1}, {"DisplayOrder": 9}), ({"DisplayOrder": 2}, {"DisplayOrder": 2})], set()),
        ([({"DisplayOrder": 1}, {"CompletionType": 9})], set()),
    ],
)
def test_a_number_that_the_service_never_keeps_is_told(
    known: list[tuple[dict[str, int], dict[str, int]]], unkept: set[str]
) -> None:
    assert rewritten(known) == unkept


def test_a_number_that_the_service_does_not_keep_cannot_disagree() -> None:
    one = held(9, numbers={"DisplayOrder": 104, "UnlockType": 1})
    assert judge(DOUBT, [one], (), asked_at=LATE, settle=SETTLE, unkept={"DisplayOrder"}) == Adopt(9)
    assert isinstance(judge(DOUBT, [one], (), asked_at=LATE, settle=SETTLE, unkept={"UnlockType"}), Open)


ONCE = replace(DOUBT, looks=1, absent=(ENDED + 2,))


@pytest.mark.parametrize(
    ("doubt", "at", "is_proven"),
    [(DOUBT, LATE, False), (ONCE, LATE - 1, False), (ONCE, LATE, True), (ONCE, LATE + 999, True)],
)
def test_absence_takes_two_lists_the_later_one_after_the_time_to_settle(
    doubt: Doubt, at: float, is_proven: bool
) -> None:
    assert isinstance(look(doubt=doubt, at=at), Absent) is is_proven
    found = look(held(9, numbers={"DisplayOrder": 5}), doubt=doubt, at=at)
    assert found == Foreign(9) if is_proven else isinstance(found, Open)


LONG = operation_of("The introduction to Q & A")


@pytest.mark.parametrize(
    ("title", "is_alike"),
    [
        ("The introduction to Q &amp; A", True),
        ("the Introduction to  Q&A", True),
        ("The introduction to Q", False),
        ("The introduction to Q & A, the first part", True),
        ("The introduction to Q and A", False),
        ("The introduction to Q & B", False),
    ],
)
def test_what_may_be_the_rows_under_another_title_keeps_it_from_being_absent(title: str, is_alike: bool) -> None:
    doubt = replace(ONCE, operation=LONG)
    assert look(held(9, title), held(1, title), doubt=doubt) == (Alike((9,)) if is_alike else Absent())
    assert look(held(9, title, parent=8), held(10, title), doubt=doubt, claimed=frozenset({10})) == Absent()
    assert isinstance(look(held(9, title), doubt=doubt, at=LATE - 1), Open)
    assert look(held(9, title), held(10, LONG.title, numbers={"DisplayOrder": 5}), doubt=doubt) == Foreign(10)


def test_what_another_row_of_the_run_or_an_earlier_one_is_called_is_not_the_rows() -> None:
    doubt, alike = replace(ONCE, operation=LONG), held(9, "The introduction to q & a")
    known = partial(judge, doubt, [alike], (), asked_at=LATE, settle=SETTLE)
    assert known(others={alike.title}) == Absent()
    assert known(earlier={9: replace(CLAIM, title=alike.title)}) == Absent()
    assert known(earlier={9: CLAIM}) == Alike((9,))


def test_what_stays_open_remembers_when_it_was_looked_at() -> None:
    assert look(doubt=ONCE, at=ENDED + 10) == Open(replace(DOUBT, looks=2, absent=(ENDED + 2, ENDED + 10)))


def test_it_is_looked_at_soon_and_when_it_is_settled() -> None:
    moments = [next_look(replace(DOUBT, looks=looks), SETTLE) - ENDED for looks in range(4)]
    assert moments == [*LOOKS, SETTLE]
    assert [next_look(replace(DOUBT, looks=looks), 5) - ENDED for looks in range(2)] == [2, 5]


@given(
    settle=st.floats(0, 2000),
    late=st.lists(st.floats(0, 100), min_size=20, max_size=20),
)
def test_a_record_that_never_shows_is_proven_absent_after_a_few_looks(settle: float, late: list[float]) -> None:
    doubt, now = DOUBT, ENDED
    for looks, delay in enumerate(late):
        moment = next_look(doubt, settle)
        now = max(now, moment) + delay
        found = judge(doubt, [], (), asked_at=now, settle=settle)
        if isinstance(found, Absent):
            assert now >= ENDED + settle
            assert 1 <= looks <= len(LOOKS) + 1
            return
        assert isinstance(found, Open)
        doubt = found.doubt
    pytest.fail("never proven")
