"""What was sent to a record without a clear answer, and what of it holds another change back."""

import math
from dataclasses import replace

import pytest

from importer.entities import SECTION_ID
from importer.journal import LateChange
from importer.model import Operation, Verb
from importer.send.late import Late, is_same, late_changes, may_go_at, others, record_of
from tests.builders import operation_of

NEW: dict[str, object] = {"SummaryText": "New"}


def update(payload: dict[str, object] | None = None, verb: Verb = Verb.UPDATE) -> Operation:
    return replace(operation_of("Keys"), verb=verb, id=7, payload=payload or NEW)


def late(payload: dict[str, object], until: float = 50.0, verb: Verb = Verb.UPDATE) -> Late:
    return Late(verb=verb, payload=payload, until=until)


def test_the_same_may_go_at_once_and_all_else_waits_for_the_last() -> None:
    sent = [late(NEW, 90.0), late({"SummaryText": "Old"}, 50.0), late({"Active": True}, 60.0), late({}, 40.0)]
    assert may_go_at(update(), [late(NEW)]) == -math.inf
    assert may_go_at(update(), sent) == 60.0
    assert others(update(), sent) == sent[1:]


def test_a_change_waits_for_a_deletion_and_a_deletion_for_nothing() -> None:
    assert may_go_at(update(), [late({}, verb=Verb.DELETE)]) == 50.0
    assert may_go_at(update({}, Verb.DELETE), [late(NEW)]) == -math.inf
    assert may_go_at(operation_of("New"), [late(NEW)]) == -math.inf


@pytest.mark.parametrize("above", [None, 5])
def test_what_moves_below_a_record_without_a_number_is_not_known_to_be_the_same(above: int | None) -> None:
    moved = {SECTION_ID.name: above}
    assert is_same(Verb.UPDATE, moved, update({**moved})) is (above is not None)


def test_what_earlier_runs_sent_counts_until_it_has_settled_on_this_clock() -> None:
    one = LateChange(kind="lessons", subject=7, verb=Verb.UPDATE, payload=NEW, age=30.0)
    found = late_changes([one, replace(one, age=0.0), replace(one, subject=8)], now=100.0, settle=300.0)
    assert found[record_of(update())] == [late(NEW, 370.0), late(NEW, 400.0)]
    assert list(found) == [("lessons", 7), ("lessons", 8)]
