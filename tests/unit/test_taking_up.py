"""Rows that an earlier run left in doubt: on this run's clock, with what that run knew of them."""

from dataclasses import replace

import pytest

from importer.doubts import Doubt
from importer.entities import SECTION_ID
from importer.journal import LeftChange, LeftInDoubt
from importer.model import Operation, Outcome, RowKey, Verb
from importer.send.taking_up import changes_not_yet_known, changes_taken_up, known_of_changes, not_yet_known, taken_up
from tests.builders import operation_of


def left(
    operation: Operation,
    *,
    numbers: dict[str, int] | None = None,
    clock: float | None = 40.0,
    boot: str | None = "a",
) -> LeftInDoubt:
    return LeftInDoubt(
        run_id="earlier",
        number=0,
        origin=("earlier", 0),
        identity=operation.identity,
        reason="no answer in time",
        numbers=numbers or {},
        baseline=frozenset({7}),
        clock=clock,
        boot=boot,
        digest="as sent",
    )


def taken(operation: Operation, before: LeftInDoubt, boot: str | None = "a") -> Doubt:
    return taken_up(operation, before, now=100.0, boot=boot)


def test_what_was_known_of_a_row_is_taken_over() -> None:
    one = operation_of("One")
    doubt = taken(one, left(one, numbers={SECTION_ID.name: 5, "DisplayOrder": 1}))
    assert (doubt.parent, doubt.numbers["DisplayOrder"], doubt.baseline) == (5, 1, frozenset({7}))
    assert (doubt.reason, doubt.digest) == ("no answer in time", "as sent")
    assert (doubt.looks, doubt.absent) == (0, ())


@pytest.mark.parametrize(
    ("clock", "before", "now", "ended_at"),
    [
        (40.0, "a", "a", 40.0),
        (140.0, "a", "a", 100.0),
        (40.0, "a", "b", 100.0),
        (40.0, None, None, 100.0),
        (None, "a", "a", 100.0),
    ],
)
def test_its_age_counts_only_where_the_same_clock_went_on(
    clock: float | None, before: str | None, now: str | None, ended_at: float
) -> None:
    one = operation_of("One")
    assert taken(one, left(one, clock=clock, boot=before), now).ended_at == ended_at


def test_it_is_unknown_until_this_run_has_found_out() -> None:
    one, other = operation_of("One"), operation_of("Other", row=3)
    verdicts = not_yet_known([one, other], {one.identity: left(one)})
    assert {key: verdict.outcome for key, verdict in verdicts.items()} == {one.key: Outcome.UNKNOWN}


def test_a_change_goes_on_where_an_earlier_run_left_it_in_doubt() -> None:
    change = LeftChange(
        run_id="earlier",
        number=0,
        origin=("earlier", 0),
        key=RowKey("a.csv", "", 2),
        title="Keys",
        kind="lessons",
        subject=7,
        verb=Verb.UPDATE,
        payload={},
        image=None,
        reason="no answer in time",
    )
    one, other = (replace(operation_of(title), verb=Verb.UPDATE, id=id) for title, id in (("One", 7), ("Other", 8)))
    other = replace(other, key=other.key._replace(row=3))
    every = [one, other, replace(operation_of("New"), key=other.key._replace(row=4))]
    assert changes_taken_up(every, {("lessons", 7): change}) == {one.key: change}
    assert known_of_changes(every, {("lessons", 7): change}, [], now=0.0, settle=300.0).replaced == {one.key}
    same = replace(change, payload=one.payload)
    known = known_of_changes(every, {("lessons", 7): same}, [], now=0.0, settle=300.0)
    assert (known.unclear, known.replaced) == ({one.key: "no answer in time"}, set())
    (verdict,) = changes_not_yet_known(every, {("lessons", 7): change}).values()
    assert (verdict.outcome, verdict.id) == (Outcome.UNKNOWN, 7)
