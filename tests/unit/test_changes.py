"""What a record says that is to be changed or deleted."""

from dataclasses import replace
from typing import Any

import pytest

from importer.changes import Absent, AsWanted, Edited, Ready, body_of, judge
from importer.model import Operation, Verb
from tests.builders import operation_of

STAMP = "2026-01-02T03:04:05Z"
BEFORE: dict[str, Any] = {
    "Id": 7, "Title": "Keys", "SummaryText": "Old", "DisplayOrder": 1, "Active": True, "UnlockAfterDays": 0,
    "SectionTitle": "Week 1", "UpdatedOn": STAMP, "NewImageUrl": "https://example.com/a.png",
}  # fmt: skip
IMAGE = {"NewImageUrl": "https://example.com/b.png"}


def update(payload: dict[str, object] | None = None, **more: Any) -> Operation:
    one = operation_of("Keys")
    payload = payload or {"SummaryText": "New"}
    return replace(one, verb=Verb.UPDATE, id=7, before=BEFORE, payload=payload, **more)


DELETE = replace(update(), verb=Verb.DELETE, payload={})


@pytest.mark.parametrize("operation", [update(), DELETE])
@pytest.mark.parametrize("was_sent", [False, True])
def test_what_is_not_there_is_absent(operation: Operation, was_sent: bool) -> None:
    assert judge(operation, None, was_sent=was_sent) == Absent()


@pytest.mark.parametrize("operation", [update(), DELETE])
@pytest.mark.parametrize("was_sent", [False, True])
def test_what_is_as_it_was_may_be_written(operation: Operation, was_sent: bool) -> None:
    assert judge(operation, BEFORE, was_sent=was_sent) == Ready(BEFORE)


def test_what_the_service_tells_besides_is_nobodys_edit() -> None:
    record = {**BEFORE, "SectionTitle": "Week one", "UpdatedOn": "2030-01-01T00:00:00Z", "More": 1}
    assert judge(update(), record, was_sent=False) == Ready(record)


@pytest.mark.parametrize("was_sent", [False, True])
def test_what_has_the_wanted_values_is_as_wanted_whoever_wrote_them(was_sent: bool) -> None:
    record = {**BEFORE, "SummaryText": "New", "Title": "Theirs"}
    assert judge(update(), record, was_sent=was_sent) == AsWanted(STAMP)
    assert judge(update(), {**record, "UpdatedOn": None}, was_sent=was_sent) == AsWanted(None)


@pytest.mark.parametrize("was_sent", [False, True])
def test_what_somebody_edited_is_named_by_its_fields(was_sent: bool) -> None:
    record = {**BEFORE, "Title": "Theirs", "Active": False}
    for operation in (update(), DELETE):
        assert judge(operation, record, was_sent=was_sent) == Edited(("Title", "Active"))


def test_with_overwrite_nothing_counts_as_edited() -> None:
    record = {**BEFORE, "Title": "Theirs"}
    assert judge(update(overwrite=True), record, was_sent=False) == Ready(record)


def test_a_field_that_changes_and_was_edited_to_something_else_counts_as_edited() -> None:
    assert judge(update(), {**BEFORE, "SummaryText": "Theirs"}, was_sent=False) == Edited(("SummaryText",))


def test_nothing_is_as_good_as_blank() -> None:
    record = {**BEFORE, "SummaryText": ""}
    assert judge(update({"SummaryText": None}), record, was_sent=False) == AsWanted(STAMP)


def test_whether_a_picture_was_fetched_is_told_by_the_fields_that_came_with_it() -> None:
    both = update({"SummaryText": "New", **IMAGE})
    record = {**BEFORE, "SummaryText": "New"}
    assert judge(both, record, was_sent=True) == AsWanted(STAMP)
    assert judge(replace(both, before=record), record, was_sent=False) == Ready(record)


def test_whether_a_picture_alone_was_fetched_nobody_can_tell() -> None:
    assert judge(update(dict(IMAGE)), BEFORE, was_sent=True) == Ready(BEFORE)


def test_an_update_sends_the_record_with_what_changes_and_orders_nothing_twice() -> None:
    body = body_of(update(), {**BEFORE, "ClearImageFile": True, "More": None})
    kept = {name: value for name, value in BEFORE.items() if name != "NewImageUrl"}
    assert body == {**kept, "SummaryText": "New", "More": None}
    assert body_of(update(dict(IMAGE)), BEFORE) == {**BEFORE, **IMAGE}


def test_what_an_earlier_change_of_ours_made_is_nobodys_edit() -> None:
    ours: list[dict[str, object]] = [{"Active": False}, {"SummaryText": "Ours", "Active": True}]
    record = {**BEFORE, "SummaryText": "Ours", "Active": False}
    for operation in (update(), DELETE):
        assert judge(operation, record, was_sent=False, ours=ours) == Ready(record)
        theirs = {**record, "SummaryText": "Theirs"}
        assert judge(operation, theirs, was_sent=False, ours=ours) == Edited(("SummaryText",))
