"""Rows that are refused one after another, as what is above them is gone."""

from importer.send.above import ENOUGH, Above, Parent
from tests.builders import operation_of

COURSE = Parent("courses", 101)
WEEK = Parent("sections", 7)


def below(number: int) -> list[Parent]:
    """What to ask for after as many refusals."""
    above = Above()
    due: list[Parent] = []
    for _ in range(number):
        due += above.refused(operation_of("Refused", SectionId=WEEK.id))
    return due


def test_what_is_above_is_asked_for_after_some_refusals() -> None:
    assert (below(ENOUGH - 1), below(ENOUGH), below(2 * ENOUGH)) == ([], [COURSE, WEEK], [COURSE, WEEK] * 2)


def test_a_row_that_was_created_says_that_what_is_above_is_there() -> None:
    above = Above()
    for _ in range(ENOUGH - 1):
        above.refused(operation_of("Refused", SectionId=WEEK.id))
    above.created(operation_of("Loose"))
    assert above.refused(operation_of("Refused", SectionId=WEEK.id)) == [WEEK]


def test_rows_below_what_is_gone_are_told_apart_from_others() -> None:
    above = Above(gone={WEEK})
    assert above.missing(operation_of("Below", SectionId=WEEK.id)) == WEEK
    assert above.missing(operation_of("Elsewhere", SectionId=WEEK.id + 1)) is None
